/* columns.h - which columns `show` needs, and in which order; private to show*.c. */
#ifndef RESULTS_SHOW_COLUMNS_H
#define RESULTS_SHOW_COLUMNS_H

#include "results/show/format.h"

struct show_columns {
	struct view_column *columns; /* of the summary: end with .name NULL */
	size_t count;
	struct row_column *rows;    /* of formats of rows; NULL: all */
	struct summary_sort *sorts; /* indexes of `columns` or, of rows, of the file's */
	size_t sort_count;
};

/* What --columns and --sort (each may be NULL) and show->metric ask for; stores the metric's
 * places in `show`, and the columns of rows there. 0, -ENOMEM, or -EINVAL with one line in
 * `error`; in either case show_columns_release. */
int show_columns_make(struct show *show, const char *columns, const char *sort,
		      bool of_rows, struct show_columns *ret_columns, char *error);
void show_columns_release(struct show_columns *columns);

/* The rows of the file in the order of `sorts`; what is not set stands last. */
void show_columns_sort_rows(const struct show_columns *columns, struct show *show);

#endif
