/*
 * replay.h - the verdicts of a check derived again from its launches.
 *
 * Pure: the launches are put into a session (session.h) as they were made, and it says
 * what they mean. What launches do not tell - system calls, medians, times - is the record's.
 */
#ifndef RESULTS_CHECK_REPLAY_H
#define RESULTS_CHECK_REPLAY_H

#include "results/check/recorded.h"

/* Fills a report whose rows are in the order of the record's and borrow its texts and cells;
 * the caller frees `rows`. 0; -ENOMEM; -EINVAL with one line in `error` (OPTION_ERROR_SIZE
 * bytes): the launches are not of this record. */
int check_replay(const struct check_report *recorded, const struct check_recorded *items,
		 size_t count, struct check_report *ret_derived, char *error);

/* How what was derived differs from the record: prints a line for each difference, of the
 * session, of rows and of their gated metrics. How many. */
size_t check_print_differences(const struct check_report *recorded,
			       const struct check_report *derived, FILE *out);

/*
 * The command `compare DIR`: reads check.json and slices.csv of a check's directory, derives
 * the verdicts again, prints them on stdout, and what differs from the record on stderr. The
 * exit status: CHECK_PASSED, or, with `fail_on_worse`, check_exit_status; EXIT_USAGE of a
 * directory that is none of a check or is damaged, EXIT_FAILED, after one line.
 */
enum check_form { CHECK_FORM_TABLE, CHECK_FORM_MARKDOWN, CHECK_FORM_JSON };
int compare_check(const char *directory, enum check_form form, bool fail_on_worse);

#endif
