/* options.c - one value, a table's defaults, and "key=value,..": what tables accept. */
#include "server/options.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ACCEPTED_SIZE 256

const struct option_spec *option_find(const struct option_spec *table, const char *name)
{
	for (; table && table->name; table++)
		if (strcmp(table->name, name) == 0)
			return table;
	return NULL;
}

void options_join(struct option_spec *ret_table, const struct option_spec *own,
		  const struct option_spec *base, const struct option_spec *changed)
{
	for (; own->name; own++)
		*ret_table++ = *own;
	for (; base->name; base++) {
		const struct option_spec *other = option_find(changed, base->name);
		if (!other)
			*ret_table++ = *base;
		else if (other->help)
			*ret_table++ = *other;
	}
	*ret_table = (struct option_spec){.name = NULL};
}

const char *option_type_name(enum option_type type)
{
	static const char *const names[] = {
		[OPTION_FLAG] = "flag",         [OPTION_COUNT] = "count",
		[OPTION_SIZE] = "size",         [OPTION_RATE] = "rate",
		[OPTION_DURATION] = "duration", [OPTION_TEXT] = "text",
		[OPTION_CHOICE] = "choice",     [OPTION_CPUS] = "cpus",
		[OPTION_REPEAT] = "repeat",
	};

	return names[type];
}

static void format_bound(enum option_type type, int64_t value, char *text, size_t size)
{
	if (type == OPTION_DURATION)
		format_duration(value, text, size);
	else if (type == OPTION_SIZE)
		format_size(value, text, size);
	else
		snprintf(text, size, "%" PRId64, value);
}

/* What a number has to look like, where its range alone does not say so. */
static const char *number_form(const struct option_spec *spec)
{
	switch (spec->type) {
	case OPTION_SIZE:
		return "bytes (k and M mean 1024), ";
	case OPTION_RATE:
		return "a number per second (k and M mean 1000), ";
	case OPTION_DURATION:
		return "a time with its unit (ns us ms s m), ";
	default:
		return "a whole number, ";
	}
}

void option_range(const struct option_spec *spec, char *text, size_t size)
{
	char min[48], max[48];

	format_bound(spec->type, spec->min, min, sizeof(min));
	format_bound(spec->type, spec->max, max, sizeof(max));
	if (spec->max > 0)
		snprintf(text, size, "%s to %s", min, max);
	else
		snprintf(text, size, "%s or more", min);
}

static void number_accepts(const struct option_spec *spec, char *text, size_t size)
{
	char range[112];

	option_range(spec, range, sizeof(range));
	snprintf(text, size, "%s%s", number_form(spec), range);
}

static void choice_accepts(const struct option_spec *spec, char *text, size_t size)
{
	size_t used = 0;

	text[0] = '\0';
	for (const char *const *c = spec->choices; *c && used < size; c++)
		used += (size_t)snprintf(text + used, size - used, "%s%s",
					 used ? "|" : "", *c);
}

static void cpus_accept(char *text, size_t size)
{
	char available[256] = "0";
	cpu_set_t cpus;

	if (sched_getaffinity(0, sizeof(cpus), &cpus) == 0)
		format_cpus(&cpus, available, sizeof(available));
	snprintf(text, size, "a list such as 0-3,6 of the CPUs %s", available);
}

void option_accepts(const struct option_spec *spec, char *text, size_t size)
{
	switch (spec->type) {
	case OPTION_FLAG:
		snprintf(text, size, "yes|no");
		break;
	case OPTION_CHOICE:
		choice_accepts(spec, text, size);
		break;
	case OPTION_CPUS:
		cpus_accept(text, size);
		break;
	case OPTION_TEXT:
	case OPTION_REPEAT:
		snprintf(text, size, "%s", spec->metavar ? spec->metavar : "text");
		break;
	default:
		number_accepts(spec, text, size);
	}
}

static int set_flag(const char *text, bool *ret_value)
{
	if (strcmp(text, "yes") != 0 && strcmp(text, "no") != 0)
		return -EINVAL;
	*ret_value = text[0] == 'y';
	return 0;
}

static int set_number(const struct option_spec *spec, const char *text,
		      int64_t *ret_value)
{
	int64_t value;
	int result;

	if (spec->type == OPTION_DURATION)
		result = parse_duration(text, &value);
	else if (spec->type == OPTION_SIZE)
		result = parse_size(text, &value);
	else
		result = parse_count(text, &value);
	if (result < 0 || value < spec->min || (spec->max > 0 && value > spec->max))
		return -EINVAL;
	*ret_value = value;
	return 0;
}

static int set_rate(const struct option_spec *spec, const char *text, double *ret_value)
{
	double value;

	if (parse_rate(text, &value) < 0 || value < (double)spec->min ||
	    (spec->max > 0 && value > (double)spec->max))
		return -EINVAL;
	*ret_value = value;
	return 0;
}

static int set_choice(const struct option_spec *spec, const char *text, int *ret_index)
{
	for (int i = 0; spec->choices[i]; i++) {
		if (strcmp(spec->choices[i], text) == 0) {
			*ret_index = i;
			return 0;
		}
	}
	return -EINVAL;
}

/* A CPU that this process may not use is refused here, before anything is started. */
static int set_cpus(const char *text, cpu_set_t *ret_cpus)
{
	cpu_set_t cpus, available, both;

	if (parse_cpus(text, &cpus) < 0)
		return -EINVAL;
	if (sched_getaffinity(0, sizeof(available), &available) == 0) {
		CPU_AND(&both, &cpus, &available);
		if (!CPU_EQUAL(&both, &cpus))
			return -EINVAL;
	}
	*ret_cpus = cpus;
	return 0;
}

static int append_item(struct option_list *list, const char *text)
{
	size_t size = ((size_t)list->count + 1) * sizeof(*list->items);
	const char **items = realloc(list->items, size);

	if (!items)
		return -ENOMEM;
	items[list->count++] = text;
	list->items = items;
	return 0;
}

static int set_value(const struct option_spec *spec, const char *text, void *value)
{
	switch (spec->type) {
	case OPTION_FLAG:
		return set_flag(text, value);
	case OPTION_RATE:
		return set_rate(spec, text, value);
	case OPTION_TEXT:
		*(const char **)value = text;
		return 0;
	case OPTION_CHOICE:
		return set_choice(spec, text, value);
	case OPTION_CPUS:
		return set_cpus(text, value);
	case OPTION_REPEAT:
		return append_item(value, text);
	default:
		return set_number(spec, text, value);
	}
}

int option_set(const struct option_spec *spec, const char *text, void *values,
	       char *error, size_t error_size)
{
	char accepted[ACCEPTED_SIZE];
	int result = set_value(spec, text, (char *)values + spec->offset);

	if (result == -ENOMEM) {
		snprintf(error, error_size, "%s '%s': out of memory", spec->name, text);
	} else if (result < 0) {
		option_accepts(spec, accepted, sizeof(accepted));
		snprintf(error, error_size, "%.64s '%.128s': accepted is %s", spec->name,
			 text, accepted);
	}
	return result;
}

void options_defaults(const struct option_spec *table, void *values, size_t size)
{
	char error[OPTION_ERROR_SIZE];

	memset(values, 0, size);
	for (; table && table->name; table++) {
		if (!table->fallback)
			continue;
		int result =
			option_set(table, table->fallback, values, error, sizeof(error));
		assert(result == 0);
		(void)result; /* the tables' unit tests run with assertions */
	}
}

/* One line for a key that is in no line of the table. */
static void unknown_key(const struct option_spec *table, const char *key, char *error,
			size_t error_size)
{
	char keys[OPTION_ERROR_SIZE] = "";
	size_t used = 0;

	if (!table || !table->name) {
		snprintf(error, error_size, "unknown option '%.64s': there are none here",
			 key);
		return;
	}
	const char *near = option_nearest(table, key);
	for (; table->name && used < sizeof(keys); table++)
		used += (size_t)snprintf(keys + used, sizeof(keys) - used, "%s%s",
					 used ? ", " : "", table->name);
	snprintf(error, error_size, "unknown option '%.64s'%s%s; accepted are %s", key,
		 near ? ", did you mean " : "", near ? near : "", keys);
}

/* "key=value", or "key" for a flag, in place. */
static int parse_pair(const struct option_spec *table, char *pair, void *values,
		      char *error, size_t error_size)
{
	char *value = strchr(pair, '=');

	if (value)
		*value++ = '\0';
	const struct option_spec *spec = option_find(table, pair);
	if (!spec) {
		unknown_key(table, pair, error, error_size);
		return -EINVAL;
	}
	if (!value && spec->type != OPTION_FLAG) {
		snprintf(error, error_size, "option '%s' needs a value: %s=%s", pair,
			 pair, spec->metavar ? spec->metavar : "VALUE");
		return -EINVAL;
	}
	return option_set(spec, value ? value : "yes", values, error, error_size);
}

int options_parse_pairs(const struct option_spec *table, const char *text, void *values,
			char **ret_scratch, char *error, size_t error_size)
{
	*ret_scratch = NULL;
	if (!text || !*text)
		return 0;
	char *scratch = strdup(text);
	if (!scratch) {
		snprintf(error, error_size, "out of memory");
		return -ENOMEM;
	}
	int result = 0;
	for (char *rest = scratch, *pair; result == 0 && (pair = strsep(&rest, ","));)
		result = parse_pair(table, pair, values, error, error_size);
	if (result < 0) {
		free(scratch);
		return result;
	}
	*ret_scratch = scratch;
	return 0;
}

void option_list_release(struct option_list *list)
{
	if (!list)
		return;
	free(list->items);
	list->items = NULL;
	list->count = 0;
}

const char *option_nearest(const struct option_spec *table, const char *name)
{
	const char *names[OPTIONS_MAX + 1];
	int count = 0;

	for (; table && table->name && count < OPTIONS_MAX; table++)
		names[count++] = table->name;
	names[count] = NULL;
	return nearest_word(name, names);
}
