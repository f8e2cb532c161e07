/* grid.h - lines of texts printed in columns, for a terminal or as Markdown. */
#ifndef RESULTS_SHOW_GRID_H
#define RESULTS_SHOW_GRID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum grid_style { GRID_TEXT, GRID_MARKDOWN };

struct grid {
	size_t columns;    /* set by the caller; the first is aligned left */
	bool last_is_text; /* the last one too */
	char **cells;      /* line by line; the first line holds the headings */
	size_t count, capacity;
	bool failed; /* no memory: the grid cannot be printed */
};

/* The next cell. */
void grid_add(struct grid *grid, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* 0 or -ENOMEM. The lines are complete. */
int grid_print(const struct grid *grid, enum grid_style style, FILE *out);
void grid_release(struct grid *grid);

/* Text for Markdown: what it would take for markup is escaped. */
void print_markdown(const char *text, FILE *out);

#endif
