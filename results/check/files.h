/* files.h - the directory of a check: what was measured, as it is measured, and the
 * report at the end. */
#ifndef RESULTS_CHECK_FILES_H
#define RESULTS_CHECK_FILES_H

#include "results/campaign/environment.h"
#include "results/campaign/result_dir.h"
#include "results/check/check.h"
#include "results/check/slices.h"

/*
 *	results.csv		of the launches of base and new, a row for each side
 *	slices.csv		of all launches, slice by slice
 *	plan.ini		the scenarios, with base as the server
 *	environment.json	the machine, and in `check` the servers and their programs
 *	check.json		the report; not there: the check was killed
 */
struct check_files {
	struct result_dir dir;
	FILE *slices;
	json_t *environment;
	char run_id[RUN_ID_SIZE];
};

/* `path` NULL: ./iomodels-YYYYMMDD-HHMMSS; takes `environment`. 0 or -errno with one line in
 * `error` (OPTION_ERROR_SIZE bytes); check_files_close in either case. */
int check_files_create(struct check_files *files, const char *path,
		       const struct plan *plan, json_t *environment, char *error);

/* Appends a launch. 0 or -errno with one line in `error`. */
int check_files_add(struct check_files *files, const struct check_slice_launch *one,
		    char *error);

/* Writes check.json and the end in environment.json, likewise. */
int check_files_finish(struct check_files *files, const struct check_report *report,
		       char *error);

void check_files_close(struct check_files *files); /* accepts a zeroed one */

#endif
