/* say.c - a check in sentences; see lines.h. */
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "results/check/lines.h"

#define NOTE_SIZE 640

const char *check_session_word(const struct check_report *report)
{
	switch (check_exit_status(report)) {
	case CHECK_PASSED:
		return "NO REGRESSION";
	case CHECK_SLOWER:
		return "REGRESSION";
	default:
		return "NO VERDICT";
	}
}

static size_t count_of(const struct check_report *report, enum check_verdict verdict)
{
	size_t count = 0;

	for (size_t i = 0; i < report->count; i++)
		count += report->rows[i].verdict == verdict;
	return count;
}

static const char *rows_word(size_t count)
{
	return count == 1 ? "row" : "rows";
}

/* Why a session has no verdict although it is valid. */
static void say_missing(const struct check_report *report, FILE *out)
{
	const size_t invalid = count_of(report, CHECK_INVALID);

	if (!report->valid && report->reason[0])
		fprintf(out, ": %s", report->reason);
	else if (report->count == 0)
		fputs(": there was nothing to check", out);
	else if (invalid > 0)
		fprintf(out, ": %zu %s could not be judged", invalid, rows_word(invalid));
	else if (report->valid)
		fprintf(out, ": %zu %s not decided, which --strict does not take",
			check_undecided(report), rows_word(check_undecided(report)));
}

static void say_counts(const struct check_report *report, FILE *out)
{
	static const struct {
		enum check_verdict verdict;
		const char *words;
	} words[] = {
		{CHECK_REGRESSION, "slower"},        {CHECK_INVALID, "invalid"},
		{CHECK_INCONCLUSIVE, "not decided"}, {CHECK_IMPROVED, "faster"},
		{CHECK_EQUIVALENT, "equivalent"},    {CHECK_REPORTED, "not gated"},
	};
	const char *before = ": ";

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		const size_t count = count_of(report, words[i].verdict);
		if (count == 0)
			continue;
		fprintf(out, "%s%zu %s", before, count, words[i].words);
		before = ", ";
	}
}

void check_say_verdict(const struct check_report *report, FILE *out)
{
	fputs(check_session_word(report), out);
	if (check_exit_status(report) == CHECK_NO_VERDICT)
		say_missing(report, out);
	else if (!report->valid)
		fprintf(out, " by system calls; none by time: %s", report->reason);
	if (report->count == 0)
		return;
	fprintf(out, "; %zu %s", report->count, rows_word(report->count));
	say_counts(report, out);
}

void check_say_undecided(const struct check_report *report, FILE *out)
{
	fprintf(out, "%zu of %zu %s not decided: %s", check_undecided(report),
		report->count, rows_word(report->count), check_session_word(report));
}

static bool has_mode(const struct check_report *report, enum launch_mode mode)
{
	for (size_t i = 0; i < report->count; i++)
		if (!report->rows[i].same_program && report->rows[i].mode == mode)
			return true;
	return false;
}

void check_say_plan(const struct check_report *report, FILE *out)
{
	const bool duet = has_mode(report, LAUNCH_DUET);
	const bool abba = has_mode(report, LAUNCH_ABBA);

	fprintf(out, "%s%s%slooks at", duet ? "duet" : "",
		abba ? duet ? " and ABBA" : "ABBA" : "", duet || abba ? "; " : "");
	for (int i = 0; i < DECISION_LOOKS; i++)
		fprintf(out, "%s%zu",
			i == 0                    ? " "
			: i + 1 == DECISION_LOOKS ? " and "
						  : ", ",
			decision_looks[i].launches);
	fprintf(out, " launches; seed %" PRIu64 "; %.0f s%s", report->seed,
		report->seconds, report->out_of_time ? "; ended by --max-time" : "");
}

/* The least and the greatest of a metric where it is gated; false: nowhere. */
static bool range_of(const struct check_report *report, int metric, bool attenuation,
		     double *ret_low, double *ret_high)
{
	*ret_low = INFINITY;
	*ret_high = -INFINITY;
	for (size_t i = 0; i < report->count; i++) {
		const struct check_row *row = &report->rows[i];
		const struct check_metric *m = &row->metric[metric];
		if (row->same_program || !m->gated ||
		    (attenuation && row->mode != LAUNCH_DUET))
			continue;
		const double value = attenuation ? m->attenuation : m->margin;
		*ret_low = fmin(*ret_low, value);
		*ret_high = fmax(*ret_high, value);
	}
	return *ret_low <= *ret_high;
}

/* "throughput 47 %, cpu 45 to 60 %": how many metrics. */
static int say_ranges(const struct check_report *report, bool attenuation, FILE *out)
{
	int said = 0;

	for (int m = 0; m < LAUNCH_METRICS; m++) {
		double low, high;
		if (!range_of(report, m, attenuation, &low, &high))
			continue;
		fprintf(out, "%s%s %.3g", said++ > 0 ? ", " : "",
			check_metric_name((enum launch_metric)m), 100 * low);
		if (high > low)
			fprintf(out, " to %.3g", 100 * high);
		fputs(" %", out);
	}
	return said;
}

static bool any_gated(const struct check_report *report, bool attenuation)
{
	double low, high;

	for (int m = 0; m < LAUNCH_METRICS; m++)
		if (range_of(report, m, attenuation, &low, &high))
			return true;
	return false;
}

void check_say_margins(const struct check_report *report, FILE *out)
{
	if (!any_gated(report, false))
		return;
	fputs("margins of the real change: ", out);
	say_ranges(report, false, out);
}

void check_say_attenuation(const struct check_report *report, FILE *out)
{
	if (!any_gated(report, true))
		return;
	fputs("percentages of a duet are lower bounds; of a real change it shows: ", out);
	say_ranges(report, true, out);
	fputs("; limit = margin x that", out);
}

void check_say_null(const struct check_report *report, FILE *out)
{
	const struct check_null *null = &report->null;
	const char *before = ": ";
	char percent[16];

	if (null->values[LAUNCH_THROUGHPUT].count == 0)
		return;
	fprintf(out, "null control, base against a copy of itself, %zu launches",
		null->values[LAUNCH_THROUGHPUT].count);
	for (int m = 0; m < LAUNCH_METRICS; m++) {
		const enum launch_metric metric = (enum launch_metric)m;
		if (!isfinite(null->limit[m]) || !isfinite(null->estimate[m]))
			continue;
		check_format_percent(check_percent(metric, null->estimate[m]), percent,
				     sizeof(percent));
		fprintf(out, "%s%s %s (of %.1f) %%", before, check_metric_name(metric),
			percent, fabs(check_percent(metric, null->limit[m])));
		before = ", ";
	}
	fputs(null->biased ? ": BIASED" : ": not biased", out);
}

struct notes {
	check_note *note;
	void *context;
};

static void tell(const struct notes *notes, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void tell(const struct notes *notes, const char *format, ...)
{
	char text[NOTE_SIZE];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	notes->note(notes->context, text);
}

static void note_size(const struct check_metric *metric, enum launch_metric which,
		      const struct notes *notes)
{
	char percent[16];

	if (metric->size.count == 0 || !isfinite(metric->estimate_real))
		return;
	check_format_percent(check_percent(which, metric->estimate_real), percent,
			     sizeof(percent));
	tell(notes, "%s: ABBA says %s %% (%zu launches)", check_metric_name(which),
	     percent, metric->size.count);
}

static void note_exact(const struct check_row *row, const struct notes *notes)
{
	const struct exact *base = &row->exact[0], *new = &row->exact[1];

	if (!check_has_exact(row) || strstr(row->reason, "system calls"))
		return;
	if (row->exact_verdict == CHECK_REGRESSION ||
	    row->exact_verdict == CHECK_IMPROVED)
		tell(notes, "system calls per request %.3f -> %.3f: exact, in lock step",
		     base->per_request, new->per_request);
	else if (!exact_comparable(base, new))
		tell(notes,
		     "system calls per request are not exact here: repeats differ by "
		     "%.3f and %.3f",
		     base->spread, new->spread);
}

void check_each_note(const struct check_row *row, check_note *note, void *context)
{
	const struct notes notes = {note, context};

	if (row->same_program && !row->reason[0])
		tell(&notes,
		     "the same program on both sides: equivalent by construction");
	if (row->mode_reason[0])
		tell(&notes, "%s%s", row->mode == LAUNCH_ABBA ? "ABBA: " : "",
		     row->mode_reason);
	if (row->reason[0])
		tell(&notes, "%s", row->reason);
	for (int m = 0; m < LAUNCH_METRICS; m++) {
		const struct check_metric *metric = &row->metric[m];
		if (metric->reason[0] && !strstr(row->reason, metric->reason))
			tell(&notes, "%s: %s", check_metric_name((enum launch_metric)m),
			     metric->reason);
		note_size(metric, (enum launch_metric)m, &notes);
	}
	note_exact(row, &notes);
	if (row->dropped > 0)
		tell(&notes, "%d of %d pairs of slices dropped", row->dropped,
		     row->pairs);
}
