/*
 * scheduler.h - runs the coroutines of one thread: those that can run in turn, the others
 * when what they wait for has come.
 *
 *	            selector: watches          heap: deadlines
 *	                  \                      /
 *	 spawn, yield -->  queue of who can run  --> resume
 *
 * A turn looks at the selector (without waiting when somebody can run), then runs each of
 * those that could run when it began, once: who never waits still gets but one share.
 * Descriptors are watched for edges where the selector has them, so that no system call is
 * made between two reads but the wait itself.
 *
 * The thread that opened it is one of those that wait: a function that waits, called
 * outside of any coroutine, runs turns until the time has come.
 */
#ifndef MODELS_COROUTINE_SCHEDULER_H
#define MODELS_COROUTINE_SCHEDULER_H

#include "models/coroutine/coroutine.h"
#include "models/selector/selector.h"

#define SCHEDULER_NEVER TIMERS_NEVER

struct scheduler {
	const struct selector *selector;
	struct selector_set *set;
	unsigned edge; /* SELECTOR_EDGE, or 0 where the selector has it not */
	struct stacks stacks;
	struct timers timers;
	size_t live;         /* coroutines that have not ended */
	size_t runnable;     /* of these, in the queue */
	struct stack *first; /* the queue */
	struct stack **last;
	struct coroutine *current; /* who runs: a coroutine, or the owner */
	struct coroutine owner;    /* the thread itself; it has no stack of ours */
};

/* 0 or -errno. Must not move. scheduler_close accepts a half-open or zeroed one; coroutines
 * that have not ended are forgotten, with what stands on their stacks. */
int scheduler_open(struct scheduler *scheduler, const struct selector *selector);
void scheduler_close(struct scheduler *scheduler);

/* Calls function(argument) in a coroutine of its own, which runs from the next turn on;
 * *ret_coroutine (may be NULL) is good until it ends. 0 or -ENOMEM. */
int scheduler_spawn(struct scheduler *scheduler, coroutine_function *function,
		    void *argument, struct coroutine **ret_coroutine);

/* Lets all others that can run do so once; in the owner, those too whose time or
 * descriptor has come. Does not wait. */
void scheduler_yield(struct scheduler *scheduler);

/* Waits until somebody wakes the caller (0) or until `deadline_ns` (-ETIMEDOUT). In the
 * owner also -errno of a selector that is broken. */
int scheduler_suspend(struct scheduler *scheduler, int64_t deadline_ns);

/* Ends the wait of `coroutine`, whatever for; nothing when it does not wait. Who watches a
 * descriptor then gets -ECANCELED. */
void scheduler_wake(struct scheduler *scheduler, struct coroutine *coroutine);

/* Waits until `deadline_ns`, or until scheduler_end_sleep, which does nothing to who waits
 * for something else. */
void scheduler_sleep(struct scheduler *scheduler, int64_t deadline_ns);
void scheduler_end_sleep(struct scheduler *scheduler, struct coroutine *coroutine);

/* A descriptor that one coroutine at a time waits for. What was reported is kept until it
 * is cleared: by the user, when a read or write found less than it asked for. */
struct watch {
	struct scheduler *scheduler;
	struct coroutine *waiter;
	int fd;
	unsigned edge;
	unsigned wanted;   /* by the waiter */
	unsigned ready;    /* SELECTOR_READ, _WRITE, _HANGUP */
	unsigned interest; /* in the set */
	bool watched;      /* in the set */
};

/* Reports changes (`edge` of the scheduler), or states (0): see selector.h. 0 or -errno.
 * Must not move. The descriptor is the caller's, to be closed after watch_close. */
int watch_open(struct watch *watch, struct scheduler *scheduler, int fd, unsigned edge);
void watch_close(struct watch *watch); /* accepts a zeroed one */

/* Until the descriptor is ready for `wanted` (READ or WRITE): 0, -ETIMEDOUT, -ECANCELED,
 * or -errno of the selector. */
int watch_wait(struct watch *watch, unsigned wanted, int64_t deadline_ns);

#endif
