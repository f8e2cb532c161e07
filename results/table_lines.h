/* table_lines.h - rows of results gathered into lines and tables; private to table*.c. */
#ifndef RESULTS_TABLE_LINES_H
#define RESULTS_TABLE_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include "server/row.h"

/* Which way a column is better; `NOT_RANKED` ones are for information. */
enum table_rank { NOT_RANKED, MORE_IS_BETTER, LESS_IS_BETTER };

struct table_column {
	const char *name; /* in results.csv */
	const char *heading;
	int decimals;
	enum table_rank rank;
	double quantile; /* of a percentile: else 0 */
};

#define TABLE_COLUMNS 13

extern const struct table_column table_columns[TABLE_COLUMNS];

/* One cell of a plan: the medians over its repetitions. */
struct table_line {
	const struct row *first;      /* of its rows, for the workload's columns */
	const struct row *worst;      /* the row with the gravest verdict */
	size_t repetitions;           /* rows */
	size_t troubled;              /* rows with a verdict other than VALID */
	bool ranked;                  /* may be the best of a column */
	double value[TABLE_COLUMNS];  /* NAN: not measured */
	bool at_least[TABLE_COLUMNS]; /* unanswered requests lie in this percentile */
	bool best[TABLE_COLUMNS];
};

/* The lines, those of one table together, in the order they are printed in, with their
 * best marked. The caller frees them. 0 or -ENOMEM. */
int table_lines(const struct row *rows, size_t count, struct table_line **ret_lines,
		size_t *ret_count);

/* True when two lines belong to one table. */
bool table_same(const struct table_line *a, const struct table_line *b);

/* The values of a row's cell as text, "" when not set. */
void table_cell_text(const struct row *row, const char *column, char *text, size_t size);

#endif
