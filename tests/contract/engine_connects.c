/* engine_connects.c - how a connection begins, and what a close leaves behind. */
#include <CUnit/CUnit.h>
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/contract/engine_fixture.h"

static void a_refused_connect_is_reported(void)
{
	engine_open_tcp();
	close(listener);
	CU_ASSERT_EQUAL(ops->connect(engine, 1, &address, NULL), 0);
	expect(ENGINE_CONNECTED, 1, -ECONNREFUSED);
	listener = -1;
	engine_close_all();
}

static void a_number_can_connect_again(void)
{
	engine_open_tcp();
	int old = connect_one(5);
	CU_ASSERT_EQUAL(write(old, "stale", 5), 5);
	ops->close(engine, 5);
	int peer = connect_one(5);
	CU_ASSERT_EQUAL(write(peer, "fresh", 5), 5);
	expect_text(5, "fresh");
	close(old);
	close(peer);
	engine_close_all();
}

static void closing_in_mid_connect_is_silent(void)
{
	engine_open_tcp();
	CU_ASSERT_EQUAL(ops->connect(engine, 0, &address, NULL), 0);
	ops->close(engine, 0);
	expect_nothing();
	engine_close_all();
}

/* A backlog of 1 holds two connects at a time; the others are retried inside. */
static void a_full_unix_backlog_is_retried(void)
{
	struct engine_event event;
	int connected = 0, peers[CONNECTIONS], accepted = 0;

	engine_open_unix(1);
	for (uint32_t i = 0; i < CONNECTIONS; i++)
		CU_ASSERT_EQUAL(ops->connect(engine, i, &address, NULL), 0);
	socket_set_nonblocking(listener);
	while (connected < CONNECTIONS) {
		if (next(&event, 3 * NS_PER_MS) != ENGINE_CONNECTED)
			accepted += (peers[accepted] = accept(listener, NULL, NULL)) >= 0;
		else if (event.result == 0)
			connected++;
		else
			CU_FAIL("a connect was not retried");
	}
	for (int i = 0; i < accepted; i++)
		close(peers[i]);
	engine_close_all();
}

static void retrying_stops_with_close_and_with_the_listener(void)
{
	struct engine_event event;
	int64_t until = clock_ns() + LONG_NS;
	int kind = -1;

	engine_open_unix(1);
	for (uint32_t i = 0; i < 4; i++)
		CU_ASSERT_EQUAL(ops->connect(engine, i, &address, NULL), 0);
	expect(ENGINE_CONNECTED, 0, 0);
	expect(ENGINE_CONNECTED, 1, 0);
	ops->close(engine, 3); /* silent from now on; its turn would come first */
	close(listener);
	while (clock_ns() < until) {
		kind = next(&event, NS_PER_MS);
		if (kind == ENGINE_CONNECTED)
			break;
	}
	CU_ASSERT_EQUAL(kind, ENGINE_CONNECTED);
	CU_ASSERT_EQUAL(event.connection, 2);
	CU_ASSERT_EQUAL(event.result, -ECONNREFUSED);
	listener = -1;
	engine_close_all();
}

/* No place in the backlog: the handshake is not answered. */
static void closing_an_unanswered_connect_is_silent(void)
{
	engine_open_at("tcp:127.0.0.1:0", 0, CONNECTIONS);
	CU_ASSERT_EQUAL(ops->connect(engine, 0, &address, NULL), 0);
	expect(ENGINE_CONNECTED, 0, 0);
	for (uint32_t i = 1; i < 4; i++)
		CU_ASSERT_EQUAL(ops->connect(engine, i, &address, NULL), 0);
	expect_nothing();
	for (uint32_t i = 1; i < 3; i++)
		ops->close(engine, i);
	expect_nothing();
	engine_close_all();
}

static void a_close_is_the_peers_end_of_input(void)
{
	char byte;

	engine_open_tcp();
	int peer = connect_one(4);
	CU_ASSERT_EQUAL(send_text(4, "x"), 0);
	ops->close(engine, 4);
	CU_ASSERT_EQUAL(read(peer, &byte, 1), 1);
	CU_ASSERT_EQUAL(read(peer, &byte, 1), 0);
	expect_nothing();
	close(peer);
	engine_close_all();
}

/* Before the engine has had time for the first: its successor has the same descriptor. */
static void a_successor_is_not_taken_for_the_one_before(void)
{
	engine_open_tcp();
	int old = connect_one(0);
	ops->close(engine, 0);
	CU_ASSERT_EQUAL(ops->connect(engine, 1, &address, NULL), 0);
	int peer = accept(listener, NULL, NULL);
	CU_ASSERT_EQUAL(write(peer, "one", 3), 3);
	expect(ENGINE_CONNECTED, 1, 0);
	expect_text(1, "one");
	CU_ASSERT_EQUAL(ops->connect(engine, 0, &address, NULL), 0);
	ops->close(engine, 0);
	close(accept(listener, NULL, NULL));
	int third = connect_one(2);
	CU_ASSERT_EQUAL(write(third, "two", 3), 3);
	expect_text(2, "two");
	close(third);
	close(old);
	close(peer);
	engine_close_all();
}

const struct test_case engine_connect_cases[] = {
	{"a refused connect is reported", a_refused_connect_is_reported},
	{"a number can connect again", a_number_can_connect_again},
	{"closing in mid-connect is silent", closing_in_mid_connect_is_silent},
	{"a full Unix backlog is retried", a_full_unix_backlog_is_retried},
	{"retrying stops with close and with the listener",
	 retrying_stops_with_close_and_with_the_listener},
	{"closing an unanswered connect is silent",
	 closing_an_unanswered_connect_is_silent},
	{"a close is the peer's end of input", a_close_is_the_peers_end_of_input},
	{"a successor is not taken for the one before",
	 a_successor_is_not_taken_for_the_one_before},
	{NULL, NULL},
};
