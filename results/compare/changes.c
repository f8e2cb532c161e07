/* changes.c - what has changed, worst first, and of the rest how much there is. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "results/compare/print_private.h"

#define REASONS_MOST 4

struct change {
	const struct compare_table *table;
	const struct compare_line *line;
};

/* The cells of a metric come together where they are sorted by name. */
static int by_name(const void *a, const void *b)
{
	const struct change *x = a, *y = b;
	const int order = strcmp(x->line->cell->name, y->line->cell->name);

	return order != 0 ? order : (x->table > y->table) - (x->table < y->table);
}

static int by_change(const void *a, const void *b)
{
	const struct change *x = a, *y = b;
	const struct comparison *of_x = &x->line->result, *of_y = &y->line->result;
	const double dx = fabs(of_x->estimate), dy = fabs(of_y->estimate);

	if (of_x->verdict != of_y->verdict)
		return of_x->verdict < of_y->verdict ? -1 : 1;
	return dx != dy ? (dx < dy) - (dx > dy) : by_name(a, b);
}

/* NULL: no memory. */
static struct change *collect(const struct compare_report *report, size_t count)
{
	struct change *changes = calloc(count + 1, sizeof(*changes));
	size_t used = 0;

	for (size_t i = 0; changes && i < report->metrics.count; i++) {
		const struct compare_table *table = &report->tables[i];
		for (size_t j = 0; j < table->count; j++)
			if (table->lines[j].result.verdict <= COMPARISON_BETTER)
				changes[used++] =
					(struct change){table, &table->lines[j]};
	}
	return changes;
}

static int print_table(const struct printing *p, const struct change *changes,
		       size_t count)
{
	struct grid grid = {.last_is_text = true};

	grid_add(&grid, "cell");
	grid_add(&grid, "metric");
	compare_add_headings(&grid);
	grid_add(&grid, "verdict");
	grid.columns = grid.count;
	for (size_t i = 0; i < count; i++) {
		const struct change *c = &changes[i];
		grid_add(&grid, "%s", c->line->cell->name);
		grid_add(&grid, "%s", c->table->metric->column.name);
		compare_add_numbers(&grid, c->table, &c->line->result);
		grid_add(&grid, "%s", comparison_name(c->line->result.verdict));
	}
	const int rc = grid_print(&grid, p->style, p->out);
	grid_release(&grid);
	return rc;
}

int compare_print_changes(const struct printing *p)
{
	const size_t *verdicts = p->report->verdicts;
	const size_t count = verdicts[COMPARISON_WORSE] + verdicts[COMPARISON_BETTER];
	struct change *changes = collect(p->report, count);

	if (!changes)
		return -ENOMEM;
	qsort(changes, count, sizeof(*changes),
	      p->report->by_change ? by_change : by_name);
	if (count == 0)
		compare_say(p, "nothing has certainly changed by more than its margin");
	const int rc = count > 0 ? print_table(p, changes, count) : 0;
	free(changes);
	return rc;
}

/* The largest change of those that are unclear: a hint of what more repetitions may find. */
static double farthest(const struct compare_table *table)
{
	double most = NAN;

	for (size_t i = 0; i < table->count; i++) {
		const struct comparison *c = &table->lines[i].result;
		if (c->verdict == COMPARISON_UNCLEAR && isfinite(c->estimate) &&
		    !(fabs(c->estimate) <= fabs(most)))
			most = c->estimate;
	}
	return most;
}

static const char *wanted(const struct compare_metric *metric)
{
	return metric->column.rank == NOT_RANKED       ? ""
	       : metric->column.rank == MORE_IS_BETTER ? "more"
						       : "less";
}

static void add_counts(struct grid *grid, const struct compare_table *table)
{
	const size_t *verdicts = table->verdicts;
	char far[32], drift[32];

	compare_format_percent(farthest(table), far, sizeof(far));
	compare_format_percent(table->drift, drift, sizeof(drift));
	grid_add(grid, "%s", table->metric->column.name);
	if (verdicts[COMPARISON_SHOWN] < table->count)
		grid_add(grid, "%.3g", 100 * table->metric->margin);
	else
		grid_add(grid, "-");
	grid_add(grid, "%zu", verdicts[COMPARISON_WORSE]);
	grid_add(grid, "%zu", verdicts[COMPARISON_BETTER]);
	grid_add(grid, "%zu", verdicts[COMPARISON_UNCLEAR]);
	grid_add(grid, "%s", far);
	grid_add(grid, "%zu", verdicts[COMPARISON_SAME]);
	grid_add(grid, "%zu", verdicts[COMPARISON_SHOWN]);
	grid_add(grid, "%s", drift);
	grid_add(grid, "%s", wanted(table->metric));
}

/* Most of them have one of two. */
static void print_reasons(const struct printing *p)
{
	const char *reasons[REASONS_MOST];
	size_t counts[REASONS_MOST], known = 0, others = 0;

	for (size_t i = 0; i < p->report->metrics.count; i++) {
		const struct compare_table *table = &p->report->tables[i];
		for (size_t j = 0; j < table->count; j++) {
			const struct comparison *c = &table->lines[j].result;
			size_t at = 0;
			if (c->verdict != COMPARISON_UNCLEAR)
				continue;
			while (at < known && strcmp(reasons[at], c->reason) != 0)
				at++;
			if (at == REASONS_MOST) {
				others++;
				continue;
			}
			if (at == known) {
				reasons[known] = c->reason;
				counts[known++] = 0;
			}
			counts[at]++;
		}
	}
	for (size_t i = 0; i < known; i++)
		compare_say(p, "unclear: %s (%zu)", reasons[i], counts[i]);
	if (others > 0)
		compare_say(p, "unclear: for other reasons (%zu)", others);
}

int compare_print_counts(const struct printing *p)
{
	static const char *const headings[] = {"metric",  "margin %", "worse?", "better?",
					       "unclear", "up to %",  "same",   "shown",
					       "drift %", "is better"};
	struct grid grid = {.columns = sizeof(headings) / sizeof(headings[0]),
			    .last_is_text = true};

	for (size_t i = 0; i < grid.columns; i++)
		grid_add(&grid, "%s", headings[i]);
	for (size_t i = 0; i < p->report->metrics.count; i++)
		if (p->report->tables[i].count > 0)
			add_counts(&grid, &p->report->tables[i]);
	const int rc = grid_print(&grid, p->style, p->out);
	grid_release(&grid);
	compare_space(p);
	if (rc == 0)
		print_reasons(p);
	return rc;
}
