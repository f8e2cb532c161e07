/* run_plan.c - from the options of `run` to the plan: a file overridden, or axes alone. */
#include "results/plan/run_plan.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "results/plan/private.h"
#include "results/subject/peers.h"

#define AT(member) offsetof(struct run_options, member)
#define AXIS(option, axis, metavar, help)                                            \
	{                                                                            \
		option, metavar, help, OPTION_TEXT, AT(axes[axis]), NULL, 0, 0, NULL \
	}

const struct option_spec run_plan_options[] = {
	{"set", "KEY=VALUE",
	 "any key of a plan, or an axis in every section of it (values separated by "
	 "commas); repeatable",
	 OPTION_REPEAT, AT(set), NULL, 0, 0, NULL},
	{"only", "CELLS",
	 "of the cells: a part of the name, or COLUMN=VALUE|.. (also != < <= > >=, globs) "
	 "with ',' as and",
	 OPTION_TEXT, AT(only), NULL, 0, 0, NULL},
	{"seed", "N", "of the order and the payload", OPTION_TEXT, AT(seed), NULL, 0, 0,
	 NULL},
	{"repetitions", "N", "of each cell", OPTION_TEXT, AT(repetitions), NULL, 0, 0,
	 NULL},
	{"duration", "TIME", "of the measured window", OPTION_TEXT, AT(duration), NULL, 0,
	 0, NULL},
	{"warmup", "TIME", "before the window", OPTION_TEXT, AT(warmup), NULL, 0, 0,
	 NULL},
	{"engine", "NAME",
	 "of the generator: auto tries each on the first server and keeps the cheaper",
	 OPTION_TEXT, AT(engine), NULL, 0, 0, NULL},
	{"syscalls", "yes|no",
	 "count system calls in an extra repetition where permitted", OPTION_TEXT,
	 AT(syscalls), NULL, 0, 0, NULL},
	{"models", "SERVER,..",
	 "MODEL[:key=value,..], python:NAME, all, family:NAME; exec:COMMAND stands "
	 "alone; may be repeated",
	 OPTION_REPEAT, AT(models), NULL, 0, 0, NULL},
	PEERS_OPTION(AT(python)),
	AXIS("transport", PLAN_TRANSPORT, "NAME,..", "tcp, unix, udp"),
	AXIS("connections", PLAN_CONNECTIONS, "N,..", "that send"),
	AXIS("idle-connections", PLAN_IDLE_CONNECTIONS, "N,..",
	     "silent ones beside them"),
	AXIS("payload-bytes", PLAN_PAYLOAD_BYTES, "SIZE,..",
	     "N, uniform:A-B, @FILE with lines of SIZE,WEIGHT"),
	AXIS("depth", PLAN_DEPTH, "N,..", "requests in flight per connection"),
	AXIS("offered-rps", PLAN_OFFERED_RPS, "RATE,..",
	     "of an open loop; 0: closed loop"),
	AXIS("arrivals", PLAN_ARRIVALS, "HOW,..", "of an open loop: poisson, constant"),
	AXIS("work", PLAN_WORK, "WORK,..",
	     "none, spin:TIME, sleep:TIME, exp:TIME, mix:TIME+TIME"),
	AXIS("churn", PLAN_CHURN, "N,..", "requests per connection; 0: no churn"),
	AXIS("workers", PLAN_WORKERS, "N,..",
	     "auto, or of models that have such an option"),
	AXIS("placement", PLAN_PLACEMENT, "HOW,..", "split, shared, same"),
	{NULL, NULL, NULL, OPTION_FLAG, 0, NULL, 0, 0, NULL},
};

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

/* In place of the axis's values in every section; takes `values`. */
static int append_option(struct plan *plan, enum plan_axis axis, char *values,
			 char *error)
{
	int rc = values ? 0 : -ENOMEM;

	for (int i = 0; rc == 0 && i < plan->section_count; i++)
		rc = plan_append(plan, &plan->sections[i], plan_axes[axis].name, values,
				 error);
	free(values);
	return rc;
}

static int replace_axis(struct plan *plan, enum plan_axis axis, const char *text,
			char *error)
{
	plan_clear_axis(plan, axis);
	return append_option(plan, axis,
			     axis == PLAN_MODEL ? spaced_models(text) : spaced(text),
			     error);
}

static int replace_axes(struct plan *plan, const struct run_options *options, char *error)
{
	int rc = 0;

	if (options->models.count)
		plan_clear_axis(plan, PLAN_MODEL);
	for (int i = 0; rc == 0 && i < options->models.count; i++)
		rc = append_option(plan, PLAN_MODEL,
				   spaced_models(options->models.items[i]), error);
	for (int axis = 0; rc == 0 && axis < PLAN_AXES; axis++)
		if (options->axes[axis])
			rc = replace_axis(plan, (enum plan_axis)axis, options->axes[axis],
					  error);
	return rc;
}

static int replace_keys(struct plan *plan, const struct run_options *options, char *error)
{
	const char *const keys[][2] = {
		{"seed", options->seed},         {"repetitions", options->repetitions},
		{"duration", options->duration}, {"warmup", options->warmup},
		{"engine", options->engine},     {"syscalls", options->syscalls},
		{"only", options->only}};
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < sizeof(keys) / sizeof(keys[0]); i++)
		if (keys[i][1])
			rc = plan_set(plan, keys[i][0], keys[i][1], error);
	return rc;
}

/* Axes first: `placement` is one of them, and a key that the sections would override. */
static int apply_setting(struct plan *plan, const char *setting, char *error)
{
	const char *value = strchr(setting, '=');
	char key[64], why[OPTION_ERROR_SIZE] = "expected KEY=VALUE";
	int rc = -EINVAL;

	if (value) {
		snprintf(key, sizeof(key), "%.*s", (int)(value - setting), setting);
		const int axis = plan_key_index(plan_axes, key);
		if (axis >= 0)
			rc = replace_axis(plan, (enum plan_axis)axis, value + 1, why);
		else if (plan_key_index(plan_keys, key) >= 0)
			rc = plan_set(plan, key, value + 1, why);
		else
			rc = plan_unknown_key(plan_keys, plan_axes, key, why);
	}
	if (rc < 0)
		snprintf(error, OPTION_ERROR_SIZE, "--set '%.80s': %.400s", setting, why);
	return rc;
}

static int override(struct plan *plan, const struct run_options *options, char *error)
{
	char why[OPTION_ERROR_SIZE];
	int rc = replace_axes(plan, options, error);

	if (rc == 0)
		rc = replace_keys(plan, options, error);
	for (int i = 0; rc == 0 && i < options->set.count; i++)
		rc = apply_setting(plan, options->set.items[i], error);
	if (rc == 0 && (rc = plan_check(plan, why)) < 0)
		snprintf(error, OPTION_ERROR_SIZE, "%.500s", why);
	return rc;
}

/* A plan of one section, to be filled by the options. */
static int plan_of_options(const struct io_catalogue *catalogue, struct plan *ret_plan,
			   char *error)
{
	plan_init(ret_plan, catalogue);
	int rc = plan_set(ret_plan, "name", "options", error);
	if (rc == 0 && !plan_add_cells(ret_plan, "options"))
		rc = -ENOMEM;
	if (rc < 0)
		plan_release(ret_plan);
	return rc;
}

static bool names_models(const struct run_options *options)
{
	for (int i = 0; i < options->set.count; i++)
		if (strncmp(options->set.items[i], "model=", strlen("model=")) == 0)
			return true;
	return options->models.count > 0;
}

static int check_cells(const struct plan *plan, char *error)
{
	struct cell *cells;
	size_t count;
	const int rc = plan_expand(plan, &cells, &count);

	if (rc < 0)
		return rc;
	plan_cells_free(cells, count);
	if (count > 0)
		return 0;
	if (!plan->only[0]) {
		snprintf(error, OPTION_ERROR_SIZE,
			 "no model of plan %.100s serves its transport: nothing to "
			 "measure",
			 plan->name);
		return -EINVAL;
	}
	snprintf(
		error, OPTION_ERROR_SIZE,
		"only '%.200s' leaves no cell of plan %.100s; --dry-run without it lists "
		"them",
		plan->only, plan->name);
	return -EINVAL;
}

int run_plan_make(const struct run_options *options, const char *argument,
		  const struct io_catalogue *catalogue, struct plan *ret_plan,
		  char *error)
{
	if (!argument && !names_models(options)) {
		snprintf(error, OPTION_ERROR_SIZE,
			 "nothing to measure: expected a PLAN (`iomodels list plans`) or "
			 "--models");
		return -EINVAL;
	}
	int rc = argument ? plan_load(argument, catalogue, ret_plan, error)
			  : plan_of_options(catalogue, ret_plan, error);
	if (rc < 0)
		return rc;
	rc = override(ret_plan, options, error);
	if (rc == 0)
		rc = check_cells(ret_plan, error);
	if (rc < 0)
		plan_release(ret_plan);
	else
		plan_settle_models(ret_plan);
	return rc;
}
