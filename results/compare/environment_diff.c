/* environment_diff.c - in what the machines, builds and settings of two results differ. */
#include "results/compare/environment_diff.h"

#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/printable.h"
#include "server/row.h"

#define NAME_SIZE   128
#define VALUES_MOST 4
#define VALUE_SIZE  48

static int add(json_t *array, const char *name, const char *base, const char *new)
{
	json_t *one = json_object();
	int rc = one ? 0 : -1;

	rc |= json_object_set_new(one, "name", json_text(name));
	rc |= json_object_set_new(one, "base", json_text(base));
	rc |= json_object_set_new(one, "new", json_text(new));
	if (rc == 0)
		return json_array_append_new(array, one) < 0 ? -ENOMEM : 0;
	json_decref(one);
	return -ENOMEM;
}

/* A scalar as people read it; the caller frees it. */
static char *text_of(const json_t *value)
{
	char *text;

	if (!value || json_is_null(value))
		return strdup("-");
	text = json_is_string(value) ? strdup(json_string_value(value))
				     : json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
	if (text)
		make_printable(text);
	return text;
}

static int add_values(json_t *array, const char *name, const json_t *base,
		      const json_t *new)
{
	char *x = text_of(base), *y = text_of(new);
	const int rc = x && y ? strcmp(x, y) == 0 ? 0 : add(array, name, x, y) : -ENOMEM;

	free(x);
	free(y);
	return rc;
}

/* What differs between any two runs. */
static bool is_of_the_run(const char *key)
{
	static const char *const keys[] = {"started_at", "ended_at", "command_line",
					   "seed", "sessions"};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (strcmp(keys[i], key) == 0)
			return true;
	return false;
}

static int compare_objects(const char *prefix, const json_t *base, const json_t *new,
			   json_t *array);

static int compare_key(const char *prefix, const char *key, const json_t *base,
		       const json_t *new, json_t *array)
{
	const json_t *x = json_object_get(base, key), *y = json_object_get(new, key);
	char name[NAME_SIZE];

	if (prefix[0] == '\0' && is_of_the_run(key))
		return 0;
	snprintf(name, sizeof(name), "%s%s%s", prefix, prefix[0] ? "." : "", key);
	if (json_is_object(x) && json_is_object(y))
		return compare_objects(name, x, y, array);
	return add_values(array, name, x, y);
}

static int compare_objects(const char *prefix, const json_t *base, const json_t *new,
			   json_t *array)
{
	const char *key;
	json_t *value;
	int rc = 0;

	json_object_foreach((json_t *)base, key, value)
	{
		if (rc == 0)
			rc = compare_key(prefix, key, base, new, array);
	}
	json_object_foreach((json_t *)new, key, value)
	{
		if (rc == 0 && !json_object_get(base, key))
			rc = compare_key(prefix, key, base, new, array);
	}
	return rc;
}

int environment_compare(const json_t *base, const json_t *new, json_t *array)
{
	return base && new ? compare_objects("", base, new, array) : 0;
}

/* The environment of a file or directory of results; `state` tells in words what it is. */
static json_t *load(const char *path, const struct input *input, char *state, size_t size)
{
	char folder[PATH_MAX], file[PATH_MAX + 32];
	json_error_t error;

	snprintf(folder, sizeof(folder), "%s", path);
	snprintf(file, sizeof(file), "%s/environment.json",
		 input->directory ? path : dirname(folder));
	if (access(file, F_OK) < 0) {
		snprintf(state, size, "not there");
		return NULL;
	}
	json_t *environment = json_load_file(file, 0, &error);
	if (environment && json_is_object(environment)) {
		snprintf(state, size, "there");
		return environment;
	}
	snprintf(state, size, "damaged, line %d: %.60s", environment ? 1 : error.line,
		 environment ? "it is no object" : error.text);
	json_decref(environment);
	return NULL;
}

struct values {
	char text[VALUES_MOST][VALUE_SIZE];
	size_t count;
	bool more;
};

static void add_value(struct values *values, const char *text)
{
	for (size_t i = 0; i < values->count; i++)
		if (strcmp(values->text[i], text) == 0)
			return;
	values->more = values->more || values->count == VALUES_MOST;
	if (values->count < VALUES_MOST)
		snprintf(values->text[values->count++], VALUE_SIZE, "%s", text);
}

static int compare_texts(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* The different values of a column: "64, 128". */
static void values_of(const struct input *input, const char *column, char *text,
		      size_t size)
{
	struct values values = {.count = 0};
	char value[VALUE_SIZE];
	size_t used = 0;
	double number;

	for (size_t i = 0; i < input->file.count; i++) {
		const struct row *row = &input->file.rows[i];
		view_text(row, column, value, sizeof(value));
		if (row_number(row, column, &number))
			snprintf(value, sizeof(value), "%.3g", number);
		if (value[0])
			add_value(&values, value);
	}
	qsort(values.text, values.count, sizeof(values.text[0]), compare_texts);
	snprintf(text, size, "%s", values.count ? "" : "-");
	for (size_t i = 0; i < values.count; i++)
		used += (size_t)snprintf(text + used, size - used, "%s%s",
					 i > 0 ? ", " : "", values.text[i]);
	if (values.more)
		snprintf(text + used, size - used, " ..");
}

/* The generator is a part of what was measured. */
static int compare_settings(const struct input *base, const struct input *new,
			    json_t *array)
{
	static const char *const columns[] = {"engine",      "client_threads",
					      "server_cpus", "client_cpus",
					      "warmup_s",    "duration_s"};
	char x[VALUES_MOST * (VALUE_SIZE + 2) + 4], y[sizeof(x)];
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < sizeof(columns) / sizeof(columns[0]); i++) {
		if (row_column_index(base->file.columns, columns[i]) < 0 ||
		    row_column_index(new->file.columns, columns[i]) < 0)
			continue;
		values_of(base, columns[i], x, sizeof(x));
		values_of(new, columns[i], y, sizeof(y));
		if (strcmp(x, y) != 0)
			rc = add(array, columns[i], x, y);
	}
	return rc;
}

json_t *environment_differences(const char *base_path, const struct input *base,
				const char *new_path, const struct input *new)
{
	char base_state[VALUE_SIZE * 2], new_state[VALUE_SIZE * 2];
	json_t *x = load(base_path, base, base_state, sizeof(base_state));
	json_t *y = load(new_path, new, new_state, sizeof(new_state));
	json_t *array = json_array();
	int rc = array ? 0 : -ENOMEM;

	if (rc == 0 && (!x || !y))
		rc = add(array, "environment.json", base_state, new_state);
	if (rc == 0)
		rc = environment_compare(x, y, array);
	if (rc == 0)
		rc = compare_settings(base, new, array);
	json_decref(x);
	json_decref(y);
	if (rc == 0)
		return array;
	json_decref(array);
	return NULL;
}
