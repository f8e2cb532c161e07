/* latency.c - the latencies of each line, from the interval logs. */
#include "results/report/latency.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "results/campaign/result_dir.h"
#include "results/show/log_read.h"
#include "server/clock.h"

#define STEPS_PER_DECADE  8
#define STEPS_MAX         72 /* nine decades */
#define CLASSES_PER_TWICE 4
#define CLASSES           (CLASSES_PER_TWICE * 42) /* up to 1 h */
#define INTERVALS_MAX     120 /* of a row: a page has no room for more */

/* What a curve's steps are of one line. */
struct latency {
	const char *tag;
	struct histogram *one, *all; /* a repetition, all of them */
	double low[STEPS_MAX], high[STEPS_MAX];
	size_t steps; /* that every repetition has */
	size_t logs;
	json_t *times;
	json_int_t row; /* being read */
	size_t intervals;
};

static int class_of(size_t cell)
{
	const double ns = (double)histogram_lowest(cell);
	const int class = ns > 1 ? (int)(log2(ns) * CLASSES_PER_TWICE) : 0;

	return class < CLASSES ? class : CLASSES - 1;
}

static char level_of(uint64_t count)
{
	static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
	int level = 0;

	for (; count > 0 && level < 35; count >>= 1)
		level++;
	return digits[level];
}

static json_t *time_new(const struct log_interval *interval, json_int_t row)
{
	uint64_t counts[CLASSES] = {0}, requests = 0;
	char levels[CLASSES + 1];
	int first = CLASSES, end = 0;

	for (size_t i = 0; i < interval->count; i++) {
		const int class = class_of(interval->cells[i].cell);
		counts[class] += interval->cells[i].count;
		requests += interval->cells[i].count;
		first = class < first ? class : first;
		end = class >= end ? class + 1 : end;
	}
	for (int class = first; class < end; class ++)
		levels[class - first] = level_of(counts[class]);
	levels[end > 0 ? end - first : 0] = '\0';
	return json_pack("{s:I, s:f, s:f, s:I, s:i, s:s}", "row", row, "start_s",
			 interval->start_s, "length_s", interval->length_s, "requests",
			 (json_int_t)requests, "from", end > 0 ? first : 0, "levels",
			 levels);
}

static int take_interval(const struct log_interval *interval, void *context)
{
	struct latency *latency = context;

	for (size_t i = 0; i < interval->count; i++) {
		latency->one->cells[interval->cells[i].cell] += interval->cells[i].count;
		latency->one->count += interval->cells[i].count;
	}
	if (latency->intervals++ < INTERVALS_MAX)
		json_array_append_new(latency->times, time_new(interval, latency->row));
	return 0;
}

static double beyond(size_t step)
{
	return pow(10, -(double)step / STEPS_PER_DECADE);
}

/* How many steps a histogram has samples for, in us. */
static size_t steps_of(const struct histogram *histogram, double *ret_us)
{
	size_t step = 0;

	for (; step < STEPS_MAX; step++) {
		const double quantile = 1 - beyond(step);
		if (!histogram_supports(histogram, quantile))
			break;
		ret_us[step] =
			(double)histogram_quantile(histogram, quantile) / NS_PER_US;
	}
	return step;
}

/* A repetition's histogram is whole: into the band, and to the others. */
static void take_row(struct latency *latency)
{
	double us[STEPS_MAX];
	const size_t steps = steps_of(latency->one, us);

	if (latency->logs++ == 0) {
		memcpy(latency->low, us, sizeof(us));
		memcpy(latency->high, us, sizeof(us));
		latency->steps = steps;
	}
	if (steps < latency->steps)
		latency->steps = steps;
	for (size_t i = 0; i < latency->steps; i++) {
		latency->low[i] = fmin(latency->low[i], us[i]);
		latency->high[i] = fmax(latency->high[i], us[i]);
	}
	for (size_t i = 0; i < HISTOGRAM_CELLS; i++)
		latency->all->cells[i] += latency->one->cells[i];
	latency->all->count += latency->one->count;
}

static int read_row(struct latency *latency, struct report_source *source,
		    const struct row *row)
{
	const struct result_dir dir = {.path = (char *)report_directory_of(source, row)};
	const char *cell = row_text(row, "cell");
	double order, requests;

	if (!dir.path || !cell || !row_number(row, "order", &order) ||
	    !row_number(row, "requests", &requests) || requests <= 0)
		return 0;
	char *path = result_dir_log_path(&dir, (int64_t)order, cell);
	if (!path)
		return -ENOMEM;
	histogram_reset(latency->one);
	latency->one->max = HISTOGRAM_HIGHEST;
	latency->row = row - source->input.file.rows;
	latency->intervals = 0;
	const int rc = log_visit_intervals(path, latency->tag, take_interval, latency);
	if (rc == 0 && latency->one->count > 0)
		take_row(latency);
	else if (rc < 0 && rc != -ENOENT)
		report_miss(source, "%s: %s", path,
			    rc == -EBADMSG ? "no interval log of ours" : strerror(-rc));
	free(path);
	return rc == -ENOMEM ? rc : 0;
}

static json_t *numbers_new(const double *numbers, size_t count)
{
	json_t *all = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(all, json_real(numbers[i]));
	return all;
}

static json_t *latency_pack(struct latency *latency, size_t line)
{
	double us[STEPS_MAX];
	const size_t steps = steps_of(latency->all, us);

	return json_pack("{s:I, s:s, s:I, s:o, s:o, s:o, s:O}", "line", (json_int_t)line,
			 "tag", latency->tag, "logs", (json_int_t)latency->logs, "curve",
			 numbers_new(us, steps), "low",
			 numbers_new(latency->low, latency->steps), "high",
			 numbers_new(latency->high, latency->steps), "times",
			 latency->times);
}

static int add_line(struct latency *latency, struct report_source *source, size_t number,
		    json_t *all)
{
	const struct summary_line *line = &source->summary.lines[number];
	int rc = 0;

	histogram_reset(latency->all);
	latency->all->max = HISTOGRAM_HIGHEST;
	latency->tag = view_is_open(line->rows[0]) ? "response" : "service";
	latency->logs = latency->steps = 0;
	latency->times = json_array();
	for (size_t i = 0; rc == 0 && i < line->repetitions; i++)
		rc = read_row(latency, source, line->rows[i]);
	if (rc == 0 && latency->logs > 0)
		json_array_append_new(all, latency_pack(latency, number));
	json_decref(latency->times);
	return rc;
}

json_t *report_latency_new(struct report_source *source)
{
	struct latency latency = {.one = histogram_new(), .all = histogram_new()};
	json_t *all = json_array();
	int rc = latency.one && latency.all && all ? 0 : -ENOMEM;

	for (size_t i = 0; rc == 0 && i < source->summary.count; i++)
		rc = add_line(&latency, source, i, all);
	histogram_free(latency.one);
	histogram_free(latency.all);
	if (rc == 0)
		return all;
	json_decref(all);
	return NULL;
}
