/* json.c - a check as JSON: all that its verdicts were derived from. */
#include <errno.h>
#include <jansson.h>
#include <math.h>

#include "results/check/output.h"
#include "results/plan/plan.h"

/* What is not known, or not bounded, is null. */
static json_t *number(double value)
{
	return isfinite(value) ? json_real(value) : json_null();
}

static json_t *text(const char *value)
{
	return value ? json_text(value) : json_null();
}

static json_t *numbers(const double *values, size_t count)
{
	json_t *array = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(array, number(values[i]));
	return array;
}

static json_t *values_of(const struct check_values *values)
{
	return numbers(values->value, values->count);
}

static json_t *finding_of(const struct finding *finding)
{
	if (finding->launches == 0)
		return json_null();
	return json_pack(
		"{ss sI so so so so so so}", "decision", decision_name(finding->decision),
		"launches", (json_int_t)finding->launches, "estimate",
		number(finding->estimate), "low", number(finding->low), "high",
		number(finding->high), "lower", number(finding->lower), "upper",
		number(finding->upper), "detectable", number(finding->detectable));
}

static json_t *confirmation_of(const struct confirmation *again)
{
	if (again->count == 0)
		return json_null();
	return json_pack("{sI so so sb}", "launches", (json_int_t)again->count,
			 "estimate", number(again->estimate), "p", number(again->p),
			 "confirmed", again->confirmed);
}

static json_t *metric_of(const struct check_row *row, enum launch_metric which)
{
	const struct check_metric *metric = &row->metric[which];
	const bool open_loop = row->cell && row->cell->offered_rps > 0;
	const bool known = metric->finding.launches > 0;

	return json_pack(
		"{ss ss sb ss so so so so so so so so so so so so so}", "metric",
		check_metric_name(which), "column", check_metric_column(which, open_loop),
		"gated", metric->gated, "verdict", check_verdict_name(metric->verdict),
		"reason", text(metric->reason), "margin", number(metric->margin),
		"attenuation", number(metric->attenuation), "limit",
		number(metric->limit), "change_percent",
		known ? number(check_percent(which, metric->finding.estimate))
		      : json_null(),
		"base_median", number(metric->median[0]), "new_median",
		number(metric->median[1]), "screen", values_of(&metric->screen),
		"confirm", values_of(&metric->confirm), "size", values_of(&metric->size),
		"finding", finding_of(&metric->finding), "confirmation",
		confirmation_of(&metric->confirmation), "estimate_real",
		number(metric->estimate_real));
}

/* null: not counted. */
static json_t *exact_of_row(const struct check_row *row)
{
	const struct exact *base = &row->exact[0], *new = &row->exact[1];

	if (!(base->per_request > 0) || !(new->per_request > 0))
		return json_null();
	return json_pack(
		"{ss so so so so}", "verdict", check_verdict_name(row->exact_verdict),
		"base", number(base->per_request), "new", number(new->per_request),
		"base_spread", number(base->spread), "new_spread", number(new->spread));
}

static json_t *row_of(const struct check_row *row)
{
	json_t *metrics = json_array();

	for (int m = 0; m < LAUNCH_METRICS; m++)
		json_array_append_new(metrics, metric_of(row, (enum launch_metric)m));
	return json_pack(
		"{so so so so so so ss so sb sb si si so so so}", "server",
		text(row->name), "scenario", text(row->scenario), "cell",
		text(row->cell ? row->cell->id : NULL), "offered_rps",
		number(row->cell && row->cell->offered_rps > 0 ? row->cell->offered_rps
							       : NAN),
		"mode", text(launch_mode_name(row->mode)), "mode_reason",
		text(row->mode_reason), "verdict", check_verdict_name(row->verdict),
		"reason", text(row->reason), "server_failed", row->server_failed,
		"same_program", row->same_program, "pairs", row->pairs, "dropped",
		row->dropped, "seconds", number(row->seconds), "metrics", metrics,
		"syscalls_per_request", exact_of_row(row));
}

static json_t *plan_of(const struct check_report *report)
{
	json_t *looks = json_array();

	for (int i = 0; i < DECISION_LOOKS; i++)
		json_array_append_new(
			looks, json_pack("{sI so}", "launches",
					 (json_int_t)decision_looks[i].launches, "alpha",
					 number(decision_looks[i].alpha)));
	return json_pack("{sI so si}", "max_launches", (json_int_t)report->max_launches,
			 "looks", looks, "confirm_launches", DECISION_CONFIRM);
}

static json_t *null_of(const struct check_null *null)
{
	json_t *metrics = json_array();

	for (int m = 0; m < LAUNCH_METRICS; m++)
		json_array_append_new(metrics,
				      json_pack("{ss so so so}", "metric",
						check_metric_name((enum launch_metric)m),
						"estimate", number(null->estimate[m]),
						"limit", number(null->limit[m]), "values",
						values_of(&null->values[m])));
	return json_pack("{sb so}", "biased", null->biased, "metrics", metrics);
}

static json_t *report_of(const struct check_report *report)
{
	json_t *rows = json_array();

	for (size_t i = 0; i < report->count; i++)
		json_array_append_new(rows, row_of(&report->rows[i]));
	return json_pack(
		"{ss si si sb so sI sb sb sI so so so so so so}", "schema",
		CHECK_JSON_SCHEMA, "version", CHECK_JSON_VERSION, "exit_status",
		check_exit_status(report), "valid", report->valid, "reason",
		text(report->reason), "undecided", (json_int_t)check_undecided(report),
		"strict", report->strict, "out_of_time", report->out_of_time, "seed",
		(json_int_t)report->seed, "seconds", number(report->seconds), "directory",
		text(report->directory), "command_line", text(report->command_line),
		"plan", plan_of(report), "null", null_of(&report->null), "rows", rows);
}

int check_print_json(const struct check_report *report, FILE *out)
{
	json_t *object = report_of(report);
	const int rc = json_write(object, JSON_INDENT(2), out);

	json_decref(object);
	return rc < 0 ? rc : fflush(out) != 0 ? -EIO : 0;
}
