/* environment_diff.h - in what the machines, builds and settings of two results differ. */
#ifndef RESULTS_COMPARE_ENVIRONMENT_DIFF_H
#define RESULTS_COMPARE_ENVIRONMENT_DIFF_H

#include <jansson.h>

#include "results/show/input.h"

/*
 * An array of {"name", "base", "new"}, all texts: what two environment.json do not share but
 * when and how the run was started, then the generator's settings as the rows tell them. A
 * file that is not there or damaged is such a difference too. `base_path` and `new_path` are
 * what input_read was given. The caller owns the reference; NULL: no memory.
 */
json_t *environment_differences(const char *base_path, const struct input *base,
				const char *new_path, const struct input *new);

/* Adds those of two environments to `array`; either may be NULL: it is not known. 0 or -ENOMEM. */
int environment_compare(const json_t *base, const json_t *new, json_t *array);

#endif
