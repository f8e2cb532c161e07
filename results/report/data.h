/*
 * data.h - what the page of a report shows, as one JSON object: rows as they are in the
 * file, lines as tables sum them up, and what else lies in the directory.
 *
 *	title, written_by, page {chart}   the page itself
 *	columns [{name, numeric, decimals}], rows [[..]]
 *	tables, servers [name]            columns that make a table, and a line of it
 *	first, first_open                 the column that a line's place follows from
 *	metrics [{name, heading, decimals, better}]
 *	lines [{rows [index], worst, troubled, ranked, elsewhere, values [..]}]
 *	  a value is null or [median, low, high, level in per cent, best, at least]; low, high
 *	  and level are null where there is no interval
 *	models [{name, family, summary}]  the catalogue, whose order gives colours and shapes
 *	environment, plan, check          of the directory; null: there is none
 *	latency [..]                      latency.h
 *	missing [text]                    what could not be read, and why
 */
#ifndef RESULTS_REPORT_DATA_H
#define RESULTS_REPORT_DATA_H

#include <jansson.h>

#include "results/show/input.h"
#include "results/show/summary.h"

/* The columns that a line has values of are those of the file among a fixed choice. */
#define REPORT_METRICS_MAX 64

struct report_source {
	struct input input;                             /* of a directory */
	struct view_column metrics[REPORT_METRICS_MAX]; /* end with .name NULL */
	struct summary summary;                         /* of these */
	const struct io_catalogue *catalogue;
	json_t *missing;
};

/* Chooses source->metrics. */
void report_choose_metrics(struct report_source *source);

/* The whole object without `latency` and with source->missing, which may still grow; the
 * caller owns the reference; NULL: no memory. */
json_t *report_data_new(struct report_source *source);

/* Appends a text to source->missing, and says it on stderr. */
void report_miss(struct report_source *source, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
