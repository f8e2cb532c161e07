/* table_lines.c - rows of results gathered into lines and tables. */
#include "results/table_lines.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "results/statistics.h"
#include "results/verdict.h"

/* Without intervals (three repetitions have none) this close is a tie. */
#define TIE 0.10

const struct table_column table_columns[TABLE_COLUMNS] = {
	{"throughput_rps", "requests/s", 0, MORE_IS_BETTER, 0},
	{"response_p50_us", "resp p50 us", 1, LESS_IS_BETTER, 0.5},
	{"response_p99_us", "resp p99 us", 1, LESS_IS_BETTER, 0.99},
	{"response_p999_us", "resp p99.9 us", 1, LESS_IS_BETTER, 0.999},
	{"service_p50_us", "p50 us", 1, LESS_IS_BETTER, 0.5},
	{"service_p99_us", "p99 us", 1, LESS_IS_BETTER, 0.99},
	{"service_p999_us", "p99.9 us", 1, LESS_IS_BETTER, 0.999},
	{"cpu_us_per_request", "CPU us/req", 2, LESS_IS_BETTER, 0},
	{"requests_per_cpu_s", "req/CPU s", 0, MORE_IS_BETTER, 0},
	{"ctx_switches_per_request", "switches/req", 3, NOT_RANKED, 0},
	{"syscalls_per_request", "syscalls/req", 2, NOT_RANKED, 0},
	{"starved_connections", "starved", 0, NOT_RANKED, 0},
	{"headroom", "headroom", 2, NOT_RANKED, 0},
};

/* The columns that make a table: everything but the server and the repetition. Tables are
 * printed in their order, the last one changing fastest. */
static const char *const workload[] = {
	"placement",
	"server_cpus",
	"client_cpus",
	"transport",
	"loop",
	"offered_rps",
	"arrivals",
	"work",
	"work_us",
	"churn",
	"depth",
	"payload_bytes",
	"idle_connections",
	"connections",
};

#define WORKLOAD_COLUMNS (sizeof(workload) / sizeof(workload[0]))

void table_cell_text(const struct row *row, const char *column, char *text, size_t size)
{
	const char *value;
	double number;

	text[0] = '\0';
	if (row_number(row, column, &number))
		snprintf(text, size, "%.15g", number);
	else if ((value = row_text(row, column)))
		snprintf(text, size, "%s", value);
}

/* As strcmp: numbers by value, not set before set. */
static int compare_cells(const struct row *a, const struct row *b, const char *column)
{
	char x[256], y[256];
	double m, n;

	if (row_number(a, column, &m) && row_number(b, column, &n))
		return (m > n) - (m < n);
	table_cell_text(a, column, x, sizeof(x));
	table_cell_text(b, column, y, sizeof(y));
	return strcmp(x, y);
}

static int compare_workloads(const struct row *a, const struct row *b)
{
	int order = 0;

	for (size_t i = 0; order == 0 && i < WORKLOAD_COLUMNS; i++)
		order = compare_cells(a, b, workload[i]);
	return order;
}

bool table_same(const struct table_line *a, const struct table_line *b)
{
	return compare_workloads(a->first, b->first) == 0;
}

static bool same_server(const struct table_line *line, const struct row *row)
{
	return compare_cells(line->first, row, "model") == 0 &&
	       compare_cells(line->first, row, "server_options") == 0 &&
	       compare_workloads(line->first, row) == 0;
}

/* Requests without an answer in the window are the slowest: they lie in the percentiles
 * above their share, whose values are then lower bounds. */
static bool touches(const struct row *row, double quantile)
{
	double requests = 0, unfinished = 0, starved = 0;

	row_number(row, "requests", &requests);
	row_number(row, "unfinished", &unfinished);
	row_number(row, "starved_connections", &starved);
	unfinished += starved;
	return quantile > 0 && unfinished > 0 &&
	       unfinished >= (1 - quantile) * (requests + unfinished);
}

/* The median of a column over the rows of a line. A percentile that some repetition had
 * too few samples for is left out: of the others' it would be the median of the fastest,
 * perhaps below a lower percentile's. */
static void take_median(struct table_line *line, const struct row *rows, size_t count,
			int c, double *scratch)
{
	const struct table_column *column = &table_columns[c];
	size_t measured = 0, used = 0, bounded = 0;
	double requests;

	for (size_t i = 0; i < count; i++) {
		if (!same_server(line, &rows[i]))
			continue;
		measured += row_number(&rows[i], "requests", &requests) && requests > 0;
		if (!row_number(&rows[i], column->name, &scratch[used]))
			continue;
		used++;
		bounded += touches(&rows[i], column->quantile);
	}
	line->value[c] = column->quantile > 0 && used < measured
				 ? NAN
				 : statistics_median(scratch, used);
	line->at_least[c] = bounded * 2 > used;
}

static void take_medians(struct table_line *line, const struct row *rows, size_t count,
			 double *scratch)
{
	for (int c = 0; c < TABLE_COLUMNS; c++)
		take_median(line, rows, count, c, scratch);
}

static void add_row(struct table_line *line, const struct row *row)
{
	const enum verdict verdict = verdict_of(row);
	double starved = 0;

	line->repetitions++;
	if (verdict != VERDICT_VALID)
		line->troubled++;
	if (!line->worst || verdict_of(line->worst) < verdict)
		line->worst = row;
	row_number(row, "starved_connections", &starved);
	if (starved > 0 || (verdict != VERDICT_VALID && verdict != VERDICT_UNSTABLE))
		line->ranked = false;
}

static struct table_line *find_line(struct table_line *lines, size_t count,
				    const struct row *row)
{
	for (size_t i = 0; i < count; i++)
		if (same_server(&lines[i], row))
			return &lines[i];
	return NULL;
}

/* Table by table; within one, best throughput first. */
static int compare_lines(const void *a, const void *b)
{
	const struct table_line *x = a, *y = b;
	const double m = isnan(x->value[0]) ? -1 : x->value[0];
	const double n = isnan(y->value[0]) ? -1 : y->value[0];
	int order = compare_workloads(x->first, y->first);

	if (order == 0)
		order = (m < n) - (m > n);
	if (order == 0)
		order = compare_cells(x->first, y->first, "model");
	if (order == 0)
		order = compare_cells(x->first, y->first, "server_options");
	return order;
}

/* The value that the others of the table are compared with; NAN: none is ranked. */
static double best_value(const struct table_line *lines, size_t count, int c)
{
	double best = NAN;

	for (size_t i = 0; i < count; i++) {
		const double value = lines[i].value[c];
		if (!lines[i].ranked || isnan(value))
			continue;
		if (isnan(best) ||
		    (table_columns[c].rank == MORE_IS_BETTER ? value > best
							     : value < best))
			best = value;
	}
	return best;
}

static void mark_best(struct table_line *lines, size_t count)
{
	for (int c = 0; c < TABLE_COLUMNS; c++) {
		if (table_columns[c].rank == NOT_RANKED)
			continue;
		const double best = best_value(lines, count, c);
		for (size_t i = 0; i < count; i++)
			lines[i].best[c] =
				lines[i].ranked &&
				(table_columns[c].rank == MORE_IS_BETTER
					 ? lines[i].value[c] >= best * (1 - TIE)
					 : lines[i].value[c] <= best * (1 + TIE));
	}
}

int table_lines(const struct row *rows, size_t count, struct table_line **ret_lines,
		size_t *ret_count)
{
	struct table_line *lines = calloc(count + 1, sizeof(*lines));
	double *scratch = calloc(count + 1, sizeof(*scratch));
	size_t used = 0;

	if (!lines || !scratch) {
		free(lines);
		free(scratch);
		return -ENOMEM;
	}
	for (size_t i = 0; i < count; i++) {
		struct table_line *line = find_line(lines, used, &rows[i]);
		if (!line) {
			line = &lines[used++];
			line->first = &rows[i];
			line->ranked = true;
		}
		add_row(line, &rows[i]);
	}
	for (size_t i = 0; i < used; i++)
		take_medians(&lines[i], rows, count, scratch);
	free(scratch);
	qsort(lines, used, sizeof(*lines), compare_lines);
	for (size_t i = 0, end; i < used; i = end) {
		for (end = i + 1; end < used && table_same(&lines[i], &lines[end]);)
			end++;
		mark_best(&lines[i], end - i);
	}
	*ret_lines = lines;
	*ret_count = used;
	return 0;
}
