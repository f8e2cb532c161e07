/*
 * test_engine.c - every promise of loadgen/engine.h, on the engine named: one suite for all.
 */
#include <CUnit/CUnit.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/contract/engine_fixture.h"

const struct engine_ops *ops;

/* The bytes of a stream of its own that a connection's peer sends. */
static void fill(uint8_t *bytes, size_t n, uint32_t connection)
{
	for (size_t i = 0; i < n; i++)
		bytes[i] = (uint8_t)(i % 251 + connection);
}

static void bytes_go_both_ways(void)
{
	char buffer[16];
	struct iovec iov[2] = {{"two ", 4}, {"spans", 5}};

	engine_open_tcp();
	int peer = connect_one(3);
	CU_ASSERT_EQUAL(send_text(3, "hello"), 0);
	flush();
	CU_ASSERT_EQUAL(read(peer, buffer, sizeof(buffer)), 5);
	CU_ASSERT_EQUAL(ops->send(engine, 3, iov, 2), 0);
	flush();
	CU_ASSERT_EQUAL(read(peer, buffer, sizeof(buffer)), 9);
	CU_ASSERT_EQUAL(memcmp(buffer, "two spans", 9), 0);
	expect_nothing();
	CU_ASSERT_EQUAL(write(peer, "world", 5), 5);
	expect_text(3, "world");
	CU_ASSERT_EQUAL(write(peer, "again", 5), 5);
	expect_text(3, "again");
	close(peer);
	engine_close_all();
}

static void end_of_input_comes_behind_the_last_bytes(void)
{
	engine_open_tcp();
	int peer = connect_one(0);
	CU_ASSERT_EQUAL(write(peer, "bye", 3), 3);
	close(peer);
	expect_text(0, "bye");
	expect(ENGINE_RECEIVED, 0, 0);
	engine_close_all();
}

static void a_reset_is_reported(void)
{
	const struct linger hard = {1, 0};

	engine_open_tcp();
	int peer = connect_one(0);
	setsockopt(peer, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
	close(peer);
	expect(ENGINE_RECEIVED, 0, -ECONNRESET);
	engine_close_all();
}

static void half_close_ends_the_peers_input_only(void)
{
	char byte;

	engine_open_tcp();
	int peer = connect_one(2);
	CU_ASSERT_EQUAL(send_text(2, "x"), 0);
	ops->shut_wr(engine, 2);
	CU_ASSERT_EQUAL(read(peer, &byte, 1), 1);
	CU_ASSERT_EQUAL(read(peer, &byte, 1), 0);
	CU_ASSERT_EQUAL(write(peer, "still", 5), 5);
	expect_text(2, "still");
	close(peer);
	expect(ENGINE_RECEIVED, 2, 0);
	engine_close_all();
}

/* Fills the socket in both directions: what the peer sends is received meanwhile. */
static void a_partial_send_goes_on_while_receiving(void)
{
	enum { SIZE = 32 << 20 };
	char *bytes = calloc(1, SIZE), *buffer = malloc(1 << 20);
	struct iovec iov[3] = {{bytes, 16},
			       {bytes + 16, SIZE / 2},
			       {bytes + 16 + SIZE / 2, SIZE / 2 - 16}};
	struct engine_event event;
	size_t taken = 0;
	int sent = 0, received = 0;

	engine_open_tcp();
	int peer = connect_one(0);
	bytes[SIZE - 1] = 'z';
	CU_ASSERT_EQUAL(ops->send(engine, 0, iov, 3), -EINPROGRESS);
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
	engine_close_all();
	free(bytes);
	free(buffer);
}

/* Until the socket is full, and once more: in order, however many go out at once. */
static void small_sends_keep_their_order(void)
{
	enum { SIZE = 800 };
	static uint8_t bytes[SIZE], buffer[1 << 16];
	struct iovec iov = {bytes, SIZE};
	struct engine_event event;
	uint64_t sent = 0, total = 0, wrong = 0;
	int rc = 0;

	engine_open_tcp();
	int peer = connect_one(0);
	for (; rc == 0 && sent < 1000000; sent++) {
		memset(bytes, (int)(sent % 251), SIZE);
		rc = ops->send(engine, 0, &iov, 1);
		if (sent % 3 == 0 && next(&event, 0) >= 0)
			CU_FAIL("nothing was to come");
	}
	CU_ASSERT_EQUAL(rc, -EINPROGRESS);
	CU_ASSERT_TRUE(sent > 20); /* an empty socket takes them */
	while (total < sent * SIZE) {
		ssize_t n = recv(peer, buffer, sizeof(buffer), MSG_DONTWAIT);
		for (ssize_t i = 0; i < n; i++, total++)
			wrong += buffer[i] != total / SIZE % 251;
		if (next(&event, NS_PER_MS) == ENGINE_SENT)
			rc = event.result;
	}
	CU_ASSERT_EQUAL(wrong, 0);
	CU_ASSERT_EQUAL(rc, 0);
	CU_ASSERT_EQUAL(send_text(0, "last"), 0);
	expect_nothing();
	CU_ASSERT_EQUAL(recv(peer, buffer, sizeof(buffer), MSG_DONTWAIT), 4);
	close(peer);
	engine_close_all();
}

/* Of a message only what the engine has not borrowed may change at once. */
static void what_is_borrowed_is_sent_as_it_is(void)
{
	enum { HEADER = 16, SIZE = 20000, MESSAGES = 50 };
	static uint8_t constant[SIZE], buffer[HEADER + SIZE];
	char header[HEADER];
	struct iovec iov[2] = {{header, HEADER}, {constant, SIZE}};
	size_t got = 0, wrong = 0;

	engine_open_tcp();
	if (ops->borrow)
		ops->borrow(engine, constant, SIZE);
	int peer = connect_one(0);
	fill(constant, SIZE, 7);
	for (int i = 0; i < MESSAGES; i++, got = 0) {
		memset(header, 'a' + i % 26, HEADER);
		CU_ASSERT_EQUAL(ops->send(engine, 0, iov, 2), 0);
		memset(header, 0, HEADER);
		flush();
		while (got < sizeof(buffer)) {
			ssize_t n = read(peer, buffer + got, sizeof(buffer) - got);
			got += n > 0 ? (size_t)n : 0;
		}
		wrong += memcmp(buffer + HEADER, constant, SIZE) != 0;
		wrong += buffer[0] != 'a' + i % 26 || buffer[HEADER - 1] != buffer[0];
	}
	CU_ASSERT_EQUAL(wrong, 0);
	close(peer);
	engine_close_all();
}

/* By what the send returns, or by an event. */
static void a_small_send_to_a_reset_peer_fails(void)
{
	const struct linger hard = {1, 0};
	struct engine_event event;
	int failures = 0;

	engine_open_tcp();
	int peer = connect_one(0);
	setsockopt(peer, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
	close(peer);
	failures += send_text(0, "x") < 0;
	while (next(&event, SHORT_NS) >= 0)
		failures += event.connection == 0 && event.result < 0;
	CU_ASSERT_TRUE(failures > 0);
	failures = send_text(0, "x") < 0;
	while (next(&event, SHORT_NS) >= 0)
		failures += event.kind == ENGINE_SENT && event.result < 0;
	CU_ASSERT_TRUE(failures > 0);
	engine_close_all();
}

static void a_partial_send_to_a_reset_peer_fails(void)
{
	enum { SIZE = 32 << 20 };
	const struct linger hard = {1, 0};
	char *bytes = calloc(1, SIZE);
	struct iovec iov = {bytes, SIZE};
	struct engine_event event;
	int failures = 0;

	engine_open_tcp();
	int peer = connect_one(0);
	CU_ASSERT_EQUAL(ops->send(engine, 0, &iov, 1), -EINPROGRESS);
	setsockopt(peer, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
	close(peer);
	for (int i = 0; i < 2 && next(&event, NS_PER_S) >= 0; i++)
		failures += event.result < 0;
	CU_ASSERT_TRUE(failures > 0);
	engine_close_all();
	free(bytes);
}

static void closed_connections_are_silent_in_the_same_batch(void)
{
	struct engine_event event;
	int peers[4];

	engine_open_tcp();
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
	engine_close_all();
}

/* All peers send as much as they can before anything is received, and go on: the engine
 * has to give buffers out faster than it gets them back. */
static void much_on_many_connections_arrives_whole(void)
{
	enum { SIZE = 2 << 20 };
	uint8_t *bytes[CONNECTIONS];
	size_t received[CONNECTIONS] = {0}, written[CONNECTIONS] = {0}, total = 0;
	int peers[CONNECTIONS], wrong = 0;
	struct engine_event event;

	engine_open_tcp();
	for (uint32_t i = 0; i < CONNECTIONS; i++) {
		peers[i] = connect_one(i);
		bytes[i] = malloc(SIZE);
		fill(bytes[i], SIZE, i);
	}
	while (total < (size_t)CONNECTIONS * SIZE) {
		for (uint32_t i = 0; i < CONNECTIONS; i++) {
			ssize_t n = send(peers[i], bytes[i] + written[i],
					 SIZE - written[i], MSG_DONTWAIT);
			written[i] += n > 0 ? (size_t)n : 0;
		}
		while (next(&event, NS_PER_MS) == ENGINE_RECEIVED && event.result > 0) {
			uint8_t *right =
				bytes[event.connection] + received[event.connection];
			wrong += memcmp(event.data, right, (size_t)event.result) != 0;
			received[event.connection] += (size_t)event.result;
			total += (size_t)event.result;
		}
	}
	CU_ASSERT_EQUAL(wrong, 0);
	expect_nothing();
	for (uint32_t i = 0; i < CONNECTIONS; i++) {
		close(peers[i]);
		free(bytes[i]);
	}
	engine_close_all();
}

static void waits_end_at_their_deadline(void)
{
	struct engine_event event;

	engine_open_tcp();
	int64_t deadline = ops->now(engine) + 5 * NS_PER_MS;
	CU_ASSERT_EQUAL(ops->wait(engine, deadline, 0, &event), 0);
	CU_ASSERT_TRUE(ops->now(engine) >= deadline);
	CU_ASSERT_EQUAL(ops->wait(engine, deadline, 0, &event),
			0); /* in the past: looks only */
	engine_close_all();
}

/* How often this thread has gone to sleep. */
static long sleeps(void)
{
	struct rusage usage;

	getrusage(RUSAGE_THREAD, &usage);
	return usage.ru_nvcsw;
}

static void the_last_of_a_wait_is_not_slept_through(void)
{
	struct engine_event event;

	engine_open_tcp();
	int peer = connect_one(0);
	long before = sleeps();
	int64_t deadline = ops->now(engine) + 5 * NS_PER_MS;
	CU_ASSERT_EQUAL(ops->wait(engine, deadline, 5 * NS_PER_MS, &event), 0);
	CU_ASSERT_TRUE(ops->now(engine) >= deadline);
	CU_ASSERT_EQUAL(sleeps(), before);
	deadline = ops->now(engine) + 5 * NS_PER_MS;
	CU_ASSERT_EQUAL(ops->wait(engine, deadline, NS_PER_MS, &event), 0);
	CU_ASSERT_TRUE(ops->now(engine) >= deadline);
	CU_ASSERT_TRUE(sleeps() > before);
	CU_ASSERT_EQUAL(write(peer, "x", 1), 1);
	deadline = ops->now(engine) + LONG_NS;
	CU_ASSERT_EQUAL(ops->wait(engine, deadline, LONG_NS, &event), 1);
	CU_ASSERT_TRUE(ops->now(engine) < deadline);
	close(peer);
	engine_close_all();
}

static const struct test_case stream_cases[] = {
	{"bytes go both ways", bytes_go_both_ways},
	{"end of input comes behind the last bytes",
	 end_of_input_comes_behind_the_last_bytes},
	{"a reset is reported", a_reset_is_reported},
	{"half-close ends the peer's input only", half_close_ends_the_peers_input_only},
	{"a partial send goes on while receiving",
	 a_partial_send_goes_on_while_receiving},
	{"small sends keep their order", small_sends_keep_their_order},
	{"what is borrowed is sent as it is", what_is_borrowed_is_sent_as_it_is},
	{"a small send to a reset peer fails", a_small_send_to_a_reset_peer_fails},
	{"a partial send to a reset peer fails", a_partial_send_to_a_reset_peer_fails},
	{"closed connections are silent in the same batch",
	 closed_connections_are_silent_in_the_same_batch},
	{"much on many connections arrives whole",
	 much_on_many_connections_arrives_whole},
	{"waits end at their deadline", waits_end_at_their_deadline},
	{"the last of a wait is not slept through",
	 the_last_of_a_wait_is_not_slept_through},
	{NULL, NULL},
};

static const struct engine_ops *find(const char *name)
{
	for (const struct engine_ops *const *e = engines; *e; e++)
		if (strcmp((*e)->name, name) == 0)
			return *e;
	return NULL;
}

int main(int argc, char **argv)
{
	static const struct test_case *const parts[] = {
		stream_cases, engine_connect_cases, engine_datagram_cases};
	int failures = 0;

	ops = argc == 2 ? find(argv[1]) : NULL;
	if (!ops) {
		fprintf(stderr, "usage: %s ENGINE\n", argv[0]);
		return 2;
	}
	const char *reason = engine_reason(ops);
	if (reason) {
		printf("%s: %s\n", ops->name, reason);
		return TEST_SKIPPED;
	}
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		failures += test_suite_run(ops->name, parts[i]);
	return failures != 0;
}
