/* require.c - `--require METRIC<=VALUE`: an objective that a row meets or does not. */
#include "loadgen/require.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/options.h"

#define METRIC_SIZE 64

static int refuse(const char *text, const char *accepted, char *error)
{
	snprintf(error, OPTION_ERROR_SIZE, "--require '%s': %s", text, accepted);
	return -EINVAL;
}

static int find_metric(const struct row_column *columns, const char *text,
		       const char *metric, const char **ret_name, char *error)
{
	const char *names[128] = {NULL};
	char accepted[256];
	int count = 0;

	for (; columns->name && count < 127; columns++) {
		if (columns->type == ROW_TEXT)
			continue;
		names[count++] = columns->name;
		if (strcmp(columns->name, metric) == 0) {
			*ret_name = columns->name;
			return 0;
		}
	}
	const char *near = nearest_word(metric, names);
	snprintf(accepted, sizeof(accepted),
		 "'%s' is no numeric column of the results%s%s, such as service_p99_us",
		 metric, near ? "; did you mean " : "", near ? near : "");
	return refuse(text, accepted, error);
}

int requirement_parse(const struct row_column *columns, const char *text,
		      struct requirement *ret_requirement, char *error)
{
	char metric[METRIC_SIZE];
	size_t length = strcspn(text, "<>= ");
	const char *operator= text + length;
	char *end;

	if (length == 0 || length >= sizeof(metric) ||
	    (strncmp(operator, "<=", 2) != 0 && strncmp(operator, ">=", 2) != 0))
		return refuse(text, "METRIC<=VALUE or METRIC>=VALUE is accepted", error);
	double limit = strtod(operator+ 2, &end);
	if (end == operator+ 2 || * end != '\0' || !isfinite(limit))
		return refuse(text, "a number is accepted behind the operator", error);
	snprintf(metric, sizeof(metric), "%.*s", (int)length, text);
	ret_requirement->at_most = operator[0] == '<';
	ret_requirement->limit = limit;
	return find_metric(columns, text, metric, &ret_requirement->metric, error);
}

bool requirement_met(const struct requirement *requirement, const struct row *row,
		     char *error)
{
	const char *operator= requirement->at_most ? "<=" : ">=";
	double value;

	if (!row_number(row, requirement->metric, &value)) {
		snprintf(
			error, OPTION_ERROR_SIZE,
			"required %s %s %.10g, but it was not measured (too few samples, or "
			"not this command's to measure)",
			requirement->metric, operator, requirement->limit);
		return false;
	}
	if (requirement->at_most ? value <= requirement->limit
				 : value >= requirement->limit)
		return true;
	snprintf(error, OPTION_ERROR_SIZE, "required %s %s %.10g, measured %.10g",
		 requirement->metric, operator, requirement->limit, value);
	return false;
}
