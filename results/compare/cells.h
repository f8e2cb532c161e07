/* cells.h - which rows of two files are repetitions of one cell. */
#ifndef RESULTS_COMPARE_CELLS_H
#define RESULTS_COMPARE_CELLS_H

#include <stdbool.h>
#include <stddef.h>

#include "results/show/input.h"

enum compare_side { COMPARE_BASE, COMPARE_NEW, COMPARE_SIDES };

extern const char *const compare_side_names[COMPARE_SIDES];

struct compare_rows {
	const struct row *
		*rows; /* the VALID ones, in the order of the file; then the rest */
	size_t valid, count;
	const struct row *worst; /* the gravest of the rest; NULL: there is none */
};

/*
 * All rows that have one server and one workload: the same value in each column by which the
 * view tells lines and tables apart, but for the numbers of the CPUs, which another machine
 * counts otherwise. A column that one of the files has not tells nothing apart.
 */
struct compare_cell {
	char *key;
	char *name; /* column `cell` of the newer rows, or those values; printable */
	bool open;  /* an open loop */
	struct compare_rows side[COMPARE_SIDES];
};

struct compare_cells {
	struct compare_cell *items; /* in the order of their names */
	size_t count;
	const struct row **rows;
};

/* The rows are borrowed. 0 or -ENOMEM; in either case compare_cells_release. */
int compare_cells_match(const struct input *base, const struct input *new,
			struct compare_cells *ret_cells);
void compare_cells_release(struct compare_cells *cells); /* accepts a zeroed one */

/* True when both files have rows of it, whatever they are worth. */
bool compare_cell_is_matched(const struct compare_cell *cell);

#endif
