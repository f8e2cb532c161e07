/*
 * test_comparison.c - verdicts about known values, and how often repetitions that differ by
 * chance alone are called worse, by simulation. Seeds are fixed; the limits would be passed
 * less than once in 10,000 choices of them.
 */
#include <CUnit/CUnit.h>
#include <math.h>
#include <string.h>

#include "loadgen/random.h"
#include "results/compare/comparison.h"
#include "tests/suite.h"

#define TRIALS 4000
#define MOST   8

static const struct comparison_rule less = {0.1, LESS_IS_BETTER, true};
static const struct comparison_rule more = {0.1, MORE_IS_BETTER, true};

/* 100 100.1 .. of `count` repetitions, times `factor`. */
static void fill(double *values, size_t count, double factor)
{
	for (size_t i = 0; i < count; i++)
		values[i] = factor * (100 + (double)i / 10);
}

static struct comparison compared(size_t count, double factor,
				  const struct comparison_rule *rule)
{
	double base[MOST], new[MOST];
	struct comparison c;

	fill(base, count, 1);
	fill(new, count, factor);
	CU_ASSERT_EQUAL_FATAL(comparison_make(base, count, new, count, rule, &c), 0);
	return c;
}

static void the_bound_must_clear_the_margin(void)
{
	CU_ASSERT_EQUAL(compared(6, 1.2, &less).verdict, COMPARISON_WORSE);
	CU_ASSERT_EQUAL(compared(6, 1.2, &more).verdict, COMPARISON_BETTER);
	CU_ASSERT_EQUAL(compared(6, 1 / 1.2, &less).verdict, COMPARISON_BETTER);
	CU_ASSERT_EQUAL(compared(6, 1 / 1.2, &more).verdict, COMPARISON_WORSE);
	CU_ASSERT_EQUAL(compared(6, 1.09, &less).verdict, COMPARISON_SAME);
	CU_ASSERT_EQUAL(compared(6, 1 / 1.09, &more).verdict, COMPARISON_SAME);
	CU_ASSERT_EQUAL(compared(6, 1.1, &less).verdict, COMPARISON_UNCLEAR);
	CU_ASSERT_EQUAL(compared(6, 1.102, &less).verdict, COMPARISON_UNCLEAR);
}

static void what_is_not_judged_is_shown(void)
{
	const struct comparison_rule shown = {0.1, LESS_IS_BETTER, false};
	const struct comparison c = compared(6, 2, &shown);

	CU_ASSERT_EQUAL(c.verdict, COMPARISON_SHOWN);
	CU_ASSERT_DOUBLE_EQUAL(comparison_percent(c.estimate), 100, 0.3);
}

/* U of 5 against 5 may be 4 at 5 % and 2 at 2.5 % (the published table): the fifth and the
 * third of the 25 ratios from the end. */
static void bounds_are_those_of_the_table(void)
{
	double base[] = {1, 1, 1, 1, 1};
	double new[] = {exp(0.1), exp(0.2), exp(0.3), exp(0.4), exp(0.5)};
	struct comparison c;

	CU_ASSERT_EQUAL_FATAL(comparison_make(base, 5, new, 5, &less, &c), 0);
	CU_ASSERT_DOUBLE_EQUAL(c.estimate, 0.3, 1e-12);
	CU_ASSERT_DOUBLE_EQUAL(c.low, 0.1, 1e-12);
	CU_ASSERT_DOUBLE_EQUAL(c.high, 0.5, 1e-12);
	CU_ASSERT_DOUBLE_EQUAL(c.lower, 0.1, 1e-12);
	CU_ASSERT_DOUBLE_EQUAL(c.base, 1, 0);
	CU_ASSERT_DOUBLE_EQUAL(c.new, exp(0.3), 1e-12);
	CU_ASSERT_DOUBLE_EQUAL(comparison_percent(c.high), 100 * (exp(0.5) - 1), 1e-9);
}

static void few_repetitions_allow_no_bound(void)
{
	struct comparison c = compared(3, 2, &less);

	CU_ASSERT_EQUAL(comparison_least(), 4);
	CU_ASSERT_EQUAL(c.verdict, COMPARISON_UNCLEAR);
	CU_ASSERT_STRING_EQUAL(c.reason,
			       "3 against 3 repetitions allow no bound; 4 against 4 do");
	CU_ASSERT_TRUE(isinf(c.lower));
	CU_ASSERT_TRUE(isfinite(c.low)); /* one case of 20 is 5 % */
	CU_ASSERT_EQUAL(compared(3, 1.01, &less).verdict, COMPARISON_SAME);
	CU_ASSERT_EQUAL(compared(4, 2, &less).verdict, COMPARISON_WORSE);
	c = compared(2, 1.01, &less);
	CU_ASSERT_EQUAL(c.verdict, COMPARISON_UNCLEAR);
	CU_ASSERT_TRUE(isinf(c.low));
	CU_ASSERT_PTR_NOT_NULL(strstr(c.reason, "2 against 2"));
}

static void a_side_without_values_is_no_change(void)
{
	double values[] = {1, 2, 3};
	struct comparison c;

	CU_ASSERT_EQUAL(comparison_make(NULL, 0, values, 3, &less, &c), 0);
	CU_ASSERT_EQUAL(c.verdict, COMPARISON_UNCLEAR);
	CU_ASSERT_STRING_EQUAL(c.reason, "no value in base");
	CU_ASSERT_TRUE(isnan(c.base) && isnan(c.estimate));
	CU_ASSERT_EQUAL(comparison_make(values, 3, NULL, 0, &less, &c), 0);
	CU_ASSERT_STRING_EQUAL(c.reason, "no value in new");
}

static void more_than_the_tables_hold_is_said(void)
{
	static double base[301], new[301];
	struct comparison c;

	for (size_t i = 0; i < 301; i++)
		base[i] = new[i] = 1 + (double)i;
	CU_ASSERT_EQUAL(comparison_make(base, 301, new, 301, &less, &c), 0);
	CU_ASSERT_EQUAL(c.verdict, COMPARISON_UNCLEAR);
	CU_ASSERT_PTR_NOT_NULL(strstr(c.reason, "300"));
}

/* Log-normal with one value in ten far out, as a shared machine has them. */
static double noisy(double shift, double spread, uint64_t *state)
{
	const double u = 1 - random_unit(random_next(state));
	const double v = random_unit(random_next(state));
	double x = sqrt(-2 * log(u)) * cos(2 * M_PI * v);

	if (random_unit(random_next(state)) < 0.1)
		x *= 15;
	return 1000 * exp(shift + spread * x);
}

struct tally {
	int count[COMPARISON_VERDICTS];
};

static struct tally simulate(size_t count, double shift, double spread, uint64_t seed)
{
	double base[MOST], new[MOST];
	struct tally tally = {{0}};
	struct comparison c;

	for (int trial = 0; trial < TRIALS; trial++) {
		for (size_t i = 0; i < count; i++) {
			base[i] = noisy(0, spread, &seed);
			new[i] = noisy(shift, spread, &seed);
		}
		CU_ASSERT_EQUAL_FATAL(comparison_make(base, count, new, count, &less, &c),
				      0);
		tally.count[c.verdict]++;
	}
	return tally;
}

static double at_most(double rate)
{
	return TRIALS * rate + 4 * sqrt(TRIALS * rate * (1 - rate));
}

/* Noise as wide as the margin, and no change: a few in a hundred thousand at worst. */
static void no_change_is_hardly_ever_worse(void)
{
	for (size_t count = 4; count <= MOST; count += 2) {
		const struct tally t = simulate(count, 0, 0.1, 11 * count);
		CU_ASSERT_TRUE(t.count[COMPARISON_WORSE] <= at_most(0.005));
		CU_ASSERT_TRUE(t.count[COMPARISON_BETTER] <= at_most(0.005));
	}
}

/* The worst there is: a true change of just the margin. */
static void the_error_at_the_margin_is_the_one_promised(void)
{
	const double margin = log(1.1);

	for (size_t count = 4; count <= MOST; count++) {
		const struct tally up = simulate(count, margin, 0.02, 7 * count);
		const struct tally down = simulate(count, -margin, 0.02, 13 * count);
		CU_ASSERT_TRUE(up.count[COMPARISON_WORSE] <= at_most(0.025));
		CU_ASSERT_TRUE(down.count[COMPARISON_BETTER] <= at_most(0.025));
		CU_ASSERT_TRUE(up.count[COMPARISON_SAME] <= at_most(0.05));
		CU_ASSERT_TRUE(down.count[COMPARISON_SAME] <= at_most(0.05));
	}
	CU_ASSERT_TRUE(simulate(6, margin, 0.02, 3).count[COMPARISON_WORSE] > 10);
}

static void what_is_there_is_found(void)
{
	CU_ASSERT_TRUE(simulate(6, log(1.8), 0.02, 5).count[COMPARISON_WORSE] >
		       0.8 * TRIALS);
	CU_ASSERT_TRUE(simulate(6, log(1 / 1.8), 0.02, 6).count[COMPARISON_BETTER] >
		       0.8 * TRIALS);
	CU_ASSERT_TRUE(simulate(6, 0, 0.01, 8).count[COMPARISON_SAME] > 0.8 * TRIALS);
}

int main(void)
{
	static const struct test_case cases[] = {
		{"the bound must clear the margin", the_bound_must_clear_the_margin},
		{"what is not judged is shown", what_is_not_judged_is_shown},
		{"bounds are those of the table", bounds_are_those_of_the_table},
		{"few repetitions allow no bound", few_repetitions_allow_no_bound},
		{"a side without values is no change",
		 a_side_without_values_is_no_change},
		{"more than the tables hold is said", more_than_the_tables_hold_is_said},
		{"no change is hardly ever worse", no_change_is_hardly_ever_worse},
		{"the error at the margin is the one promised",
		 the_error_at_the_margin_is_the_one_promised},
		{"what is there is found", what_is_there_is_found},
		{NULL, NULL},
	};

	return test_suite_run("comparison", cases) != 0;
}
