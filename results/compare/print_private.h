/* print_private.h - what the parts of compare's output for people share. */
#ifndef RESULTS_COMPARE_PRINT_PRIVATE_H
#define RESULTS_COMPARE_PRINT_PRIVATE_H

#include "results/compare/report.h"

struct printing {
	const struct compare_report *report;
	enum grid_style style;
	bool all; /* lists what is only counted otherwise */
	FILE *out;
};

/* A line by itself: in Markdown a paragraph. */
void compare_say(const struct printing *p, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* An empty line where the style wants one between blocks. */
void compare_space(const struct printing *p);

/* "+9.5", "-": not finite. */
void compare_format_percent(double logarithm, char *text, size_t size);

/* A line's cells from "base" to "rows". */
void compare_add_headings(struct grid *grid);
void compare_add_numbers(struct grid *grid, const struct compare_table *table,
			 const struct comparison *comparison);

/* changes.c. The comparisons that are worse? or better?, of all metrics in one table; */
int compare_print_changes(const struct printing *p);
/* a line for each metric: how many comparisons came to what; and why some are unclear. */
int compare_print_counts(const struct printing *p);

#endif
