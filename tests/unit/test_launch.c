/* test_launch.c - turns, log-ratios and the effect of a launch, of known values. */
#include <CUnit/CUnit.h>
#include <math.h>

#include "results/check/launch.h"
#include "tests/suite.h"

#define SLICES 40

static void a_duet_has_no_turns(void)
{
	struct duet_slice slices[SLICES];

	launch_turns(LAUNCH_DUET, 1, slices, SLICES);
	for (int i = 0; i < SLICES; i++)
		CU_ASSERT_EQUAL(slices[i].sides, 3);
}

/* Two pairs are A B B A or B A A B: what drifts evenly falls on both. Both orders come. */
static void abba_is_balanced(void)
{
	unsigned seen = 0;

	for (uint64_t seed = 0; seed < 16; seed++) {
		struct duet_slice slices[SLICES];
		launch_turns(LAUNCH_ABBA, seed, slices, SLICES);
		for (int i = 0; i < SLICES; i += 4) {
			seen |= slices[i].sides;
			CU_ASSERT_EQUAL(slices[i].sides + slices[i + 1].sides, 3);
			CU_ASSERT_EQUAL(slices[i + 2].sides, slices[i + 1].sides);
			CU_ASSERT_EQUAL(slices[i + 3].sides, slices[i].sides);
		}
	}
	CU_ASSERT_EQUAL(seen, 3);
}

/* Fewer requests and more microseconds are worse. */
static void more_than_0_is_worse(void)
{
	CU_ASSERT_DOUBLE_EQUAL(launch_log_ratio(LAUNCH_THROUGHPUT, 100, 95),
			       log(100.0 / 95), 1e-12);
	CU_ASSERT_DOUBLE_EQUAL(launch_log_ratio(LAUNCH_CPU, 10, 11), log(1.1), 1e-12);
	CU_ASSERT_TRUE(launch_log_ratio(LAUNCH_P99, 10, 9) < 0);
	CU_ASSERT_TRUE(isnan(launch_log_ratio(LAUNCH_CPU, NAN, 9)));
	CU_ASSERT_TRUE(isnan(launch_log_ratio(LAUNCH_THROUGHPUT, 10, 0)));
}

static struct launch launch_of(const double *base, const double *new, int pairs)
{
	struct launch launch = {.pairs = pairs};

	for (int i = 0; i < pairs; i++) {
		launch.pair[i].value[LAUNCH_CPU][0] = base[i];
		launch.pair[i].value[LAUNCH_CPU][1] = new[i];
	}
	return launch;
}

/* One spike does not move it; a pair without a value, or that the host disturbed, is dropped. */
static void the_effect_is_the_median_of_pairs(void)
{
	const double base[] = {10, 10, 10, 10, 10}, new[] = {11, 12, 13, 14, 900};
	struct launch launch = launch_of(base, new, 5);
	int dropped;

	CU_ASSERT_DOUBLE_EQUAL(launch_effect(&launch, LAUNCH_CPU, &dropped), log(1.3),
			       1e-12);
	CU_ASSERT_EQUAL(dropped, 0);
	launch.pair[3].value[LAUNCH_CPU][0] = NAN;
	launch.pair[4].steal = 0.3;
	CU_ASSERT_DOUBLE_EQUAL(launch_effect(&launch, LAUNCH_CPU, &dropped), log(1.2),
			       1e-12);
	CU_ASSERT_EQUAL(dropped, 2);
	launch.pairs = 0;
	CU_ASSERT_TRUE(isnan(launch_effect(&launch, LAUNCH_CPU, &dropped)));
}

int main(void)
{
	static const struct test_case cases[] = {
		{"a duet has no turns", a_duet_has_no_turns},
		{"ABBA is balanced", abba_is_balanced},
		{"more than 0 is worse", more_than_0_is_worse},
		{"the effect is the median of pairs", the_effect_is_the_median_of_pairs},
		{NULL, NULL},
	};

	return test_suite_run("launch", cases) != 0;
}
