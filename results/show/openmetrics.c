/*
 * openmetrics.c - OpenMetrics 1.0 text: what a scraper or a push gateway takes.
 *
 * One family after the other, in it a sample for each cell, which its labels identify: the
 * columns of the workload and the server. Units are the base units (seconds, bytes). How many
 * repetitions got which verdict is a family of its own, iomodels_repetitions.
 *
 * Source: OpenMetrics 1.0, the text format.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "build_info.h"
#include "results/campaign/verdict.h"
#include "results/show/format.h"
#include "results/show/histogram.h"
#include "results/statistics/statistics.h"
#include "server/printable.h"

struct family {
	const char *name, *type, *unit, *help;
	const char *column;
	double scale;       /* from the column's unit */
	const char *labels; /* beside those of the cell; NULL: none */
};

/* Samples of one name follow each other: those without help go on with the family above. */
static const struct family families[] = {
	{"iomodels_requests", "counter", "", "Verified replies in all repetitions.",
	 "requests", 1, NULL},
	{"iomodels_throughput_rps", "gauge", "", "Replies per second.", "throughput_rps",
	 1, NULL},
	{"iomodels_offered_rps", "gauge", "", "Requests asked for per second.",
	 "offered_rps", 1, NULL},
	{"iomodels_service_percentile_seconds", "gauge", "seconds",
	 "From the send of a request to the last byte of its reply.", "service_p50_us",
	 1e-6, "percentile=\"50\""},
	{"iomodels_service_percentile_seconds", "", "", NULL, "service_p99_us", 1e-6,
	 "percentile=\"99\""},
	{"iomodels_service_percentile_seconds", "", "", NULL, "service_p999_us", 1e-6,
	 "percentile=\"99.9\""},
	{"iomodels_response_percentile_seconds", "gauge", "seconds",
	 "From when a request was due to the last byte of its reply.", "response_p50_us",
	 1e-6, "percentile=\"50\""},
	{"iomodels_response_percentile_seconds", "", "", NULL, "response_p99_us", 1e-6,
	 "percentile=\"99\""},
	{"iomodels_response_percentile_seconds", "", "", NULL, "response_p999_us", 1e-6,
	 "percentile=\"99.9\""},
	{"iomodels_cpu_per_request_seconds", "gauge", "seconds",
	 "CPU time of the server's processes.", "cpu_us_per_request", 1e-6, NULL},
	{"iomodels_pss_per_connection_bytes", "gauge", "bytes",
	 "Memory of the server's processes beyond the idle server's.",
	 "pss_per_connection_bytes", 1, NULL},
	{"iomodels_starved_connections", "gauge", "", "Connections without any reply.",
	 "starved_connections", 1, NULL},
	{"iomodels_errors", "counter", "", "Lost connections and wrong bytes, by class.",
	 "errors_refused", 1, "class=\"refused\",fault=\"server\""},
	{"iomodels_errors", "", "", NULL, "errors_reset", 1,
	 "class=\"reset\",fault=\"server\""},
	{"iomodels_errors", "", "", NULL, "errors_eof", 1,
	 "class=\"eof\",fault=\"server\""},
	{"iomodels_errors", "", "", NULL, "errors_timeout", 1,
	 "class=\"timeout\",fault=\"server\""},
	{"iomodels_errors", "", "", NULL, "errors_corrupt", 1,
	 "class=\"corrupt\",fault=\"server\""},
	{"iomodels_errors", "", "", NULL, "errors_surplus", 1,
	 "class=\"surplus\",fault=\"server\""},
	{"iomodels_errors", "", "", NULL, "errors_client", 1,
	 "class=\"client\",fault=\"client\""},
	{"iomodels_task_elapsed_seconds", "gauge", "seconds",
	 "From the first task handed over to the last result.", "elapsed_s", 1, NULL},
	{"iomodels_task_cpu_seconds", "gauge", "seconds", "CPU time of all workers.",
	 "cpu_s", 1, NULL},
	{"iomodels_task_speedup", "gauge", "", "Work of all tasks over the elapsed time.",
	 "speedup", 1, NULL},
};

#define FAMILIES (sizeof(families) / sizeof(families[0]))

static void print_escaped(const char *text, FILE *out)
{
	for (; *text; text++) {
		if (*text == '\n')
			fputs("\\n", out);
		else if (*text == '"' || *text == '\\')
			fprintf(out, "\\%c", *text);
		else
			putc(*text, out);
	}
}

static void print_set_labels(const struct row *row, const char *const *columns, FILE *out)
{
	char text[512];

	for (; *columns; columns++) {
		view_text(row, *columns, text, sizeof(text));
		if (!text[0])
			continue;
		fprintf(out, ",%s=\"", *columns);
		print_escaped(text, out);
		putc('"', out);
	}
}

void openmetrics_labels(const struct show *show, const struct summary_line *line,
			const char *more, FILE *out)
{
	char *id = show_line_id(show, line);

	if (id)
		make_printable(id);
	fputs("{cell=\"", out);
	print_escaped(id ? id : "", out);
	putc('"', out);
	free(id);
	print_set_labels(line->rows[0], show->view.servers, out);
	print_set_labels(line->rows[0], show->view.tables, out);
	fprintf(out, "%s%s} ", more ? "," : "", more ? more : "");
}

void openmetrics_family(const char *name, const char *type, const char *unit,
			const char *help, FILE *out)
{
	fprintf(out, "# TYPE %s %s\n", name, type);
	if (*unit)
		fprintf(out, "# UNIT %s %s\n", name, unit);
	fprintf(out, "# HELP %s %s\n", name, help);
}

/* The entry that describes the family. */
static const struct family *head_of(const struct family *family)
{
	while (!family->help)
		family--;
	return family;
}

static bool is_counter(const struct family *family)
{
	return strcmp(head_of(family)->type, "counter") == 0;
}

/* The sum of a counter over the repetitions of a line, the median of anything else. */
static double value_of(const struct family *family, const struct summary_line *line,
		       double *scratch)
{
	double sum = 0;
	size_t used = 0;

	for (size_t i = 0; i < line->repetitions; i++)
		if (row_number(line->rows[i], family->column, &scratch[used]))
			sum += scratch[used++];
	if (is_counter(family))
		return used ? sum : NAN;
	return statistics_median(scratch, used) * family->scale;
}

/* A family is described above its first sample: `last` is the one described last. */
static void print_family(const struct show *show, const struct family *family,
			 double *scratch, const struct family **last, FILE *out)
{
	const struct family *head = head_of(family);

	for (size_t i = 0; i < show->summary.count; i++) {
		const struct summary_line *line = &show->summary.lines[i];
		const double value = value_of(family, line, scratch);
		if (isnan(value))
			continue;
		if (*last != head)
			openmetrics_family(head->name, head->type, head->unit, head->help,
					   out);
		*last = head;
		fprintf(out, "%s%s", family->name, is_counter(family) ? "_total" : "");
		openmetrics_labels(show, line, family->labels, out);
		fprintf(out, is_counter(family) ? "%.0f\n" : "%.15g\n", value);
	}
}

static void print_repetitions(const struct show *show, FILE *out)
{
	openmetrics_family("iomodels_repetitions", "gauge", "",
			   "Repetitions by their verdict.", out);
	for (size_t i = 0; i < show->summary.count; i++) {
		const struct summary_line *line = &show->summary.lines[i];
		for (int v = VERDICT_VALID; v <= VERDICT_CORRUPT; v++) {
			char label[64];
			size_t count = 0;
			for (size_t k = 0; k < line->repetitions; k++)
				count += (int)verdict_of(line->rows[k]) == v;
			if (count == 0)
				continue;
			snprintf(label, sizeof(label), "verdict=\"%s\"",
				 verdict_name((enum verdict)v));
			fputs("iomodels_repetitions", out);
			openmetrics_labels(show, line, label, out);
			fprintf(out, "%zu\n", count);
		}
	}
}

int show_openmetrics(const struct show *show, FILE *out, char *error)
{
	double *scratch = calloc(show->file.count + 1, sizeof(*scratch));
	const struct family *last = NULL;
	int rc = scratch ? 0 : -ENOMEM;

	(void)error;
	for (size_t i = 0; rc == 0 && i < FAMILIES; i++)
		print_family(show, &families[i], scratch, &last, out);
	if (rc == 0 && show->view.verdicts)
		print_repetitions(show, out);
	if (rc == 0 && show->directory)
		rc = openmetrics_histograms(show, out);
	openmetrics_family("iomodels_build", "info", "", "What has written this.", out);
	fprintf(out, "iomodels_build_info{version=\"%s\"} 1\n# EOF\n", IOMODELS_VERSION);
	free(scratch);
	return rc < 0 ? rc : ferror(out) ? -EIO : 0;
}
