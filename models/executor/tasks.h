/*
 * tasks.h - the classic experiment of the texts on pools: the same tasks, CPU-bound or
 * waiting, on threads, processes and coroutines. No sockets.
 */
#ifndef MODELS_EXECUTOR_TASKS_H
#define MODELS_EXECUTOR_TASKS_H

#include "models/executor/executor.h"
#include "server/row.h"

#define TASKS_CHUNK_MAX 100 /* as many as one hand-over holds */

enum task_work { TASK_SPIN, TASK_SLEEP };

struct tasks_config {
	const struct executor_ops *ops;
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
int tasks_run(const struct tasks_config *config, struct tasks_result *ret_result);

/* The work of all tasks, one after the other, over the time it took. */
double tasks_speedup(const struct tasks_config *config,
		     const struct tasks_result *result);

/* The part of the time that the workers had a task in hand. */
double tasks_utilisation(const struct tasks_config *config,
			 const struct tasks_result *result);

extern const struct row_column tasks_columns[]; /* of tasks.csv */

/* "spin:10ms" as a user types it. `text` holds `size` bytes. */
void tasks_format_work(const struct tasks_config *config, char *text, size_t size);

/* `row` has tasks_columns. `repetition` counts from 1. */
void tasks_to_row(const struct tasks_config *config, const struct tasks_result *result,
		  int64_t repetition, struct row *row);

/* `iomodels tasks`. */
struct io_catalogue;
int tasks_command(const struct io_catalogue *catalogue, int argc, char **argv);

#endif
