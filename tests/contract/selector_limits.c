/* selector_limits.c - the selector contract: waits, limits and large numbers. */
#include <CUnit/CUnit.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/time.h>
#include <unistd.h>

#include "server/clock.h"
#include "tests/contract/selector_fixture.h"

#define MANY_MAX 4000

static int64_t timed_wait(struct fixture *f, int64_t timeout_ns)
{
	int64_t start_ns = clock_ns();

	CU_ASSERT_EQUAL(selector->wait(f->set, f->events, BATCH, timeout_ns), 0);
	return clock_ns() - start_ns;
}

static void a_wait_takes_its_time_and_no_less(void)
{
	struct fixture f;

	fixture_open(&f, SELECTOR_READ);
	CU_ASSERT_TRUE(timed_wait(&f, 0) < NS_PER_S);
	CU_ASSERT_TRUE(timed_wait(&f, 300 * NS_PER_US) >= 300 * NS_PER_US);
	int64_t elapsed_ns = timed_wait(&f, 30 * NS_PER_MS);
	CU_ASSERT_TRUE(elapsed_ns >= 30 * NS_PER_MS);
	CU_ASSERT_TRUE(elapsed_ns < 2 * NS_PER_S);
	make_readable(&f, 0);
	CU_ASSERT_EQUAL(selector->wait(f.set, f.events, BATCH, -1), 1);
	CU_ASSERT_EQUAL(selector->wait(f.set, f.events, BATCH, 3600 * NS_PER_S), 1);
	fixture_close(&f);
}

static void ignore_signal(int number)
{
	(void)number;
}

static void a_signal_ends_a_wait_without_limit(void)
{
	struct sigaction action = {.sa_handler = ignore_signal}, before;
	struct itimerval every = {{0, 20000}, {0, 20000}}, never = {{0, 0}, {0, 0}};
	struct fixture f;

	fixture_open(&f, SELECTOR_READ);
	sigaction(SIGALRM, &action, &before);
	setitimer(ITIMER_REAL, &every, NULL);
	CU_ASSERT_EQUAL(selector->wait(f.set, f.events, BATCH, -1), -EINTR);
	setitimer(ITIMER_REAL, &never, NULL);
	sigaction(SIGALRM, &before, NULL);
	fixture_close(&f);
}

static long descriptor_limit(void)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	return (long)limit.rlim_cur;
}

static void refuses_what_it_cannot_hold(void)
{
	struct fixture f;

	fixture_open(&f, SELECTOR_READ);
	if (descriptor_limit() > FD_SETSIZE + 1) {
		int high = fcntl(f.peer[0], F_DUPFD_CLOEXEC, FD_SETSIZE);
		CU_ASSERT_TRUE_FATAL(high >= FD_SETSIZE);
		CU_ASSERT_EQUAL(selector->add(f.set, high, SELECTOR_READ, 1000),
				is_select() ? -ERANGE : 0);
		CU_ASSERT_EQUAL(selector->mod(f.set, high, SELECTOR_READ, 1000),
				is_select() ? -ENOENT : 0);
		CU_ASSERT_EQUAL(selector->del(f.set, high), is_select() ? -ENOENT : 0);
		close(high);
	}
	CU_ASSERT_EQUAL(selector->add(f.set, -1, SELECTOR_READ, 1), -EBADF);
	make_readable(&f, 7);
	CU_ASSERT_EQUAL(look(&f), 1);
	fixture_close(&f);
}

/* How many descriptors the thousands are here. */
static int many(void)
{
	long count = descriptor_limit() - 100;

	if (count > MANY_MAX)
		count = MANY_MAX;
	return is_select() && count > FD_SETSIZE - 100 ? FD_SETSIZE - 100 : (int)count;
}

/* Copies of one readable descriptor: each is ready, each is reported as often as the
 * others. */
static void serves_thousands_evenly(void)
{
	struct fixture f;
	int count = many(), *copy = malloc(sizeof(int) * (size_t)count);
	unsigned *seen = calloc((size_t)count + PAIRS, sizeof(*seen));

	fixture_open(&f, SELECTOR_READ);
	make_readable(&f, 0);
	CU_ASSERT_EQUAL(selector->del(f.set, f.watched[0]), 0);
	for (int i = 0; i < count; i++) {
		copy[i] = fcntl(f.watched[0], F_DUPFD_CLOEXEC, 0);
		CU_ASSERT_EQUAL(selector->add(f.set, copy[i], SELECTOR_READ,
					      (uint64_t)(PAIRS + i)),
				0);
	}
	for (int left = 2 * count; left > 0;) {
		int max = left < BATCH ? left : BATCH;
		int got = selector->wait(f.set, f.events, max, 0);
		CU_ASSERT_EQUAL_FATAL(got, max);
		for (int i = 0; i < got; i++)
			seen[f.events[i].data]++;
		left -= got;
	}
	for (int i = 0; i < count; i++) {
		CU_ASSERT_EQUAL(seen[PAIRS + i], 2);
		CU_ASSERT_EQUAL(selector->del(f.set, copy[i]), 0);
		close(copy[i]);
	}
	CU_ASSERT_EQUAL(look(&f), 0);
	free(copy);
	free(seen);
	fixture_close(&f);
}

const struct test_case selector_limit_cases[] = {
	{"a wait takes its time and no less", a_wait_takes_its_time_and_no_less},
	{"a signal ends a wait without limit", a_signal_ends_a_wait_without_limit},
	{"refuses what it cannot hold", refuses_what_it_cannot_hold},
	{"serves thousands evenly", serves_thousands_evenly},
	{NULL, NULL},
};
