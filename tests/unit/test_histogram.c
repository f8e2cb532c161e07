/* test_histogram.c - cells as HdrHistogram has them, quantiles as sorted samples have them. */
#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loadgen/histogram.h"
#include "tests/suite.h"

#define SAMPLES 20000

static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* Latencies over six octaves and more. */
static int64_t next_latency(uint64_t *state)
{
	return (int64_t)(next_random(state) >> (24 + next_random(state) % 38)) + 1;
}

static void has_the_cells_of_hdrhistogram(void)
{
	CU_ASSERT_EQUAL(histogram_index(1000), 1000);
	CU_ASSERT_EQUAL(histogram_index(2000), 2000);
	CU_ASSERT_EQUAL(histogram_index(5000), 3298);
	CU_ASSERT_EQUAL(histogram_index(1000000), 11169);
	CU_ASSERT_EQUAL(histogram_lowest(11169), 999936);
	CU_ASSERT_EQUAL(histogram_highest(11169), 1000447);
	CU_ASSERT_TRUE(histogram_index(HISTOGRAM_HIGHEST) < HISTOGRAM_CELLS);
}

static void cells_follow_each_other_without_gap(void)
{
	for (size_t i = 1; i < HISTOGRAM_CELLS; i++) {
		int64_t low = histogram_lowest(i), high = histogram_highest(i);
		if (histogram_highest(i - 1) + 1 != low || histogram_index(low) != i ||
		    histogram_index(high) != i ||
		    (double)(high - low) > 0.001 * (double)low)
			CU_FAIL("a gap, an overlap or a cell wider than 0.1 %");
	}
}

static void golden_samples_land_in_golden_cells(void)
{
	static const int64_t samples[] = {1000, 1000, 1000, 2000, 5000, 1000000};
	struct histogram *h = histogram_new();

	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++)
		histogram_record(h, samples[i]);
	CU_ASSERT_EQUAL(h->cells[1000], 3);
	CU_ASSERT_EQUAL(h->cells[2000], 1);
	CU_ASSERT_EQUAL(h->cells[3298], 1);
	CU_ASSERT_EQUAL(h->cells[11169], 1);
	CU_ASSERT_EQUAL(h->count, 6);
	CU_ASSERT_EQUAL(h->min, 1000);
	CU_ASSERT_EQUAL(h->max, 1000000);
	CU_ASSERT_DOUBLE_EQUAL(histogram_mean(h), 1010000.0 / 6, 1e-6);
	CU_ASSERT_EQUAL(histogram_quantile(h, 0.5), 1000);
	CU_ASSERT_EQUAL(histogram_quantile(h, 1), 1000000);
	histogram_free(h);
}

static void out_of_range_values_are_recorded_at_the_ends(void)
{
	struct histogram *h = histogram_new();

	histogram_record(h, -5);
	histogram_record(h, 0);
	histogram_record(h, INT64_MAX);
	CU_ASSERT_EQUAL(h->cells[1], 2);
	CU_ASSERT_EQUAL(h->min, 1);
	CU_ASSERT_EQUAL(h->max, HISTOGRAM_HIGHEST);
	CU_ASSERT_EQUAL(histogram_quantile(h, 1), HISTOGRAM_HIGHEST);
	histogram_free(h);
}

static void an_empty_one_answers(void)
{
	struct histogram *h = histogram_new();

	CU_ASSERT_EQUAL(h->min, INT64_MAX);
	CU_ASSERT_EQUAL(h->max, 0);
	CU_ASSERT_EQUAL(histogram_quantile(h, 0.99), 0);
	CU_ASSERT_EQUAL(histogram_mean(h), 0);
	CU_ASSERT_FALSE(histogram_supports(h, 0));
	histogram_free(h);
}

static int by_value(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void quantiles_match_sorted_samples(void)
{
	static const double quantiles[] = {0, 0.1, 0.5, 0.9, 0.99, 0.999, 0.9999, 1};
	static int64_t samples[SAMPLES];
	struct histogram *h = histogram_new();
	uint64_t state = 42;

	for (int i = 0; i < SAMPLES; i++) {
		samples[i] = next_latency(&state);
		histogram_record(h, samples[i]);
	}
	qsort(samples, SAMPLES, sizeof(samples[0]), by_value);
	for (size_t i = 0; i < sizeof(quantiles) / sizeof(quantiles[0]); i++) {
		int rank = (int)ceil(quantiles[i] * SAMPLES);
		int64_t exact = samples[rank > 0 ? rank - 1 : 0];
		int64_t value = histogram_quantile(h, quantiles[i]);
		CU_ASSERT_TRUE(value >= exact);
		CU_ASSERT_EQUAL(histogram_index(value), histogram_index(exact));
	}
	CU_ASSERT_EQUAL(histogram_quantile(h, 1), samples[SAMPLES - 1]);
	histogram_free(h);
}

static void merging_equals_recording_everything(void)
{
	struct histogram *part[2] = {histogram_new(), histogram_new()};
	struct histogram *all = histogram_new();
	uint64_t state = 7;

	for (int i = 0; i < SAMPLES; i++) {
		int64_t value = next_latency(&state);
		histogram_record(part[i % 3 == 0], value);
		histogram_record(all, value);
	}
	histogram_add(part[0], part[1]);
	CU_ASSERT_EQUAL(memcmp(part[0]->cells, all->cells, sizeof(all->cells)), 0);
	CU_ASSERT_EQUAL(part[0]->count, all->count);
	CU_ASSERT_EQUAL(part[0]->min, all->min);
	CU_ASSERT_EQUAL(part[0]->max, all->max);
	CU_ASSERT_DOUBLE_EQUAL(part[0]->sum, all->sum, all->sum * 1e-12);
	histogram_reset(part[1]);
	histogram_add(part[0], part[1]);
	CU_ASSERT_EQUAL(part[0]->count, all->count);
	CU_ASSERT_EQUAL(part[0]->min, all->min);
	histogram_free(part[0]);
	histogram_free(part[1]);
	histogram_free(all);
}

static void a_percentile_needs_ten_samples_beyond(void)
{
	struct histogram *h = histogram_new();

	for (int i = 0; i < 99; i++)
		histogram_record(h, i + 1);
	CU_ASSERT_FALSE(histogram_supports(h, 0.9));
	CU_ASSERT_TRUE(histogram_supports(h, 0.5));
	histogram_record(h, 100);
	CU_ASSERT_TRUE(histogram_supports(h, 0.9));
	CU_ASSERT_FALSE(histogram_supports(h, 0.99));
	histogram_free(h);
}

static const struct test_case cases[] = {
	{"has the cells of HdrHistogram", has_the_cells_of_hdrhistogram},
	{"cells follow each other without gap", cells_follow_each_other_without_gap},
	{"golden samples land in golden cells", golden_samples_land_in_golden_cells},
	{"out of range values are recorded at the ends",
	 out_of_range_values_are_recorded_at_the_ends},
	{"an empty one answers", an_empty_one_answers},
	{"quantiles match sorted samples", quantiles_match_sorted_samples},
	{"merging equals recording everything", merging_equals_recording_everything},
	{"a percentile needs ten samples beyond", a_percentile_needs_ten_samples_beyond},
	{NULL, NULL},
};

int main(void)
{
	return test_suite_run("histogram", cases) != 0;
}
