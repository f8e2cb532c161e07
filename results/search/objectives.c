/* objectives.c - `--require METRIC<=VALUE` over the rows of a run. */
#include "results/search/objectives.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loadgen/load.h"
#include "results/campaign/verdict.h"
#include "results/statistics/statistics.h"

int objectives_parse(const struct option_list *list, struct objectives *ret_objectives,
		     char *error)
{
	struct objectives *o = ret_objectives;
	int rc = 0;

	o->count = 0;
	o->items = calloc((size_t)list->count + 1, sizeof(*o->items));
	if (!o->items) {
		snprintf(error, OPTION_ERROR_SIZE, "out of memory");
		return -ENOMEM;
	}
	for (; o->count < list->count && rc == 0; o->count++)
		rc = requirement_parse(result_columns, list->items[o->count],
				       &o->items[o->count], error);
	return rc;
}

void objectives_release(struct objectives *objectives)
{
	free(objectives->items);
	objectives->items = NULL;
}

static bool same_cell(const struct row *a, const struct row *b)
{
	const char *x = row_text(a, "cell"), *y = row_text(b, "cell");

	return x && y && strcmp(x, y) == 0;
}

static bool is_first(const struct row *rows, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (same_cell(&rows[j], &rows[i]))
			return false;
	return true;
}

/* Stores the median of a metric over the rows of one cell; left unset without any. */
static void set_median(const struct row *rows, size_t count, const struct row *cell,
		       const char *metric, double *scratch, struct row *median)
{
	const int column = row_column_index(result_columns, metric);
	size_t used = 0;

	row_clear(median);
	for (size_t i = 0; i < count; i++)
		if (same_cell(&rows[i], cell) &&
		    row_number(&rows[i], metric, &scratch[used]))
			used++;
	if (used == 0)
		return;
	const double value = statistics_median(scratch, used);
	if (result_columns[column].type == ROW_COUNT)
		row_set_count(median, metric, (int64_t)value);
	else
		row_set_real(median, metric, value);
}

static int check_cell(const struct objectives *objectives, const struct row *rows,
		      size_t count, const struct row *cell, double *scratch,
		      struct row *median, void (*unmet)(const char *line))
{
	char why[OPTION_ERROR_SIZE], line[2 * OPTION_ERROR_SIZE];
	int failures = 0;

	for (int i = 0; i < objectives->count; i++) {
		const struct requirement *item = &objectives->items[i];
		set_median(rows, count, cell, item->metric, scratch, median);
		if (requirement_met(item, median, why))
			continue;
		snprintf(line, sizeof(line), "%s: %s", row_text(cell, "cell"), why);
		unmet(line);
		failures++;
	}
	return failures;
}

int objectives_check(const struct objectives *objectives, const struct row *rows,
		     size_t count, void (*unmet)(const char *line))
{
	double *scratch = calloc(count + 1, sizeof(*scratch));
	struct row median;
	int failures = 0;

	if (!scratch || row_init(&median, result_columns) < 0) {
		free(scratch);
		return -ENOMEM;
	}
	for (size_t i = 0; i < count; i++)
		if (is_first(rows, i) && verdict_of(&rows[i]) != VERDICT_UNAVAILABLE)
			failures += check_cell(objectives, rows, count, &rows[i], scratch,
					       &median, unmet);
	row_release(&median);
	free(scratch);
	return failures;
}
