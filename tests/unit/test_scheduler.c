/* test_scheduler.c - coroutines run in turn, wake in time, and wait on every selector. */
#include "models/coroutine/scheduler.h"

#include <CUnit/CUnit.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "server/clock.h"
#include "tests/suite.h"

#if FIBER_TSAN
#define MANY 500
#else
#define MANY 5000
#endif

/* Shared by the coroutines of one case. */
struct stage {
	struct scheduler scheduler;
	char log[64];
	size_t length;
	size_t ended;
	int result;
	int fd;
	int64_t waited_ns;
};

struct actor {
	struct stage *stage;
	char name;
	int64_t sleep_ns, until_ns;
	struct coroutine *coroutine;
};

static void stage_open(struct stage *stage, const struct selector *selector)
{
	memset(stage, 0, sizeof(*stage));
	CU_ASSERT_EQUAL_FATAL(scheduler_open(&stage->scheduler, selector), 0);
}

static void stage_open_epoll(struct stage *stage)
{
	stage_open(stage, selector_find("epoll"));
}

static void stage_spawn(struct stage *stage, coroutine_function *function,
			struct actor *actor)
{
	actor->stage = stage;
	CU_ASSERT_EQUAL_FATAL(
		scheduler_spawn(&stage->scheduler, function, actor, &actor->coroutine),
		0);
}

static void say(struct actor *actor)
{
	struct stage *stage = actor->stage;

	if (stage->length < sizeof(stage->log) - 1)
		stage->log[stage->length++] = actor->name;
}

/* In the owner: until nobody is left. */
static void stage_run(struct stage *stage)
{
	while (stage->scheduler.live > 0)
		scheduler_yield(&stage->scheduler);
}

static void say_thrice(void *argument)
{
	struct actor *actor = argument;

	for (int i = 0; i < 3; i++) {
		say(actor);
		scheduler_yield(&actor->stage->scheduler);
	}
}

static void who_can_run_takes_turns(void)
{
	struct stage stage;
	struct actor a = {.name = 'a'}, b = {.name = 'b'}, c = {.name = 'c'};

	stage_open_epoll(&stage);
	stage_spawn(&stage, say_thrice, &a);
	stage_spawn(&stage, say_thrice, &b);
	stage_spawn(&stage, say_thrice, &c);
	stage_run(&stage);
	CU_ASSERT_STRING_EQUAL(stage.log, "abcabcabc");
	scheduler_close(&stage.scheduler);
}

static void sleep_and_say(void *argument)
{
	struct actor *actor = argument;

	scheduler_sleep(&actor->stage->scheduler, actor->until_ns);
	say(actor);
}

static void sleepers_wake_in_order(void)
{
	const int64_t start_ns = clock_ns();
	struct stage stage;
	struct actor actors[] = {{.name = 'd', .until_ns = start_ns + 40 * NS_PER_MS},
				 {.name = 'b', .until_ns = start_ns + 20 * NS_PER_MS},
				 {.name = 'a', .until_ns = start_ns + 10 * NS_PER_MS},
				 {.name = 'c', .until_ns = start_ns + 30 * NS_PER_MS}};

	stage_open_epoll(&stage);
	for (size_t i = 0; i < 4; i++)
		stage_spawn(&stage, sleep_and_say, &actors[i]);
	/* The owner sleeps too, and they run meanwhile. */
	scheduler_sleep(&stage.scheduler, start_ns + 60 * NS_PER_MS);
	CU_ASSERT_TRUE(clock_ns() - start_ns >= 60 * NS_PER_MS);
	stage_run(&stage);
	CU_ASSERT_STRING_EQUAL(stage.log, "abcd");
	CU_ASSERT_EQUAL(stage.scheduler.live, 0);
	scheduler_close(&stage.scheduler);
}

static void a_sleep_can_be_ended(void)
{
	struct stage stage;
	struct actor a = {.name = 'a', .until_ns = clock_ns() + 1000 * NS_PER_S};

	stage_open_epoll(&stage);
	stage_spawn(&stage, sleep_and_say, &a);
	scheduler_yield(&stage.scheduler);
	CU_ASSERT_EQUAL(stage.length, 0);
	scheduler_end_sleep(&stage.scheduler, a.coroutine);
	scheduler_yield(&stage.scheduler);
	CU_ASSERT_STRING_EQUAL(stage.log, "a");
	CU_ASSERT_EQUAL(timers_next(&stage.scheduler.timers), TIMERS_NEVER);
	scheduler_close(&stage.scheduler);
}

/* Waits for stage->fd, at most sleep_ns. */
static void watch_descriptor(void *argument)
{
	struct actor *actor = argument;
	struct stage *stage = actor->stage;
	struct watch watch;
	int64_t start_ns = clock_ns();

	CU_ASSERT_EQUAL(
		watch_open(&watch, &stage->scheduler, stage->fd, stage->scheduler.edge),
		0);
	stage->result = watch_wait(&watch, SELECTOR_READ,
				   actor->sleep_ns ? start_ns + actor->sleep_ns
						   : SCHEDULER_NEVER);
	stage->waited_ns = clock_ns() - start_ns;
	watch_close(&watch);
	say(actor);
}

static void a_wait_ends_when_its_time_is_over(void)
{
	for (size_t i = 0; selectors[i]; i++) {
		struct stage stage;
		struct actor a = {.name = 'a', .sleep_ns = 15 * NS_PER_MS};

		stage_open(&stage, selectors[i]);
		stage.fd = eventfd(0, EFD_CLOEXEC);
		stage_spawn(&stage, watch_descriptor, &a);
		scheduler_sleep(&stage.scheduler, clock_ns() + 30 * NS_PER_MS);
		CU_ASSERT_STRING_EQUAL(stage.log, "a");
		CU_ASSERT_EQUAL(stage.result, -ETIMEDOUT);
		CU_ASSERT_TRUE(stage.waited_ns >= 15 * NS_PER_MS);
		close(stage.fd);
		scheduler_close(&stage.scheduler);
	}
}

static void a_wait_ends_when_it_is_cancelled(void)
{
	struct stage stage;
	struct actor a = {.name = 'a'};

	stage_open_epoll(&stage);
	stage.fd = eventfd(0, EFD_CLOEXEC);
	stage_spawn(&stage, watch_descriptor, &a);
	scheduler_yield(&stage.scheduler);
	scheduler_end_sleep(&stage.scheduler, a.coroutine); /* it does not sleep */
	scheduler_yield(&stage.scheduler);
	CU_ASSERT_EQUAL(stage.length, 0);
	scheduler_wake(&stage.scheduler, a.coroutine);
	scheduler_yield(&stage.scheduler);
	CU_ASSERT_EQUAL(stage.result, -ECANCELED);
	CU_ASSERT_EQUAL(stage.scheduler.live, 0);
	close(stage.fd);
	scheduler_close(&stage.scheduler);
}

/* Reads `MANY / 10` times from one end what the other wrote. */
static void receive(void *argument)
{
	struct actor *actor = argument;
	struct stage *stage = actor->stage;
	struct watch watch;
	eventfd_t value;

	watch_open(&watch, &stage->scheduler, stage->fd, stage->scheduler.edge);
	for (int i = 0; i < MANY / 10; i++) {
		stage->result |= watch_wait(&watch, SELECTOR_READ, SCHEDULER_NEVER);
		stage->result |= eventfd_read(stage->fd, &value);
		watch.ready = 0;
		stage->ended++;
	}
	watch_close(&watch);
}

static void send_as_it_is_taken(void *argument)
{
	struct actor *actor = argument;
	struct stage *stage = actor->stage;

	for (size_t i = 0; i < MANY / 10; i++) {
		eventfd_write(stage->fd, 1);
		while (stage->ended == i)
			scheduler_yield(&stage->scheduler);
	}
}

static void each_report_is_seen_on_every_selector(void)
{
	for (size_t i = 0; selectors[i]; i++) {
		struct stage stage;
		struct actor a = {.name = 'a'}, b = {.name = 'b'};

		stage_open(&stage, selectors[i]);
		stage.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		stage_spawn(&stage, receive, &a);
		stage_spawn(&stage, send_as_it_is_taken, &b);
		stage_run(&stage);
		CU_ASSERT_EQUAL(stage.ended, MANY / 10);
		CU_ASSERT_EQUAL(stage.result, 0);
		CU_ASSERT_EQUAL(stage.scheduler.edge != 0,
				strcmp(selectors[i]->name, "epoll") == 0);
		close(stage.fd);
		scheduler_close(&stage.scheduler);
	}
}

/* A state that nobody waits for is not reported again and again. */
static void the_owner_waits_for_a_state(void)
{
	for (size_t i = 0; selectors[i]; i++) {
		struct stage stage;
		struct watch watch;
		int64_t start_ns = clock_ns();

		stage_open(&stage, selectors[i]);
		stage.fd = eventfd(1, EFD_CLOEXEC);
		CU_ASSERT_EQUAL(watch_open(&watch, &stage.scheduler, stage.fd, 0), 0);
		scheduler_sleep(&stage.scheduler, start_ns + 5 * NS_PER_MS);
		CU_ASSERT_EQUAL(watch.interest, 0);
		CU_ASSERT_TRUE(clock_ns() - start_ns >= 5 * NS_PER_MS);
		watch.ready = 0;
		CU_ASSERT_EQUAL(watch_wait(&watch, SELECTOR_READ, SCHEDULER_NEVER), 0);
		watch_close(&watch);
		close(stage.fd);
		scheduler_close(&stage.scheduler);
	}
}

static void yield_and_end(void *argument)
{
	struct actor *actor = argument;

	for (int i = 0; i < 3; i++)
		scheduler_yield(&actor->stage->scheduler);
	actor->stage->ended++;
}

static void thousands_run_and_their_stacks_again(void)
{
	struct stage stage;
	struct actor *actors = calloc(MANY, sizeof(*actors));

	stage_open_epoll(&stage);
	for (size_t round = 1; round <= 2; round++) {
		for (int i = 0; i < MANY; i++)
			stage_spawn(&stage, yield_and_end, &actors[i]);
		stage_run(&stage);
		CU_ASSERT_EQUAL(stage.ended, round * MANY);
		CU_ASSERT_EQUAL(stage.scheduler.stacks.made, MANY);
	}
	scheduler_close(&stage.scheduler);
	free(actors);
}

static const struct test_case cases[] = {
	{"who can run takes turns", who_can_run_takes_turns},
	{"sleepers wake in order", sleepers_wake_in_order},
	{"a sleep can be ended", a_sleep_can_be_ended},
	{"a wait ends when its time is over", a_wait_ends_when_its_time_is_over},
	{"a wait ends when it is cancelled", a_wait_ends_when_it_is_cancelled},
	{"each report is seen on every selector", each_report_is_seen_on_every_selector},
	{"the owner waits for a state", the_owner_waits_for_a_state},
	{"thousands run, and their stacks again", thousands_run_and_their_stacks_again},
	{NULL, NULL},
};

int main(void)
{
	return test_suite_run("scheduler", cases) != 0;
}
