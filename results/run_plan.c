/* run_plan.c - from the options of `run` to the plan: a file overridden, or axes alone. */
#include "results/run_plan.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Commas to spaces; the caller frees it. */
static char *spaced(const char *text)
{
	char *copy = strdup(text);

	for (char *p = copy; p && *p; p++)
		if (*p == ',')
			*p = ' ';
	return copy;
}

/* "a,b:x=1,y=2,c": a comma before key=value belongs to the model's options. */
static char *spaced_models(const char *text)
{
	char *copy = strdup(text);

	if (!copy || strncmp(text, "exec:", strlen("exec:")) == 0)
		return copy;
	for (char *p = copy; (p = strchr(p, ',')); p++)
		if (p[1 + strcspn(p + 1, ",:=")] != '=')
			*p = ' ';
	return copy;
}

static int append_option(struct plan *plan, enum plan_axis axis, char *values,
			 char *error)
{
	const int rc = values ? plan_append(plan, &plan->sections[0],
					    plan_axes[axis].name, values, error)
			      : -ENOMEM;

	free(values);
	return rc;
}

static int from_options(const struct run_options *options,
			const struct io_catalogue *catalogue, struct plan *plan,
			char *error)
{
	plan_init(plan, catalogue);
	int rc = plan_set(plan, "name", "options", error);
	if (rc == 0 && !plan_add_cells(plan, "options"))
		rc = -ENOMEM;
	for (int i = 0; rc == 0 && i < options->models.count; i++)
		rc = append_option(plan, PLAN_MODEL,
				   spaced_models(options->models.items[i]), error);
	for (int axis = 0; rc == 0 && axis < PLAN_AXES; axis++)
		if (options->axes[axis])
			rc = append_option(plan, (enum plan_axis)axis,
					   spaced(options->axes[axis]), error);
	if (rc < 0)
		plan_release(plan);
	return rc;
}

static int check_axes(const struct run_options *options, const char *plan, char *error)
{
	const char *given = options->models.count ? "model" : NULL;

	for (int axis = 0; axis < PLAN_AXES && !given; axis++)
		if (options->axes[axis])
			given = plan_axes[axis].name;
	if (!plan && options->models.count == 0) {
		snprintf(error, OPTION_ERROR_SIZE,
			 "nothing to measure: expected a PLAN (`iomodels list plans`) or "
			 "--models");
		return -EINVAL;
	}
	if (plan && given) {
		snprintf(error, OPTION_ERROR_SIZE,
			 "axis %s and PLAN '%.200s': accepted is one of them", given,
			 plan);
		return -EINVAL;
	}
	return 0;
}

int run_plan_make(const struct run_options *options, const char *argument,
		  const struct io_catalogue *catalogue, struct plan *plan, char *error)
{
	const char *const overrides[][2] = {
		{"seed", options->seed},         {"repetitions", options->repetitions},
		{"duration", options->duration}, {"warmup", options->warmup},
		{"engine", options->engine},     {"syscalls", options->syscalls}};

	int rc = check_axes(options, argument, error);
	if (rc < 0)
		return rc;
	rc = argument ? plan_load(argument, catalogue, plan, error)
		      : from_options(options, catalogue, plan, error);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < sizeof(overrides) / sizeof(overrides[0]); i++)
		if (rc == 0 && overrides[i][1])
			rc = plan_set(plan, overrides[i][0], overrides[i][1], error);
	if (rc < 0)
		plan_release(plan);
	return rc;
}
