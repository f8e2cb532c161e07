/*
 * test_rank_bounds.c - exact bounds against published tables, against the counting of every
 * case, and by simulation.
 */
#include <CUnit/CUnit.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "loadgen/random.h"
#include "results/statistics/rank_bounds.h"
#include "tests/suite.h"

/* How often a bound may fail of so many trials: the expectation and five standard
 * deviations. */
#define TRIALS 4000

static double most_failures(double rate)
{
	return TRIALS * rate + 5 * sqrt(TRIALS * rate * (1 - rate));
}

static double normal(uint64_t *state)
{
	const double u = 1 - random_unit(random_next(state));
	const double v = random_unit(random_next(state));

	return sqrt(-2 * log(u)) * cos(2 * M_PI * v);
}

/* One in ten is 15 times as far out: what a shared machine does. */
static double spiked(uint64_t *state)
{
	const double x = normal(state);

	return random_unit(random_next(state)) < 0.1 ? 15 * x : x;
}

/* Largest statistic that is still significant; -1: none is. */
static int critical(const struct rank_bounds *bounds, double alpha)
{
	int t = -1;

	while (bounds->probability[t + 1] <= alpha)
		t++;
	return t;
}

/* Wilcoxon's signed-rank test as printed in text books: n, one-sided 0.05, 0.025, 0.01,
 * 0.005. */
static void signed_ranks_are_those_of_the_table(void)
{
	static const int table[][5] = {
		{4, -1, -1, -1, -1},  {5, 0, -1, -1, -1},   {6, 2, 0, -1, -1},
		{7, 3, 2, 0, -1},     {8, 5, 3, 1, 0},      {9, 8, 5, 3, 1},
		{10, 10, 8, 5, 3},    {12, 17, 13, 9, 7},   {16, 35, 29, 23, 19},
		{20, 60, 52, 43, 37}, {24, 91, 81, 69, 61}, {30, 151, 137, 120, 109},
	};
	static const double alpha[] = {0.05, 0.025, 0.01, 0.005};
	const double values[30] = {0};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct rank_bounds bounds;
		CU_ASSERT_EQUAL_FATAL(
			rank_bounds_of_one(values, (size_t)table[i][0], &bounds), 0);
		for (int j = 0; j < 4; j++)
			CU_ASSERT_EQUAL(critical(&bounds, alpha[j]), table[i][1 + j]);
		rank_bounds_release(&bounds);
	}
}

/* Mann and Whitney's U: m, n, two-sided 0.05, one-sided 0.05. */
static void rank_sums_are_those_of_the_table(void)
{
	static const int table[][4] = {
		{3, 3, -1, 0},     {4, 4, 0, 1},       {5, 5, 2, 4},     {5, 8, 6, 8},
		{6, 9, 10, 12},    {8, 8, 13, 15},     {10, 10, 23, 27}, {12, 15, 49, 55},
		{15, 20, 90, 100}, {20, 20, 127, 138},
	};
	const double values[20] = {0};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct rank_bounds bounds;
		CU_ASSERT_EQUAL_FATAL(rank_bounds_of_two(values, (size_t)table[i][0],
							 values, (size_t)table[i][1],
							 &bounds),
				      0);
		CU_ASSERT_EQUAL(critical(&bounds, 0.025), table[i][2]);
		CU_ASSERT_EQUAL(critical(&bounds, 0.05), table[i][3]);
		rank_bounds_release(&bounds);
	}
}

/* Every sign of every rank, counted. */
static void signed_ranks_are_what_counting_gives(void)
{
	const double values[12] = {0};

	for (unsigned n = 1; n <= 12; n++) {
		double counted[79] = {0};
		struct rank_bounds bounds;
		CU_ASSERT_EQUAL_FATAL(rank_bounds_of_one(values, n, &bounds), 0);
		for (unsigned signs = 0; signs < 1U << n; signs++) {
			unsigned sum = 0;
			for (unsigned rank = 1; rank <= n; rank++)
				sum += signs >> (rank - 1) & 1 ? rank : 0;
			counted[sum] += ldexp(1, -(int)n);
		}
		for (size_t t = 0, last = bounds.count; t <= last; t++) {
			if (t > 0)
				counted[t] += counted[t - 1];
			CU_ASSERT_DOUBLE_EQUAL(bounds.probability[t], counted[t], 1e-12);
		}
		rank_bounds_release(&bounds);
	}
}

/* Every choice of m among m + n, counted. */
static void check_rank_sum(unsigned m, unsigned n)
{
	const double values[8] = {0};
	double counted[65] = {0}, all = 0;
	struct rank_bounds bounds;

	for (unsigned chosen = 0; chosen < 1U << (m + n); chosen++) {
		unsigned u = 0, before = 0;
		if ((unsigned)__builtin_popcount(chosen) != m)
			continue;
		for (unsigned i = 0; i < m + n; i++)
			if (chosen >> i & 1)
				u += before;
			else
				before++;
		counted[u]++;
		all++;
	}
	CU_ASSERT_EQUAL_FATAL(rank_bounds_of_two(values, m, values, n, &bounds), 0);
	for (size_t t = 0; t <= bounds.count; t++) {
		if (t > 0)
			counted[t] += counted[t - 1];
		CU_ASSERT_DOUBLE_EQUAL(bounds.probability[t], counted[t] / all, 1e-12);
	}
	rank_bounds_release(&bounds);
}

static void rank_sums_are_what_counting_gives(void)
{
	for (unsigned m = 1; m <= 8; m++)
		for (unsigned n = 1; n <= 8; n++)
			check_rank_sum(m, n);
}

/* Eight values, half a percent: one is outside, so the bound is the least of them. */
static void bounds_of_known_values(void)
{
	const double d[] = {1, 2, 3, 4, 5, 6, 7, 8};
	struct rank_bounds bounds;

	CU_ASSERT_EQUAL_FATAL(rank_bounds_of_one(d, 8, &bounds), 0);
	CU_ASSERT_EQUAL(rank_bounds_estimate(&bounds), 4.5);
	CU_ASSERT_EQUAL(rank_bounds_lower(&bounds, 0.005), 1);
	CU_ASSERT_EQUAL(rank_bounds_upper(&bounds, 0.005), 8);
	CU_ASSERT_EQUAL(rank_bounds_lower(&bounds, 0.003), -INFINITY);
	CU_ASSERT_EQUAL(rank_bounds_upper(&bounds, 0.003), INFINITY);
	CU_ASSERT_DOUBLE_EQUAL(rank_bounds_p(&bounds, 0), 1.0 / 256, 1e-15);
	CU_ASSERT_EQUAL(rank_bounds_p(&bounds, 8), 1);
	rank_bounds_release(&bounds);
}

/* Five values give at most 93.75 %, and say so; six give 96.9. */
static void an_interval_tells_what_it_attains(void)
{
	const double d[] = {5, 1, 4, 2, 3, 9};
	struct rank_bounds bounds;

	CU_ASSERT_EQUAL_FATAL(rank_bounds_of_one(d, 5, &bounds), 0);
	struct rank_interval interval = rank_bounds_interval(&bounds, 0.95);
	CU_ASSERT_DOUBLE_EQUAL(interval.level, 0.9375, 1e-15);
	CU_ASSERT_EQUAL(interval.low, 1);
	CU_ASSERT_EQUAL(interval.high, 5);
	rank_bounds_release(&bounds);

	CU_ASSERT_EQUAL_FATAL(rank_bounds_of_one(d, 6, &bounds), 0);
	interval = rank_bounds_interval(&bounds, 0.95);
	CU_ASSERT_DOUBLE_EQUAL(interval.level, 0.96875, 1e-15);
	CU_ASSERT_EQUAL(interval.high, 9);
	rank_bounds_release(&bounds);
}

static void a_shift_of_two_samples(void)
{
	const double a[] = {1, 2, 3, 4, 5}, b[] = {13, 11, 12, 15, 14};
	struct rank_bounds bounds;

	CU_ASSERT_EQUAL_FATAL(rank_bounds_of_two(a, 5, b, 5, &bounds), 0);
	CU_ASSERT_EQUAL(rank_bounds_estimate(&bounds), 10);
	CU_ASSERT_DOUBLE_EQUAL(rank_bounds_p(&bounds, 0), 1.0 / 252, 1e-15);
	CU_ASSERT_EQUAL(rank_bounds_lower(&bounds, 1.0 / 252), 6);
	CU_ASSERT_EQUAL(rank_bounds_upper(&bounds, 1.0 / 252), 14);
	rank_bounds_release(&bounds);
}

/* Equal values decide nothing. */
static void ties_count_against(void)
{
	const double zero[8] = {0};
	struct rank_bounds bounds;

	CU_ASSERT_EQUAL_FATAL(rank_bounds_of_one(zero, 8, &bounds), 0);
	CU_ASSERT_EQUAL(rank_bounds_p(&bounds, 0), 1);
	CU_ASSERT_EQUAL(rank_bounds_lower(&bounds, 0.05), 0);
	rank_bounds_release(&bounds);
}

static void sizes_are_bounded(void)
{
	double values[RANK_BOUNDS_MAX + 1] = {0};
	struct rank_bounds bounds;

	CU_ASSERT_EQUAL(rank_bounds_of_one(values, 0, &bounds), -EINVAL);
	CU_ASSERT_EQUAL(rank_bounds_of_one(values, RANK_BOUNDS_MAX + 1, &bounds),
			-EINVAL);
	CU_ASSERT_EQUAL(rank_bounds_of_two(values, 1, values, 0, &bounds), -EINVAL);
	CU_ASSERT_EQUAL(
		rank_bounds_of_two(values, RANK_BOUNDS_MAX + 1, values, 1, &bounds),
		-EINVAL);
}

/* How often the true shift lies under the lower bound. */
static void check_coverage_of_one(size_t n, double (*draw)(uint64_t *), double alpha)
{
	uint64_t state = n;
	double d[24], failed = 0;

	for (int trial = 0; trial < TRIALS; trial++) {
		struct rank_bounds bounds;
		for (size_t i = 0; i < n; i++)
			d[i] = 0.3 + draw(&state);
		CU_ASSERT_EQUAL_FATAL(rank_bounds_of_one(d, n, &bounds), 0);
		failed += rank_bounds_lower(&bounds, alpha) > 0.3;
		rank_bounds_release(&bounds);
	}
	CU_ASSERT_TRUE(failed <= most_failures(alpha));
	CU_ASSERT_TRUE(failed >= TRIALS * alpha / 4); /* and it is no looser than that */
}

static void bounds_of_one_cover(void)
{
	check_coverage_of_one(8, normal, 0.05);
	check_coverage_of_one(8, spiked, 0.05);
	check_coverage_of_one(12, spiked, 0.01);
	check_coverage_of_one(24, spiked, 0.05);
}

static void bounds_of_two_cover(void)
{
	const double alpha = 0.05;
	double a[6], b[9], failed = 0;
	uint64_t state = 1;

	for (int trial = 0; trial < TRIALS; trial++) {
		struct rank_bounds bounds;
		for (size_t i = 0; i < 6; i++)
			a[i] = spiked(&state);
		for (size_t i = 0; i < 9; i++)
			b[i] = 2 + spiked(&state);
		CU_ASSERT_EQUAL_FATAL(rank_bounds_of_two(a, 6, b, 9, &bounds), 0);
		failed += rank_bounds_lower(&bounds, alpha) > 2;
		rank_bounds_release(&bounds);
	}
	CU_ASSERT_TRUE(failed <= most_failures(alpha));
	CU_ASSERT_TRUE(failed >= TRIALS * alpha / 4);
}

int main(void)
{
	static const struct test_case cases[] = {
		{"signed ranks are those of the table",
		 signed_ranks_are_those_of_the_table},
		{"rank sums are those of the table", rank_sums_are_those_of_the_table},
		{"signed ranks are what counting gives",
		 signed_ranks_are_what_counting_gives},
		{"rank sums are what counting gives", rank_sums_are_what_counting_gives},
		{"bounds of known values", bounds_of_known_values},
		{"an interval tells what it attains", an_interval_tells_what_it_attains},
		{"a shift of two samples", a_shift_of_two_samples},
		{"ties count against", ties_count_against},
		{"sizes are bounded", sizes_are_bounded},
		{"bounds of one cover", bounds_of_one_cover},
		{"bounds of two cover", bounds_of_two_cover},
		{NULL, NULL},
	};

	return test_suite_run("rank_bounds", cases) != 0;
}
