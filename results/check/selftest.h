/*
 * selftest.h - a check of the check: how often it is wrong where nothing has changed,
 * and how often it finds a server that was slowed down by a known cost.
 *
 * Whole sessions are made, base against itself. In some of them what stands for new burns CPU
 * beside (`serve --burn`), as a share of what base uses for a request.
 */
#ifndef RESULTS_CHECK_SELFTEST_H
#define RESULTS_CHECK_SELFTEST_H

#include "results/check/run.h"

#define SELFTEST_KINDS_MAX 8

/* How many sessions of each kind; a share of 0 is base against itself. */
struct selftest_kind {
	double share; /* 0.05 */
	int64_t sessions;
};

struct selftest_plan {
	struct selftest_kind kinds[SELFTEST_KINDS_MAX];
	int count;
};

/* selftest.csv: a row of a session's report on each line; ends with a NULL name. */
extern const struct row_column check_selftest_columns[];

/* From `--aa` and `--inject`; without kinds where only `--out` is given. 0, or -EINVAL with one
 * line in `error` (OPTION_ERROR_SIZE bytes). */
int check_selftest_plan(const struct check_options *options,
			struct selftest_plan *ret_plan, char *error);

/*
 * Makes the sessions of a run's cases in random order, each as a check with a seed of its own,
 * and appends what they found to DIR/selftest.csv (--out; it goes on with one that is there,
 * if DIR/environment.json is of the same machine and program, see session_comparable).
 * Prints the rates of all in the file. Returns the exit status.
 */
int check_selftest(struct check_run *run, const struct selftest_plan *plan);

/* Prints the rates of DIR/selftest.csv. Returns the exit status. */
int check_selftest_show(const char *directory);

/* The rates of the rows of selftest.csv as a table. 0, -ENOMEM or -EIO. */
int check_selftest_print(const struct row *rows, size_t count, FILE *out);

#endif
