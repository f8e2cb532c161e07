/* show_input.h - the rows that `show` shows; private to show*.c. */
#ifndef RESULTS_SHOW_INPUT_H
#define RESULTS_SHOW_INPUT_H

#include "results/show_format.h"

/*
 * Reads the CSV file `path`, or the results.csv or tasks.csv of that directory, into
 * show->file, directory and view, and says on stderr what is missing, unknown or torn.
 * 0, or -errno with one line in `error` (OPTION_ERROR_SIZE bytes).
 */
int show_read(struct show *show, const char *path, const struct row_column *task_columns,
	      char *error);

/* Keeps the rows that the filter (filter.h) matches. As above. */
int show_where(struct show *show, const char *text, char *error);

#endif
