/* test_engine_datagram.c - the engine `epoll` with datagrams, the other end held here. */
#include <CUnit/CUnit.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "loadgen/engine.h"
#include "server/clock.h"
#include "tests/suite.h"

#define CONNECTIONS 4
#define LONG_NS     (20 * NS_PER_S)  /* for what is certain to come */
#define SHORT_NS    (20 * NS_PER_MS) /* for what is not to come */

static const struct engine_ops *const ops = &engine_epoll;
static struct engine *engine;
static struct address address;
static int server = -1;
static struct sockaddr_in peers[CONNECTIONS]; /* as the server sees them */

static int next(struct engine_event *event, int64_t patience_ns)
{
	int rc = ops->wait(engine, ops->now(engine) + patience_ns, 0, event);

	CU_ASSERT_TRUE(rc >= 0);
	return rc > 0 ? (int)event->kind : -1;
}

static void expect_nothing(void)
{
	struct engine_event event;

	CU_ASSERT_EQUAL(next(&event, SHORT_NS), -1);
}

static void expect_text(uint32_t connection, const char *text)
{
	struct engine_event event = {.result = -1};

	CU_ASSERT_EQUAL(next(&event, LONG_NS), ENGINE_RECEIVED);
	CU_ASSERT_EQUAL(event.connection, connection);
	CU_ASSERT_EQUAL_FATAL(event.result, (int)strlen(text));
	CU_ASSERT_EQUAL(memcmp(event.data, text, strlen(text)), 0);
}

static int send_text(uint32_t connection, const char *a, const char *b)
{
	const struct iovec iov[2] = {{(void *)a, strlen(a)}, {(void *)b, strlen(b)}};

	return ops->send(engine, connection, iov, 2);
}

static void connect_one(uint32_t connection)
{
	struct engine_event event = {.result = -1};
	socklen_t length = sizeof(peers[0]);
	char byte[8];

	CU_ASSERT_EQUAL(ops->connect(engine, connection, &address, NULL), 0);
	CU_ASSERT_EQUAL(next(&event, LONG_NS), ENGINE_CONNECTED);
	CU_ASSERT_EQUAL(event.result, 0);
	CU_ASSERT_EQUAL(send_text(connection, "he", "llo"), 0);
	CU_ASSERT_EQUAL(recvfrom(server, byte, sizeof(byte), 0,
				 (struct sockaddr *)&peers[connection], &length),
			5);
	CU_ASSERT_EQUAL(memcmp(byte, "hello", 5), 0);
}

static void open_all(void)
{
	char error[512];

	CU_ASSERT_EQUAL_FATAL(
		address_parse("udp:127.0.0.1:0", &address, error, sizeof(error)), 0);
	CU_ASSERT_EQUAL_FATAL(socket_listen(&address, 0, &server), 0);
	CU_ASSERT_EQUAL(socket_bound_address(server, TRANSPORT_UDP, &address), 0);
	CU_ASSERT_EQUAL_FATAL(ops->open(CONNECTIONS, &engine), 0);
	for (uint32_t i = 0; i < CONNECTIONS; i++)
		connect_one(i);
}

static void close_all(void)
{
	ops->free(engine);
	close(server);
}

static void reply(uint32_t connection, const char *text)
{
	CU_ASSERT_EQUAL(sendto(server, text, strlen(text), 0,
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
	close_all();
}

/* More than one call of the kernel brings, and another socket's between them. */
static void a_long_queue_is_drained_and_others_have_their_turn(void)
{
	struct engine_event event;
	int of_two = 0, at_three = -1;

	open_all();
	for (int i = 0; i < 100; i++)
		reply(2, "many");
	reply(3, "single");
	for (int i = 0; i < 101; i++) {
		CU_ASSERT_EQUAL(next(&event, LONG_NS), ENGINE_RECEIVED);
		if (event.connection == 3)
			at_three = i;
		of_two += event.connection == 2;
	}
	CU_ASSERT_EQUAL(of_two, 100);
	CU_ASSERT_TRUE(at_three >= 0 && at_three < 60);
	expect_nothing();
	close_all();
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
	connect_one(0);
	reply(0, "fresh");
	expect_text(0, "fresh");
	close_all();
}

static void a_port_without_a_server_refuses(void)
{
	struct engine_event event = {.result = 0};

	open_all();
	close(server);
	CU_ASSERT_EQUAL(send_text(2, "any", "body"), 0);
	CU_ASSERT_EQUAL(next(&event, LONG_NS), ENGINE_RECEIVED);
	CU_ASSERT_EQUAL(event.connection, 2);
	CU_ASSERT_EQUAL(event.result, -ECONNREFUSED);
	server = -1;
	close_all();
}

static void what_finds_no_room_is_counted(void)
{
	static char large[60000];

	open_all();
	CU_ASSERT_EQUAL(ops->dropped(engine, 3), 0);
	for (int i = 0; i < 1000; i++)
		(void)sendto(server, large, sizeof(large), 0,
			     (struct sockaddr *)&peers[3], sizeof(peers[3]));
	CU_ASSERT_TRUE(ops->dropped(engine, 3) > 0);
	CU_ASSERT_TRUE(ops->dropped(engine, 3) < 1000);
	CU_ASSERT_EQUAL(ops->dropped(engine, 2), 0);
	close_all();
}

static const struct test_case cases[] = {
	{"each datagram is an event of its own", each_datagram_is_an_event_of_its_own},
	{"a long queue is drained and others have their turn",
	 a_long_queue_is_drained_and_others_have_their_turn},
	{"what was fetched goes with its connection",
	 what_was_fetched_goes_with_its_connection},
	{"a port without a server refuses", a_port_without_a_server_refuses},
	{"what finds no room is counted", what_finds_no_room_is_counted},
	{NULL, NULL},
};

int main(void)
{
	return test_suite_run("engine_datagram", cases) != 0;
}
