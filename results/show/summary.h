/*
 * summary.h - rows of results gathered into lines, one for each cell: medians, intervals and
 * who is best.
 *
 * Lines of one table have all that makes the workload in common, and the placement: only
 * they are ranked against each other. The best of a column is marked with every one that is
 * tied with it: whose interval overlaps the best one's or, where one of the two has none
 * (fewer than INTERVAL_LEAST repetitions), who is within 10 %.
 */
#ifndef RESULTS_SHOW_SUMMARY_H
#define RESULTS_SHOW_SUMMARY_H

#include "results/show/view.h"
#include "results/statistics/statistics.h"
#include "server/io_model.h"

/* Lines of a table in the order of a column; what was not measured stands last. */
struct summary_sort {
	int column; /* of the request's */
	bool descending;
};

struct summary_request {
	const struct view *view;
	const struct view_column
		*columns; /* end with .name NULL; NULL: those of the view */
	const struct summary_sort
		*sorts; /* the first decides; then the view's own order */
	size_t sort_count;
	const struct io_catalogue *catalogue; /* to know models whose work is done on the
						 client's CPU; NULL: there are none */
};

struct summary_value {
	double median;                 /* NAN: not measured, or text */
	struct rank_interval interval; /* level 0: none */
	const char *text;              /* of a column of text; NULL: not set */
	bool at_least;                 /* unanswered requests lie in this percentile */
	bool best;
};

/* One cell of a plan: all its repetitions. */
struct summary_line {
	const struct row **rows; /* in the order of the file */
	size_t repetitions;
	const struct row *worst; /* the row with the gravest verdict */
	size_t troubled;         /* rows with a verdict other than VALID */
	bool ranked;             /* may be the best of a column */
	bool cpu_elsewhere;      /* but in columns of the server's CPU */
	struct summary_value *values;
};

struct summary {
	const struct view *view;
	const struct view_column *columns; /* end with .name NULL */
	int column_count;
	struct summary_line *lines; /* those of one table together, as they are printed */
	size_t count;
	const struct row **row_pointers;
	struct summary_value *values;
};

/* `rows`, which are borrowed, have the same columns. 0 or -ENOMEM; in either case
 * summary_release. */
int summary_make(const struct row *rows, size_t count,
		 const struct summary_request *request, struct summary *ret_summary);
void summary_release(struct summary *summary); /* accepts a zeroed one */

/* The end of the table that begins with line `start`. */
size_t summary_table_end(const struct summary *summary, size_t start);

/* Half the interval's width in per cent of the median; NAN where there is none. */
double summary_half_width(const struct summary_value *value);

/* True of a model whose work is done on the client's CPU, so that figures of the server's say
 * nothing. Each may be NULL. */
bool summary_cpu_is_elsewhere(const struct io_catalogue *catalogue, const char *model);

/* As strcmp: numbers by value, what is not set first. */
int summary_compare_cells(const struct row *a, const struct row *b, int column);

#endif
