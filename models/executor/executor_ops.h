/*
 * executor_ops.h - what a kind of executor supplies, and what all kinds share.
 *
 * executor.c makes the public functions of these slots: futures, apply, map, the waiting
 * versions of everything are written once. Included by executor.c and the kinds alone.
 */
#ifndef MODELS_EXECUTOR_EXECUTOR_OPS_H
#define MODELS_EXECUTOR_EXECUTOR_OPS_H

#include <pthread.h>
#include <stdatomic.h>

#include "models/executor/executor.h"

/* What is handed to a worker. */
struct task_order {
	task_function *function;
	struct future *future; /* NULL: nobody asks */
	int fd;
	size_t size;
	const void *argument;
};

struct executor_ops {
	const char *name;

	/* Every step that can fail; with a valid config. Begins with executor_base_init. */
	int (*open)(const struct executor_config *config, struct executor **ret_executor);

	/* 0, -EAGAIN (queue full, and nothing else), or -errno. Takes order->fd when it
	 * returns 0, and completes order->future in any case after that. Never asked when
	 * closed, nor with too many bytes. */
	int (*try_submit)(struct executor *executor, const struct task_order *order);

	/* As try_submit at CLOCK_MONOTONIC `at_ns`. */
	int (*submit_at)(struct executor *executor, int64_t at_ns,
			 const struct task_order *order);

	void (*poll)(struct executor *executor);
	int (*await_readable)(struct executor *executor, int fd);
	int (*await_room)(struct executor *executor, int cancel_fd);

	/* Until `is_done(context)` is true or `deadline_ns` has come: 0 or -ETIMEDOUT. It is
	 * asked under base.lock, whenever a task has ended, by whatever thread ended it. */
	int (*await)(struct executor *executor, bool (*is_done)(void *context),
		     void *context, int64_t deadline_ns);

	void (*shutdown_descriptors)(struct executor *executor, int how);
	void (*close)(struct executor *executor); /* base.closed is set; once */
	int (*join)(struct executor *executor, int64_t deadline_ns); /* may be again */
	void (*terminate)(struct executor *executor); /* base.terminated is set; once */
	void (*free)(struct executor *executor);      /* terminated and joined */
	void (*stats)(struct executor *executor, struct executor_stats *ret_stats);

	/* In a worker: see executor_serve, executor_has_buffers, executor_sleep. */
	int (*serve)(struct executor *executor, const struct io_server *server, int fd,
		     void *buffer, struct counters_line *counters);
	bool has_buffers;
	void (*sleep)(struct executor *executor, int64_t ns);
};

/* First member of every kind's struct. */
struct executor_base {
	const struct executor_ops *ops;
	struct executor_config config;
	pthread_mutex_t lock;    /* `ended`, the flags; the thread pool's queue too */
	uint64_t submitted;      /* tasks; executor.c counts them, for the owner alone */
	uint64_t ended;          /* tasks that were completed, under lock */
	bool closed, terminated; /* executor.c sets them before it calls the slot */
};

void executor_base_init(struct executor_base *base, const struct executor_ops *ops,
			const struct executor_config *config);
void executor_base_release(struct executor_base *base);

/* Marks the task done, calls back, and counts it as ended; from a worker thread or the
 * owner, without the lock. `future` may be NULL. */
void executor_complete(struct executor_base *base, struct future *future, int status,
		       const void *result, size_t result_size);

/* The same without counting, for who counts under a lock that it takes anyway. */
void future_complete(struct future *future, int status, const void *result,
		     size_t result_size);

/* Held by who submits and by the task; NULL: no memory. future_abandon frees it where no
 * task was made of it; accepts NULL. */
struct future *future_new(struct executor_base *base);
void future_abandon(struct future *future);

/* The slot `await` with a time-out; looks once where it is 0. */
int executor_await(struct executor_base *base, bool (*is_done)(void *context),
		   void *context, int64_t timeout_ns);

#define EXECUTOR(name, summary) extern const struct executor_ops executor_##name;
#include "models/executor/executors.def"
#undef EXECUTOR

#endif
