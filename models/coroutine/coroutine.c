/* coroutine.c - see coroutine.h. */
#include "models/coroutine/coroutine.h"

static void coroutine_main(void *argument)
{
	struct coroutine *coroutine = argument;

	fiber_enter(&coroutine->fiber);
	coroutine->function(coroutine->argument);
	coroutine->ended = true;
	fiber_exit(&coroutine->fiber, true);
	context_switch(&coroutine->context, &coroutine->resumer);
}

struct coroutine *coroutine_new(struct stacks *stacks, coroutine_function *function,
				void *argument)
{
	struct coroutine *coroutine = (struct coroutine *)stacks_take(stacks);

	if (!coroutine)
		return NULL;
	coroutine->function = function;
	coroutine->argument = argument;
	coroutine->ended = coroutine->waiting = false;
	coroutine->sleeping = coroutine->expired = false;
	coroutine->timer = (struct timer){0};
	fiber_init(&coroutine->fiber, coroutine->stack.bottom, coroutine);
	context_make(&coroutine->context, coroutine->stack.bottom, coroutine,
		     coroutine_main, coroutine);
	return coroutine;
}

void coroutine_resume(struct coroutine *coroutine)
{
	fiber_leave(&coroutine->fiber);
	context_switch(&coroutine->resumer, &coroutine->context);
	fiber_return(&coroutine->fiber);
}

void coroutine_suspend(struct coroutine *coroutine)
{
	fiber_exit(&coroutine->fiber, false);
	context_switch(&coroutine->context, &coroutine->resumer);
	fiber_enter(&coroutine->fiber);
}

void coroutine_free(struct stacks *stacks, struct coroutine *coroutine)
{
	fiber_release(&coroutine->fiber);
	stacks_give(stacks, &coroutine->stack);
}
