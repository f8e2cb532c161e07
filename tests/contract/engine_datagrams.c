/* engine_datagrams.c - sockets of datagrams, the server's end held here. */
#include <CUnit/CUnit.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/contract/engine_fixture.h"

#define SOCKETS 4

static struct sockaddr_in peers[SOCKETS]; /* as the server, `listener`, sees them */

static int send_two(uint32_t connection, const char *a, const char *b)
{
	const struct iovec iov[2] = {{(void *)a, strlen(a)}, {(void *)b, strlen(b)}};

	return ops->send(engine, connection, iov, 2);
}

static void open_one(uint32_t connection)
{
	socklen_t length = sizeof(peers[0]);
	char byte[8];

	CU_ASSERT_EQUAL(ops->connect(engine, connection, &address, NULL), 0);
	expect(ENGINE_CONNECTED, connection, 0);
	CU_ASSERT_EQUAL(send_two(connection, "he", "llo"), 0);
	flush();
	CU_ASSERT_EQUAL(recvfrom(listener, byte, sizeof(byte), 0,
				 (struct sockaddr *)&peers[connection], &length),
			5);
	CU_ASSERT_EQUAL(memcmp(byte, "hello", 5), 0);
}

static void open_all(void)
{
	engine_open_at("udp:127.0.0.1:0", 0, SOCKETS);
	for (uint32_t i = 0; i < SOCKETS; i++)
		open_one(i);
}

static void reply(uint32_t connection, const char *text)
{
	CU_ASSERT_EQUAL(sendto(listener, text, strlen(text), 0,
			       (struct sockaddr *)&peers[connection], sizeof(peers[0])),
			(ssize_t)strlen(text));
}

static void each_datagram_is_an_event_of_its_own(void)
{
	open_all();
	reply(1, "one");
	reply(1, "second");
	reply(1, "");
	reply(1, "last");
	expect_text(1, "one");
	expect_text(1, "second");
	expect_text(1, "");
	expect_text(1, "last");
	expect_nothing();
	reply(1, "again");
	expect_text(1, "again");
	engine_close_all();
}

/* More than one call of the kernel brings, and another socket's between them. */
static void a_long_queue_is_drained_and_others_have_their_turn(void)
{
	struct engine_event event;
	int of_two = 0, at_three = -1;

	open_all();
	for (int i = 0; i < 200; i++)
		reply(2, "many");
	reply(3, "single");
	for (int i = 0; i < 201; i++) {
		CU_ASSERT_EQUAL(next(&event, LONG_NS), ENGINE_RECEIVED);
		if (event.connection == 3)
			at_three = i;
		of_two += event.connection == 2;
	}
	CU_ASSERT_EQUAL(of_two, 200);
	CU_ASSERT_TRUE(at_three >= 0 && at_three < 150);
	expect_nothing();
	engine_close_all();
}

static void what_was_fetched_goes_with_its_connection(void)
{
	open_all();
	reply(0, "first");
	reply(0, "never seen");
	reply(1, "other");
	expect_text(0, "first");
	ops->close(engine, 0);
	expect_text(1, "other");
	expect_nothing();
	open_one(0);
	reply(0, "fresh");
	expect_text(0, "fresh");
	engine_close_all();
}

static void a_port_without_a_server_refuses(void)
{
	struct engine_event event = {.result = 0};

	open_all();
	close(listener);
	CU_ASSERT_EQUAL(send_two(2, "any", "body"), 0);
	CU_ASSERT_EQUAL(next(&event, LONG_NS), ENGINE_RECEIVED);
	CU_ASSERT_EQUAL(event.connection, 2);
	CU_ASSERT_EQUAL(event.result, -ECONNREFUSED);
	listener = -1;
	engine_close_all();
}

static void what_finds_no_room_is_counted(void)
{
	static char large[60000];

	open_all();
	CU_ASSERT_EQUAL(ops->dropped(engine, 3), 0);
	for (int i = 0; i < 1000; i++)
		(void)sendto(listener, large, sizeof(large), 0,
			     (struct sockaddr *)&peers[3], sizeof(peers[3]));
	CU_ASSERT_TRUE(ops->dropped(engine, 3) > 0);
	CU_ASSERT_TRUE(ops->dropped(engine, 3) < 1000);
	CU_ASSERT_EQUAL(ops->dropped(engine, 2), 0);
	engine_close_all();
}

/* Whoever writes to where it was is told that nobody is there. */
static void a_closed_socket_is_gone(void)
{
	char byte;

	open_all();
	CU_ASSERT_EQUAL(connect(listener, (struct sockaddr *)&peers[1], sizeof(peers[1])),
			0);
	ops->close(engine, 1);
	expect_nothing();
	CU_ASSERT_EQUAL(send(listener, "x", 1, 0), 1);
	CU_ASSERT_EQUAL(recv(listener, &byte, 1, MSG_DONTWAIT), -1);
	CU_ASSERT_EQUAL(errno, ECONNREFUSED);
	expect_nothing();
	engine_close_all();
}

const struct test_case engine_datagram_cases[] = {
	{"each datagram is an event of its own", each_datagram_is_an_event_of_its_own},
	{"a long queue is drained and others have their turn",
	 a_long_queue_is_drained_and_others_have_their_turn},
	{"what was fetched goes with its connection",
	 what_was_fetched_goes_with_its_connection},
	{"a port without a server refuses", a_port_without_a_server_refuses},
	{"what finds no room is counted", what_finds_no_room_is_counted},
	{"a closed socket is gone", a_closed_socket_is_gone},
	{NULL, NULL},
};
