/* test_statistics.c - median, mean and variation of known values. */
#include <CUnit/Basic.h>
#include <math.h>

#include "results/statistics/statistics.h"
#include "tests/suite.h"

#define EXACT_MOST 100 /* of statistics.c */

static void medians(void)
{
	double odd[] = {9, 1, 5}, even[] = {4, 1, 3, 2}, one[] = {7};

	CU_ASSERT_EQUAL(statistics_median(odd, 3), 5);
	CU_ASSERT_EQUAL(statistics_median(even, 4), 2.5);
	CU_ASSERT_EQUAL(statistics_median(one, 1), 7);
	CU_ASSERT_TRUE(isnan(statistics_median(one, 0)));
}

static void means(void)
{
	const double values[] = {1, 2, 6};

	CU_ASSERT_EQUAL(statistics_mean(values, 3), 3);
	CU_ASSERT_TRUE(isnan(statistics_mean(values, 0)));
}

static void variation(void)
{
	const double equal[] = {3, 3, 3}, spread[] = {2, 4, 4, 4, 5, 5, 7, 9};
	const double zero[] = {0, 0};

	CU_ASSERT_EQUAL(statistics_cv(equal, 3), 0);
	CU_ASSERT_DOUBLE_EQUAL(statistics_cv(spread, 8), 2.0 / 5.0, 1e-12);
	CU_ASSERT_TRUE(isnan(statistics_cv(zero, 2)));
	CU_ASSERT_TRUE(isnan(statistics_cv(zero, 0)));
}

/* The value number `cut` of all (a + b) / 2, a <= b, of 1 .. count, from below. */
static double walsh_average(int count, size_t cut)
{
	double averages[EXACT_MOST * EXACT_MOST];
	size_t used = 0;

	for (int a = 1; a <= count; a++)
		for (int b = a; b <= count; b++)
			averages[used++] = (a + b) / 2.0;
	for (size_t i = 1; i < used; i++)
		for (size_t j = i; j > 0 && averages[j] < averages[j - 1]; j--) {
			const double swapped = averages[j];
			averages[j] = averages[j - 1];
			averages[j - 1] = swapped;
		}
	return averages[cut];
}

/* Of 1 .. count, and from tables of the signed-rank test: the greatest sum of ranks that is
 * still in the tail of 2.5 %, and of how many of the 2^count signs. */
static void intervals_are_exact(void)
{
	static const struct {
		int count, cut, tail;
	} cases[] = {{5, 0, 1}, {6, 0, 1}, {8, 3, 5}, {10, 8, 25}, {12, 13, 87}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const int count = cases[i].count;
		struct rank_interval interval;
		double values[16];
		for (int k = 0; k < count; k++)
			values[k] = count - k;
		CU_ASSERT_TRUE(statistics_interval(values, (size_t)count, &interval));
		const double low = walsh_average(count, (size_t)cases[i].cut);
		CU_ASSERT_EQUAL(interval.low, low);
		CU_ASSERT_EQUAL(interval.high, count + 1 - low);
		CU_ASSERT_DOUBLE_EQUAL(interval.level,
				       1 - 2.0 * cases[i].tail / (1 << count), 1e-12);
	}
}

static void few_values_have_no_interval(void)
{
	double values[] = {1, 2, 3, 4, 5};
	struct rank_interval interval;

	CU_ASSERT_FALSE(statistics_interval(values, 0, &interval));
	CU_ASSERT_FALSE(statistics_interval(values, 3, &interval));
	CU_ASSERT_FALSE(statistics_interval(values, 4, &interval));
	CU_ASSERT_TRUE(statistics_interval(values, 5, &interval));
	CU_ASSERT_EQUAL(interval.level, 0.9375);
}

static void many_values_have_the_interval_of_their_median(void)
{
	static double values[10000];
	struct rank_interval interval;

	for (int i = 0; i < 10000; i++)
		values[i] = 10000 - i;
	CU_ASSERT_TRUE(statistics_interval(values, EXACT_MOST, &interval));
	CU_ASSERT_TRUE(interval.low > 9900 && interval.high < 10001);
	CU_ASSERT_TRUE(statistics_interval(values, 10000, &interval));
	CU_ASSERT_EQUAL(interval.low, 4903);
	CU_ASSERT_EQUAL(interval.high, 5098);
	CU_ASSERT_EQUAL(interval.level, 0.95);
}

int main(void)
{
	static const struct test_case cases[] = {
		{"medians", medians},
		{"means", means},
		{"variation", variation},
		{"intervals are exact", intervals_are_exact},
		{"few values have no interval", few_values_have_no_interval},
		{"many values have the interval of their median",
		 many_values_have_the_interval_of_their_median},
		{NULL, NULL},
	};

	return test_suite_run("statistics", cases) != 0;
}
