/* run.h - a check at work: the launches that its session orders, one after the other,
 * each into the files as it is made. */
#ifndef RESULTS_CHECK_RUN_H
#define RESULTS_CHECK_RUN_H

#include "results/check/cases.h"
#include "results/check/files.h"
#include "results/check/options.h"
#include "results/check/session.h"

struct check_run {
	const struct check_options *options;
	const struct io_catalogue *catalogue;
	const struct plan *plan;
	struct check_cases *cases;
	struct check_report *report; /* of as many rows as cases */
	struct check_files *files;   /* NULL: nothing is kept */
	bool counts_calls;           /* per request, first */
	const volatile int *cancel;
	int engine; /* index into load_engines */

	/* The run's own. */
	struct check_session *session;
	int64_t started_ns;
	int64_t launches;
};

/* Counts, launches and judges until all is decided, time is over or it is cancelled; the
 * report is complete then. 0; -EINTR when cancelled; -EINVAL of a session that could decide
 * nothing, -errno where the files cannot be written: with one line in `error`
 * (OPTION_ERROR_SIZE bytes). What was measured by then is in the report in every case. */
int check_run(struct check_run *run, char *error);

/* Makes a launch of base against itself for each row, to know what a request costs base.
 * Returns likewise. */
int check_run_probe(struct check_run *run, char *error);

#endif
