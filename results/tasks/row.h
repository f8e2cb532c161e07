/* row.h - what was measured by the pool experiment, as a row of tasks.csv. */
#ifndef RESULTS_TASKS_ROW_H
#define RESULTS_TASKS_ROW_H

#include <stddef.h>

#include "server/row.h"
#include "server/tasks.h"

extern const struct row_column tasks_columns[];

/* The work of all tasks, one after the other. */
int64_t tasks_work_ns(const struct tasks_config *config);

/* The part of the time that the workers had a task in hand. */
double tasks_utilisation(const struct tasks_config *config,
			 const struct tasks_result *result);

/* "spin:10ms" as a user types it. `text` holds `size` bytes. */
void tasks_format_work(const struct tasks_config *config, char *text, size_t size);

/* `row` has tasks_columns. `speedup` NAN: not known. `repetition` counts from 1. */
void tasks_to_row(const struct tasks_config *config, const struct tasks_result *result,
		  double speedup, int64_t repetition, struct row *row);

#endif
