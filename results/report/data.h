/*
 * data.h - what the page of a report shows, as one JSON object: rows as they are in the
 * file, lines as tables sum them up, and what else lies in the directory.
 *
 *	written_by, curves                the page itself: whether Chart.js is inside
 *	titles [name]                     of one result, or of base and new; null: a file alone
 *	columns [{name, numeric, decimals}], rows [[..]]
 *	tables, servers [name]            columns that make a table, and a line of it
 *	first, first_open                 the column that a line's place follows from
 *	metrics [{name, heading, decimals, better}]
 *	lines [{rows [index], worst, troubled, ranked, elsewhere, values [..]}]
 *	  a value is null or [median, low, high, level in per cent, best, at least]; low, high
 *	  and level are null where there is no interval
 *	models [{name, family, summary}]  the catalogue, whose order gives colours and shapes
 *	environments, plans []            of each; null: there is none
 *	check, launches                   of a check: check.json, launches.h; else null
 *	latency [..]                      latency.h
 *	comparison                        as `compare --format json` prints it; null: there is one result
 *	missing [text]                    what could not be read, and why
 */
#ifndef RESULTS_REPORT_DATA_H
#define RESULTS_REPORT_DATA_H

#include <jansson.h>

#include "results/report/source.h"

/* The whole object without `latency` and `comparison`, and with source->missing, which may
 * still grow; the caller owns the reference; NULL: no memory. */
json_t *report_data_new(struct report_source *source);

#endif
