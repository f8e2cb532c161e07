/*
 * histogram.c - latencies in cells of an HdrHistogram.
 *
 * Values below 2048 have a cell each; every octave above has 1024 cells, so that a cell is
 * never wider than a thousandth of its values:
 *
 *	cell      0 .. 2047         2048 .. 3071         3072 .. 4095 ..
 *	values    0 .. 2047 by 1    2048 .. 4095 by 2    4096 .. 8191 by 4 ..
 *
 * Source: the index arithmetic of HdrHistogram's AbstractHistogram (lowest 1, 3 digits).
 */
#include "loadgen/histogram.h"

#include <math.h>
#include <stdlib.h>

#define HALF_MAGNITUDE 10 /* log2 of the cells per octave */
#define HALF           (1UL << HALF_MAGNITUDE)

#define SAMPLES_BEYOND 10 /* that a percentile needs to be printed */

size_t histogram_index(int64_t value)
{
	uint64_t v = (uint64_t)value;
	int octave = 64 - __builtin_clzll(v | (2 * HALF - 1)) - (HALF_MAGNITUDE + 1);

	return ((size_t)octave << HALF_MAGNITUDE) + (size_t)(v >> octave);
}

static int octave_of(size_t index)
{
	return index < 2 * HALF ? 0 : (int)(index >> HALF_MAGNITUDE) - 1;
}

int64_t histogram_lowest(size_t index)
{
	int octave = octave_of(index);

	return (int64_t)(index - ((size_t)octave << HALF_MAGNITUDE)) << octave;
}

int64_t histogram_highest(size_t index)
{
	return histogram_lowest(index) + ((int64_t)1 << octave_of(index)) - 1;
}

struct histogram *histogram_new(void)
{
	struct histogram *histogram = calloc(1, sizeof(*histogram));

	if (histogram)
		histogram->min = INT64_MAX;
	return histogram;
}

void histogram_free(struct histogram *histogram)
{
	free(histogram);
}

void histogram_reset(struct histogram *histogram)
{
	*histogram = (struct histogram){.min = INT64_MAX};
}

void histogram_record(struct histogram *histogram, int64_t value)
{
	if (value < 1)
		value = 1;
	if (value > HISTOGRAM_HIGHEST)
		value = HISTOGRAM_HIGHEST;
	uint64_t *cell = &histogram->cells[histogram_index(value)];
	__atomic_store_n(cell, *cell + 1, __ATOMIC_RELAXED);
	histogram->count++;
	histogram->sum += (double)value;
	if (value < histogram->min)
		histogram->min = value;
	if (value > histogram->max)
		histogram->max = value;
}

void histogram_add(struct histogram *into, const struct histogram *from)
{
	for (size_t i = 0; i < HISTOGRAM_CELLS; i++)
		into->cells[i] += from->cells[i];
	into->count += from->count;
	into->sum += from->sum;
	if (from->min < into->min)
		into->min = from->min;
	if (from->max > into->max)
		into->max = from->max;
}

/* The rank of the sample at the quantile, 1 .. count. The tiny step back keeps a product
 * such as 0.9 * 10 = 9.000000000000002 from becoming the next rank. */
static uint64_t rank_of(const struct histogram *histogram, double quantile)
{
	double exact = quantile * (double)histogram->count;
	double rank = ceil(exact - exact * 1e-12);

	if (rank < 1)
		return 1;
	return rank < (double)histogram->count ? (uint64_t)rank : histogram->count;
}

int64_t histogram_quantile(const struct histogram *histogram, double quantile)
{
	uint64_t seen = 0;

	if (histogram->count == 0)
		return 0;
	uint64_t rank = rank_of(histogram, quantile);
	size_t last = histogram_index(histogram->max);
	for (size_t i = 0; i < last; i++) {
		seen += histogram->cells[i];
		if (seen >= rank)
			return histogram_highest(i);
	}
	return histogram->max;
}

double histogram_mean(const struct histogram *histogram)
{
	return histogram->count ? histogram->sum / (double)histogram->count : 0;
}

bool histogram_supports(const struct histogram *histogram, double quantile)
{
	if (histogram->count == 0)
		return false;
	return histogram->count - rank_of(histogram, quantile) >= SAMPLES_BEYOND;
}
