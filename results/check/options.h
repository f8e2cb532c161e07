/* options.h - what `check` accepts, and what follows from it. */
#ifndef RESULTS_CHECK_OPTIONS_H
#define RESULTS_CHECK_OPTIONS_H

#include "results/check/launch.h"
#include "results/plan/run_plan.h"

enum check_mode { CHECK_MODE_DUET, CHECK_MODE_ABBA, CHECK_MODE_BOTH };

enum check_format { CHECK_FORMAT_TABLE, CHECK_FORMAT_MARKDOWN, CHECK_FORMAT_JSON };

struct check_options {
	struct run_options run; /* first: run_plan_options are of its members */
	const char *server[DUET_SIDES], *program[DUET_SIDES];
	int mode, format;
	struct option_list margins;
	int64_t launches;               /* of a row's screen, at most */
	int64_t slices[2], slice_ns[2]; /* of a launch; by enum launch_mode */
	int64_t warmup_ns;
	bool strict;
	const char *junit, *json, *report;
	bool selftest;
	int64_t aa, sessions; /* see selftest.h */
	const char *inject;
};

/* Into a table of OPTIONS_MAX lines. */
void check_options_table(struct option_spec *table);
void check_options_release(struct check_options *options); /* the lists */

/* In the following `error` (OPTION_ERROR_SIZE bytes) receives one line on failure. */

/* Overwrites the margins that are given, as ratios: 0.05. 0 or -EINVAL. */
int check_options_margins(const struct check_options *options,
			  double margins[LAUNCH_METRICS], char *error);

/* The plan with base in place of its servers, where base is given, with the defaults of a
 * check, and a seed. 0, -EINVAL or -ENOMEM; on success plan_release. */
int check_options_plan(const struct check_options *options, const char *argument,
		       const struct io_catalogue *catalogue, struct plan *ret_plan,
		       char *error);

#endif
