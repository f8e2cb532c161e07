/*
 * campaign.h - the pool experiment over executors, works and workers: every cell as
 * often as asked for, in rounds of random order, into a directory.
 *
 *	DIR/tasks.csv		a row per cell and repetition, as rounds end
 *	DIR/environment.json
 *
 * The speed-up of a row is against one worker of the same executor on the same work in the
 * same round, or, where one worker is not among the cells, against the work of all tasks.
 */
#ifndef RESULTS_TASKS_CAMPAIGN_H
#define RESULTS_TASKS_CAMPAIGN_H

#include "results/tasks/cells.h"

struct tasks_campaign {
	const struct io_catalogue *catalogue;
	const struct tasks_cells *cells;
	int64_t repetitions;
	int64_t seed;
	const char *out; /* NULL: ./iomodels-YYYYMMDD-HHMMSS */
	const char *command_line;
};

/* Measures and prints the table. An exit status; the line for a failure is printed. */
int tasks_campaign_run(const struct tasks_campaign *campaign);

/* One repetition of one cell, ours or Python's. 0, or -errno with one line in `error`
 * (OPTION_ERROR_SIZE bytes). */
int tasks_measure(const struct io_catalogue *catalogue, const struct tasks_config *config,
		  struct tasks_result *ret_result, char *error);

#endif
