/*
 * row.h - one row of a result: named cells to CSV, JSON or a struct of the reader's.
 *
 * A cell that was not set is "not measured": an empty CSV field, null in JSON; never 0.
 */
#ifndef SERVER_ROW_H
#define SERVER_ROW_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum row_type { ROW_TEXT, ROW_COUNT, ROW_REAL };

struct row_column {
	const char *name; /* with its unit; ends a table when NULL */
	enum row_type type;
	int decimals; /* ROW_REAL: as printed in CSV */
};

struct row_cell {
	bool set;
	char *text; /* owned; in a COUNT column instead of a number */
	int64_t count;
	double real;
};

struct row {
	const struct row_column *columns;
	struct row_cell *cells;
	int column_count;
	bool failed; /* a text found no memory: the row can not be written */
};

/* 0 or -ENOMEM. `columns` is borrowed. */
int row_init(struct row *row, const struct row_column *columns);
void row_release(struct row *row);
void row_clear(struct row *row); /* every cell unset */

/* Naming an unknown column, or one of another type, is a programmer's error (assert).
 * A NULL text leaves the cell unset. row_set_real ignores values that are not finite, and keeps
 * the others rounded to the column's decimals. */
void row_set_text(struct row *row, const char *column, const char *text);
void row_set_count(struct row *row, const char *column, int64_t value);

/* In a column of counts: what takes several values, in words. row_number finds none. */
void row_set_words(struct row *row, const char *column, const char *words);
void row_set_real(struct row *row, const char *column, double value);

/* The double nearest to the decimal that CSV shows: a row read back is the same row. */
double row_rounded(double value, int decimals);

/* -1 where there is no such column. */
int row_column_index(const struct row_column *columns, const char *name);

/* The number in a COUNT or REAL cell; false when it is not set, or is text. */
bool row_number(const struct row *row, const char *column, double *ret_value);
const char *row_text(const struct row *row, const char *column); /* NULL when not set */

/* Sets the cell of column number `column` from its text in a CSV file: the inverse of
 * row_write_csv. "" leaves it unset. In a column of counts what does not begin like a number
 * is words. 0, -ENOMEM, or -EINVAL: it is no number of the column's kind. */
int row_parse(struct row *row, int column, const char *text);

/* RFC 4180 fields, quoted only where needed, lines ending in LF. 0, -EIO, or
 * -ENOMEM when a cell was lost to a lack of memory. */
int row_write_csv_header(const struct row_column *columns, FILE *out);
int row_write_csv(const struct row *row, FILE *out);

/* A flat object in the columns' order; the caller owns the
 * reference; NULL: no memory. Text that is not UTF-8 has its foreign bytes replaced by '?'. */
json_t *row_to_json(const struct row *row);

/* A string of any text, foreign bytes replaced so; NULL: no memory. */
json_t *json_text(const char *text);

/* Writes `value` and a newline, reals without noise digits; `flags` are jansson's, such as
 * JSON_COMPACT or JSON_INDENT(2). 0, -EIO, or -ENOMEM when `value` is NULL. */
int json_write(const json_t *value, size_t flags, FILE *out);

#endif
