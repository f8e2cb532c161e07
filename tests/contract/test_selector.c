/* test_selector.c - every promise of models/selector/selector.h, on the selector named. */
#include "tests/contract/selector_fixture.h"

#include <CUnit/CUnit.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

const struct selector *selector;

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

/* Of two sets that wait, one hears of it, or both: but never none, and `del` works. */
static void exclusive_wakes_one_at_least(void)
{
	struct fixture f, other;
	unsigned how = SELECTOR_READ | SELECTOR_EXCLUSIVE;

	fixture_open(&f, SELECTOR_READ);
	fixture_open(&other, SELECTOR_READ);
	int result = selector->add(f.set, other.peer[0], how, 99);
	if (strcmp(selector->name, "epoll") != 0) {
		CU_ASSERT_EQUAL(result, -ENOTSUP);
	} else {
		CU_ASSERT_EQUAL(result, 0);
		CU_ASSERT_EQUAL(selector->add(other.set, other.peer[0], how, 99), 0);
		CU_ASSERT_EQUAL(write(other.watched[0], "x", 1), 1);
		int count = look(&f);
		CU_ASSERT_TRUE(count + look(&other) >= 1);
		CU_ASSERT_TRUE(count == 0 || ready_of(&f, count, 99) == SELECTOR_READ);
		CU_ASSERT_EQUAL(selector->del(f.set, other.peer[0]), 0);
		CU_ASSERT_EQUAL(look(&f), 0);
		CU_ASSERT_EQUAL(selector->del(other.set, other.peer[0]), 0);
	}
	fixture_close(&other);
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
	{"exclusive wakes one at least, or is refused", exclusive_wakes_one_at_least},
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
	int failures = test_suite_run(selector->name, cases);
	failures += test_suite_run(selector->name, selector_limit_cases);
	return failures != 0;
}
