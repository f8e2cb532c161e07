/* output.h - a check's report for people and for CI. All: 0, -ENOMEM or -EIO. */
#ifndef RESULTS_CHECK_OUTPUT_H
#define RESULTS_CHECK_OUTPUT_H

#include <stdio.h>

#include "results/check/check.h"

/* The table of stdout; its last line says how many rows were not decided. */
int check_print_table(const struct check_report *report, FILE *out);

/* For a job's summary page: at most `limit` bytes (0: any), cut to the gravest rows. */
int check_print_markdown(const struct check_report *report, size_t limit, FILE *out);

/* ::error and ::warning lines for the 10 gravest rows; of none nothing. */
int check_print_annotations(const struct check_report *report, FILE *out);

/* JUnit: a testcase per row, failure, skipped with what could have been seen. */
int check_print_junit(const struct check_report *report, FILE *out);

/* Everything, with every launch's value and the seed. Values are logarithms of new / base,
 * more than 0 is worse; keys that end with _percent are the change of the metric itself. What
 * is not known, or has no bound, is null. */
#define CHECK_JSON_SCHEMA  "iomodels-check"
#define CHECK_JSON_VERSION 1
int check_print_json(const struct check_report *report, FILE *out);

#endif
