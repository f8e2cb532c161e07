/* report.h - what two results say, cell by cell and metric by metric. */
#ifndef RESULTS_COMPARE_REPORT_H
#define RESULTS_COMPARE_REPORT_H

#include <jansson.h>
#include <stdio.h>

#include "results/compare/metrics.h"
#include "results/show/grid.h"

/* The fewest cells of which a common drift is told. */
#define COMPARE_DRIFT_LEAST 4

struct compare_line {
	const struct compare_cell *cell;
	struct comparison result;
};

/* One metric: the cells of both files that have it. */
struct compare_table {
	const struct compare_metric *metric;
	struct compare_line *lines;
	size_t count;
	size_t verdicts[COMPARISON_VERDICTS];
	double drift; /* the median of the lines' logarithms; NAN of too few */
	size_t drift_cells;
};

struct compare_report {
	const char *paths[COMPARE_SIDES];
	const struct input *inputs[COMPARE_SIDES];
	struct compare_cells cells;
	struct compare_metrics metrics;
	struct compare_table tables[COMPARE_METRICS_MAX];
	size_t verdicts[COMPARISON_VERDICTS]; /* of all tables */
	json_t *differences;                  /* environment_diff.h */
};

/*
 * Fills the tables from `inputs` and `metrics`, which the caller has set, in the order of the
 * cells' names or, `by_change`, of the verdicts and then of the size of the change. 0, or
 * -ENOMEM, or -EINVAL with one line in `error` (OPTION_ERROR_SIZE bytes): no cell is in
 * both. In either case compare_report_release.
 */
int compare_report_fill(struct compare_report *report, bool by_change,
			const struct io_catalogue *catalogue, char *error);
void compare_report_release(struct compare_report *report); /* accepts a zeroed one */

/* 0, -ENOMEM or -EIO. */
int compare_report_print(const struct compare_report *report, enum grid_style style,
			 FILE *out);
int compare_report_json(const struct compare_report *report, FILE *out);

#endif
