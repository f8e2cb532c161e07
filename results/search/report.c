/* report.c - what a search found, for a person or a program. */
#include "results/search/report.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "results/campaign/verdict.h"

#define SLO_TEXT_SIZE 256

static const char *const limit_names[] = {[SEARCH_LIMIT_SERVER] = "server",
					  [SEARCH_LIMIT_CLIENT] = "client",
					  [SEARCH_LIMIT_NONE] = "none"};

/* "-" where it was not measured. */
static void print_number(const struct row *row, const char *column, int width,
			 int decimals, FILE *out)
{
	double value;

	if (row_number(row, column, &value))
		fprintf(out, "  %*.*f", width, decimals, value);
	else
		fprintf(out, "  %*s", width, "-");
}

static void print_heading(const struct search_report *report, FILE *out)
{
	const struct search_steps *steps = report->steps;
	const struct load_config *load = &steps->load;
	char slo[SLO_TEXT_SIZE], duration[32];

	slo_format(&steps->slos, slo, sizeof(slo));
	format_duration(load->duration_ns, duration, sizeof(duration));
	fprintf(out,
		"%s  highest rate with %s; %lld connection%s x depth %lld, %s bytes, %s "
		"arrivals, %s a step, engine %s\n",
		report->target, slo, (long long)load->connections,
		load->connections == 1 ? "" : "s", (long long)load->depth, load->size,
		arrivals_names[load->arrivals], duration, load_engines[load->engine]);
}

static void print_closed_verdict(const struct row *row, FILE *out)
{
	const char *reason =
		verdict_of(row) == VERDICT_VALID ? NULL : row_text(row, "verdict_reason");

	fprintf(out, "  %s%s%s\n", row_text(row, "verdict"), reason ? ": " : "",
		reason ? reason : "");
}

static void print_step(const struct search_step *step, int number, FILE *out)
{
	static const char *const words[] = {[KNEE_KEPT] = "kept",
					    [KNEE_MISSED] = "missed",
					    [KNEE_UNDECIDED] = "undecided"};
	const struct row *row = &step->row;

	fprintf(out, "  %4d", number);
	if (step->rate == 0)
		fprintf(out, "  %12s", "closed loop");
	else
		fprintf(out, "  %12.0f", step->rate);
	print_number(row, "throughput_rps", 10, 0, out);
	print_number(row, step->rate == 0 ? "service_p50_us" : "response_p50_us", 10, 1,
		     out);
	print_number(row, step->rate == 0 ? "service_p99_us" : "response_p99_us", 10, 1,
		     out);
	print_number(row, "lag_client_p99_us", 10, 1, out);
	if (step->rate == 0)
		print_closed_verdict(row, out);
	else
		fprintf(out, "  %s%s%s\n", words[step->outcome], step->why[0] ? ": " : "",
			step->why);
}

static void print_steps(const struct search_steps *steps, FILE *out)
{
	fprintf(out, "  %4s  %12s  %10s  %10s  %10s  %10s\n", "step", "offered/s",
		"replies/s", "p50 us", "p99 us", "lag p99 us");
	for (size_t i = 0; i < steps->count; i++)
		print_step(&steps->items[i], (int)i + 1, out);
}

/* The last word on a rate that is not kept. */
static const char *why_not(const struct search_steps *steps, double rate)
{
	for (size_t i = steps->count; i-- > 0;)
		if (steps->items[i].rate == rate && steps->items[i].why[0])
			return steps->items[i].why;
	return "";
}

/* The least and the most of a metric over the measurements of one rate. */
static bool spread(const struct search_steps *steps, double rate, const char *column,
		   double *ret_least, double *ret_most)
{
	double value;

	*ret_least = INFINITY;
	*ret_most = -INFINITY;
	for (size_t i = 0; i < steps->count; i++) {
		if (steps->items[i].rate != rate ||
		    !row_number(&steps->items[i].row, column, &value))
			continue;
		*ret_least = fmin(*ret_least, value);
		*ret_most = fmax(*ret_most, value);
	}
	return isfinite(*ret_least);
}

static int measured(const struct knee_end *end)
{
	return end->kept + end->missed + end->undecided;
}

static void print_kept(const struct search_report *report, const char *slo, FILE *out)
{
	const struct knee_end *kept = &report->knee->kept;
	const struct slos *slos = &report->steps->slos;
	double least, most;

	fprintf(out, "answer  %s%.0f requests/s with %s: kept %d of %d times",
		report->limit == SEARCH_LIMIT_SERVER && !report->cut ? "" : "at least ",
		kept->rate, slo, kept->kept, measured(kept));
	for (int i = 0; i < slos->count; i++)
		if (spread(report->steps, kept->rate, slos->items[i].column, &least,
			   &most))
			fprintf(out, ", %s %.1f .. %.1f us", slos->items[i].metric, least,
				most);
	fputc('\n', out);
}

static void print_answer(const struct search_report *report, FILE *out)
{
	const struct knee_end *above = &report->knee->above;
	char slo[SLO_TEXT_SIZE];

	slo_format(&report->steps->slos, slo, sizeof(slo));
	if (report->cut)
		fprintf(out, "ended   %s\n", report->cut);
	if (report->knee->kept.rate > 0)
		print_kept(report, slo, out);
	else if (!report->cut)
		fprintf(out, "answer  none: no rate that was tried has %s\n", slo);
	if (above->rate > 0)
		fprintf(out, "above   %.0f requests/s: kept %d of %d times; %s\n",
			above->rate, above->kept, measured(above),
			why_not(report->steps, above->rate));
}

int search_report_text(const struct search_report *report, FILE *out)
{
	print_heading(report, out);
	print_steps(report->steps, out);
	print_answer(report, out);
	return fflush(out) == 0 && !ferror(out) ? 0 : -EIO;
}

static json_t *end_to_json(const struct knee_end *end)
{
	if (end->rate == 0)
		return json_null();
	return json_pack("{sf si si si}", "offered_rps", end->rate, "kept", end->kept,
			 "missed", end->missed, "undecided", end->undecided);
}

int search_report_json(const struct search_report *report, FILE *out)
{
	const struct search_steps *steps = report->steps;
	char slo[SLO_TEXT_SIZE];
	json_t *rows = json_array();

	slo_format(&steps->slos, slo, sizeof(slo));
	for (size_t i = 0; i < steps->count; i++)
		json_array_append_new(rows, row_to_json(&steps->items[i].row));
	json_t *object = json_pack("{ss ss so so ss ss? so}", "target", report->target,
				   "slo", slo, "kept", end_to_json(&report->knee->kept),
				   "above", end_to_json(&report->knee->above), "limit",
				   limit_names[report->limit], "ended", report->cut,
				   "steps", rows);
	const int rc = json_write(object, JSON_INDENT(2), out);
	json_decref(object);
	return rc < 0 ? rc : fflush(out) == 0 ? 0 : -EIO;
}

int search_report_csv(const struct search_report *report, FILE *out)
{
	const struct search_steps *steps = report->steps;
	int rc = row_write_csv_header(steps->columns, out);

	for (size_t i = 0; rc == 0 && i < steps->count; i++)
		rc = row_write_csv(&steps->items[i].row, out);
	return rc < 0 ? rc : fflush(out) == 0 ? 0 : -EIO;
}
