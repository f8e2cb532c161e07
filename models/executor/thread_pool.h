/*
 * thread_pool.h - threads that take tasks from one bounded queue; private to
 * thread_pool.c (the owner's side) and thread_worker.c (the workers').
 *
 * Everything is under one lock, which a submit takes once and a worker once between two
 * tasks. A task is put into the hands of an idle worker, or into the ring where none is:
 *
 *	try_submit --+-- idle? --> the worker's hands; its own condition is signalled
 *	             +-- lazy? --> the hands of a new worker
 *	             +-- room? --> ring ---------------------> who ends a task takes the next
 *	submit_at ---> heap of deadlines --> who looks for work when one is due; of the
 *	                                     idle workers one, the keeper, sleeps until then
 *
 * So a wake-up wakes the one that has work, and the last to fall asleep, whose memory is
 * still in the caches, is the first to be woken. Who waits for something to be done leaves
 * the question behind, and is woken when the answer is yes. What is signalled often is
 * signalled without the lock.
 */
#ifndef MODELS_EXECUTOR_THREAD_POOL_H
#define MODELS_EXECUTOR_THREAD_POOL_H

#include <stddef.h>

#include "models/executor/executor_ops.h"
#include "models/timers.h"

/* Arguments up to this many bytes travel inside the task. */
#define SHORT_ARGUMENT 64

struct pool_task {
	task_function *function;
	struct future *future;
	int fd;
	size_t size;
	uint8_t *copy; /* of an argument that is longer; allocated */
	_Alignas(max_align_t) uint8_t argument[SHORT_ARGUMENT];
};

struct delayed_task {
	struct timer timer; /* first: what expires is one of these */
	struct pool_task task;
};

/* A slot of the pool; threads that replace one another have the same. */
struct worker {
	struct thread_pool *pool;
	struct worker *next; /* among the idle, or the vacant */
	pthread_cond_t wake;
	pthread_t thread;
	pthread_t former; /* whom `thread` replaces, and joins */
	bool has_thread, has_former;
	bool idle;
	bool handed; /* `task` was put there by who submitted it */
	int fd;      /* of the task in hand, while others may shut it down; or -1 */
	unsigned number;
	struct pool_task task;
	_Alignas(max_align_t) uint8_t result[TASK_SIZE_MAX];
};

struct thread_pool {
	struct executor_base base;
	pthread_attr_t attributes;

	/* Under base.lock: */
	struct pool_task *ring; /* config.queue slots */
	unsigned head, waiting; /* the first in use, and how many are */
	struct timers timers;   /* of delayed_task */
	struct worker *idle;    /* the last to fall asleep first */
	struct worker *vacant;  /* slots without a thread */
	struct worker *keeper;  /* sleeps until the first deadline; or NULL */
	unsigned idle_count, alive;
	uint64_t made;

	/* The question that the owner waits to be answered with yes; or NULL. */
	bool (*is_done)(void *context);
	void *context;
	atomic_bool by_event; /* the owner waits for event_fd, not for `answered` */
	pthread_cond_t answered;
	int event_fd;

	struct worker worker[]; /* config.workers */
};

/* 0 or -ENOMEM. */
int pool_task_init(struct pool_task *task, const struct task_order *order);

/* Waits on CLOCK_MONOTONIC; EXECUTOR_NO_LIMIT: without end. 0 or ETIMEDOUT. */
int cond_wait_until(pthread_cond_t *cond, pthread_mutex_t *lock, int64_t deadline_ns);

/* Wakes the owner; needs no lock. */
void pool_answer(struct thread_pool *pool);

/* All below is under the lock. */

static inline bool pool_is_over(const struct thread_pool *pool)
{
	return pool->base.closed && pool->waiting == 0 && pool->timers.count == 0;
}

/* True: the question is answered, and pool_answer is due. */
bool pool_is_answered(struct thread_pool *pool);

/* For a task that finds no idle worker: a new worker's hands, or the ring. 0, -EAGAIN
 * (full) or -errno. */
int pool_queue(struct thread_pool *pool, const struct pool_task *task);

/* 0 or -errno. */
int pool_delay(struct thread_pool *pool, struct delayed_task *delayed, int64_t at_ns);

/* Moves what is due at `now_ns`, else what has waited longest, to `ret`; false: nothing. */
bool pool_pick(struct thread_pool *pool, int64_t now_ns, struct pool_task *ret);

/* The `i`th of the ring, i < waiting. */
struct pool_task *pool_at(struct thread_pool *pool, unsigned i);

/* Sees to it that a worker sleeps until the first deadline. Where all are at work and no
 * more may be made, who ends its task looks. */
void pool_keep_time(struct thread_pool *pool);

/* A thread for a vacant slot; it waits for the lock. NULL: *ret_error says why. */
struct worker *pool_grow(struct thread_pool *pool, int *ret_error);

/* A thread for the slot, which joins the one before it. 0 or -errno, but not -EAGAIN,
 * which would mean a full queue. */
int worker_start(struct worker *w);

void worker_hand(struct worker *w, const struct pool_task *task);

/* NULL: none is idle. The caller signals it. */
struct worker *idle_take(struct thread_pool *pool);
void idle_remove(struct thread_pool *pool, struct worker *w);
void pool_wake_all(struct thread_pool *pool);

#endif
