/* model_stop.c - the model contract: a stop answers what was accepted, leaves nothing. */
#include <CUnit/CUnit.h>
#include <poll.h>
#include <sys/socket.h>

#include "server/clock.h"
#include "tests/contract/served.h"
#include "tests/contract/wire.h"

#define IDLE 8

static void stops_before_the_first_connection(void)
{
	struct served served;

	served_start_plain(&served);
	CU_ASSERT_EQUAL(served_stop(&served).counters.accepted, 0);
}

static void stops_with_idle_connections(void)
{
	struct wire wires[IDLE];
	struct script script = {0};
	struct served served;

	script_add_echo(&script, 64, 1);
	served_start_plain(&served);
	int count = served_at_once(&served, IDLE);
	for (int i = 0; i < count; i++)
		CU_ASSERT_EQUAL(wire_open(&wires[i], &served.address, &script), 0);
	CU_ASSERT_EQUAL(wire_play(wires, count), 0);
	int64_t start_ns = clock_ns();
	struct report report = served_stop(&served);
	CU_ASSERT_TRUE(clock_ns() - start_ns < 3 * NS_PER_S);
	CU_ASSERT_EQUAL(report.counters.errors, 0);
	for (int i = 0; i < count; i++) {
		CU_ASSERT_EQUAL(wire_await_end(&wires[i]), 0);
		CU_ASSERT_FALSE(wires[i].reset);
		wire_close(&wires[i]);
	}
	script_release(&script);
}

/* The stop comes while they work; what the kernel holds behind it is answered too. */
static void answers_what_was_accepted(void)
{
	struct wire wires[IDLE];
	struct script script = {0};
	struct served served;

	script_add_echo(&script, 10, 1);
	script_add_work(&script, ECHO_OP_SLEEP, 300000);
	for (uint32_t i = 0; i < 200; i++)
		script_add_echo(&script, 100, i);
	served_start_plain(&served);
	int count = served_at_once(&served, IDLE);
	for (int i = 0; i < count; i++) {
		CU_ASSERT_EQUAL(wire_open(&wires[i], &served.address, &script), 0);
		wire_stuff(&wires[i]);
		CU_ASSERT_EQUAL(wires[i].sent, script.length);
		CU_ASSERT_EQUAL(wire_await_input(&wires[i]), 0);
	}
	served_tell_stop(&served);
	CU_ASSERT_EQUAL(wire_play(wires, count), 0);
	for (int i = 0; i < count; i++) {
		CU_ASSERT_TRUE(wire_is_whole(&wires[i]));
		CU_ASSERT_EQUAL(wire_await_end(&wires[i]), 0);
		wire_close(&wires[i]);
	}
	struct report report = served_stop(&served);
	CU_ASSERT_EQUAL(report.counters.requests,
			counted_requests((uint64_t)count * 202));
	CU_ASSERT_EQUAL(report.counters.errors, 0);
	script_release(&script);
}

static void runs_twice_in_one_process(void)
{
	struct setup setup = served_setup();
	struct served served;

	if (model_is_peer())
		return;
	setup.runs = 2;
	served_start(&served, &setup);
	check_serves(&served);
	served_tell_stop(&served);
	CU_ASSERT_EQUAL(served_finish_run(&served).counters.requests,
			counted_requests(1));
	served_await_open(&served);
	CU_ASSERT_EQUAL(served.open_result, 0);
	check_serves(&served);
	check_serves(&served);
	CU_ASSERT_EQUAL(served_stop(&served).counters.requests, counted_requests(2));
}

/* Stops a server one of whose connections plays `script` and would not end. */
static struct report check_cut(const char *listen, const struct script *script)
{
	struct setup setup = served_setup();
	struct served served;
	struct wire wire;

	setup.config.listen = listen;
	setup.config.drain_timeout_ns = 300 * NS_PER_MS;
	setup.config.max_work_ns = 60 * NS_PER_S;
	served_start(&served, &setup);
	CU_ASSERT_EQUAL(wire_open(&wire, &served.address, script), 0);
	wire_stuff(&wire);
	CU_ASSERT_EQUAL(wire_await_input(&wire), 0); /* it is being served */
	int64_t start_ns = clock_ns();
	struct report report = served_stop(&served);
	CU_ASSERT_TRUE(clock_ns() - start_ns < 5 * NS_PER_S);
	wire_close(&wire);
	return report;
}

/* A Unix socket's buffers are full when it says so; TCP may take some more when it has
 * thought about it, and then the server has nothing to cut. */
static void cuts_a_peer_that_never_reads(void)
{
	struct script script = {0};
	struct unix_path path;

	for (uint32_t i = 0; i < 24; i++)
		script_add_echo(&script, ECHO_MAX_FRAME_DEFAULT, i);
	CU_ASSERT_TRUE(check_cut("tcp:127.0.0.1:0", &script).counters.errors <= 1);
	unix_path_open(&path);
	if (model_serves_unix())
		CU_ASSERT_EQUAL(check_cut(path.listen, &script).counters.errors, 1);
	unix_path_close(&path);
	script_release(&script);
}

static void cuts_a_sleep_that_outlasts_the_drain(void)
{
	struct script script = {0};

	if (model_is_echo_only())
		return;
	script_add_echo(&script, 10, 1);
	script_add_work(&script, ECHO_OP_SLEEP, 60000000);
	CU_ASSERT_EQUAL(check_cut("tcp:127.0.0.1:0", &script).counters.errors, 1);
	script_release(&script);
}

const struct test_case stop_cases[] = {
	{"stops before the first connection", stops_before_the_first_connection},
	{"stops with idle connections", stops_with_idle_connections},
	{"answers what was accepted", answers_what_was_accepted},
	{"runs twice in one process", runs_twice_in_one_process},
	{"cuts a peer that never reads", cuts_a_peer_that_never_reads},
	{"cuts a sleep that outlasts the drain", cuts_a_sleep_that_outlasts_the_drain},
	{NULL, NULL},
};
