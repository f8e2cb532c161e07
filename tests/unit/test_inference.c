/* test_inference.c - Holm, Wilson and what a comparison can see, of known numbers. */
#include <CUnit/CUnit.h>
#include <math.h>

#include "results/statistics/inference.h"
#include "tests/suite.h"

static void holm_goes_on_until_one_stands(void)
{
	/* 0.01 <= 0.05/4, 0.012 <= 0.05/3, 0.03 > 0.05/2: it and the larger one stand. */
	const double p[] = {0.03, 0.01, 0.04, 0.012};
	bool rejected[4];

	CU_ASSERT_EQUAL_FATAL(holm_reject(p, 4, 0.05, rejected), 0);
	CU_ASSERT_FALSE(rejected[0]);
	CU_ASSERT_TRUE(rejected[1]);
	CU_ASSERT_FALSE(rejected[2]);
	CU_ASSERT_TRUE(rejected[3]);
}

static void holm_of_one_and_of_none(void)
{
	const double p[] = {0.05};
	bool rejected[1] = {false};

	CU_ASSERT_EQUAL_FATAL(holm_reject(p, 1, 0.05, rejected), 0);
	CU_ASSERT_TRUE(rejected[0]);
	CU_ASSERT_EQUAL(holm_reject(p, 0, 0.05, rejected), 0);
}

/* A later p that would pass its own step is not rejected behind one that stood. */
static void holm_stops(void)
{
	const double p[] = {0.02, 0.04, 0.045};
	bool rejected[3];

	CU_ASSERT_EQUAL_FATAL(holm_reject(p, 3, 0.05, rejected), 0);
	for (int i = 0; i < 3; i++)
		CU_ASSERT_FALSE(rejected[i]);
}

static void wilson_of_known_counts(void)
{
	const struct rank_interval none = wilson_interval(0, 200);
	const struct rank_interval half = wilson_interval(5, 10);
	const struct rank_interval most = wilson_interval(57, 60);
	const struct rank_interval unknown = wilson_interval(0, 0);

	CU_ASSERT_DOUBLE_EQUAL(none.low, 0, 1e-12);
	CU_ASSERT_DOUBLE_EQUAL(none.high, 0.018845, 1e-6);
	CU_ASSERT_DOUBLE_EQUAL(half.low, 0.236593, 1e-6);
	CU_ASSERT_DOUBLE_EQUAL(half.high, 0.763407, 1e-6);
	CU_ASSERT_DOUBLE_EQUAL(most.low, 0.862995, 1e-6);
	CU_ASSERT_DOUBLE_EQUAL(most.high, 0.982850, 1e-6);
	CU_ASSERT_EQUAL(unknown.low, 0);
	CU_ASSERT_EQUAL(unknown.high, 1);
}

static void what_can_be_seen(void)
{
	const double effect = minimum_detectable_effect(0.02, 0.01);

	CU_ASSERT_DOUBLE_EQUAL(effect, 0.02 + 0.01926, 1e-5);
	CU_ASSERT_EQUAL(values_needed(effect + 1e-9, 0.02, 0.01, 10), 10);
	CU_ASSERT_EQUAL(values_needed(0.02 + 0.01926 / 2, 0.02, 0.01, 10), 40);
	CU_ASSERT_TRUE(isinf(values_needed(0.02, 0.02, 0.01, 10)));
}

int main(void)
{
	static const struct test_case cases[] = {
		{"Holm goes on until one stands", holm_goes_on_until_one_stands},
		{"Holm of one and of none", holm_of_one_and_of_none},
		{"Holm stops", holm_stops},
		{"Wilson of known counts", wilson_of_known_counts},
		{"what can be seen", what_can_be_seen},
		{NULL, NULL},
	};

	return test_suite_run("inference", cases) != 0;
}
