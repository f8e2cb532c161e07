/* json.c - what two results say, for scripts. */
#include <errno.h>
#include <math.h>

#include "results/campaign/verdict.h"
#include "results/compare/report.h"

/* The form of this output: raised when a key changes its meaning. */
#define SCHEMA 1

static json_t *real(double value)
{
	return isfinite(value) ? json_real(value) : json_null();
}

static json_t *percent(double logarithm)
{
	return isfinite(logarithm) ? real(comparison_percent(logarithm)) : json_null();
}

/* An object that lacks a key is one that memory was lacking for. */
static int set(json_t *object, const char *key, json_t *value)
{
	return json_object_set_new(object, key, value);
}

static const char *better_name(enum view_rank rank)
{
	static const char *const names[] = {[NOT_RANKED] = "none",
					    [MORE_IS_BETTER] = "more",
					    [LESS_IS_BETTER] = "less"};

	return names[rank];
}

static json_t *line_to_json(const struct compare_table *table,
			    const struct compare_line *line)
{
	const struct comparison *c = &line->result;
	json_t *object = json_object();
	int rc = set(object, "cell", json_text(line->cell->name));

	rc |= set(object, "metric", json_text(table->metric->column.name));
	rc |= set(object, "better", json_string(better_name(table->metric->column.rank)));
	rc |= set(object, "base_median", real(c->base));
	rc |= set(object, "new_median", real(c->new));
	rc |= set(object, "base_rows", json_integer((json_int_t)c->base_count));
	rc |= set(object, "new_rows", json_integer((json_int_t)c->new_count));
	rc |= set(object, "change_percent", percent(c->estimate));
	rc |= set(object, "low_percent", percent(c->low));
	rc |= set(object, "high_percent", percent(c->high));
	rc |= set(object, "margin_percent", real(100 * table->metric->margin));
	rc |= set(object, "detectable_percent", real(100 * c->detectable));
	rc |= set(object, "verdict", json_string(comparison_name(c->verdict)));
	rc |= set(object, "reason", c->reason[0] ? json_text(c->reason) : json_null());
	if (rc == 0)
		return object;
	json_decref(object);
	return NULL;
}

static int add_lines(const struct compare_report *report, json_t *array)
{
	int rc = 0;

	for (size_t i = 0; i < report->metrics.count; i++)
		for (size_t j = 0; rc == 0 && j < report->tables[i].count; j++)
			rc = json_array_append_new(
				array, line_to_json(&report->tables[i],
						    &report->tables[i].lines[j]));
	return rc;
}

static int add_drift(const struct compare_report *report, json_t *array)
{
	int rc = 0;

	for (size_t i = 0; i < report->metrics.count; i++) {
		const struct compare_table *table = &report->tables[i];
		if (isnan(table->drift))
			continue;
		rc |= json_array_append_new(
			array,
			json_pack("{ss sf si}", "metric", table->metric->column.name,
				  "median_percent", comparison_percent(table->drift),
				  "cells", (int)table->drift_cells));
	}
	return rc;
}

static int add_lonely(const struct compare_report *report, enum compare_side side,
		      json_t *array)
{
	int rc = 0;

	for (size_t i = 0; i < report->cells.count; i++) {
		const struct compare_cell *cell = &report->cells.items[i];
		if (!compare_cell_is_matched(cell) && cell->side[side].count > 0)
			rc |= json_array_append_new(array, json_text(cell->name));
	}
	return rc;
}

static json_t *left_out(const struct compare_cell *cell, enum compare_side side)
{
	const struct compare_rows *rows = &cell->side[side];
	const char *reason = row_text(rows->worst, "verdict_reason");

	return json_pack("{so ss si si ss so}", "cell", json_text(cell->name), "side",
			 compare_side_names[side], "rows", (int)rows->count, "left_out",
			 (int)(rows->count - rows->valid), "verdict",
			 verdict_name(verdict_of(rows->worst)), "reason",
			 reason ? json_text(reason) : json_null());
}

static int add_left_out(const struct compare_report *report, json_t *array)
{
	int rc = 0;

	for (size_t i = 0; i < report->cells.count; i++)
		for (int s = 0; s < COMPARE_SIDES; s++)
			if (report->cells.items[i].side[s].worst)
				rc |= json_array_append_new(
					array, left_out(&report->cells.items[i],
							(enum compare_side)s));
	return rc;
}

static json_t *side_to_json(const struct compare_report *report, enum compare_side side)
{
	return json_pack("{so si}", "path", json_text(report->paths[side]), "rows",
			 (int)report->inputs[side]->file.count);
}

static json_t *verdicts_to_json(const struct compare_report *report)
{
	json_t *object = json_object();

	for (int v = 0; v < COMPARISON_VERDICTS; v++)
		json_object_set_new(object, comparison_name((enum comparison_verdict)v),
				    json_integer((json_int_t)report->verdicts[v]));
	return object;
}

json_t *compare_report_to_json(const struct compare_report *report)
{
	json_t *all = json_object(), *lines = json_array(), *drift = json_array();
	json_t *added = json_array(), *removed = json_array(), *without = json_array();
	int rc = add_lines(report, lines);

	rc |= add_drift(report, drift);
	rc |= add_lonely(report, COMPARE_NEW, added);
	rc |= add_lonely(report, COMPARE_BASE, removed);
	rc |= add_left_out(report, without);
	rc |= set(all, "schema", json_integer(SCHEMA));
	rc |= set(all, "paired", json_false());
	rc |= set(all, "base", side_to_json(report, COMPARE_BASE));
	rc |= set(all, "new", side_to_json(report, COMPARE_NEW));
	rc |= set(all, "differences", json_incref(report->differences));
	rc |= set(all, "drift", drift);
	rc |= set(all, "comparisons", lines);
	rc |= set(all, "added", added);
	rc |= set(all, "removed", removed);
	rc |= set(all, "left_out", without);
	rc |= set(all, "verdicts", verdicts_to_json(report));
	if (rc == 0)
		return all;
	json_decref(all);
	return NULL;
}

int compare_report_json(const struct compare_report *report, FILE *out)
{
	json_t *all = compare_report_to_json(report);
	const int rc = json_write(all, JSON_INDENT(1), out);

	json_decref(all);
	return rc;
}
