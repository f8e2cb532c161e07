/*
 * test_acceptor.c - accepting at every limit: the service goes on, nothing spins.
 *
 * Descriptor limits are lowered in a child process, which answers by its exit status:
 * 0, or the line of the first expectation that did not hold.
 */
#include <CUnit/CUnit.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server/acceptor.h"
#include "server/clock.h"
#include "tests/suite.h"

static int run_nothing(struct io_server *server)
{
	(void)server;
	return 0;
}

static const struct io_model model = {.name = "none",
				      .summary = "accepts in the test",
				      .family = "test",
				      .flags = IO_MODEL_STREAM,
				      .run = run_nothing};

struct fixture {
	struct io_server server;
	struct acceptor acceptor;
	struct counters_line *line;
};

static int fixture_open(struct fixture *fixture, const char *listen, bool nonblocking)
{
	struct io_server_config config;
	char error[OPTION_ERROR_SIZE];
	int r;

	options_defaults(io_server_options, &config, sizeof(config));
	if (listen)
		config.listen = listen;
	r = io_server_open(&fixture->server, &model, &config, NULL, error);
	if (r < 0)
		return r;
	fixture->line = &fixture->server.counters->line[0];
	if (nonblocking)
		socket_set_nonblocking(fixture->server.listener);
	return acceptor_open(&fixture->acceptor, &fixture->server, fixture->line);
}

static void fixture_close(struct fixture *fixture)
{
	acceptor_close(&fixture->acceptor);
	acceptor_close(&fixture->acceptor);
	io_server_close(&fixture->server);
}

/* A connection that the listener has in its backlog; loopback completes it at once. */
static int connect_to(const struct fixture *fixture)
{
	struct pollfd ready = {.events = POLLOUT};
	int fd;

	const int r = socket_connect(&fixture->server.address, &fd);
	if (r < 0 && r != -EINPROGRESS)
		return r;
	ready.fd = fd;
	poll(&ready, 1, 10000);
	return fd;
}

/* True when the peer closes the connection within 10 s. */
static bool was_closed(int fd)
{
	struct pollfd ready = {.fd = fd, .events = POLLIN};
	char byte;

	return poll(&ready, 1, 10000) == 1 && read(fd, &byte, 1) <= 0;
}

static void accepts_until_nothing_waits(void)
{
	struct fixture f;

	CU_ASSERT_EQUAL_FATAL(fixture_open(&f, NULL, true), 0);
	CU_ASSERT_EQUAL(acceptor_accept(&f.acceptor, SOCK_NONBLOCK, 0), -EAGAIN);
	const int peer = connect_to(&f);
	const int fd = acceptor_accept(&f.acceptor, SOCK_NONBLOCK, 0);
	CU_ASSERT(fd >= 0);
	CU_ASSERT_EQUAL(f.line->accepted, 1);
	char byte;
	CU_ASSERT_EQUAL(read(fd, &byte, 1), -1); /* the flag arrived */
	CU_ASSERT_EQUAL(acceptor_accept(&f.acceptor, SOCK_NONBLOCK, 1), -EAGAIN);
	CU_ASSERT_FALSE(f.acceptor.more);
	acceptor_refuse(&f.acceptor, fd);
	CU_ASSERT_TRUE(was_closed(peer));
	CU_ASSERT_EQUAL(f.line->accepted, 0);
	CU_ASSERT_EQUAL(f.line->refused, 1);
	close(peer);
	fixture_close(&f);
}

static void max_connections_refuses(void)
{
	struct fixture f;

	CU_ASSERT_EQUAL_FATAL(fixture_open(&f, NULL, true), 0);
	f.server.config.max_connections = 2;
	const int peer = connect_to(&f);
	CU_ASSERT_EQUAL(acceptor_accept(&f.acceptor, 0, 2), -EAGAIN);
	CU_ASSERT_TRUE(f.acceptor.more);
	CU_ASSERT_EQUAL(acceptor_accept(&f.acceptor, 0, 2), -EAGAIN);
	CU_ASSERT_FALSE(f.acceptor.more);
	CU_ASSERT_TRUE(was_closed(peer));
	CU_ASSERT_EQUAL(f.line->refused, 1);
	CU_ASSERT_EQUAL(f.line->accepted, 0);
	const int next = connect_to(&f);
	const int fd = acceptor_accept(&f.acceptor, 0, 1);
	CU_ASSERT(fd >= 0);
	close(fd);
	close(next);
	close(peer);
	fixture_close(&f);
}

static void *accept_in_thread(void *context)
{
	struct fixture *f = context;

	return (void *)(intptr_t)acceptor_accept(&f->acceptor, 0, 0);
}

static void stop_ends_a_blocked_accept(const char *listen)
{
	struct fixture f;
	pthread_t thread;
	void *result;

	CU_ASSERT_EQUAL_FATAL(fixture_open(&f, listen, false), 0);
	pthread_create(&thread, NULL, accept_in_thread, &f);
	/* Long enough to be blocked as a rule; the answer is the same if it is not. */
	clock_sleep_until(clock_ns() + 20 * NS_PER_MS);
	io_server_stop(&f.server);
	pthread_join(thread, &result);
	CU_ASSERT_EQUAL((intptr_t)result, -ECANCELED);
	CU_ASSERT_EQUAL(acceptor_accept(&f.acceptor, 0, 0), -ECANCELED);
	fixture_close(&f);
}

static void stop_ends_accepting(void)
{
	char path[64];

	stop_ends_a_blocked_accept(NULL);
	snprintf(path, sizeof(path), "unix:/tmp/test_acceptor.%d", getpid());
	stop_ends_a_blocked_accept(path);
}

static void stop_leaves_a_unix_backlog_unserved(void)
{
	struct fixture f;
	char path[64];

	snprintf(path, sizeof(path), "unix:/tmp/test_acceptor.%d", getpid());
	CU_ASSERT_EQUAL_FATAL(fixture_open(&f, path, false), 0);
	const int peer = connect_to(&f);
	io_server_stop(&f.server);
	CU_ASSERT_EQUAL(acceptor_accept(&f.acceptor, 0, 0), -ECANCELED);
	CU_ASSERT_EQUAL(f.line->accepted, 0);
	fixture_close(&f);
	CU_ASSERT_TRUE(was_closed(peer));
	close(peer);
}

/* Leaves room for `more` descriptors above those that are open. */
static void limit_descriptors(int more)
{
	const int next = dup(STDOUT_FILENO);
	const struct rlimit limit = {(rlim_t)(next + more), (rlim_t)(next + more)};

	close(next);
	setrlimit(RLIMIT_NOFILE, &limit);
}

#define EXPECT(holds)                              \
	do {                                       \
		if (!(holds))                      \
			_exit(1 + __LINE__ % 250); \
	} while (0)

/* Four peers wait, two descriptors are left. */
static void accept_beyond_the_limit(bool nonblocking)
{
	struct fixture f;
	int peers[4];

	EXPECT(fixture_open(&f, NULL, nonblocking) == 0);
	for (int i = 0; i < 4; i++)
		EXPECT((peers[i] = connect_to(&f)) >= 0);
	limit_descriptors(2);
	const int first = acceptor_accept(&f.acceptor, 0, 0);
	const int second = acceptor_accept(&f.acceptor, 0, 1);
	EXPECT(first >= 0 && second >= 0);
	EXPECT(acceptor_accept(&f.acceptor, 0, 2) == -EAGAIN && f.acceptor.more);
	EXPECT(acceptor_accept(&f.acceptor, 0, 2) == -EAGAIN && f.acceptor.more);
	EXPECT(f.line->accepted == 2 && f.line->refused == 2);
	EXPECT(was_closed(peers[2]) && was_closed(peers[3]));
	if (nonblocking) /* at the limit an empty backlog is still told from a full one */
		EXPECT(acceptor_accept(&f.acceptor, 0, 2) == -EAGAIN && !f.acceptor.more);
	EXPECT(f.line->refused == 2);

	/* Two places become free: one for a new peer, one for its connection. */
	close(first);
	close(peers[0]);
	EXPECT((peers[0] = connect_to(&f)) >= 0);
	EXPECT(acceptor_accept(&f.acceptor, 0, 1) >= 0);
	EXPECT(f.line->accepted == 3 && f.line->refused == 2);
}

/* The reserve is gone, too: no error, no spin; it is had back before a connection gets what is
 * free, or nobody could be refused from then on. */
static void accept_without_reserve(bool nonblocking)
{
	struct fixture f;

	EXPECT(fixture_open(&f, NULL, nonblocking) == 0);
	const int peer = connect_to(&f);
	limit_descriptors(0);
	close(f.acceptor.reserve_fd);
	f.acceptor.reserve_fd = -EMFILE;
	const int thief = dup(STDOUT_FILENO);
	EXPECT(thief >= 0);
	const int64_t start = clock_ns();
	EXPECT(acceptor_accept(&f.acceptor, 0, 0) == -EAGAIN && f.acceptor.more);
	EXPECT(clock_ns() - start >= 10 * NS_PER_MS);
	EXPECT(f.line->refused == 0);
	close(thief);
	EXPECT(acceptor_accept(&f.acceptor, 0, 0) == -EAGAIN && f.acceptor.more);
	EXPECT(f.acceptor.reserve_fd >= 0);
	EXPECT(peer >= 0 && was_closed(peer));
	EXPECT(f.line->accepted == 0 && f.line->refused == 1);
}

/* A worker that holds one connection at a time keeps it, and has the reserve back later. */
static void accept_on_a_spent_reserve(bool nonblocking)
{
	struct fixture f;

	EXPECT(fixture_open(&f, NULL, nonblocking) == 0);
	f.acceptor.spends_reserve = true;
	EXPECT(connect_to(&f) >= 0 && connect_to(&f) >= 0);
	limit_descriptors(0);
	for (uint64_t i = 1; i <= 2; i++) {
		const int fd = acceptor_accept(&f.acceptor, 0, 0);
		EXPECT(fd >= 0);
		EXPECT(f.acceptor.reserve_fd < 0);
		EXPECT(f.line->accepted == i && f.line->refused == 0);
		close(fd);
	}
}

/* What a completion reports is answered as what accept4 returns. */
static void takes_what_the_kernel_accepted(void)
{
	struct fixture f;
	const int duplicate = dup(STDERR_FILENO);

	CU_ASSERT_EQUAL_FATAL(fixture_open(&f, NULL, false), 0);
	f.server.config.max_connections = 1;
	const int peer = connect_to(&f);
	const int fd = accept(f.server.listener, NULL, NULL);
	CU_ASSERT_EQUAL(acceptor_take(&f.acceptor, fd, 0), fd);
	CU_ASSERT_EQUAL(f.line->accepted, 1);
	CU_ASSERT_EQUAL(acceptor_take(&f.acceptor, duplicate, 1), -EAGAIN);
	CU_ASSERT_EQUAL(close(duplicate), -1); /* it was refused, so closed */
	CU_ASSERT_EQUAL(f.line->refused, 1);
	CU_ASSERT_EQUAL(acceptor_take(&f.acceptor, -ECONNABORTED, 0), -EAGAIN);
	CU_ASSERT_EQUAL(acceptor_take(&f.acceptor, -EMFILE, 0), -EMFILE);
	CU_ASSERT_EQUAL(acceptor_take(&f.acceptor, -ENFILE, 0), -EMFILE);
	CU_ASSERT_EQUAL(acceptor_take(&f.acceptor, -EINVAL, 0), -EINVAL);
	io_server_stop(&f.server);
	CU_ASSERT_EQUAL(acceptor_take(&f.acceptor, -EINVAL, 0), -ECANCELED);
	CU_ASSERT_EQUAL(f.line->accepted, 1);
	close(fd);
	close(peer);
	fixture_close(&f);
}

static int in_child(void (*body)(bool), bool argument)
{
	int status;

	fflush(stdout);
	const pid_t pid = fork();
	if (pid == 0) {
		body(argument);
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	return status;
}

static void descriptor_limit_refuses_and_goes_on(void)
{
	CU_ASSERT_EQUAL(in_child(accept_beyond_the_limit, true), 0);
	CU_ASSERT_EQUAL(in_child(accept_beyond_the_limit, false), 0);
}

static void lost_reserve_is_no_error(void)
{
	CU_ASSERT_EQUAL(in_child(accept_without_reserve, true), 0);
	CU_ASSERT_EQUAL(in_child(accept_without_reserve, false), 0);
}

static void a_spent_reserve_is_had_back(void)
{
	CU_ASSERT_EQUAL(in_child(accept_on_a_spent_reserve, true), 0);
	CU_ASSERT_EQUAL(in_child(accept_on_a_spent_reserve, false), 0);
}

int main(void)
{
	static const struct test_case cases[] = {
		{"accepts until nothing waits", accepts_until_nothing_waits},
		{"max_connections refuses", max_connections_refuses},
		{"stop ends accepting", stop_ends_accepting},
		{"stop leaves a Unix backlog unserved",
		 stop_leaves_a_unix_backlog_unserved},
		{"descriptor limit refuses and goes on",
		 descriptor_limit_refuses_and_goes_on},
		{"lost reserve is no error", lost_reserve_is_no_error},
		{"a spent reserve is had back", a_spent_reserve_is_had_back},
		{"takes what the kernel accepted", takes_what_the_kernel_accepted},
		{NULL, NULL},
	};

	return test_suite_run("acceptor", cases) != 0;
}
