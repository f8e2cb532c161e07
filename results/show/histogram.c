/* histogram.c - the histograms of OpenMetrics, from the interval logs of a directory. */
#include "results/show/histogram.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "results/campaign/result_dir.h"
#include "results/show/log_read.h"
#include "server/clock.h"
#include "server/options.h"

/* Bounds, each as its label is written: as Go prints a float. A cell of the histogram counts
 * for the first bound that its highest value does not exceed, which is 0.1 % exact. */
static const struct {
	int64_t ns;
	const char *text;
} bounds[] = {
	{10000, "1e-05"},      {25000, "2.5e-05"},  {50000, "5e-05"},
	{100000, "0.0001"},    {250000, "0.00025"}, {500000, "0.0005"},
	{1000000, "0.001"},    {2500000, "0.0025"}, {5000000, "0.005"},
	{10000000, "0.01"},    {25000000, "0.025"}, {50000000, "0.05"},
	{100000000, "0.1"},    {250000000, "0.25"}, {500000000, "0.5"},
	{1000000000, "1.0"},   {2500000000, "2.5"}, {5000000000, "5.0"},
	{10000000000, "10.0"},
};

#define BOUNDS (sizeof(bounds) / sizeof(bounds[0]))

static void print_bucket(const struct show *show, const struct summary_line *line,
			 const char *name, const char *bound, uint64_t count, FILE *out)
{
	char label[32];

	snprintf(label, sizeof(label), "le=\"%s\"", bound);
	fprintf(out, "%s_bucket", name);
	openmetrics_labels(show, line, label, out);
	fprintf(out, "%" PRIu64 "\n", count);
}

static void print_histogram(const struct show *show, const struct summary_line *line,
			    const char *name, const struct histogram *histogram,
			    FILE *out)
{
	uint64_t below = 0;
	double sum = 0;
	size_t cell = 0;

	for (size_t i = 0; i < BOUNDS; i++) {
		for (; cell < HISTOGRAM_CELLS && histogram_highest(cell) <= bounds[i].ns;
		     cell++)
			below += histogram->cells[cell];
		print_bucket(show, line, name, bounds[i].text, below, out);
	}
	print_bucket(show, line, name, "+Inf", histogram->count, out);
	for (cell = 0; cell < HISTOGRAM_CELLS; cell++)
		sum += (double)histogram->cells[cell] *
		       ((double)histogram_lowest(cell) +
			(double)histogram_highest(cell)) /
		       2;
	fprintf(out, "%s_count", name);
	openmetrics_labels(show, line, NULL, out);
	fprintf(out, "%" PRIu64 "\n%s_sum", histogram->count, name);
	openmetrics_labels(show, line, NULL, out);
	fprintf(out, "%.9g\n", sum / NS_PER_S);
}

/* The log of one row. */
static int add_row(const struct show *show, const struct row *row, const char *tag,
		   struct histogram *into)
{
	const struct result_dir dir = {.path = (char *)show->directory};
	const char *cell = row_text(row, "cell");
	double order;

	if (!cell || !row_number(row, "order", &order))
		return -ENOENT;
	char *path = result_dir_log_path(&dir, (int64_t)order, cell);
	if (!path)
		return -ENOMEM;
	const int rc = log_read(path, tag, into);
	if (rc < 0 && rc != -ENOENT && rc != -ENOMEM)
		warn_user("show: %s: %s", path,
			  rc == -EBADMSG ? "no interval log of ours" : strerror(-rc));
	free(path);
	return rc;
}

/* All repetitions of a line: 1; 0 where some log is missing; -ENOMEM. */
static int add_line(const struct show *show, const struct summary_line *line,
		    const char *tag, struct histogram *into)
{
	double requests;
	int rc = 0;

	histogram_reset(into);
	for (size_t i = 0; rc == 0 && i < line->repetitions; i++)
		if (row_number(line->rows[i], "requests", &requests) && requests > 0)
			rc = add_row(show, line->rows[i], tag, into);
	if (rc == -ENOMEM)
		return rc;
	return rc == 0 && into->count > 0;
}

static int print_tag(const struct show *show, const char *tag, const char *name,
		     const char *help, struct histogram *histogram, FILE *out)
{
	bool first = true;
	int rc = 0;

	for (size_t i = 0; rc >= 0 && i < show->summary.count; i++) {
		const struct summary_line *line = &show->summary.lines[i];
		rc = add_line(show, line, tag, histogram);
		if (rc <= 0)
			continue;
		if (first)
			openmetrics_family(name, "histogram", "seconds", help, out);
		first = false;
		print_histogram(show, line, name, histogram, out);
	}
	return rc < 0 ? rc : 0;
}

int openmetrics_histograms(const struct show *show, FILE *out)
{
	struct histogram *histogram = histogram_new();

	if (!histogram)
		return -ENOMEM;
	int rc = print_tag(show, "service", "iomodels_service_time_seconds",
			   "From the send of a request to the last byte of its reply.",
			   histogram, out);
	if (rc == 0)
		rc = print_tag(
			show, "response", "iomodels_response_time_seconds",
			"From when a request was due to the last byte of its reply.",
			histogram, out);
	histogram_free(histogram);
	return rc;
}
