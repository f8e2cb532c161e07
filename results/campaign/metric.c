/* metric.c - what is asked for by a short name. */
#include "results/campaign/metric.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "server/options.h"

static const struct {
	const char *name;
	const char *closed,
		*open; /* of several lines the first whose columns are there */
} aliases[] = {
	{"throughput", "throughput_rps", "throughput_rps"},
	{"p50", "service_p50_us", "response_p50_us"},
	{"p90", "service_p90_us", "response_p90_us"},
	{"p99", "service_p99_us", "response_p99_us"},
	{"p999", "service_p999_us", "response_p999_us"},
	{"p99.9", "service_p999_us", "response_p999_us"},
	{"p9999", "service_p9999_us", "response_p9999_us"},
	{"p99.99", "service_p9999_us", "response_p9999_us"},
	{"mean", "service_mean_us", "response_mean_us"},
	{"max", "service_max_us", "response_max_us"},
	{"cpu", "cpu_us_per_request", "cpu_us_per_request"},
	{"cpu", "cpu_s", "cpu_s"},
	{"elapsed", "elapsed_s", "elapsed_s"},
};

#define ALIASES (sizeof(aliases) / sizeof(aliases[0]))

static bool is_there(size_t alias, const struct row_column *columns)
{
	return row_column_index(columns, aliases[alias].closed) >= 0;
}

/* One line: what is near, of the columns and, where numbers are wanted, the short names. */
static void refuse(const char *option, const char *text, const struct row_column *columns,
		   bool numeric, char *error)
{
	size_t count = 0, used = 0;

	while (columns[count].name)
		count++;
	const char **names = calloc(count + ALIASES + 1, sizeof(*names));
	for (size_t i = 0; names && i < count; i++)
		if (!numeric || columns[i].type != ROW_TEXT)
			names[used++] = columns[i].name;
	for (size_t i = 0; names && numeric && i < ALIASES; i++)
		if (is_there(i, columns))
			names[used++] = aliases[i].name;
	const char *near = names ? nearest_word(text, names) : NULL;
	snprintf(error, OPTION_ERROR_SIZE, "%s '%.80s': no %scolumn of this file%s%s%s",
		 option, text, numeric ? "numeric " : "", near ? ", did you mean " : "",
		 near ? near : "",
		 near      ? ""
		 : numeric ? "; accepted are throughput, p99, cpu and their like"
			   : "; its first line names them");
	free(names);
}

int metric_find(const char *option, const char *text, const struct row_column *columns,
		struct metric *ret_metric, char *error)
{
	for (size_t i = 0; i < ALIASES; i++) {
		if (strcmp(aliases[i].name, text) != 0 || !is_there(i, columns))
			continue;
		const int open = row_column_index(columns, aliases[i].open);
		ret_metric->closed = aliases[i].closed;
		ret_metric->open = open < 0 ? aliases[i].closed : aliases[i].open;
		return 0;
	}
	const int column = row_column_index(columns, text);
	if (column >= 0 && columns[column].type != ROW_TEXT) {
		ret_metric->closed = ret_metric->open = columns[column].name;
		return 0;
	}
	refuse(option, text, columns, true, error);
	return -EINVAL;
}

int metric_find_column(const char *option, const char *name,
		       const struct row_column *columns, char *error)
{
	const int column = row_column_index(columns, name);

	if (column < 0)
		refuse(option, name, columns, false, error);
	return column;
}

const char *metric_unit(const char *column)
{
	static const struct {
		const char *ending, *unit;
	} units[] = {
		{"_rps", "ops/s"},      {"_per_cpu_s", "ops/s"},
		{"bytes_per_s", "B/s"}, {"cpu_us_per_request", "us"},
		{"_us", "us"},          {"_bytes", "B"},
		{"_kib", "KiB"},        {"_s", "s"},
		{"_percent", "%"},
	};
	const size_t length = strlen(column);

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		const size_t ending = strlen(units[i].ending);
		if (length >= ending &&
		    strcmp(column + length - ending, units[i].ending) == 0)
			return units[i].unit;
	}
	return "";
}
