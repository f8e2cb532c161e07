/* lines.c - the metrics of a row as lines of a table; see lines.h. */
#include "results/check/lines.h"

#include <math.h>
#include <string.h>

#include "results/show/view.h"

static const int decimals_of[] = {
	[LAUNCH_THROUGHPUT] = 0,
	[LAUNCH_CPU] = 2,
	[LAUNCH_P50] = 1,
	[LAUNCH_P99] = 1,
};

/* Nothing of what rounds to nothing has a sign. */
void check_format_percent(double percent, char *text, size_t size)
{
	if (!isfinite(percent))
		snprintf(text, size, "-");
	else if (fabs(percent) < 0.05)
		snprintf(text, size, "0.0");
	else
		snprintf(text, size, "%+.1f", percent);
}

static void format_value(double value, int decimals, char *text, size_t size)
{
	if (isfinite(value))
		view_number(value, decimals, text, size);
	else
		snprintf(text, size, "-");
}

/* A better throughput is a lesser logarithm: the interval turns with its sign. */
static void format_interval(enum launch_metric metric, double low, double high,
			    char *text, size_t size)
{
	const double a = check_percent(metric, low), b = check_percent(metric, high);
	char from[16], to[16];

	if (!isfinite(a) || !isfinite(b)) {
		snprintf(text, size, "-");
		return;
	}
	check_format_percent(fmin(a, b), from, sizeof(from));
	check_format_percent(fmax(a, b), to, sizeof(to));
	snprintf(text, size, "%s .. %s", from, to);
}

static void format_launches(const struct check_metric *metric, char *text, size_t size)
{
	const size_t confirm = metric->confirm.count, abba = metric->size.count;
	int used = snprintf(text, size, "%zu", metric->screen.count);

	if (confirm > 0 || abba > 0)
		used += snprintf(text + used, size - (size_t)used, "+%zu", confirm);
	if (abba > 0)
		snprintf(text + used, size - (size_t)used, "+%zu", abba);
}

static void format_finding(const struct check_metric *metric, enum launch_metric which,
			   struct check_line *line)
{
	const struct finding *finding = &metric->finding;

	if (finding->launches == 0)
		return;
	check_format_percent(check_percent(which, finding->estimate), line->change,
			     sizeof(line->change));
	format_interval(which, finding->low, finding->high, line->interval,
			sizeof(line->interval));
	if (isfinite(finding->detectable))
		snprintf(line->detectable, sizeof(line->detectable), "%.1f",
			 fabs(check_percent(which, finding->detectable)));
}

static struct check_line empty_line(const char *metric, enum check_verdict verdict)
{
	return (struct check_line){
		.metric = metric,
		.verdict = check_verdict_name(verdict),
		.base = "-",
		.new = "-",
		.change = "-",
		.interval = "-",
		.limit = "-",
		.launches = "-",
		.detectable = "-",
	};
}

static struct check_line line_of(const struct check_row *row, enum launch_metric which)
{
	const struct check_metric *metric = &row->metric[which];
	struct check_line line = empty_line(check_metric_name(which), metric->verdict);

	format_value(metric->median[0], decimals_of[which], line.base, sizeof(line.base));
	format_value(metric->median[1], decimals_of[which], line.new, sizeof(line.new));
	format_finding(metric, which, &line);
	if (metric->gated && metric->limit > 0)
		check_format_percent(check_percent(which, metric->limit), line.limit,
				     sizeof(line.limit));
	format_launches(metric, line.launches, sizeof(line.launches));
	return line;
}

static struct check_line line_of_exact(const struct check_row *row)
{
	const double base = row->exact[0].per_request, new = row->exact[1].per_request;
	struct check_line line = empty_line("syscalls", row->exact_verdict);

	format_value(base, 3, line.base, sizeof(line.base));
	format_value(new, 3, line.new, sizeof(line.new));
	check_format_percent(100 * (new - base) / base, line.change, sizeof(line.change));
	if (exact_comparable(&row->exact[0], &row->exact[1]))
		snprintf(line.interval, sizeof(line.interval), "exact");
	if (row->exact_verdict != CHECK_REPORTED)
		snprintf(line.limit, sizeof(line.limit), "%+.1f", 100 * EXACT_SHARE);
	return line;
}

/* Same programs have no launches; what is not gated and never came is no line. */
static bool is_shown(const struct check_row *row, const struct check_metric *metric)
{
	return !row->same_program && (metric->gated || metric->screen.count > 0);
}

bool check_has_exact(const struct check_row *row)
{
	return row->exact[0].per_request > 0 && row->exact[1].per_request > 0;
}

size_t check_lines_of(const struct check_row *row, struct check_line *lines)
{
	size_t count = 0;

	for (int m = 0; m < LAUNCH_METRICS; m++)
		if (is_shown(row, &row->metric[m]))
			lines[count++] = line_of(row, (enum launch_metric)m);
	if (check_has_exact(row))
		lines[count++] = line_of_exact(row);
	return count;
}
