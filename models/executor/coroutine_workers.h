/*
 * coroutine_workers.h - what coroutine_pool.c is made of: orders, their queue, and the
 * workers that take them. Included by the two alone.
 *
 * A task is handed to an idle worker (the one that was busy last), or to a new one, at
 * once; what finds none waits in the queue:
 *
 *	submit --> idle worker | new worker | queue --> whichever worker ends its task
 */
#ifndef MODELS_EXECUTOR_COROUTINE_WORKERS_H
#define MODELS_EXECUTOR_COROUTINE_WORKERS_H

#include <stdalign.h>

#include "models/coroutine/coroutine_io.h"
#include "models/coroutine/scheduler.h"
#include "models/executor/executor_ops.h"
#include "models/slots.h"

/* A task from submit to its end. */
struct order {
	struct order *next; /* of the queue, or of those that are delayed */
	struct coroutine_pool *pool;
	struct coroutine *sleeper; /* delayed: who brings it */
	int64_t at_ns;
	struct task_order task;
	alignas(max_align_t) uint8_t argument[];
};

struct worker {
	struct slot slot; /* its number is the worker's */
	struct coroutine_pool *pool;
	struct coroutine *coroutine;
	struct worker *next_idle;
	struct order *order; /* handed over */
	bool busy;           /* has begun it */
	void *state;
};

/* Somebody who waits for a task to end or to be taken; on its stack. */
struct awaiter {
	struct awaiter *next;
	struct coroutine *coroutine;
};

struct coroutine_pool {
	struct executor_base base;
	struct scheduler scheduler;
	struct buffers buffers;
	struct slots workers;
	struct worker *idle; /* the one that was busy last comes first */
	unsigned idle_count;
	struct order *first; /* the queue */
	struct order **last;
	uint64_t queued;
	struct order *delayed;
	uint64_t delayed_count;
	struct awaiter *awaiters;
	uint64_t made;
};

/* Copies the task, takes its descriptor; NULL: no memory. */
struct order *order_new(struct coroutine_pool *pool, const struct task_order *task);

/* Closes its descriptor, completes its future, frees it. */
void order_end(struct order *order, int status, const void *result, size_t result_size);

void queue_push(struct coroutine_pool *pool, struct order *order);
void queue_push_front(struct coroutine_pool *pool, struct order *order);
void queue_cancel(struct coroutine_pool *pool, int status);

/* A worker with `order` as its first task, or an idle one. 0 or -ENOMEM: then the order is
 * as before. */
int workers_make(struct coroutine_pool *pool, struct order *order);

/* The worker that was busy last, or NULL. */
struct worker *workers_pop_idle(struct coroutine_pool *pool);

/* Gives the order to a worker that can begin at once; false: there is none, and none could
 * be made. */
bool workers_hand_over(struct coroutine_pool *pool, struct order *order);

/* Until a task has ended or was taken, or a worker has ended; or `watch` (may be NULL) is
 * readable: then 0, and -ECANCELED for the former. Else -ETIMEDOUT or -errno. */
int workers_await_change(struct coroutine_pool *pool, struct watch *watch,
			 int64_t deadline_ns);

#endif
