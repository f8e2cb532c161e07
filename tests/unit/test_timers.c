/* test_timers.c - deadlines come back in order, whatever is re-armed and cancelled. */
#include "models/timers.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>

#include "server/clock.h"
#include "tests/suite.h"

#define MANY 1000

static void an_empty_heap_has_no_deadline(void)
{
	struct timers timers;
	struct timer timer = {0};

	timers_init(&timers);
	CU_ASSERT_EQUAL(timers_next(&timers), TIMERS_NEVER);
	CU_ASSERT_PTR_NULL(timers_expire(&timers, TIMERS_NEVER - 1));
	timers_cancel(&timers, &timer);
	CU_ASSERT_FALSE(timer_armed(&timer));
	timers_release(&timers);
}

static void only_what_is_due_expires(void)
{
	struct timers timers;
	struct timer early = {0}, late = {0};

	timers_init(&timers);
	CU_ASSERT_EQUAL_FATAL(timers_reserve(&timers, 2), 0);
	timers_arm(&timers, &late, 200);
	timers_arm(&timers, &early, 100);
	CU_ASSERT_EQUAL(timers_next(&timers), 100);
	CU_ASSERT_PTR_NULL(timers_expire(&timers, 99));
	CU_ASSERT_PTR_EQUAL(timers_expire(&timers, 100), &early);
	CU_ASSERT_FALSE(timer_armed(&early));
	CU_ASSERT_PTR_NULL(timers_expire(&timers, 199));
	CU_ASSERT_PTR_EQUAL(timers_expire(&timers, 300), &late);
	timers_release(&timers);
}

static void rearming_moves_either_way(void)
{
	struct timers timers;
	struct timer t[3] = {{0}};

	timers_init(&timers);
	CU_ASSERT_EQUAL_FATAL(timers_reserve(&timers, 3), 0);
	for (int i = 0; i < 3; i++)
		timers_arm(&timers, &t[i], 100 + i);
	timers_arm(&timers, &t[0], 500);
	CU_ASSERT_EQUAL(timers_next(&timers), 101);
	timers_arm(&timers, &t[2], 50);
	CU_ASSERT_PTR_EQUAL(timers_expire(&timers, 1000), &t[2]);
	CU_ASSERT_PTR_EQUAL(timers_expire(&timers, 1000), &t[1]);
	CU_ASSERT_PTR_EQUAL(timers_expire(&timers, 1000), &t[0]);
	CU_ASSERT_PTR_NULL(timers_expire(&timers, 1000));
	timers_release(&timers);
}

/* Arms, re-arms and cancels at random; expires half; checks the order of the rest. */
static void any_history_keeps_the_order(void)
{
	struct timers timers;
	struct timer *t = calloc(MANY, sizeof(*t));
	unsigned seed = 4711;

	printf("seed %u ", seed);
	timers_init(&timers);
	CU_ASSERT_EQUAL_FATAL(timers_reserve(&timers, MANY), 0);
	for (int step = 0; step < 50 * MANY; step++) {
		struct timer *timer = &t[rand_r(&seed) % MANY];
		if (rand_r(&seed) % 4 == 0)
			timers_cancel(&timers, timer);
		else
			timers_arm(&timers, timer, rand_r(&seed) % 10000);
	}
	size_t armed = 0, expired = 0;
	for (int i = 0; i < MANY; i++)
		armed += timer_armed(&t[i]);
	CU_ASSERT_EQUAL(armed, timers.count);
	int64_t before = 0;
	for (struct timer *timer; (timer = timers_expire(&timers, 10000)); expired++) {
		CU_ASSERT_TRUE(timer->deadline_ns >= before);
		before = timer->deadline_ns;
	}
	CU_ASSERT_EQUAL(expired, armed);
	timers_release(&timers);
	free(t);
}

static void tells_how_long_to_wait(void)
{
	struct timers timers;
	struct timer early = {0}, late = {0};

	timers_init(&timers);
	CU_ASSERT_EQUAL_FATAL(timers_reserve(&timers, 2), 0);
	CU_ASSERT_EQUAL(timers_left_ns(&timers), -1);
	timers_arm(&timers, &late, clock_ns() + 3600 * NS_PER_S);
	const int64_t left_ns = timers_left_ns(&timers);
	CU_ASSERT_TRUE(left_ns > 3500 * NS_PER_S && left_ns <= 3600 * NS_PER_S);
	timers_arm(&timers, &early, 1);
	CU_ASSERT_EQUAL(timers_left_ns(&timers), 0);
	timers_release(&timers);
}

static const struct test_case cases[] = {
	{"an empty heap has no deadline", an_empty_heap_has_no_deadline},
	{"only what is due expires", only_what_is_due_expires},
	{"re-arming moves either way", rearming_moves_either_way},
	{"any history keeps the order", any_history_keeps_the_order},
	{"tells how long to wait", tells_how_long_to_wait},
	{NULL, NULL},
};

int main(void)
{
	return test_suite_run("timers", cases) != 0;
}
