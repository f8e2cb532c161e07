/* input.h - a file of results that a command was given: the file, or the directory it is in. */
#ifndef RESULTS_SHOW_INPUT_H
#define RESULTS_SHOW_INPUT_H

#include "results/show/csv_read.h"
#include "results/show/view.h"

struct input {
	const char *directory; /* the path that was given; NULL: it is the file alone */
	struct csv_file file;
	struct view view;
};

/*
 * Reads the CSV file `path`, or the results.csv or tasks.csv of that directory, and says on
 * stderr, as `command`, what is missing, unknown or torn. `path` is borrowed. 0, or -errno
 * with one line in `error` (OPTION_ERROR_SIZE bytes). On success the caller calls
 * csv_file_release.
 */
int input_read(const char *command, const char *path,
	       const struct row_column *task_columns, struct input *ret_input,
	       char *error);

/* Keeps the rows that the filter (filter.h) matches. As above. */
int input_where(struct input *input, const char *text, char *error);

#endif
