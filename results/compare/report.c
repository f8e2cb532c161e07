/* report.c - what two results say, cell by cell and metric by metric. */
#include "results/compare/report.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "results/statistics/statistics.h"

/* Values of a metric while they are compared. */
struct scratch {
	double *side[COMPARE_SIDES];
};

/* A percentile that some repetition had too few samples for would be that of the others,
 * and those were the faster ones. Zero has no logarithm. */
static size_t take_values(const struct compare_rows *rows,
			  const struct compare_metric *metric, double *values)
{
	const char *name = metric->column.name;
	size_t count = 0;

	for (size_t i = 0; i < rows->valid; i++)
		if (row_number(rows->rows[i], name, &values[count]) && values[count] > 0)
			count++;
	if (view_quantile(name) > 0 && count < rows->valid)
		return 0;
	return metric->flags & COMPARE_ONCE && count > 1 ? 1 : count;
}

static bool applies(const struct compare_metric *metric, const struct compare_cell *cell)
{
	double churn = 0;

	if (!compare_cell_is_matched(cell) ||
	    !(metric->flags & (cell->open ? COMPARE_OPEN : COMPARE_CLOSED)))
		return false;
	row_number(cell->side[COMPARE_NEW].rows[0], "churn", &churn);
	return churn > 0 || !(metric->flags & COMPARE_CONNECTS);
}

static int add_line(struct compare_table *table, const struct compare_cell *cell,
		    const struct io_catalogue *catalogue, const struct scratch *scratch)
{
	const struct compare_metric *metric = table->metric;
	const char *model = row_text(cell->side[COMPARE_NEW].rows[0], "model");
	const struct comparison_rule rule =
		compare_metric_rule(metric, cell->open, model, catalogue);
	struct compare_line *line = &table->lines[table->count];
	size_t count[COMPARE_SIDES];

	for (int s = 0; s < COMPARE_SIDES; s++)
		count[s] = take_values(&cell->side[s], metric, scratch->side[s]);
	if (count[COMPARE_BASE] == 0 && count[COMPARE_NEW] == 0)
		return 0;
	line->cell = cell;
	table->count++;
	const int rc = comparison_make(scratch->side[COMPARE_BASE], count[COMPARE_BASE],
				       scratch->side[COMPARE_NEW], count[COMPARE_NEW],
				       &rule, &line->result);
	for (int s = 0; rc == 0 && s < COMPARE_SIDES; s++)
		if (cell->side[s].valid == 0)
			snprintf(line->result.reason, sizeof(line->result.reason),
				 "no VALID repetition in %s", compare_side_names[s]);
	return rc;
}

static void sum_up(struct compare_table *table, double *scratch)
{
	for (size_t i = 0; i < table->count; i++) {
		const struct comparison *result = &table->lines[i].result;
		table->verdicts[result->verdict]++;
		if (isfinite(result->estimate))
			scratch[table->drift_cells++] = result->estimate;
	}
	table->drift = table->drift_cells < COMPARE_DRIFT_LEAST
			       ? NAN
			       : statistics_median(scratch, table->drift_cells);
}

static int compare_lines(const void *a, const void *b)
{
	const struct compare_line *x = a, *y = b;
	const double dx = fabs(x->result.estimate), dy = fabs(y->result.estimate);

	if (x->result.verdict != y->result.verdict)
		return x->result.verdict < y->result.verdict ? -1 : 1;
	if (isnan(dx) || isnan(dy))
		return isnan(dx) - isnan(dy);
	return dx != dy ? (dx < dy) - (dx > dy) : strcmp(x->cell->name, y->cell->name);
}

static int fill_table(struct compare_report *report, struct compare_table *table,
		      const struct io_catalogue *catalogue, const struct scratch *scratch)
{
	int rc = 0;

	table->lines = calloc(report->cells.count + 1, sizeof(*table->lines));
	if (!table->lines)
		return -ENOMEM;
	for (size_t i = 0; rc == 0 && i < report->cells.count; i++)
		if (applies(table->metric, &report->cells.items[i]))
			rc = add_line(table, &report->cells.items[i], catalogue, scratch);
	if (rc == 0)
		sum_up(table, scratch->side[0]);
	for (int v = 0; v < COMPARISON_VERDICTS; v++)
		report->verdicts[v] += table->verdicts[v];
	return rc;
}

static int check_matches(const struct compare_report *report, char *error)
{
	const char *names[COMPARE_SIDES] = {"none", "none"};

	for (size_t i = 0; i < report->cells.count; i++) {
		const struct compare_cell *cell = &report->cells.items[i];
		if (compare_cell_is_matched(cell))
			return 0;
		names[cell->side[COMPARE_NEW].count > 0 ? COMPARE_NEW : COMPARE_BASE] =
			cell->name;
	}
	snprintf(error, OPTION_ERROR_SIZE,
		 "no cell is in both: base has '%.150s', new has '%.150s'",
		 names[COMPARE_BASE], names[COMPARE_NEW]);
	return -EINVAL;
}

int compare_report_fill(struct compare_report *report,
			const struct io_catalogue *catalogue, char *error)
{
	const size_t most = report->inputs[COMPARE_BASE]->file.count +
			    report->inputs[COMPARE_NEW]->file.count + 1;
	const struct scratch scratch = {
		{calloc(most, sizeof(double)), calloc(most, sizeof(double))}};
	int rc = -ENOMEM;

	if (scratch.side[COMPARE_BASE] && scratch.side[COMPARE_NEW])
		rc = compare_cells_match(report->inputs[COMPARE_BASE],
					 report->inputs[COMPARE_NEW], &report->cells);
	if (rc == 0)
		rc = check_matches(report, error);
	for (size_t i = 0; rc == 0 && i < report->metrics.count; i++) {
		struct compare_table *table = &report->tables[i];
		table->metric = &report->metrics.items[i];
		rc = fill_table(report, table, catalogue, &scratch);
		if (rc == 0 && report->by_change)
			qsort(table->lines, table->count, sizeof(*table->lines),
			      compare_lines);
	}
	free(scratch.side[COMPARE_BASE]);
	free(scratch.side[COMPARE_NEW]);
	return rc;
}

void compare_report_release(struct compare_report *report)
{
	for (size_t i = 0; i < COMPARE_METRICS_MAX; i++)
		free(report->tables[i].lines);
	compare_cells_release(&report->cells);
	json_decref(report->differences);
	*report = (struct compare_report){0};
}
