/* publish.h - where the report of a check goes: stdout, files that were asked for, and
 * what the CI that runs us shows. */
#ifndef RESULTS_CHECK_PUBLISH_H
#define RESULTS_CHECK_PUBLISH_H

#include <stdio.h>

#include "results/check/check.h"
#include "results/check/options.h"

/* Files that were asked for, open before anything is measured. */
struct check_publish {
	const struct check_options *options;
	FILE *junit, *json;
};

/* 0, or -errno with one line in `error` (OPTION_ERROR_SIZE bytes): one of them, or the page of
 * --report, cannot be written. check_publish_close in either case. */
int check_publish_open(struct check_publish *publish, const struct check_options *options,
		       char *error);

/*
 * Prints the report in the format asked for on stdout, and writes the files. On GitHub
 * ($GITHUB_STEP_SUMMARY, $GITHUB_ACTIONS) it appends Markdown to the job's summary and prints
 * annotations, on stderr where stdout is JSON. All that can be written is; 0, or -errno with
 * one line in `error` for the first that cannot.
 */
int check_publish(struct check_publish *publish, const struct check_report *report,
		  char *error);

void check_publish_close(struct check_publish *publish);

#endif
