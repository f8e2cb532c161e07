/* plan_private.h - what the files of the plan share among themselves. */
#ifndef RESULTS_PLAN_PRIVATE_H
#define RESULTS_PLAN_PRIVATE_H

#include "results/plan.h"

/* A line that inih reads whole: its buffer less the terminator. */
#define PLAN_LINE_MAX 199

/* The index of `name` in a table of keys, or -1. */
int plan_key_index(const struct option_spec *table, const char *name);

/* One line for a key that is neither in `table` nor in `more` (NULL: there is none), with
 * the nearest that is; -EINVAL. */
int plan_unknown_key(const struct option_spec *table, const struct option_spec *more,
		     const char *key, char *error);

#endif
