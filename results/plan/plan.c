/* plan.c - a plan in memory: filled key by key, checked, expanded, written back. */
#include "results/plan/plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "loadgen/load.h"
#include "results/calibration/engine_choice.h"
#include "results/plan/filter.h"
#include "results/plan/private.h"
#include "results/subject/peers.h"
#include "results/subject/server_spec.h"

static int values_add(struct plan_values *values, const char *text)
{
	char **items = realloc(values->items,
			       (size_t)(values->count + 1) * sizeof(*values->items));

	if (!items)
		return -ENOMEM;
	values->items = items;
	values->items[values->count] = strdup(text);
	if (!values->items[values->count])
		return -ENOMEM;
	values->count++;
	return 0;
}

static bool values_hold(const struct plan_values *values, const char *text)
{
	for (int i = 0; i < values->count; i++)
		if (strcmp(plan_model_name(values->items[i]), text) == 0)
			return true;
	return false;
}

static void values_release(struct plan_values *values)
{
	for (int i = 0; i < values->count; i++)
		free(values->items[i]);
	free(values->items);
	memset(values, 0, sizeof(*values));
}

void plan_init(struct plan *plan, const struct io_catalogue *catalogue)
{
	options_defaults(plan_keys, plan, sizeof(*plan));
	plan->catalogue = catalogue;
}

void plan_release(struct plan *plan)
{
	for (int i = 0; i < plan->section_count; i++) {
		for (int axis = 0; axis < PLAN_AXES; axis++)
			values_release(&plan->sections[i].axes[axis]);
		free(plan->sections[i].name);
	}
	free(plan->sections);
	values_release(&plan->texts);
	memset(plan, 0, sizeof(*plan));
}

int plan_key_index(const struct option_spec *table, const char *name)
{
	for (int i = 0; table[i].name; i++)
		if (strcmp(table[i].name, name) == 0)
			return i;
	return -1;
}

int plan_unknown_key(const struct option_spec *table, const struct option_spec *more,
		     const char *key, char *error)
{
	const char *names[2 * OPTIONS_MAX] = {NULL};
	int count = 0;

	for (; table->name; table++)
		names[count++] = table->name;
	for (; more && more->name; more++)
		if (plan_key_index(plan_keys, more->name) < 0)
			names[count++] = more->name;
	const char *near = nearest_word(key, names);
	size_t used = (size_t)snprintf(error, OPTION_ERROR_SIZE,
				       "unknown key '%s'%s%s; known here:", key,
				       near ? ", did you mean " : "", near ? near : "");
	for (int i = 0; names[i] && used < OPTION_ERROR_SIZE; i++)
		used += (size_t)snprintf(error + used, OPTION_ERROR_SIZE - used, " %s",
					 names[i]);
	return -EINVAL;
}

/* In the plan as run, which is read again. */
static bool fits_line(const char *key, const char *value)
{
	return strlen(key) + strlen(" = ") + strlen(value) <= PLAN_LINE_MAX &&
	       !strchr(value, '\n') && !strstr(value, " ;");
}

static int check_only(const char *text, char *error)
{
	struct filter *filter = NULL;
	char why[OPTION_ERROR_SIZE];
	const int rc = filter_parse(text, result_columns, &filter, why);

	filter_free(filter);
	if (rc < 0)
		snprintf(error, OPTION_ERROR_SIZE, "only: %.400s", why);
	return rc;
}

int plan_set(struct plan *plan, const char *key, const char *value, char *error)
{
	const int index = plan_key_index(plan_keys, key);

	if (index < 0)
		return plan_unknown_key(plan_keys, NULL, key, error);
	if (value[0] == '\0') {
		snprintf(error, OPTION_ERROR_SIZE, "%s has no value", key);
		return -EINVAL;
	}
	if (!fits_line(key, value)) {
		snprintf(
			error, OPTION_ERROR_SIZE,
			"%s: accepted is one line of at most %zu bytes without ' ;', not "
			"'%.80s'",
			key, PLAN_LINE_MAX - strlen(key) - strlen(" = "), value);
		return -EINVAL;
	}
	if (values_add(&plan->texts, value) < 0) {
		snprintf(error, OPTION_ERROR_SIZE, "out of memory");
		return -ENOMEM;
	}
	plan->keys_given |= 1u << index;
	const int rc =
		option_set(&plan_keys[index], plan->texts.items[plan->texts.count - 1],
			   plan, error, OPTION_ERROR_SIZE);
	return rc == 0 && strcmp(key, "only") == 0 ? check_only(value, error) : rc;
}

struct plan_cells *plan_add_cells(struct plan *plan, const char *name)
{
	struct plan_cells *sections =
		realloc(plan->sections,
			(size_t)(plan->section_count + 1) * sizeof(*plan->sections));

	if (!sections)
		return NULL;
	plan->sections = sections;
	struct plan_cells *cells = &sections[plan->section_count];
	memset(cells, 0, sizeof(*cells));
	cells->name = strdup(name);
	if (!cells->name)
		return NULL;
	plan->section_count++;
	return cells;
}

static int given_twice(const char *axis, const char *value, char *error)
{
	snprintf(error, OPTION_ERROR_SIZE, "%s: '%s' is given twice", axis, value);
	return -EINVAL;
}

static int add_implied(struct plan_values *values, const char *name)
{
	char text[PLAN_LINE_MAX + 1];

	if (values_hold(values, name))
		return 0;
	snprintf(text, sizeof(text), "%c%s", PLAN_IMPLIED, name);
	return values_add(values, text);
}

/* All of `models`, or a family of them; those already there are skipped. */
static int append_models(const struct io_model *const *models, struct plan_values *values,
			 const char *family, char *error)
{
	const char *families[64] = {NULL};
	int found = 0;

	for (int i = 0; models[i]; i++) {
		if (i < 63)
			families[i] = models[i]->family;
		if (family && strcmp(models[i]->family, family) != 0)
			continue;
		found++;
		if (add_implied(values, models[i]->name) < 0)
			return -ENOMEM;
	}
	if (found)
		return 0;
	const char *near = family ? nearest_word(family, families) : NULL;
	snprintf(error, OPTION_ERROR_SIZE,
		 "model: no family '%s'%s%s; `iomodels list %s` shows them",
		 family ? family : "", near ? ", did you mean " : "", near ? near : "",
		 models == python_peers ? "peers" : "models");
	return -EINVAL;
}

/* family:NAME are models, family:python all peers, family:python:NAME some of them. */
static int append_family(const struct plan *plan, struct plan_values *values,
			 const char *name, char *error)
{
	if (strcmp(name, "python") == 0)
		return append_models(python_peers, values, NULL, error);
	if (strncmp(name, PEER_PREFIX, strlen(PEER_PREFIX)) == 0)
		return append_models(python_peers, values, name + strlen(PEER_PREFIX),
				     error);
	return append_models(plan->catalogue->models, values, name, error);
}

static int append_server(struct plan *plan, struct plan_values *values, const char *text,
			 char *error)
{
	struct server_spec spec;
	const size_t family = strlen("family:");

	if (strcmp(text, "all") == 0)
		return append_models(plan->catalogue->models, values, NULL, error);
	if (strncmp(text, "family:", family) == 0)
		return append_family(plan, values, text + family, error);
	const char *name = plan_model_name(text);
	const int rc = server_spec_parse(name, plan->catalogue, &spec, error);
	if (rc < 0)
		return rc;
	server_spec_release(&spec);
	if (values_hold(values, name))
		return given_twice("model", name, error);
	return values_add(values, text);
}

static int append_value(struct plan_values *values, enum plan_axis axis, const char *text,
			char *error)
{
	char canonical[PLAN_LINE_MAX + 1];
	const int rc = plan_value_check(axis, text, canonical, sizeof(canonical), error);

	if (rc < 0)
		return rc;
	if (values_hold(values, canonical))
		return given_twice(plan_axes[axis].name, canonical, error);
	return values_add(values, canonical);
}

/* A command is one value, spaces and all; it must fit the line of the plan as run. */
static int append_command(struct plan *plan, struct plan_values *values, const char *text,
			  char *error)
{
	const size_t room = PLAN_LINE_MAX - strlen("model = ");

	if (!fits_line("model", text)) {
		snprintf(error, OPTION_ERROR_SIZE,
			 "model: a command is one line of at most %zu bytes without ' ;' "
			 "(put it into a script), not '%.80s%s'",
			 room, text, strlen(text) > 80 ? ".." : "");
		return -EINVAL;
	}
	return append_server(plan, values, text, error);
}

static int append_words(struct plan *plan, struct plan_values *values,
			enum plan_axis axis, const char *text, char *error)
{
	char *copy = strdup(text), *rest = copy;
	int rc = copy ? 0 : -ENOMEM;

	for (char *word; rc == 0 && (word = strsep(&rest, " \t"));) {
		if (word[0] == '\0')
			continue;
		rc = axis == PLAN_MODEL ? append_server(plan, values, word, error)
					: append_value(values, axis, word, error);
	}
	free(copy);
	return rc;
}

int plan_append(struct plan *plan, struct plan_cells *cells, const char *key,
		const char *text, char *error)
{
	const int axis = plan_key_index(plan_axes, key);

	if (axis < 0)
		return plan_unknown_key(plan_axes, NULL, key, error);
	struct plan_values *values = &cells->axes[axis];
	const int before = values->count;
	error[0] = '\0';
	int rc = axis == PLAN_MODEL && strncmp(text, "exec:", strlen("exec:")) == 0
			 ? append_command(plan, values, text, error)
			 : append_words(plan, values, (enum plan_axis)axis, text, error);
	if (rc == 0 && values->count == before) {
		snprintf(error, OPTION_ERROR_SIZE, "%s has no value", key);
		rc = -EINVAL;
	}
	if (rc == -ENOMEM)
		snprintf(error, OPTION_ERROR_SIZE, "out of memory");
	return rc;
}

void plan_clear_axis(struct plan *plan, enum plan_axis axis)
{
	for (int i = 0; i < plan->section_count; i++)
		values_release(&plan->sections[i].axes[axis]);
}

int plan_check_cells(const struct plan_cells *cells, char *error)
{
	const char *missing;

	if (cells->axes[PLAN_MODEL].count == 0)
		missing = "has no model: nothing to measure";
	else if (cells->axes[PLAN_ARRIVALS].count > 0 &&
		 cells->axes[PLAN_OFFERED_RPS].count == 0)
		missing = "has arrivals but no offered_rps";
	else
		return 0;
	snprintf(error, OPTION_ERROR_SIZE, "[cells %s] %s", cells->name, missing);
	return -EINVAL;
}

int plan_check(const struct plan *plan, char *error)
{
	int rc = 0;

	if (plan->section_count == 0) {
		snprintf(error, OPTION_ERROR_SIZE,
			 "no [cells NAME] section: nothing to measure");
		return -EINVAL;
	}
	for (int i = 0; rc == 0 && i < plan->section_count; i++)
		rc = plan_check_cells(&plan->sections[i], error);
	return rc;
}

/* A command stands alone, the others share lines that are good to read. */
static void write_values(const char *key, const struct plan_values *values, FILE *out)
{
	size_t used = PLAN_LINE_MAX;

	for (int i = 0; i < values->count; i++) {
		const char *text = values->items[i];
		const bool alone = strncmp(text, "exec:", strlen("exec:")) == 0;
		if (alone || used + strlen(text) + 1 > 80) {
			fprintf(out, "%s%s = %s", i ? "\n" : "", key, text);
			used = strlen(key) + strlen(" = ") + strlen(text);
		} else {
			used += (size_t)fprintf(out, " %s", text);
		}
		if (alone)
			used = PLAN_LINE_MAX;
	}
	fputc('\n', out);
}

static void write_cells(const struct plan_cells *cells, FILE *out)
{
	fprintf(out, "\n[cells %s]\n", cells->name);
	for (int axis = 0; axis < PLAN_AXES; axis++)
		if (cells->axes[axis].count > 0)
			write_values(plan_axes[axis].name, &cells->axes[axis], out);
}

int plan_write(const struct plan *plan, FILE *out)
{
	char duration[32], warmup[32];

	format_duration(plan->duration_ns, duration, sizeof(duration));
	format_duration(plan->warmup_ns, warmup, sizeof(warmup));
	fprintf(out, "[plan]\nname = %s\n", plan->name);
	if (plan->question[0])
		fprintf(out, "question = %s\n", plan->question);
	fprintf(out, "seed = %lld\nrepetitions = %lld\n", (long long)plan->seed,
		(long long)plan->repetitions);
	fprintf(out,
		"duration = %s\nwarmup = %s\nplacement = %s\nengine = %s\nsyscalls = %s\n",
		duration, warmup, placement_names[plan->placement],
		engine_choices[plan->engine], plan->syscalls ? "yes" : "no");
	if (plan->only[0])
		fprintf(out, "only = %s\n", plan->only);
	for (int i = 0; i < plan->section_count; i++)
		write_cells(&plan->sections[i], out);
	return fflush(out) == 0 && !ferror(out) ? 0 : -EIO;
}
