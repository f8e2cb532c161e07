/*
 * coroutine.h - a function that may stop in the middle and go on later, on a stack of its
 * own: what one thread can hold thousands of.
 *
 *	coroutine_resume ---> function(argument)
 *	                 <--- coroutine_suspend
 *	coroutine_resume ---> goes on
 *	                 <--- it returned: ended
 *
 * No system call, no lock; who is resumed when is its user's (scheduler.h).
 */
#ifndef MODELS_COROUTINE_COROUTINE_H
#define MODELS_COROUTINE_COROUTINE_H

#include <stdbool.h>
#include <stdint.h>

#include "models/coroutine/context.h"
#include "models/coroutine/fiber.h"
#include "models/coroutine/stacks.h"
#include "models/timers.h"

/* Bytes of stack, guard included. A sanitizer's frames are several times as large. */
#if FIBER_ASAN || FIBER_TSAN
#define COROUTINE_STACK ((size_t)(256 * 1024))
#else
#define COROUTINE_STACK ((size_t)(64 * 1024))
#endif

struct coroutine;
typedef void coroutine_function(void *argument);

/* At the top of its stack, so in the lines that a switch touches anyway. */
struct coroutine {
	struct stack stack; /* `next` is the run queue's */
	struct context context;
	struct context resumer;
	coroutine_function *function;
	void *argument;
	bool ended;

	/* The scheduler's. */
	bool waiting;
	bool sleeping; /* waits for nothing but its deadline */
	bool expired;
	int64_t deadline_ns;
	struct timer timer; /* may be early: checked against deadline_ns */
	struct fiber fiber;
};

/* On a stack of `stacks` (head_size is sizeof(struct coroutine)); NULL: no memory. */
struct coroutine *coroutine_new(struct stacks *stacks, coroutine_function *function,
				void *argument);

/* Runs it until it suspends or ends. Not to be called when it has ended. */
void coroutine_resume(struct coroutine *coroutine);

/* Called on its own stack: back to who resumed it. */
void coroutine_suspend(struct coroutine *coroutine);

/* Gives the stack back; what stands on it is forgotten. */
void coroutine_free(struct stacks *stacks, struct coroutine *coroutine);

#endif
