/* test_engine_epoll.c - the engine `epoll` over real sockets, the other end held here. */
#include <CUnit/CUnit.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "loadgen/engine.h"
#include "server/clock.h"
#include "tests/suite.h"

#define CONNECTIONS 8
#define LONG_NS     (20 * NS_PER_S)  /* for what is certain to come */
#define SHORT_NS    (20 * NS_PER_MS) /* for what is not to come */

static struct engine *engine;
static struct address address;
static int listener = -1;
static char path[64];

static const struct engine_ops *const ops = &engine_epoll;

static void open_at(const char *text, int backlog)
{
	char error[512];

	CU_ASSERT_EQUAL(address_parse(text, &address, error, sizeof(error)), 0);
	CU_ASSERT_EQUAL(socket_listen(&address, backlog, &listener), 0);
	CU_ASSERT_EQUAL(socket_bound_address(listener, address.transport, &address), 0);
	CU_ASSERT_EQUAL(ops->open(CONNECTIONS, &engine), 0);
}

static void open_tcp(void)
{
	open_at("tcp:127.0.0.1:0", 16);
}

static void close_all(void)
{
	ops->free(engine);
	engine = NULL;
	close(listener);
	socket_unlink(&address);
}

/* The next event, of any kind; -1 when none comes. */
static int next(struct engine_event *event, int64_t patience_ns)
{
	int rc = ops->wait(engine, ops->now(engine) + patience_ns, 0, event);

	CU_ASSERT_TRUE(rc >= 0);
	return rc > 0 ? (int)event->kind : -1;
}

static void expect(enum engine_event_kind kind, uint32_t connection, int result)
{
	struct engine_event event = {.result = 1};

	CU_ASSERT_EQUAL(next(&event, LONG_NS), (int)kind);
	CU_ASSERT_EQUAL(event.connection, connection);
	CU_ASSERT_EQUAL(event.result, result);
}

static void expect_nothing(void)
{
	struct engine_event event;

	CU_ASSERT_EQUAL(next(&event, SHORT_NS), -1);
}

/* Connects and returns the peer's end. */
static int connect_one(uint32_t connection)
{
	CU_ASSERT_EQUAL(ops->connect(engine, connection, &address, NULL), 0);
	int fd = accept(listener, NULL, NULL);
	CU_ASSERT_TRUE(fd >= 0);
	expect(ENGINE_CONNECTED, connection, 0);
	return fd;
}

static int send_text(uint32_t connection, const char *text)
{
	struct iovec iov = {(void *)text, strlen(text)};

	return ops->send(engine, connection, &iov, 1);
}

static void expect_text(uint32_t connection, const char *text)
{
	struct engine_event event = {.result = 0};

	CU_ASSERT_EQUAL(next(&event, LONG_NS), ENGINE_RECEIVED);
	CU_ASSERT_EQUAL(event.connection, connection);
	CU_ASSERT_EQUAL(event.result, (int)strlen(text));
	if (event.result == (int)strlen(text))
		CU_ASSERT_EQUAL(memcmp(event.data, text, strlen(text)), 0);
}

static void bytes_go_both_ways(void)
{
	char buffer[16];
	struct iovec iov[2] = {{"two ", 4}, {"spans", 5}};

	open_tcp();
	int peer = connect_one(3);
	CU_ASSERT_EQUAL(send_text(3, "hello"), 0);
	CU_ASSERT_EQUAL(read(peer, buffer, sizeof(buffer)), 5);
	CU_ASSERT_EQUAL(ops->send(engine, 3, iov, 2), 0);
	CU_ASSERT_EQUAL(read(peer, buffer, sizeof(buffer)), 9);
	CU_ASSERT_EQUAL(memcmp(buffer, "two spans", 9), 0);
	expect_nothing();
	CU_ASSERT_EQUAL(write(peer, "world", 5), 5);
	expect_text(3, "world");
	CU_ASSERT_EQUAL(write(peer, "again", 5), 5);
	expect_text(3, "again");
	close(peer);
	close_all();
}

static void end_of_input_comes_behind_the_last_bytes(void)
{
	open_tcp();
	int peer = connect_one(0);
	CU_ASSERT_EQUAL(write(peer, "bye", 3), 3);
	close(peer);
	expect_text(0, "bye");
	expect(ENGINE_RECEIVED, 0, 0);
	close_all();
}

static void a_reset_is_reported(void)
{
	const struct linger hard = {1, 0};

	open_tcp();
	int peer = connect_one(0);
	setsockopt(peer, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
	close(peer);
	expect(ENGINE_RECEIVED, 0, -ECONNRESET);
	close_all();
}

static void a_refused_connect_is_reported(void)
{
	open_tcp();
	close(listener);
	CU_ASSERT_EQUAL(ops->connect(engine, 1, &address, NULL), 0);
	expect(ENGINE_CONNECTED, 1, -ECONNREFUSED);
	listener = -1;
	close_all();
}

static void half_close_ends_the_peers_input_only(void)
{
	char byte;

	open_tcp();
	int peer = connect_one(2);
	CU_ASSERT_EQUAL(send_text(2, "x"), 0);
	ops->shut_wr(engine, 2);
	CU_ASSERT_EQUAL(read(peer, &byte, 1), 1);
	CU_ASSERT_EQUAL(read(peer, &byte, 1), 0);
	CU_ASSERT_EQUAL(write(peer, "still", 5), 5);
	expect_text(2, "still");
	close(peer);
	expect(ENGINE_RECEIVED, 2, 0);
	close_all();
}

/* Fills the socket in both directions: what the peer sends is received meanwhile. */
static void a_partial_send_goes_on_while_receiving(void)
{
	enum { SIZE = 32 << 20 };
	char *bytes = calloc(1, SIZE), *buffer = malloc(1 << 20);
	struct iovec iov = {bytes, SIZE};
	struct engine_event event;
	size_t taken = 0;
	int sent = 0, received = 0;

	open_tcp();
	int peer = connect_one(0);
	bytes[SIZE - 1] = 'z';
	CU_ASSERT_EQUAL(ops->send(engine, 0, &iov, 1), -EINPROGRESS);
	CU_ASSERT_EQUAL(write(peer, "meanwhile", 9), 9);
	while (taken < SIZE) {
		ssize_t n = recv(peer, buffer, 1 << 20, MSG_DONTWAIT);
		taken += n > 0 ? (size_t)n : 0;
		if (n > 0 && taken == SIZE)
			CU_ASSERT_EQUAL(buffer[n - 1], 'z');
		int kind = next(&event, NS_PER_MS);
		received += kind == ENGINE_RECEIVED;
		sent += kind == ENGINE_SENT && event.result == 0;
	}
	if (!sent)
		expect(ENGINE_SENT, 0, 0);
	CU_ASSERT_EQUAL(received, 1);
	expect_nothing();
	close(peer);
	close_all();
	free(bytes);
	free(buffer);
}

static void a_partial_send_to_a_reset_peer_fails(void)
{
	enum { SIZE = 32 << 20 };
	const struct linger hard = {1, 0};
	char *bytes = calloc(1, SIZE);
	struct iovec iov = {bytes, SIZE};
	struct engine_event event;
	int failures = 0;

	open_tcp();
	int peer = connect_one(0);
	CU_ASSERT_EQUAL(ops->send(engine, 0, &iov, 1), -EINPROGRESS);
	setsockopt(peer, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
	close(peer);
	for (int i = 0; i < 2 && next(&event, NS_PER_S) >= 0; i++)
		failures += event.result < 0;
	CU_ASSERT_TRUE(failures > 0);
	close_all();
	free(bytes);
}

static void closed_connections_are_silent_in_the_same_batch(void)
{
	struct engine_event event;
	int peers[4];

	open_tcp();
	for (uint32_t i = 0; i < 4; i++)
		peers[i] = connect_one(i);
	for (int i = 0; i < 4; i++)
		CU_ASSERT_EQUAL(write(peers[i], "ready", 5), 5);
	CU_ASSERT_EQUAL(next(&event, LONG_NS), ENGINE_RECEIVED);
	uint32_t first = event.connection;
	for (uint32_t i = 0; i < 4; i++)
		if (i != first)
			ops->close(engine, i);
	expect_nothing();
	for (int i = 0; i < 4; i++)
		close(peers[i]);
	close_all();
}

static void a_number_can_connect_again(void)
{
	open_tcp();
	int old = connect_one(5);
	CU_ASSERT_EQUAL(write(old, "stale", 5), 5);
	ops->close(engine, 5);
	int peer = connect_one(5);
	CU_ASSERT_EQUAL(write(peer, "fresh", 5), 5);
	expect_text(5, "fresh");
	close(old);
	close(peer);
	close_all();
}

static void closing_in_mid_connect_is_silent(void)
{
	open_tcp();
	CU_ASSERT_EQUAL(ops->connect(engine, 0, &address, NULL), 0);
	ops->close(engine, 0);
	expect_nothing();
	close_all();
}

static void more_than_a_buffer_arrives_whole(void)
{
	enum { SIZE = 1 << 20 };
	char *bytes = calloc(1, SIZE);
	struct engine_event event;
	size_t total = 0, written = 0;

	open_tcp();
	int peer = connect_one(0);
	while (total < SIZE) {
		ssize_t n = send(peer, bytes + written, SIZE - written, MSG_DONTWAIT);
		written += n > 0 ? (size_t)n : 0;
		if (next(&event, NS_PER_MS) == ENGINE_RECEIVED)
			total += (size_t)event.result;
	}
	CU_ASSERT_EQUAL(total, SIZE);
	expect_nothing();
	close(peer);
	close_all();
	free(bytes);
}

static void waits_end_at_their_deadline(void)
{
	struct engine_event event;

	open_tcp();
	int64_t deadline = ops->now(engine) + 5 * NS_PER_MS;
	CU_ASSERT_EQUAL(ops->wait(engine, deadline, 0, &event), 0);
	CU_ASSERT_TRUE(ops->now(engine) >= deadline);
	CU_ASSERT_EQUAL(ops->wait(engine, deadline, 0, &event),
			0); /* in the past: looks only */
	close_all();
}

/* A backlog of 1 holds two connects at a time; the others are retried inside. */
static void a_full_unix_backlog_is_retried(void)
{
	struct engine_event event;
	int connected = 0, peers[CONNECTIONS], accepted = 0;

	snprintf(path, sizeof(path), "unix:/tmp/iomodels-engine-%d.sock", (int)getpid());
	open_at(path, 1);
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
	close_all();
}

static void retrying_stops_with_close_and_with_the_listener(void)
{
	struct engine_event event;
	int64_t until = clock_ns() + LONG_NS;
	int kind = -1;

	snprintf(path, sizeof(path), "unix:/tmp/iomodels-engine-%d.sock", (int)getpid());
	open_at(path, 1);
	for (uint32_t i = 0; i < 4; i++)
		CU_ASSERT_EQUAL(ops->connect(engine, i, &address, NULL), 0);
	expect(ENGINE_CONNECTED, 0, 0);
	expect(ENGINE_CONNECTED, 1, 0);
	ops->close(engine, 2); /* silent from now on */
	close(listener);
	while (clock_ns() < until) {
		kind = next(&event, NS_PER_MS);
		if (kind == ENGINE_CONNECTED)
			break;
	}
	CU_ASSERT_EQUAL(kind, ENGINE_CONNECTED);
	CU_ASSERT_EQUAL(event.connection, 3);
	CU_ASSERT_EQUAL(event.result, -ECONNREFUSED);
	listener = -1;
	close_all();
}

static const struct test_case cases[] = {
	{"bytes go both ways", bytes_go_both_ways},
	{"end of input comes behind the last bytes",
	 end_of_input_comes_behind_the_last_bytes},
	{"a reset is reported", a_reset_is_reported},
	{"a refused connect is reported", a_refused_connect_is_reported},
	{"half-close ends the peer's input only", half_close_ends_the_peers_input_only},
	{"a partial send goes on while receiving",
	 a_partial_send_goes_on_while_receiving},
	{"a partial send to a reset peer fails", a_partial_send_to_a_reset_peer_fails},
	{"closed connections are silent in the same batch",
	 closed_connections_are_silent_in_the_same_batch},
	{"a number can connect again", a_number_can_connect_again},
	{"closing in mid-connect is silent", closing_in_mid_connect_is_silent},
	{"more than a buffer arrives whole", more_than_a_buffer_arrives_whole},
	{"waits end at their deadline", waits_end_at_their_deadline},
	{"a full Unix backlog is retried", a_full_unix_backlog_is_retried},
	{"retrying stops with close and with the listener",
	 retrying_stops_with_close_and_with_the_listener},
	{NULL, NULL},
};

int main(void)
{
	return test_suite_run("engine_epoll", cases) != 0;
}
