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
	bool by_change; /* lines are in the order of verdicts and changes, else of names */
	struct compare_cells cells;
	struct compare_metrics metrics;
	struct compare_table tables[COMPARE_METRICS_MAX];
	size_t verdicts[COMPARISON_VERDICTS]; /* of all tables */
	json_t *differences;                  /* environment_diff.h */
};

/*
 * Fills the tables from `inputs`, `by_change` and `metrics`, which the caller has set. 0, or
 * -ENOMEM, or -EINVAL with one line in `error` (OPTION_ERROR_SIZE bytes): no cell is in
 * both. In either case compare_report_release.
 */
int compare_report_fill(struct compare_report *report,
			const struct io_catalogue *catalogue, char *error);
void compare_report_release(struct compare_report *report); /* accepts a zeroed one */

/* The caller owns the reference; NULL: no memory. */
json_t *compare_report_to_json(const struct compare_report *report);

/* 0, -ENOMEM or -EIO. As text the comparisons without a finding are counted and not listed,
 * unless `all`; in Markdown they are folded away. */
int compare_report_print(const struct compare_report *report, bool all,
			 enum grid_style style, FILE *out);
int compare_report_json(const struct compare_report *report, FILE *out);

#endif
