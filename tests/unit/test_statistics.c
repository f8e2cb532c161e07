/* test_statistics.c - median, mean and variation of known values. */
#include <CUnit/Basic.h>
#include <math.h>

#include "results/statistics.h"
#include "tests/suite.h"

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

int main(void)
{
	static const struct test_case cases[] = {
		{"medians", medians},
		{"means", means},
		{"variation", variation},
		{NULL, NULL},
	};

	return test_suite_run("statistics", cases) != 0;
}
