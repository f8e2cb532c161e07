/*
 * executor.h - where handlers run: a pool of threads, of processes or of coroutines behind
 * one contract, as the abstract executor of the pool libraries is.
 *
 * A task is a function, at most TASK_SIZE_MAX bytes (its result likewise) and at most one
 * descriptor. It runs once, on one worker, from its first line to its last; what it
 * returns, or why it never ran or did not end, stands in its future.
 *
 *	try_submit --> queue (bounded) --> a worker --> future, callback
 *	                  |                   |
 *	               terminate           terminate (processes: killed)
 *	                  v                   v
 *	              -ECANCELED           -ECANCELED
 *
 * An executor belongs to the thread that opened it: every function here is called by
 * that thread, unless it says otherwise. No signal handler is taken over but by the
 * process pool (SIGCHLD, children.h).
 *
 * The kinds differ where their mechanism does:
 *
 *	                thread               process               coroutine
 *	a worker is     a thread             a forked child        a stack of its own
 *	the queue is    a ring under a lock  a SOCK_SEQPACKET      a ring
 *	                                     socket: the kernel's
 *	work goes on    by itself            by itself; results    only while the owner
 *	                                     are taken inside the  is inside a function
 *	                                     functions here        here that waits
 *	a callback runs in the worker, or in in the owner, inside  in the loop, so in the
 *	                terminate            a function here       owner
 *	a task's crash  ends the program     fails its own future  ends the program
 *	terminate       lets tasks that run  kills them            lets them finish
 *	                finish
 */
#ifndef MODELS_EXECUTOR_EXECUTOR_H
#define MODELS_EXECUTOR_EXECUTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "models/handler.h"

#define TASK_SIZE_MAX     4096
#define EXECUTOR_NO_LIMIT INT64_MAX

struct executor;
struct future;

/* A task as its function sees it, in its worker. `argument` and `result` are aligned as
 * malloc's memory is. */
struct task {
	struct executor *executor; /* for executor_serve and executor_sleep alone */
	unsigned worker;    /* 0 .. workers - 1: whose counters line, whose state. A
			    replacement has the number of whom it replaces. */
	void *worker_state; /* what config.init made for this worker */
	int fd; /* or -1; open while the function runs, closed by the worker */
	const void *argument; /* `size` bytes, the worker's copy */
	size_t size;
	void *result;       /* room for TASK_SIZE_MAX bytes */
	size_t result_size; /* set by the function; 0 to begin with */
};

/* Returns >= 0 or -errno: the status of the future. */
typedef int task_function(struct task *task);

struct executor_config {
	const char *name; /* workers are called NAME/0, NAME/1, ..: threads and processes
			       show it (15 characters) in ps(1) */
	unsigned workers; /* the most at a time, > 0 */
	unsigned queue;   /* the most tasks that wait for a worker, > 0 */
	unsigned max_tasks; /* a worker is replaced after so many; 0: never; 1: a fresh
			       worker for each task, with a bound */
	bool lazy;          /* a worker is made when a task finds none idle; else all at
			       open. An idle worker is always used first. */

	/* In each worker, once, before its first task, and after its last. init's -errno
	 * ends the worker: its first task fails with it, and it is replaced. Both
	 * optional. */
	int (*init)(void *context, unsigned worker, void **ret_state);
	void (*release)(void *context, unsigned worker, void *state);
	void *context;
};

struct executor_ops;

/* All kinds, in the order of executors.def; ends with NULL. */
extern const struct executor_ops *const executors[];
const struct executor_ops *executor_find(const char *name); /* or NULL */
const char *executor_name(const struct executor_ops *ops);

/* 0 or -errno: -EINVAL without a name, workers or queue. `config` is copied, its name borrowed. Processes are forked here (and as
 * replacements later) by a process that must have no other thread. */
int executor_open(const struct executor_ops *ops, const struct executor_config *config,
		  struct executor **ret_executor);

/*
 * Hands a task over; `argument` is copied. From 0 on `fd` (-1: none) is the executor's,
 * which closes it when the task has ended; on an error it is still the caller's. With
 * `ret_future` the caller owes it a future_free, NULL means that nobody asks.
 *
 *	-EAGAIN   the queue is full
 *	-E2BIG    more than TASK_SIZE_MAX bytes
 *	-EPIPE    closed
 *	-errno    -ENOMEM and such: no worker could be made and none is there
 */
int executor_try_submit(struct executor *executor, task_function *function,
			const void *argument, size_t size, int fd,
			struct future **ret_future);

/* The same, but waits for room in the queue. */
int executor_submit(struct executor *executor, task_function *function,
		    const void *argument, size_t size, int fd,
		    struct future **ret_future);

/* The task enters the queue after `delay_ns`, however full it is. Until then it counts as
 * waiting: queue_join and join wait for it, terminate cancels it. */
int executor_submit_after(struct executor *executor, int64_t delay_ns,
			  task_function *function, const void *argument, size_t size,
			  struct future **ret_future);

/* Submits, waits, stores the result (`*result_size`: room, then length). The status, or
 * -errno of executor_submit. */
int executor_apply(struct executor *executor, task_function *function,
		   const void *argument, size_t size, void *result, size_t *result_size);

/*
 * Calls `function` on each of `count` items of `item_size` bytes, `chunk` of them (> 0;
 * fewer where a task's bytes or results would not hold them) per hand-over, and stores
 * results of `result_size` bytes each in the order of the items. The function has room
 * for `result_size` bytes at task->result; what it leaves of them is zeroed. 0, or the
 * first -errno of an item in their order; the others are computed all the same. More
 * items than the queue holds are fed as it empties. -EINVAL for a chunk of 0; -E2BIG when not even one item, or its
 * result, fits into a task with 64 bytes of ours.
 */
int executor_map(struct executor *executor, task_function *function, const void *items,
		 size_t item_size, size_t count, size_t chunk, void *results,
		 size_t result_size);

/* Each result is told in the owner as it comes: item number, status, bytes. Returns as
 * executor_map. */
typedef void executor_map_done(void *context, size_t index, int status,
			       const void *result, size_t result_size);
int executor_map_unordered(struct executor *executor, task_function *function,
			   const void *items, size_t item_size, size_t count,
			   size_t chunk, size_t result_size, executor_map_done *done,
			   void *context);

/* What an owner that waits elsewhere must see to: takes results, runs callbacks, replaces
 * workers that died, lets coroutines run that can. Does not wait. */
void executor_poll(struct executor *executor);

/* Until `fd` is readable (0), seeing to the pool meanwhile. The thread pool, which sees to
 * itself, leaves it to the system call that the owner makes next and returns at once; the
 * process pool waits, as a worker that dies just before that call would not be noticed
 * inside of it. */
int executor_await_readable(struct executor *executor, int fd);

/* Until the queue has room (0) or `cancel_fd` (-1: none) is readable: -ECANCELED. */
int executor_await_room(struct executor *executor, int cancel_fd);

/* Until every task submitted so far is done, its callback included. */
void executor_queue_join(struct executor *executor);

/* For a task's function: the straight-line handler over this kind's way to wait. Serves
 * `fd` to its end, with `buffer` (config.buffer bytes; NULL where
 * executor_has_buffers); returns as handler_serve. */
int executor_serve(struct executor *executor, const struct io_server *server, int fd,
		   void *buffer, struct counters_line *counters);

/* True where executor_serve takes a buffer only while bytes are under way (coroutines), so
 * that idle connections need none: a worker is to have none of its own. */
bool executor_has_buffers(const struct executor_ops *ops);

/* For a task's function: waits as this kind waits, so that a coroutine lets
 * others run. */
void executor_sleep(struct executor *executor, int64_t ns);

/* shutdown(2) on the descriptor of every task that waits or runs. */
void executor_shutdown_descriptors(struct executor *executor, int how);

/* No more tasks: submit says -EPIPE. */
void executor_close(struct executor *executor);

/* After close or terminate: until all tasks are done and all workers have ended, at most
 * `timeout_ns` (EXECUTOR_NO_LIMIT): 0 or -ETIMEDOUT; -EINVAL when it is still open. */
int executor_join(struct executor *executor, int64_t timeout_ns);

/* close, and join if `wait`. */
void executor_shutdown(struct executor *executor, bool wait);

/* No more tasks, and what has not begun is cancelled: futures say -ECANCELED. Processes
 * that run a task are killed, and its future says -ECANCELED too. */
void executor_terminate(struct executor *executor);

/* Terminates and joins what still is, and frees. Futures that are still held stay good.
 * Accepts NULL. */
void executor_free(struct executor *executor);

struct executor_stats {
	unsigned workers; /* alive */
	unsigned idle;    /* of these */
	uint64_t made;    /* workers in all: replaced and lazily made ones too */
	uint64_t died;    /* processes that ended inside a task, or were killed */
	uint64_t waiting; /* tasks that no worker has taken yet */
	uint64_t done;    /* tasks that ended in whatever way */
};
void executor_stats(struct executor *executor, struct executor_stats *ret_stats);

/*
 * The status of the task, its result in `result` (`*result_size`: room, then length; both
 * may be NULL). Waits at most `timeout_ns` (0: looks): -ETIMEDOUT, and it may be asked
 * again. A task's own failures are its -errno; beside them
 *
 *	-ECANCELED    terminated, or its executor was freed, before it ended
 *	-EOWNERDEAD   processes: its worker crashed, exited or was killed
 *	-ENOBUFS      longer than the room: what fits was stored
 */
int future_result(struct future *future, int64_t timeout_ns, void *result,
		  size_t *result_size);

/* Any thread. */
bool future_is_done(const struct future *future);

/* Calls back once, now when the task is done already; `status` tells success (>= 0) from
 * failure. One callback per future. Where it runs: the table above. It must not wait, nor
 * call functions of the executor. */
typedef void future_callback(void *context, int status, const void *result,
			     size_t result_size);
void future_on_done(struct future *future, future_callback *callback, void *context);

/* Gives the future back, done or not: the task runs on. Accepts NULL. */
void future_free(struct future *future);

#endif
