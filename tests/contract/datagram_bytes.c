/* datagram_bytes.c - the datagram contract: what comes back is what was sent. */
#include <CUnit/CUnit.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/contract/datagram_client.h"

#define CLIENTS 16
#define FRAMES  40
#define WINDOW  8 /* in flight per client */

static void every_size_comes_back(void)
{
	static const uint32_t sizes[] = {
		0, 1, 15, 16, 17, 1456, 1472, 8192, 16384, 65490, ECHO_MAX_DATAGRAM};
	const uint32_t count = sizeof(sizes) / sizeof(sizes[0]);
	struct served served;
	uint64_t bytes = 0;

	datagram_start_plain(&served);
	int fd = datagram_client(&served);
	for (uint32_t i = 0; i < count; i++) {
		check_echo(fd, sizes[i], i);
		bytes += ECHO_HEADER_SIZE + sizes[i];
	}
	struct counters_line counters = served_stop(&served).counters;
	CU_ASSERT_EQUAL(counters.requests, count);
	CU_ASSERT_EQUAL(counters.bytes_in, bytes);
	CU_ASSERT_EQUAL(counters.bytes_out, bytes);
	CU_ASSERT_EQUAL(counters.bad_frames, 0);
	CU_ASSERT_EQUAL(counters.errors, 0);
	CU_ASSERT_EQUAL(counters.accepted, 0);
	CU_ASSERT_EQUAL(counters.refused, 0);
	close(fd);
}

/* Datagrams that are no frame: `header` written over `length` bytes, `at` changed. */
struct malformed {
	struct echo_header header;
	size_t length;
	size_t at; /* 0: nothing */
	uint8_t byte;
};

static void what_is_no_frame_is_dropped(void)
{
	static const struct malformed bad[] = {
		{{0}, 0, 0, 0},             /* empty */
		{{0}, 15, 0, 0},            /* a part of a header */
		{{.length = 10}, 16, 0, 0}, /* no payload */
		{{.length = 10}, 25, 0, 0}, /* not all of it */
		{{.length = 10}, 27, 0, 0}, /* more than it */
		{{.length = UINT32_MAX}, 1000, 0, 0},
		{{0}, 16, 4, 0xED}, /* magic */
		{{0}, 16, 5, 3},    /* op */
		{{0}, 16, 6, 1},    /* reserved */
		{{.op = ECHO_OP_ECHO, .amount_us = 1}, 16, 0, 0},
		{{.op = ECHO_OP_SPIN, .amount_us = 1000001}, 16, 0, 0},
		{{.op = ECHO_OP_SLEEP, .amount_us = 1000001}, 16, 0, 0},
	};
	const uint32_t count = sizeof(bad) / sizeof(bad[0]);
	struct served served;

	datagram_start_plain(&served);
	int fd = datagram_client(&served);
	for (uint32_t i = 0; i < count; i++) {
		uint8_t bytes[1000] = {0};
		echo_header_encode(&bad[i].header, bytes);
		if (bad[i].at)
			bytes[bad[i].at] = bad[i].byte;
		datagram_send_bytes(fd, bytes, bad[i].length);
		check_echo(fd, i, i);
	}
	CU_ASSERT_TRUE(datagram_is_silent(fd));
	struct counters_line counters = served_stop(&served).counters;
	CU_ASSERT_EQUAL(counters.bad_frames, count);
	CU_ASSERT_EQUAL(counters.requests, count);
	CU_ASSERT_EQUAL(counters.errors, 0);
	close(fd);
}

static void the_limits_are_the_servers(void)
{
	struct setup setup = datagram_setup();
	struct served served;

	setup.config.max_frame = 1000;
	setup.config.max_work_ns = 0;
	served_start(&served, &setup);
	int fd = datagram_client(&served);
	check_echo(fd, 1000, 1);
	datagram_send_echo(fd, 1001, 2);
	datagram_send_work(fd, ECHO_OP_SLEEP, 1000, 3);
	check_echo(fd, 0, 4);
	CU_ASSERT_TRUE(datagram_is_silent(fd));
	CU_ASSERT_EQUAL(served_stop(&served).counters.bad_frames, 2);
	close(fd);
}

static bool have_ipv6(void)
{
	struct address address;
	char error[OPTION_ERROR_SIZE];
	int fd;

	if (address_parse("udp:[::1]:0", &address, error, sizeof(error)) < 0 ||
	    socket_listen(&address, 1, &fd) < 0)
		return false;
	close(fd);
	return true;
}

/* There a datagram may be a little larger than the largest frame. */
static void ipv6_is_served(void)
{
	struct setup setup = datagram_setup();
	struct served served;

	if (!have_ipv6())
		return;
	setup.config.listen = "udp:[::1]:0";
	served_start(&served, &setup);
	int fd = datagram_client(&served);
	check_echo(fd, 100, 1);
	check_echo(fd, ECHO_MAX_DATAGRAM, 2);
	datagram_send_echo(fd, ECHO_MAX_DATAGRAM + 1, 3);
	datagram_send_echo(fd, DATAGRAM_SIZE_MAX - ECHO_HEADER_SIZE, 4);
	check_echo(fd, 0, 5);
	CU_ASSERT_TRUE(datagram_is_silent(fd));
	struct counters_line counters = served_stop(&served).counters;
	CU_ASSERT_EQUAL(counters.bad_frames, 2);
	CU_ASSERT_EQUAL(counters.requests, 3);
	close(fd);
}

/* One of several clients with frames in flight; the order of the replies is open. */
struct player {
	uint64_t seen; /* bit i: the reply to frame i has come */
	int fd;
	uint32_t sent;
	uint32_t received;
	unsigned seed;
};

static void player_send(struct player *player)
{
	while (player->sent < FRAMES && player->sent < player->received + WINDOW) {
		const uint32_t length = (uint32_t)rand_r(&player->seed) % 5000;
		datagram_send_echo(player->fd, length, player->sent++);
	}
}

static bool player_receive(struct player *player)
{
	struct echo_header header = {0};

	if (datagram_await_reply(player->fd, &header) < 0)
		return false;
	player->received++;
	CU_ASSERT_TRUE(header.tag < player->sent);
	CU_ASSERT_EQUAL(player->seen >> header.tag & 1, 0);
	player->seen |= 1ULL << header.tag;
	return true;
}

static void many_clients_get_their_own(void)
{
	struct player players[CLIENTS];
	struct served served;
	bool goes_on = true;

	datagram_start_plain(&served);
	for (unsigned i = 0; i < CLIENTS; i++)
		players[i] =
			(struct player){.fd = datagram_client(&served), .seed = i + 1};
	for (int round = 0; goes_on && round < FRAMES; round++) {
		for (int i = 0; i < CLIENTS; i++)
			player_send(&players[i]);
		for (int i = 0; goes_on && i < CLIENTS; i++)
			goes_on = player_receive(&players[i]);
	}
	CU_ASSERT_TRUE(goes_on);
	for (int i = 0; i < CLIENTS; i++) {
		CU_ASSERT_EQUAL(players[i].received, FRAMES);
		CU_ASSERT_TRUE(datagram_is_silent(players[i].fd));
		close(players[i].fd);
	}
	struct counters_line counters = served_stop(&served).counters;
	CU_ASSERT_EQUAL(counters.requests, (uint64_t)CLIENTS * FRAMES);
	CU_ASSERT_EQUAL(counters.bad_frames, 0);
}

/* A client that is gone before its reply costs nobody anything. */
static void clients_may_vanish(void)
{
	struct served served;

	datagram_start_plain(&served);
	for (uint32_t i = 0; i < 20; i++) {
		int fd = datagram_client(&served);
		datagram_send_echo(fd, 100, i);
		close(fd);
		fd = datagram_client(&served);
		check_echo(fd, 100, i);
		close(fd);
	}
	CU_ASSERT_EQUAL(served_stop(&served).counters.bad_frames, 0);
}

const struct test_case datagram_byte_cases[] = {
	{"every size comes back", every_size_comes_back},
	{"what is no frame is dropped and counted", what_is_no_frame_is_dropped},
	{"the limits are the server's", the_limits_are_the_servers},
	{"IPv6 is served", ipv6_is_served},
	{"many clients get their own", many_clients_get_their_own},
	{"clients may vanish", clients_may_vanish},
	{NULL, NULL},
};
