/* source.h - what a page is of: one result, or two that are compared. */
#ifndef RESULTS_REPORT_SOURCE_H
#define RESULTS_REPORT_SOURCE_H

#include <jansson.h>

#include "results/show/input.h"
#include "results/show/summary.h"

#define REPORT_SIDES 2

/* The columns that a line has values of are those of the file among a fixed choice. */
#define REPORT_METRICS_MAX 64
#define REPORT_TABLES_MAX  32

struct report_source {
	struct input
		input; /* of two: the rows of both, base's first, with their `side` */
	const char *directories[REPORT_SIDES]; /* NULL: that result is a file alone */
	size_t sides;                          /* 1, or 2: base and new */
	size_t first_count;                    /* rows of the first side */
	const char *tables[REPORT_TABLES_MAX]; /* of two: the view's columns of tables */
	struct view_column metrics[REPORT_METRICS_MAX]; /* end with .name NULL */
	struct summary summary;                         /* of these */
	const struct io_catalogue *catalogue;
	json_t *missing; /* texts: what could not be read, and why */
};

/*
 * Of one result (`new` NULL) or two of servers, both of the same schema. Rows are copied,
 * with the columns of the schema where there are two results; paths and catalogue are
 * borrowed. 0 or -ENOMEM; in either case report_source_release.
 */
int report_source_open(struct report_source *source, const struct input *base,
		       const struct input *new, const struct io_catalogue *catalogue);
void report_source_release(struct report_source *source); /* accepts a zeroed one */

/* Where a row came from, and what lies beside it; NULL: no directory. */
const char *report_directory_of(const struct report_source *source,
				const struct row *row);

/* Appends a text to source->missing, and says it on stderr. */
void report_miss(struct report_source *source, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
