/*
 * process_pool.h - forked workers that read tasks from one socket; private to process_pool.c,
 * process_orders.c and process_staff.c (the owner's side), and process_worker.c.
 *
 *	owner --- tasks, SOCK_SEQPACKET ---> any idle worker      the kernel is the queue:
 *	  ^       (+ descriptor, SCM_RIGHTS)       |              no thread, no dispatcher
 *	  +------ results, SOCK_SEQPACKET <--------+
 *
 *	shared memory: a word per order, which says who has it:
 *
 *	          queued ----------> worker number ----------> void (free again)
 *	             |    a worker,                  the owner: result read,
 *	             |    which read it              or its worker is dead
 *	             +---------------> void
 *	               the owner: cancelled, or lost
 *
 * The word holds the order's sequence number too, and changes by compare-and-swap alone, so
 * that an order is run once or failed, never both, whoever dies when.
 *
 * Between reading an order and marking it a worker may be killed. The queue is first in,
 * first out: what stands in front of its first message has been read. An order that was
 * read, and is still marked queued a moment after a worker has died, is lost, and says so.
 */
#ifndef MODELS_EXECUTOR_PROCESS_POOL_H
#define MODELS_EXECUTOR_PROCESS_POOL_H

#include "models/children.h"
#include "models/descriptors.h"
#include "models/executor/executor_ops.h"
#include "models/timers.h"

#define ORDER_WORKER_BITS   16
#define ORDER_QUEUED        0
#define ORDER_VOID          0xffff
#define PROCESS_WORKERS_MAX (ORDER_VOID - 1)

#define RESULT_READY UINT32_MAX /* slot of what a worker sends before its first task */

/* The word of an order: who is ORDER_QUEUED, worker number + 1, or ORDER_VOID. */
static inline uint64_t order_word(uint64_t sequence, unsigned who)
{
	return sequence << ORDER_WORKER_BITS | who;
}

static inline unsigned order_who(uint64_t word)
{
	return word & ((1U << ORDER_WORKER_BITS) - 1);
}

/* In front of a task's argument, and of its result. */
struct task_message {
	uint64_t sequence;
	task_function *function; /* the same in every process forked from the owner */
	uint32_t slot;
	bool has_fd;
};

struct result_message {
	uint32_t slot;
	uint32_t worker;
	int32_t status;
};

/* Seen by all processes. */
struct process_shared {
	/* shutdown(fd, how) is due for orders below shut_below[how]. */
	_Atomic uint64_t shut_below[3];
	_Atomic uint64_t order[]; /* per slot */
};

/* What the owner knows of an order that is in the queue or runs. */
struct order {
	struct future *future;
	uint64_t sequence; /* 0: the slot is free */
	uint32_t next;     /* of the free ones */
};

struct process_worker {
	pid_t pid;       /* 0: there is none */
	bool was_of_use; /* it has sent a result */
	int64_t made_ns;
	int64_t due_ns; /* when it may be replaced */
};

struct process_pool {
	struct executor_base base;
	struct children children;
	struct descriptors descriptors; /* what a worker has, whenever it is forked */
	int tasks[2];     /* workers read from [0], the owner sends to [1] */
	int results[2];   /* the owner reads from [0], workers send to [1] */
	bool queue_ended; /* no more tasks will be sent */
	bool kernel_full; /* tasks took no more when last tried */

	struct process_shared *shared;
	size_t shared_size;
	struct order *order;
	uint32_t slots, free_slot;
	unsigned sent; /* orders in the queue or at work */
	uint64_t next_sequence;
	uint64_t lost_below;  /* orders below it that are still queued ..  */
	int64_t lost_at_ns;   /* .. at this time are lost */
	struct timers timers; /* of struct delayed_order */

	unsigned alive, ready;
	uint64_t made, died;
	struct process_worker worker[]; /* config.workers */
};

/* process_worker.c: the life of a worker, in its process. */
_Noreturn void process_worker_main(struct process_pool *pool, unsigned number);

/* process_orders.c */

int orders_open(struct process_pool *pool); /* 0 or -errno */
void orders_release(struct process_pool *pool);

/* False: so much is under way that nothing can be sent before something came back. */
bool orders_have_slot(const struct process_pool *pool);

/* Into the queue: 0, -EAGAIN (the kernel's is full) or -errno. */
int orders_send(struct process_pool *pool, const struct task_order *order);

/* Completes what has come back; does not wait. */
void orders_collect(struct process_pool *pool);

/* Fails what a worker that is dead had in hand; true: it had something. Its results have
 * been collected. */
bool orders_fail(struct process_pool *pool, unsigned worker);

/* A worker has died with nothing in hand: maybe with something read. */
void orders_suspect(struct process_pool *pool);

/* Fails what is known to be lost, when the time has come. */
void orders_settle_lost(struct process_pool *pool);

/* Cancels what nobody has begun, and calls back for each order that a worker has. */
void orders_cancel(struct process_pool *pool,
		   void (*runs)(struct process_pool *pool, unsigned worker));

unsigned orders_running(const struct process_pool *pool);

/* process_staff.c */

/* How many workers are wanted: all of them, or as many as there is work for, with `more`
 * tasks to come. */
unsigned staff_wanted(const struct process_pool *pool, unsigned more);

/* Makes those that are missing and due. 0, or why there is one less. */
int staff_make(struct process_pool *pool, unsigned wanted);

/* When somebody is to be replaced who may not be yet; or TIMERS_NEVER. */
int64_t staff_due_ns(const struct process_pool *pool);

/* Sees to what the dead have left, and that they can be replaced. */
void staff_bury(struct process_pool *pool);

#endif
