/* model_bytes.c - the model contract: what comes back is what was sent. */
#include <CUnit/CUnit.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/contract/served.h"
#include "tests/contract/wire.h"

#define CONNECTIONS 32
#define FRAMES      20
#define BUFFER      4096

/* Plays `script` on one connection and expects it back. */
static void check_script(const struct served *served, const struct script *script,
			 size_t piece_max)
{
	struct wire wire;

	CU_ASSERT_EQUAL(wire_open(&wire, &served->address, script), 0);
	wire.piece_max = piece_max;
	wire.half_close = true;
	CU_ASSERT_EQUAL(wire_play(&wire, 1), 0);
	CU_ASSERT_TRUE(wire_is_whole(&wire));
	CU_ASSERT_TRUE(wire.ended);
	CU_ASSERT_FALSE(wire.reset);
	wire_close(&wire);
}

static void start_with_small_buffer(struct served *served)
{
	struct setup setup = served_setup();

	setup.config.buffer = BUFFER;
	served_start(served, &setup);
}

/* Frames of sizes around the buffer's, in pieces of any size, on many connections. */
static void bytes_come_back_identical(void)
{
	struct script scripts[CONNECTIONS] = {{0}};
	struct wire wires[CONNECTIONS];
	struct served served;
	unsigned seed = 20240501;
	uint64_t length = 0;

	printf("seed %u ", seed);
	start_with_small_buffer(&served);
	for (int i = 0; i < CONNECTIONS; i++) {
		for (int frame = 0; frame < FRAMES; frame++)
			script_add_echo(&scripts[i],
					(uint32_t)rand_r(&seed) % (3 * BUFFER),
					(uint32_t)(i * FRAMES + frame));
		CU_ASSERT_EQUAL(wire_open(&wires[i], &served.address, &scripts[i]), 0);
		wires[i].piece_max = 1500;
		wires[i].seed = (unsigned)rand_r(&seed);
		wires[i].half_close = true;
		length += scripts[i].length;
	}
	CU_ASSERT_EQUAL(wire_play(wires, CONNECTIONS), 0);
	for (int i = 0; i < CONNECTIONS; i++) {
		CU_ASSERT_TRUE(wire_is_whole(&wires[i]));
		CU_ASSERT_TRUE(wires[i].ended);
		wire_close(&wires[i]);
		script_release(&scripts[i]);
	}
	struct report report = served_stop(&served);
	CU_ASSERT_EQUAL(report.counters.accepted, CONNECTIONS);
	CU_ASSERT_EQUAL(report.counters.requests,
			counted_requests((uint64_t)CONNECTIONS * FRAMES));
	CU_ASSERT_EQUAL(report.counters.bytes_in, length);
	CU_ASSERT_EQUAL(report.counters.bytes_out, length);
	CU_ASSERT_EQUAL(report.counters.errors, 0);
	CU_ASSERT_EQUAL(report.counters.bad_frames, 0);
}

static void one_byte_writes_come_back(void)
{
	struct script script = {0};
	struct served served;

	for (uint32_t i = 0; i < 4; i++)
		script_add_echo(&script, 20 * i, i);
	served_start_plain(&served);
	check_script(&served, &script, 1);
	served_stop(&served);
	script_release(&script);
}

static void many_frames_in_one_write_come_back(void)
{
	struct script script = {0};
	struct served served;

	for (uint32_t i = 0; i < 1000; i++)
		script_add_echo(&script, i % 17, i);
	start_with_small_buffer(&served);
	check_script(&served, &script, 0);
	CU_ASSERT_EQUAL(served_stop(&served).counters.requests, counted_requests(1000));
	script_release(&script);
}

static void a_frame_larger_than_the_buffer_streams_through(void)
{
	struct script script = {0};
	struct served served;

	script_add_echo(&script, ECHO_MAX_FRAME_DEFAULT, 1);
	script_add_echo(&script, 0, 2);
	script_add_echo(&script, ECHO_MAX_FRAME_DEFAULT - 1, 3);
	start_with_small_buffer(&served);
	check_script(&served, &script, 0);
	served_stop(&served);
	script_release(&script);
}

/* Nothing overtakes a frame with work. */
static void order_is_kept_across_work(void)
{
	struct script script = {0};
	struct served served;

	if (model_is_echo_only())
		return;
	for (uint32_t i = 0; i < 40; i++) {
		script_add_echo(&script, i, i);
		script_add_work(&script, i % 2 ? ECHO_OP_SPIN : ECHO_OP_SLEEP, 100 + i);
	}
	served_start_plain(&served);
	check_script(&served, &script, 0);
	CU_ASSERT_EQUAL(served_stop(&served).counters.requests, 80);
	script_release(&script);
}

static void an_end_inside_a_frame_is_a_close(void)
{
	struct script script = {0};
	struct served served;

	script_add_echo(&script, 100, 1);
	script_add_echo(&script, 100, 2);
	served_start_plain(&served);
	for (size_t cut = 1; cut < 116; cut += 19) {
		struct script part = {script.bytes, script.length - cut};
		struct wire wire;
		CU_ASSERT_EQUAL(wire_open(&wire, &served.address, &part), 0);
		wire.half_close = true;
		CU_ASSERT_EQUAL(wire_play(&wire, 1), 0);
		CU_ASSERT_TRUE(wire.ended);
		CU_ASSERT_FALSE(wire.wrong);
		CU_ASSERT_TRUE(wire.received >= 116);
		wire_close(&wire);
	}
	served_stop(&served);
	script_release(&script);
}

static void check_transport(const char *listen)
{
	struct setup setup = served_setup();
	struct script script = {0};
	struct served served;

	setup.config.listen = listen;
	script_add_echo(&script, 100000, 5);
	served_start(&served, &setup);
	check_script(&served, &script, 3000);
	check_serves(&served);
	served_stop(&served);
	script_release(&script);
}

static bool have_ipv6(void)
{
	struct address address;
	char error[OPTION_ERROR_SIZE];
	int fd;

	if (address_parse("tcp:[::1]:0", &address, error, sizeof(error)) < 0 ||
	    socket_listen(&address, 1, &fd) < 0)
		return false;
	close(fd);
	return true;
}

static void check_refused(const char *listen)
{
	struct setup setup = served_setup();
	char error[OPTION_ERROR_SIZE] = "";
	struct io_server server;

	setup.config.listen = listen;
	CU_ASSERT_EQUAL(
		io_server_open(&server, model, &setup.config, model_options, error),
		-EINVAL);
	CU_ASSERT_PTR_NOT_NULL(strstr(error, "does not serve unix:"));
}

static void every_stream_transport_is_served(void)
{
	struct unix_path path;

	check_transport("tcp:127.0.0.1:0");
	if (have_ipv6())
		check_transport("tcp:[::1]:0");
	unix_path_open(&path);
	if (model_serves_unix())
		check_transport(path.listen);
	else
		check_refused(path.listen);
	unix_path_close(&path);
}

const struct test_case byte_cases[] = {
	{"bytes come back identical on 32 connections", bytes_come_back_identical},
	{"1-byte writes come back", one_byte_writes_come_back},
	{"many frames in one write come back", many_frames_in_one_write_come_back},
	{"a frame larger than the buffer streams through",
	 a_frame_larger_than_the_buffer_streams_through},
	{"order is kept across work", order_is_kept_across_work},
	{"an end inside a frame is a close", an_end_inside_a_frame_is_a_close},
	{"every stream transport is served", every_stream_transport_is_served},
	{NULL, NULL},
};
