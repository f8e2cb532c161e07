/* filter.c - which rows, in words. */
#include "results/plan/filter.h"

#include <ctype.h>
#include <errno.h>
#include <fnmatch.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "server/options.h"

enum test { EQUAL, UNEQUAL, LESS, AT_MOST, MORE, AT_LEAST, HOLDS };

/* Of two that begin alike the longer first. */
static const struct {
	const char *text;
	enum test test;
} operators[] = {{"!=", UNEQUAL}, {"<=", AT_MOST}, {">=", AT_LEAST},
		 {"=", EQUAL},    {"<", LESS},     {">", MORE}};

struct condition {
	int column;
	enum test test;
	const char *values; /* one behind the other, each with its terminator */
	int value_count;
	double number; /* of a comparison */
};

struct filter {
	const struct row_column *columns;
	char *text; /* cut into pieces that the conditions point into */
	struct condition *conditions;
	int count;
};

static int unknown_column(const struct row_column *columns, const char *name, char *error)
{
	size_t count = 0;

	while (columns[count].name)
		count++;
	const char **names = calloc(count + 1, sizeof(*names));
	for (size_t i = 0; names && i < count; i++)
		names[i] = columns[i].name;
	const char *near = names ? nearest_word(name, names) : NULL;
	snprintf(error, OPTION_ERROR_SIZE,
		 "no column '%.80s'%s%s; expected one of results.csv, such as model, "
		 "connections, verdict (within a value write '?' for a comma)",
		 name, near ? ", did you mean " : "", near ? near : "");
	free(names);
	return -EINVAL;
}

/* As a user types it for this column. */
static bool read_number(const struct row_column *column, const char *text,
			double *ret_value)
{
	const size_t length = strlen(column->name), suffix = strlen("_bytes");
	int64_t bytes;
	char *end;

	if (length > suffix && strcmp(column->name + length - suffix, "_bytes") == 0 &&
	    parse_size(text, &bytes) == 0) {
		*ret_value = (double)bytes;
		return true;
	}
	if (parse_rate(text, ret_value) == 0)
		return true;
	*ret_value = strtod(text, &end);
	return end != text && *end == '\0' && isfinite(*ret_value);
}

static int compare_with(struct condition *condition, const struct row_column *column,
			char *error)
{
	const char *why = NULL;

	if (column->type == ROW_TEXT)
		why = "is text: accepted behind it are = and !=";
	else if (condition->value_count > 1 ||
		 !read_number(column, condition->values, &condition->number))
		why = "is compared with one number";
	if (!why)
		return 0;
	snprintf(error, OPTION_ERROR_SIZE, "column %s %s, not '%.80s%s'", column->name,
		 why, condition->values, condition->value_count > 1 ? "|.." : "");
	return -EINVAL;
}

/* What stands before an operator, if that is a word: a path of cells is none. */
static char *find_operator(char *text)
{
	char *end = text;

	while (isalnum((unsigned char)*end) || *end == '_' || *end == '-')
		end++;
	return end > text && *end && strchr("!=<>", *end) ? end : NULL;
}

static void split_values(struct condition *condition, char *values)
{
	condition->values = values;
	condition->value_count = 1;
	for (; (values = strchr(values, '|')); values++) {
		*values = '\0';
		condition->value_count++;
	}
}

/* `text` is cut into pieces. */
static int parse_condition(const struct row_column *columns, char *text,
			   struct condition *condition, char *error)
{
	char *name = text;
	size_t i = 0;

	text = find_operator(name);
	if (!text) {
		condition->test = HOLDS;
		split_values(condition, name);
		condition->column = row_column_index(columns, "cell");
		return condition->column < 0 ? unknown_column(columns, "cell", error) : 0;
	}
	while (strncmp(text, operators[i].text, strlen(operators[i].text)) != 0)
		if (++i == sizeof(operators) / sizeof(operators[0])) {
			snprintf(error, OPTION_ERROR_SIZE,
				 "'%.80s': accepted is = != < <= > >=", name);
			return -EINVAL;
		}
	condition->test = operators[i].test;
	split_values(condition, text + strlen(operators[i].text));
	*text = '\0';
	condition->column = row_column_index(columns, name);
	if (condition->column < 0)
		return unknown_column(columns, name, error);
	return condition->test <= UNEQUAL
		       ? 0
		       : compare_with(condition, &columns[condition->column], error);
}

static int parse_all(struct filter *filter, char *error)
{
	char *rest = filter->text;
	int rc = 0;

	for (char *piece; rc == 0 && (piece = strsep(&rest, ","));) {
		if (piece[0] == '\0') {
			snprintf(error, OPTION_ERROR_SIZE,
				 "an empty condition; expected COLUMN=VALUE or a part of "
				 "a cell's name");
			return -EINVAL;
		}
		rc = parse_condition(filter->columns, piece,
				     &filter->conditions[filter->count++], error);
	}
	return rc;
}

int filter_parse(const char *text, const struct row_column *columns,
		 struct filter **ret_filter, char *error)
{
	struct filter *filter = calloc(1, sizeof(*filter));
	size_t conditions = 1;
	int rc = -ENOMEM;

	for (const char *p = text; (p = strchr(p, ',')); p++)
		conditions++;
	snprintf(error, OPTION_ERROR_SIZE, "out of memory");
	if (!filter)
		return rc;
	filter->columns = columns;
	filter->text = strdup(text);
	filter->conditions = calloc(conditions, sizeof(*filter->conditions));
	if (filter->text && filter->conditions)
		rc = parse_all(filter, error);
	if (rc == 0)
		*ret_filter = filter;
	else
		filter_free(filter);
	return rc;
}

void filter_free(struct filter *filter)
{
	if (!filter)
		return;
	free(filter->text);
	free(filter->conditions);
	free(filter);
}

static bool cell_number(const struct row_column *column, const struct row_cell *cell,
			double *ret_value)
{
	if (!cell->set || cell->text || column->type == ROW_TEXT)
		return false;
	*ret_value = column->type == ROW_COUNT ? (double)cell->count : cell->real;
	return true;
}

/* One value of `=`: as numbers where both are, else as texts. */
static bool is_value(const struct row_column *column, const struct row_cell *cell,
		     const char *value)
{
	double number, wanted;
	char text[32];

	if (!cell->set)
		return value[0] == '\0';
	if (!cell_number(column, cell, &number))
		return cell->text && fnmatch(value, cell->text, 0) == 0;
	if (read_number(column, value, &wanted))
		return number == wanted;
	snprintf(text, sizeof(text), "%.15g", number);
	return fnmatch(value, text, 0) == 0;
}

static bool holds(const struct row_cell *cell, const char *value)
{
	char *pattern;

	if (!cell->set || !cell->text || asprintf(&pattern, "*%s*", value) < 0)
		return false;
	const bool found = fnmatch(pattern, cell->text, 0) == 0;
	free(pattern);
	return found;
}

static bool is_any(const struct condition *condition, const struct row_column *column,
		   const struct row_cell *cell)
{
	const char *value = condition->values;

	for (int i = 0; i < condition->value_count; i++, value += strlen(value) + 1)
		if (condition->test == HOLDS ? holds(cell, value)
					     : is_value(column, cell, value))
			return true;
	return false;
}

static bool compares(enum test test, double number, double limit)
{
	switch (test) {
	case LESS:
		return number < limit;
	case AT_MOST:
		return number <= limit;
	case MORE:
		return number > limit;
	default:
		return number >= limit;
	}
}

static bool condition_met(const struct condition *condition, const struct row *row)
{
	const struct row_column *column = &row->columns[condition->column];
	const struct row_cell *cell = &row->cells[condition->column];
	double number;

	switch (condition->test) {
	case EQUAL:
	case HOLDS:
		return is_any(condition, column, cell);
	case UNEQUAL:
		return !is_any(condition, column, cell);
	default:
		return cell_number(column, cell, &number) &&
		       compares(condition->test, number, condition->number);
	}
}

bool filter_matches(const struct filter *filter, const struct row *row)
{
	for (int i = 0; i < filter->count; i++)
		if (!condition_met(&filter->conditions[i], row))
			return false;
	return true;
}
