/* result_dir.h - the directory that a run writes: fresh, and complete row by row. */
#ifndef RESULTS_CAMPAIGN_RESULT_DIR_H
#define RESULTS_CAMPAIGN_RESULT_DIR_H

#include <stdio.h>

#include "results/plan/plan.h"
#include "server/row.h"

struct result_dir {
	char *path;
	FILE *csv;
	long csv_length; /* of whole rows */
};

/* Makes the directory, results.csv with its header line, plan.ini, and histograms/, which is
 * empty. `path` NULL:
 * ./iomodels-YYYYMMDD-HHMMSS. 0; -EEXIST and other -errno with one line in `error`
 * (OPTION_ERROR_SIZE bytes); a directory that could not be completed is removed. Until
 * result_dir_release no other run can open it. */
int result_dir_create(struct result_dir *dir, const char *path,
		      const struct row_column *columns, const struct plan *plan,
		      char *error);

/* The same with no more than a CSV file of that name. */
int result_dir_make(struct result_dir *dir, const char *path, const char *csv,
		    const struct row_column *columns, char *error);

/* Opens one that is there, to go on with it: nothing is changed yet. 0; -EWOULDBLOCK while
 * another run has it open, -ENOENT and other -errno, with one line in `error`. */
int result_dir_reopen(struct result_dir *dir, const char *path, char *error);

/* results.csv ends behind so many bytes, which are whole rows; the next one comes there. 0
 * or -errno. */
int result_dir_cut(struct result_dir *dir, long length);

/* The path of DIR/NAME; the caller frees it. NULL: no memory. */
char *result_dir_file(const char *path, const char *name);

/* Appends a row and flushes it. On failure the file ends with the row before. 0 or
 * -errno. */
int result_dir_append(struct result_dir *dir, const struct row *row);

/* The path of a row's interval log, DIR/histograms/ORDER-CELL.hlog, where what a file's name
 * should not hold is '-'; the caller frees it. NULL: no memory. */
char *result_dir_log_path(const struct result_dir *dir, int64_t order, const char *cell);

/* Opens DIR/NAME for writing; it must not exist. NULL: errno. */
FILE *result_dir_open(const struct result_dir *dir, const char *name);

void result_dir_release(struct result_dir *dir); /* accepts a zeroed one */

#endif
