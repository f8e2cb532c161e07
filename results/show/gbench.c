/*
 * gbench.c - the JSON of Google Benchmark, which its compare.py reads.
 *
 * An entry for each row that was measured (run_type `iteration`), and one with the medians of
 * each cell (`aggregate`). real_time is the metric, a time; cpu_time the server's CPU time per
 * request, or 0 where it is not known, because readers want a number. Cells without a value
 * cannot be entries: the context names them.
 *
 * Source: src/json_reporter.cc and tools/gbench/report.py; schema version 1.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "build_info.h"
#include "results/campaign/verdict.h"
#include "results/show/format.h"
#include "results/statistics/statistics.h"
#include "server/options.h"

/* User counters: members beside the times, such as "p99". */
static const struct {
	const char *name, *column;
} counters[] = {
	{"items_per_second", "throughput_rps"},
	{"bytes_per_second", "bytes_per_s"},
	{"p50", "service_p50_us"},
	{"p99", "service_p99_us"},
	{"p999", "service_p999_us"},
	{"response_p50", "response_p50_us"},
	{"response_p99", "response_p99_us"},
	{"response_p999", "response_p999_us"},
};

#define COUNTERS (sizeof(counters) / sizeof(counters[0]))

/* While the entries of a line are made. */
struct family {
	const struct show *show;
	const struct summary_line *line;
	const char *name;
	const char *column, *unit;
	size_t index;
	json_t *benchmarks;
	double *scratch;
};

/* A row's number, or the median of the line's where `row` is NULL. */
static double number_of(const struct family *f, const struct row *row, const char *column)
{
	double value;
	size_t used = 0;

	if (row)
		return row_number(row, column, &value) ? value : NAN;
	for (size_t i = 0; i < f->line->repetitions; i++)
		used += row_number(f->line->rows[i], column, &f->scratch[used]);
	return statistics_median(f->scratch, used);
}

static int set_number(json_t *entry, const char *key, double value)
{
	return isnan(value) ? 0 : json_object_set_new(entry, key, json_real(value));
}

static int set_run(const struct family *f, json_t *entry, const struct row *row,
		   size_t repetition)
{
	char name[1100];
	int rc;

	snprintf(name, sizeof(name), "%s%s", f->name, row ? "" : "_median");
	rc = json_object_set_new(entry, "name", json_text(name));
	rc |= json_object_set_new(entry, "family_index",
				  json_integer((json_int_t)f->index));
	rc |= json_object_set_new(entry, "per_family_instance_index", json_integer(0));
	rc |= json_object_set_new(entry, "run_name", json_text(f->name));
	rc |= json_object_set_new(entry, "run_type",
				  json_string(row ? "iteration" : "aggregate"));
	rc |= json_object_set_new(entry, "repetitions",
				  json_integer((json_int_t)f->line->repetitions));
	if (row)
		rc |= json_object_set_new(entry, "repetition_index",
					  json_integer((json_int_t)repetition));
	rc |= json_object_set_new(entry, "threads", json_integer(1));
	if (!row) {
		rc |= json_object_set_new(entry, "aggregate_name", json_string("median"));
		rc |= json_object_set_new(entry, "aggregate_unit", json_string("time"));
	}
	return rc;
}

/* Rows that failed are errors of the benchmark, others that are not VALID have a label. */
static int set_verdict(const struct family *f, json_t *entry, const struct row *row)
{
	char text[600];

	if (!row || !f->show->view.verdicts || verdict_of(row) == VERDICT_VALID)
		return 0;
	const enum verdict verdict = verdict_of(row);
	const char *reason = row_text(row, "verdict_reason");
	snprintf(text, sizeof(text), "%s%s%s", verdict_name(verdict), reason ? ": " : "",
		 reason ? reason : "");
	if (verdict < VERDICT_SERVER_ERRORS)
		return json_object_set_new(entry, "label", json_text(text));
	int rc = json_object_set_new(entry, "error_occurred", json_true());
	rc |= json_object_set_new(entry, "error_message", json_text(text));
	return rc;
}

static int set_times(const struct family *f, json_t *entry, const struct row *row)
{
	const struct view *view = &f->show->view;
	const double iterations = number_of(f, row, view->iterations);
	const double cpu = number_of(f, row, view->cpu);
	int rc;

	rc = json_object_set_new(
		entry, "iterations",
		json_integer(row ? (json_int_t)(isnan(iterations) ? 0 : iterations)
				 : (json_int_t)f->line->repetitions));
	rc |= set_number(entry, "real_time", number_of(f, row, f->column));
	rc |= set_number(entry, "cpu_time", isnan(cpu) ? 0 : cpu);
	rc |= json_object_set_new(entry, "time_unit", json_string(f->unit));
	for (size_t i = 0; i < COUNTERS; i++)
		rc |= set_number(entry, counters[i].name,
				 number_of(f, row, counters[i].column));
	return rc;
}

/* One row, or the medians of all where it is NULL. */
static int add_entry(const struct family *f, const struct row *row, size_t repetition)
{
	json_t *entry = json_object();

	if (!entry)
		return -ENOMEM;
	int rc = set_run(f, entry, row, repetition);
	rc |= set_verdict(f, entry, row);
	rc |= set_times(f, entry, row);
	if (rc < 0) {
		json_decref(entry);
		return -ENOMEM;
	}
	return json_array_append_new(f->benchmarks, entry) < 0 ? -ENOMEM : 0;
}

/* Returns how many of the line's rows have the metric, or -ENOMEM. */
static int add_line(struct family *f)
{
	int added = 0, rc = 0;
	double value;

	for (size_t i = 0; rc == 0 && i < f->line->repetitions; i++) {
		if (!row_number(f->line->rows[i], f->column, &value))
			continue;
		rc = add_entry(f, f->line->rows[i], i);
		added++;
	}
	if (rc == 0 && added > 1)
		rc = add_entry(f, NULL, 0);
	return rc < 0 ? rc : added;
}

static int add_lines(struct family *f, json_t *missing)
{
	const struct summary *summary = &f->show->summary;
	char text[600];
	int rc = 0;

	for (f->index = 0; rc >= 0 && f->index < summary->count; f->index++) {
		f->line = &summary->lines[f->index];
		f->column = show_metric_column(f->show, f->line)->name;
		f->unit = metric_unit(f->column);
		char *id = show_line_id(f->show, f->line);
		f->name = id;
		rc = id ? add_line(f) : -ENOMEM;
		show_verdict(f->show, f->line, text, sizeof(text));
		if (rc == 0 && json_object_set_new(missing, id, json_text(text)) < 0)
			rc = -ENOMEM;
		free(id);
	}
	return rc < 0 ? rc : 0;
}

/* The context's values beside the known ones are texts. */
static int set_context(json_t *context, const struct show *show, const json_t *missing)
{
	const struct row *row = show->file.count ? &show->file.rows[0] : NULL;
	const char *date = row ? row_text(row, "started_at") : NULL;
	int rc = json_object_set_new(context, "date", json_text(date ? date : ""));

	rc |= json_object_set_new(context, "executable", json_string("iomodels"));
	rc |= json_object_set_new(context, "library_version",
				  json_string(IOMODELS_VERSION));
	rc |= json_object_set_new(context, "library_build_type", json_string("release"));
	rc |= json_object_set_new(context, "json_schema_version", json_integer(1));
	if (json_object_size(missing) > 0) {
		char *text = json_dumps(missing, JSON_COMPACT);
		rc |= text ? json_object_set_new(context, "not_measured",
						 json_string(text))
			   : -1;
		free(text);
	}
	return rc < 0 ? -ENOMEM : 0;
}

static int is_time(const struct show *show, char *error)
{
	const char *unit = metric_unit(show->metric.closed);

	if (strcmp(unit, "us") == 0 || strcmp(unit, "s") == 0)
		return 0;
	snprintf(error, OPTION_ERROR_SIZE,
		 "metric %s is no time: this format takes p50, p99 and other times",
		 show->metric.closed);
	return -EINVAL;
}

int show_gbench(const struct show *show, FILE *out, char *error)
{
	json_t *all = json_object(), *context = json_object(), *missing = json_object();
	struct family family = {
		.show = show,
		.benchmarks = json_array(),
		.scratch = calloc(show->file.count + 1, sizeof(double)),
	};
	int rc = is_time(show, error);

	if (rc == 0 && (!missing || !family.scratch))
		rc = -ENOMEM;
	if (rc == 0)
		rc = add_lines(&family, missing);
	if (rc == 0)
		rc = set_context(context, show, missing);
	if (rc == 0 && (json_object_set(all, "context", context) < 0 ||
			json_object_set(all, "benchmarks", family.benchmarks) < 0))
		rc = -ENOMEM;
	if (rc == 0)
		rc = json_write(all, JSON_INDENT(2), out);
	free(family.scratch);
	json_decref(family.benchmarks);
	json_decref(missing);
	json_decref(context);
	json_decref(all);
	return rc;
}
