/* bench_coroutine.c - a switch, a coroutine's life, and a turn of the scheduler. */
#include <errno.h>
#include <stdlib.h>

#include "models/coroutine/scheduler.h"
#include "tests/micro/bench.h"

#if CONTEXT_UCONTEXT
#define NAME(what) what "/ucontext"
#else
#define NAME(what) what "/assembly"
#endif

struct coroutines {
	struct stacks stacks;
	int64_t count;
	struct coroutine *coroutine[];
};

static void suspend_for_ever(void *argument)
{
	struct coroutine **self = argument;

	for (;;)
		coroutine_suspend(*self);
}

static void coroutines_free(void *ctx)
{
	struct coroutines *c = ctx;

	for (int64_t i = 0; i < c->count; i++)
		coroutine_free(&c->stacks, c->coroutine[i]);
	stacks_release(&c->stacks);
	free(c);
}

static int coroutines_new(void **ret_ctx, int64_t count)
{
	struct coroutines *c = calloc(1, sizeof(*c) + (size_t)count * sizeof(void *));

	if (!c)
		return -ENOMEM;
	stacks_init(&c->stacks, COROUTINE_STACK, sizeof(struct coroutine));
	for (; c->count < count; c->count++) {
		struct coroutine **self = &c->coroutine[c->count];
		*self = coroutine_new(&c->stacks, suspend_for_ever, self);
		if (!*self) {
			coroutines_free(c);
			return -ENOMEM;
		}
	}
	*ret_ctx = c;
	return 0;
}

/* There and back: two switches. */
static void switch_run(void *ctx, uint64_t iters)
{
	struct coroutines *c = ctx;
	int64_t next = 0;

	while (iters-- > 0) {
		coroutine_resume(c->coroutine[next]);
		next = next + 1 < c->count ? next + 1 : 0;
	}
}

static void end_at_once(void *argument)
{
	BENCH_KEEP(argument);
}

static void life_run(void *ctx, uint64_t iters)
{
	struct coroutines *c = ctx;

	while (iters-- > 0) {
		struct coroutine *coroutine =
			coroutine_new(&c->stacks, end_at_once, NULL);
		coroutine_resume(coroutine);
		coroutine_free(&c->stacks, coroutine);
	}
}

struct crowd {
	struct scheduler scheduler;
	bool over;
};

static void yield_until_over(void *argument)
{
	struct crowd *crowd = argument;

	while (!crowd->over)
		scheduler_yield(&crowd->scheduler);
}

static void crowd_free(void *ctx)
{
	struct crowd *crowd = ctx;

	crowd->over = true;
	while (crowd->scheduler.live > 0)
		scheduler_yield(&crowd->scheduler);
	scheduler_close(&crowd->scheduler);
	free(crowd);
}

static int crowd_new(void **ret_ctx, int64_t count)
{
	struct crowd *crowd = calloc(1, sizeof(*crowd));
	int result;

	if (!crowd)
		return -ENOMEM;
	result = scheduler_open(&crowd->scheduler, selector_find("epoll"));
	while (result == 0 && count-- > 0)
		result =
			scheduler_spawn(&crowd->scheduler, yield_until_over, crowd, NULL);
	if (result < 0)
		crowd_free(crowd);
	else
		*ret_ctx = crowd;
	return result;
}

/* A turn looks at the selector once, then lets each of them run up to its next yield. */
static void turn_run(void *ctx, uint64_t iters)
{
	struct crowd *crowd = ctx;

	while (iters-- > 0)
		scheduler_yield(&crowd->scheduler);
}

const struct bench_case bench_cases[] = {
	{NAME("coroutine/resume+suspend/1"), 1, coroutines_new, switch_run,
	 coroutines_free},
	{NAME("coroutine/resume+suspend/1000"), 1000, coroutines_new, switch_run,
	 coroutines_free},
	{NAME("coroutine/create+end"), 0, coroutines_new, life_run, coroutines_free},
	{NAME("coroutine/turn/1"), 1, crowd_new, turn_run, crowd_free},
	{NAME("coroutine/turn/1000"), 1000, crowd_new, turn_run, crowd_free},
	{.name = NULL},
};
