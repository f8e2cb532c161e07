/* python.h - the pool experiment on the executors of Python, by models/python/tasks.py. */
#ifndef RESULTS_TASKS_PYTHON_H
#define RESULTS_TASKS_PYTHON_H

#include <stdbool.h>

#include "results/subject/peers.h"
#include "server/tasks.h"

/* python:threads and so on; ends with a NULL name. */
extern const struct io_part tasks_python_executors[];

bool tasks_is_python(const char *executor);

/* Why this machine has it not, which the caller frees, or NULL. */
char *tasks_python_reason(const struct peers *peers, const char *executor);

/* One repetition, in a process of its own. 0; -errno with Python's last line, or why it
 * could not be run, in *ret_line, which the caller frees (NULL: none). */
int tasks_python_run(const struct peers *peers, const struct tasks_config *config,
		     struct tasks_result *ret_result, char **ret_line);

#endif
