/* view.h - how rows of one kind of file are summed up in tables. */
#ifndef RESULTS_SHOW_VIEW_H
#define RESULTS_SHOW_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "server/row.h"

/* Which way a column is better; `NOT_RANKED` ones are for information. */
enum view_rank { NOT_RANKED, MORE_IS_BETTER, LESS_IS_BETTER };

enum view_flags {
	VIEW_OPTIONAL = 1,   /* shown where it was measured */
	VIEW_SPREAD = 2,     /* the half-width of its interval stands beside it */
	VIEW_SERVER_CPU = 4, /* of the server's processes */
	VIEW_HIDDEN = 8      /* sorted by, and not shown */
};

struct view_column {
	const char *name; /* of the rows */
	const char *heading;
	int decimals;
	enum view_rank rank;
	unsigned flags;
};

struct view {
	const char *const *tables;  /* columns that make a table; end with NULL */
	const char *const *servers; /* and those that make a line of it */
	const char *name_heading;
	const char *separator; /* between the first two of `servers` in a name */
	const struct view_column *columns; /* of the table; end with .name NULL */
	const char *first,
		*first_open; /* the column that a line's place follows from; of an
					   open loop */
	const char *time, *cpu,
		*iterations; /* what tells how fast a line is, what it costs
						the server, and how often it was done */
	bool verdicts;       /* rows carry one */
	void (*print_work)(const struct row *row, FILE *out); /* of a heading */
};

extern const struct view view_results; /* results.csv */
extern const struct view view_tasks;   /* tasks.csv */

/* How the view shows a column of a row: one it does not know by its own name. `decimals` are
 * those of the rows. */
struct view_column view_column_of(const struct view *view,
				  const struct row_column *column);

/* True when a row is of an open loop. */
bool view_is_open(const struct row *row);

/* Of a column of a percentile, such as 0.999 of service_p999_us; else 0. */
double view_quantile(const char *name);

/* The text of a row's cell, printable; "" when not set. NULL columns are none. */
void view_text(const struct row *row, const char *column, char *text, size_t size);

/* "libev:backend=poll", "epoll new" of a check, "thread c"; a long name keeps its beginning. */
void view_name(const struct view *view, const struct row *row, char *text, size_t size);

/* What the lines of a table have in common, in one line without a newline. */
void view_heading(const struct view *view, const struct row *row, size_t repetitions,
		  FILE *out);

/* 1234567.8 as 1,234,567.8 */
void view_number(double value, int decimals, char *text, size_t size);

#endif
