/* run_plan.h - the options of `run`, those of them that say what is measured, and the plan
 * that these make. */
#ifndef RESULTS_PLAN_RUN_PLAN_H
#define RESULTS_PLAN_RUN_PLAN_H

#include "results/plan/plan.h"

struct run_options {
	const char *out, *resume;
	int64_t max_time_ns; /* 0: no limit */
	bool dry_run;
	bool progress;
	const char *only;
	const char *seed, *repetitions, *duration, *warmup, *engine, *syscalls;
	const char *python;
	struct option_list models, set, require;
	const char *axes[PLAN_AXES]; /* the others; NULL: not given */
};

/* The options that say what is measured, from `set` on; ends with a NULL name. */
extern const struct option_spec run_plan_options[];

/* The plan that `argument` names (NULL: one section without values), in which every key
 * and axis that the options give is replaced. 0, or -errno with one line in `error` (OPTION_ERROR_SIZE bytes); on
 * success plan_release. The texts of `options` are only read. */
int run_plan_make(const struct run_options *options, const char *argument,
		  const struct io_catalogue *catalogue, struct plan *ret_plan,
		  char *error);

#endif
