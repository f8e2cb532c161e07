/*
 * table.h - rows of results as a table for people.
 *
 * One table per workload and placement (rows of different placement are never ranked
 * against each other), one line per server: the medians of its repetitions. The best of a
 * column and what is tied with it are marked.
 */
#ifndef RESULTS_SHOW_TABLE_H
#define RESULTS_SHOW_TABLE_H

#include <stddef.h>
#include <stdio.h>

#include "results/show/grid.h"
#include "results/show/summary.h"

/* What `run` prints, and `show` without options. `rows` have the columns of results.csv;
 * `catalogue` is summary.h's. 0, -ENOMEM or -EIO. */
int table_print(const struct row *rows, size_t count,
		const struct io_catalogue *catalogue, FILE *out);

/* The summary's columns. 0, -ENOMEM or -EIO. */
int table_print_summary(const struct summary *summary, enum grid_style style, FILE *out);

/* The name of a line's server: TABLE_NAME_SIZE bytes. */
#define TABLE_NAME_SIZE 37
void table_name(const struct summary *summary, const struct summary_line *line,
		char *name);

/* "*>=1,234.5", "-" where nothing was measured, or the text. */
void table_value(const struct summary_value *value, const struct view_column *column,
		 char *text, size_t size);

/* The line above a table that begins at line `start`, and what its signs mean. */
void table_print_heading(const struct summary *summary, size_t start,
			 enum grid_style style, FILE *out);
void table_print_legend(const struct summary *summary, enum grid_style style, FILE *out);

/* What is behind the verdicts of the lines `start` .. `end` that are not VALID. */
void table_print_troubles(const struct summary *summary, size_t start, size_t end,
			  enum grid_style style, FILE *out);

#endif
