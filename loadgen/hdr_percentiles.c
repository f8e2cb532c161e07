/* hdr_percentiles.c - a histogram as the table that HdrHistogram's plotter reads. */
#include "loadgen/hdr_percentiles.h"

#include <errno.h>
#include <math.h>

#include "loadgen/hdr_block.h"
#include "server/clock.h"

#define UNIT  ((double)NS_PER_US)
#define TICKS 5 /* steps for each half of what is left to 100 % */

static double median_of(size_t cell)
{
	int64_t low = histogram_lowest(cell), size = histogram_highest(cell) - low + 1;
	int64_t median = low + size / 2;

	return (double)median;
}

/* The next percentile behind `level`, 0 .. 100. */
static double next_level(double level)
{
	double halvings = floor(log2(100 / (100 - level))) + 1;

	return level + 100 / (TICKS * exp2(halvings));
}

static void write_steps(const struct histogram *h, FILE *out)
{
	uint64_t seen = 0;
	double level = 0;

	for (size_t cell = 0; seen < h->count && cell < HISTOGRAM_CELLS; cell++) {
		double value = (double)histogram_highest(cell) / UNIT;
		if (h->cells[cell] == 0)
			continue;
		seen += h->cells[cell];
		/* The last sample has one line of a step, then its own at 100 %. */
		while (100.0 * (double)seen / (double)h->count >= level) {
			fprintf(out, "%12.3f %2.12f %10llu %14.2f\n", value, level / 100,
				(unsigned long long)seen, 1 / (1 - level / 100));
			level = next_level(level);
			if (seen == h->count)
				break;
		}
		if (seen == h->count)
			fprintf(out, "%12.3f %2.12f %10llu\n", value, 1.0,
				(unsigned long long)seen);
	}
}

static void write_footer(const struct histogram *h, FILE *out)
{
	double count = h->count > 0 ? (double)h->count : 1, sum = 0, squares = 0;
	struct hdr_layout layout;
	size_t last = 0;

	for (size_t cell = 0; cell < HISTOGRAM_CELLS; cell++)
		sum += (double)h->cells[cell] * median_of(cell);
	for (size_t cell = 0; cell < HISTOGRAM_CELLS; cell++) {
		double distance = median_of(cell) - sum / count;
		squares += (double)h->cells[cell] * distance * distance;
		last = h->cells[cell] > 0 ? cell : last;
	}
	(void)hdr_layout_init(&layout, &hdr_shape_own); /* a shape that there is */
	fprintf(out, "#[Mean    = %12.3f, StdDeviation   = %12.3f]\n", sum / count / UNIT,
		sqrt(squares / count) / UNIT);
	fprintf(out, "#[Max     = %12.3f, Total count    = %12llu]\n",
		(double)histogram_highest(last) / UNIT, (unsigned long long)h->count);
	fprintf(out, "#[Buckets = %12d, SubBuckets     = %12d]\n", layout.buckets,
		2 << layout.half_magnitude);
}

int hdr_percentiles_write(const struct histogram *h, FILE *out)
{
	fprintf(out, "%12s %14s %10s %14s\n\n", "Value", "Percentile", "TotalCount",
		"1/(1-Percentile)");
	write_steps(h, out);
	write_footer(h, out);
	return ferror(out) ? -EIO : 0;
}
