/* format.h - what `show` shows, and the formats it has; private to show*.c. */
#ifndef RESULTS_SHOW_FORMAT_H
#define RESULTS_SHOW_FORMAT_H

#include <stdio.h>

#include "results/campaign/metric.h"
#include "results/show/csv_read.h"
#include "results/show/summary.h"

struct show {
	const char *directory; /* NULL: there is the file alone */
	struct csv_file file;  /* its rows are those that --where left */
	struct view view;
	const struct row_column *rows_shown; /* --columns of formats of rows; NULL: all */
	struct summary summary;
	bool has_metric;
	struct metric metric;
	int closed_metric, open_metric; /* columns of the summary; -1: no metric */
};

/* Each prints all and returns 0, -ENOMEM or -EIO; -EINVAL with one line in `error`
 * (OPTION_ERROR_SIZE bytes) where these rows have nothing for it. */
typedef int show_format(const struct show *show, FILE *out, char *error);

show_format show_csv;           /* rows */
show_format show_json;          /* rows: an array of objects */
show_format show_gbench;        /* Google Benchmark's JSON, for compare.py */
show_format show_github_action; /* github-action-benchmark's custom JSON */
show_format show_openmetrics;   /* OpenMetrics 1.0 text */
show_format show_chart;         /* bars in the terminal */
show_format show_metric_table;  /* one metric with its interval */
show_format show_metric_markdown;

/* The column of the metric that a line has, and its value there. */
const struct view_column *show_metric_column(const struct show *show,
					     const struct summary_line *line);
const struct summary_value *show_metric_value(const struct show *show,
					      const struct summary_line *line);

/* What identifies a line among all of a file: its cell or, where rows have none, the values
 * that make it a line. The caller frees it; NULL: no memory. */
char *show_line_id(const struct show *show, const struct summary_line *line);

/* "CORRUPT in 1 of 6: reason", "" where all rows are VALID. */
void show_verdict(const struct show *show, const struct summary_line *line, char *text,
		  size_t size);

#endif
