/*
 * tasks.h - the classic experiment of the texts on pools: the same tasks, CPU-bound or
 * waiting, on threads, processes and coroutines. No sockets.
 */
#ifndef SERVER_TASKS_H
#define SERVER_TASKS_H

#include <stdint.h>

#define TASKS_CHUNK_MAX   100 /* as many as one hand-over holds */
#define TASKS_WORKERS_MAX 1024

enum task_work { TASK_SPIN, TASK_SLEEP };

struct tasks_config {
	const char *executor; /* by name */
	enum task_work work;
	int64_t work_ns; /* of each task */
	unsigned tasks;
	unsigned workers;
	unsigned chunk; /* tasks per hand-over, up to TASKS_CHUNK_MAX */
};

struct tasks_result {
	int64_t elapsed_ns; /* of the map: the workers are there when it begins */
	int64_t busy_ns; /* of all workers: between the first and last line of a task */
	int64_t cpu_ns; /* of the program and its workers, from before they are made until
			   they have ended */
};

/* One repetition, in a fresh executor. 0 or -errno; -EPROTO: results that are not those of
 * the tasks, in their order. */
typedef int tasks_function(const struct tasks_config *config,
			   struct tasks_result *ret_result);

#endif
