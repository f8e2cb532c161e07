/* test_selector.c - every promise of models/selector/selector.h, on the selector named. */
#include "models/selector/selector.h"

#include <CUnit/CUnit.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "server/clock.h"
#include "tests/suite.h"

#define BATCH    64
#define PAIRS    8
#define MANY_MAX 4000

static const struct selector *selector; /* named on the command line */

/* A set and some connected sockets: watched[i] is in the set with data i, peer[i] not. */
struct fixture {
	struct selector_set *set;
	int watched[PAIRS];
	int peer[PAIRS];
	struct selector_event events[BATCH];
};

static void fixture_open(struct fixture *f, unsigned interest)
{
	CU_ASSERT_EQUAL_FATAL(selector->open(&f->set), 0);
	for (int i = 0; i < PAIRS; i++) {
		int pair[2];
		CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
		f->watched[i] = pair[0];
		f->peer[i] = pair[1];
		CU_ASSERT_EQUAL_FATAL(
			selector->add(f->set, pair[0], interest, (uint64_t)i), 0);
	}
}

static void fixture_close(struct fixture *f)
{
	selector->close(f->set);
	for (int i = 0; i < PAIRS; i++) {
		close(f->watched[i]);
		close(f->peer[i]);
	}
}

static void make_readable(struct fixture *f, int i)
{
	CU_ASSERT_EQUAL(write(f->peer[i], "x", 1), 1);
}

static int look(struct fixture *f)
{
	return selector->wait(f->set, f->events, BATCH, 0);
}

/* The event with this data word among the `count` first, or NULL. */
static const struct selector_event *event_of(const struct fixture *f, int count,
					     uint64_t data)
{
	for (int i = 0; i < count; i++)
		if (f->events[i].data == data)
			return &f->events[i];
	return NULL;
}

static unsigned ready_of(const struct fixture *f, int count, uint64_t data)
{
	const struct selector_event *event = event_of(f, count, data);

	return event ? event->ready : 0;
}

static void reports_only_what_is_ready(void)
{
	struct fixture f;

	fixture_open(&f, SELECTOR_READ);
	CU_ASSERT_EQUAL(look(&f), 0);
	make_readable(&f, 1);
	make_readable(&f, 6);
	CU_ASSERT_EQUAL(look(&f), 2);
	CU_ASSERT_EQUAL(ready_of(&f, 2, 1), SELECTOR_READ);
	CU_ASSERT_EQUAL(ready_of(&f, 2, 6), SELECTOR_READ);
	fixture_close(&f);
}

static void is_level_triggered(void)
{
	struct fixture f;
	char byte;

	fixture_open(&f, SELECTOR_READ);
	make_readable(&f, 3);
	CU_ASSERT_EQUAL(look(&f), 1);
	CU_ASSERT_EQUAL(look(&f), 1);
	CU_ASSERT_EQUAL(read(f.watched[3], &byte, 1), 1);
	CU_ASSERT_EQUAL(look(&f), 0);
	fixture_close(&f);
}

static void tells_read_from_write(void)
{
	struct fixture f;

	fixture_open(&f, SELECTOR_READ | SELECTOR_WRITE);
	make_readable(&f, 2);
	CU_ASSERT_EQUAL(look(&f), PAIRS);
	CU_ASSERT_EQUAL(ready_of(&f, PAIRS, 2), SELECTOR_READ | SELECTOR_WRITE);
	CU_ASSERT_EQUAL(ready_of(&f, PAIRS, 5), SELECTOR_WRITE);
	fixture_close(&f);
}

static void mod_changes_interest_and_data(void)
{
	struct fixture f;

	fixture_open(&f, SELECTOR_READ);
	make_readable(&f, 4);
	CU_ASSERT_EQUAL(selector->mod(f.set, f.watched[4], SELECTOR_WRITE, 77), 0);
	CU_ASSERT_EQUAL(look(&f), 1);
	CU_ASSERT_EQUAL(ready_of(&f, 1, 77), SELECTOR_WRITE);
	CU_ASSERT_EQUAL(selector->mod(f.set, f.watched[4], 0, 78), 0);
	CU_ASSERT_EQUAL(look(&f), 0);
	CU_ASSERT_EQUAL(selector->mod(f.set, f.watched[4], SELECTOR_READ, 79), 0);
	CU_ASSERT_EQUAL(look(&f), 1);
	CU_ASSERT_EQUAL(ready_of(&f, 1, 79), SELECTOR_READ);
	fixture_close(&f);
}

static void a_deleted_descriptor_is_not_reported(void)
{
	struct fixture f;

	fixture_open(&f, SELECTOR_READ);
	for (int i = 0; i < PAIRS; i++)
		make_readable(&f, i);
	CU_ASSERT_EQUAL(look(&f), PAIRS);
	CU_ASSERT_EQUAL(selector->del(f.set, f.watched[0]), 0);
	CU_ASSERT_EQUAL(selector->del(f.set, f.watched[PAIRS - 1]), 0);
	CU_ASSERT_EQUAL(selector->del(f.set, f.watched[3]), 0);
	CU_ASSERT_EQUAL(look(&f), PAIRS - 3);
	CU_ASSERT_PTR_NULL(event_of(&f, PAIRS - 3, 0));
	CU_ASSERT_PTR_NULL(event_of(&f, PAIRS - 3, 3));
	CU_ASSERT_PTR_NULL(event_of(&f, PAIRS - 3, PAIRS - 1));
	fixture_close(&f);
}

/* A batch that was cut off by `max` leaves ready descriptors behind: deleting one of them
 * must also take away what the mechanism may remember of it. */
static void a_descriptor_deleted_between_batches_is_not_reported(void)
{
	struct fixture f;

	fixture_open(&f, SELECTOR_READ);
	for (int i = 0; i < PAIRS; i++)
		make_readable(&f, i);
	CU_ASSERT_EQUAL(selector->wait(f.set, f.events, 2, 0), 2);
	uint64_t first = f.events[0].data;
	for (int i = 0; i < PAIRS; i++)
		if ((uint64_t)i != first)
			CU_ASSERT_EQUAL(selector->del(f.set, f.watched[i]), 0);
	CU_ASSERT_EQUAL(look(&f), 1);
	CU_ASSERT_EQUAL(f.events[0].data, first);
	fixture_close(&f);
}

/* The number of a closed descriptor comes back at once from the next socket(2). */
static void a_reused_descriptor_carries_the_new_word(void)
{
	struct fixture f;
	int fresh[2];

	fixture_open(&f, SELECTOR_READ);
	make_readable(&f, 5);
	CU_ASSERT_EQUAL(look(&f), 1);
	CU_ASSERT_EQUAL(selector->del(f.set, f.watched[5]), 0);
	CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_STREAM, 0, fresh), 0);
	CU_ASSERT_EQUAL_FATAL(dup2(fresh[0], f.watched[5]), f.watched[5]);
	CU_ASSERT_EQUAL(selector->add(f.set, f.watched[5], SELECTOR_READ, 500), 0);
	CU_ASSERT_EQUAL(look(&f), 0);
	CU_ASSERT_EQUAL(write(fresh[1], "y", 1), 1);
	CU_ASSERT_EQUAL(look(&f), 1);
	CU_ASSERT_EQUAL(f.events[0].data, 500);
	close(fresh[0]);
	close(fresh[1]);
	fixture_close(&f);
}

/* Two waits of half the size must between them report each descriptor once. */
static void the_next_wait_starts_behind_the_last_reported(void)
{
	struct fixture f;

	fixture_open(&f, SELECTOR_READ);
	for (int i = 0; i < PAIRS; i++)
		make_readable(&f, i);
	for (int round = 0; round < 4; round++) {
		unsigned seen = 0;
		for (int half = 0; half < 2; half++) {
			int count = selector->wait(f.set, f.events, PAIRS / 2, 0);
			CU_ASSERT_EQUAL(count, PAIRS / 2);
			for (int i = 0; i < count; i++)
				seen |= 1U << f.events[i].data;
		}
		CU_ASSERT_EQUAL(seen, (1U << PAIRS) - 1);
	}
	fixture_close(&f);
}

static void refuses_twice_and_unknown(void)
{
	struct fixture f;

	fixture_open(&f, SELECTOR_READ);
	CU_ASSERT_EQUAL(selector->add(f.set, f.watched[0], SELECTOR_READ, 9), -EEXIST);
	CU_ASSERT_EQUAL(selector->del(f.set, f.peer[0]), -ENOENT);
	CU_ASSERT_EQUAL(selector->mod(f.set, f.peer[0], SELECTOR_READ, 9), -ENOENT);
	CU_ASSERT_EQUAL(selector->del(f.set, f.watched[0]), 0);
	CU_ASSERT_EQUAL(selector->del(f.set, f.watched[0]), -ENOENT);
	fixture_close(&f);
}

static bool is_select(void)
{
	return strcmp(selector->name, "select") == 0;
}

/* select(2) knows READ alone, and reports it to who asked for it. */
static void check_ended(const struct fixture *f, int count, uint64_t data)
{
	unsigned ready = ready_of(f, count, data);

	CU_ASSERT_TRUE(ready & SELECTOR_READ);
	if (!is_select())
		CU_ASSERT_TRUE(ready & SELECTOR_HANGUP);
}

static void a_peers_end_is_a_hangup(void)
{
	struct fixture f;

	fixture_open(&f, SELECTOR_READ);
	shutdown(f.peer[2], SHUT_WR);
	int count = look(&f);
	CU_ASSERT_EQUAL(count, 1);
	check_ended(&f, count, 2);
	close(f.peer[3]);
	f.peer[3] = -1;
	count = look(&f);
	CU_ASSERT_EQUAL(count, 2);
	check_ended(&f, count, 3);
	fixture_close(&f);
}

/* Back-pressure: who asks for nothing is not woken by data nor by the peer's end. */
static void no_interest_means_no_wakeup_but_for_hangups(void)
{
	struct fixture f;

	fixture_open(&f, 0);
	make_readable(&f, 0);
	shutdown(f.peer[1], SHUT_WR);
	CU_ASSERT_EQUAL(look(&f), 0);
	close(f.peer[2]);
	f.peer[2] = -1;
	int count = look(&f);
	CU_ASSERT_EQUAL(count, is_select() ? 0 : 1);
	if (count == 1)
		check_ended(&f, count, 2);
	fixture_close(&f);
}

static void edge_reports_changes_once(void)
{
	struct fixture f;

	fixture_open(&f, SELECTOR_READ);
	int result = selector->mod(f.set, f.watched[0], SELECTOR_READ | SELECTOR_EDGE, 0);
	if (strcmp(selector->name, "epoll") != 0) {
		CU_ASSERT_EQUAL(result, -ENOTSUP);
		CU_ASSERT_EQUAL(selector->add(f.set, f.peer[0], SELECTOR_EDGE, 0),
				-ENOTSUP);
	} else {
		CU_ASSERT_EQUAL(result, 0);
		make_readable(&f, 0);
		CU_ASSERT_EQUAL(look(&f), 1);
		CU_ASSERT_EQUAL(look(&f), 0);
		make_readable(&f, 0);
		CU_ASSERT_EQUAL(look(&f), 1);
	}
	fixture_close(&f);
}

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

static void close_accepts_null(void)
{
	selector->close(NULL);
	CU_ASSERT_PTR_EQUAL(selector_find(selector->name), selector);
	CU_ASSERT_PTR_NULL(selector_find("no such selector"));
}

static const struct test_case cases[] = {
	{"reports only what is ready", reports_only_what_is_ready},
	{"is level-triggered", is_level_triggered},
	{"tells read from write", tells_read_from_write},
	{"mod changes interest and data", mod_changes_interest_and_data},
	{"a deleted descriptor is not reported", a_deleted_descriptor_is_not_reported},
	{"nor one deleted between two batches",
	 a_descriptor_deleted_between_batches_is_not_reported},
	{"a re-used descriptor carries the new word",
	 a_reused_descriptor_carries_the_new_word},
	{"the next wait starts behind the last reported",
	 the_next_wait_starts_behind_the_last_reported},
	{"refuses a descriptor twice, and an unknown one", refuses_twice_and_unknown},
	{"a peer's end is a hang-up", a_peers_end_is_a_hangup},
	{"no interest means no wake-up but for hang-ups",
	 no_interest_means_no_wakeup_but_for_hangups},
	{"edge reports changes once, or is refused", edge_reports_changes_once},
	{"a wait takes its time and no less", a_wait_takes_its_time_and_no_less},
	{"a signal ends a wait without limit", a_signal_ends_a_wait_without_limit},
	{"refuses what it cannot hold", refuses_what_it_cannot_hold},
	{"serves thousands evenly", serves_thousands_evenly},
	{"close accepts NULL", close_accepts_null},
	{NULL, NULL},
};

int main(int argc, char **argv)
{
	selector = argc == 2 ? selector_find(argv[1]) : NULL;
	if (!selector) {
		fprintf(stderr, "usage: %s SELECTOR\n", argv[0]);
		return 2;
	}
	if (selector->unavailable) {
		printf("%s: %s\n", selector->name, selector->unavailable);
		return TEST_SKIPPED;
	}
	return test_suite_run(selector->name, cases) != 0;
}
