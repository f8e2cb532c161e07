/*
 * test_decision.c - decisions about known values, and how often the whole sequential plan
 * errs, by simulation. Seeds are fixed; the limits would be passed less than once in 10,000
 * choices of them.
 */
#include <CUnit/CUnit.h>
#include <errno.h>
#include <math.h>
#include <string.h>

#include "loadgen/random.h"
#include "results/check/decision.h"
#include "results/statistics/inference.h"
#include "results/statistics/rank_bounds.h"
#include "tests/suite.h"

#define SESSIONS 2000
#define MARGIN   0.02

/* Expected number and four standard deviations. */
static double at_most(double rate)
{
	return SESSIONS * rate + 4 * sqrt(SESSIONS * rate * (1 - rate));
}

static double at_least(double rate)
{
	return SESSIONS * rate - 4 * sqrt(SESSIONS * rate * (1 - rate));
}

static double normal(uint64_t *state)
{
	const double u = 1 - random_unit(random_next(state));
	const double v = random_unit(random_next(state));

	return sqrt(-2 * log(u)) * cos(2 * M_PI * v);
}

struct tally {
	int count[4]; /* by enum decision */
	size_t launches;
};

/* Sessions of launches with this shift and spread, one in ten 15 times as far out. */
static struct tally simulate(double shift, double spread, uint64_t seed)
{
	struct tally tally = {{0}, 0};
	double d[DECISION_MAX_LAUNCHES];

	for (int session = 0; session < SESSIONS; session++) {
		struct finding finding = {.decision = DECISION_INCONCLUSIVE};
		for (size_t i = 0; i < DECISION_MAX_LAUNCHES; i++) {
			double x = normal(&seed);
			if (random_unit(random_next(&seed)) < 0.1)
				x *= 15;
			d[i] = shift + spread * x;
		}
		for (int look = 0;
		     look < DECISION_LOOKS && finding.decision == DECISION_INCONCLUSIVE;
		     look++)
			CU_ASSERT_EQUAL_FATAL(decision_take(d, look, MARGIN, &finding),
					      0);
		tally.count[finding.decision]++;
		tally.launches += finding.launches;
	}
	return tally;
}

static void nothing_changed_is_never_a_regression(void)
{
	const struct tally quiet = simulate(0, 0.004, 1);
	const struct tally noisy = simulate(0, 0.03, 2);

	CU_ASSERT_TRUE(quiet.count[DECISION_REGRESSION] <= at_most(0.001));
	CU_ASSERT_TRUE(quiet.count[DECISION_IMPROVED] <= at_most(0.001));
	CU_ASSERT_TRUE(quiet.count[DECISION_EQUIVALENT] >= at_least(0.95));
	CU_ASSERT_TRUE(noisy.count[DECISION_REGRESSION] <= at_most(0.01));
	CU_ASSERT_TRUE(noisy.count[DECISION_IMPROVED] <= at_most(0.01));
}

/* The worst case: what is just within the margin. */
static void a_change_of_the_margin_is_seldom_a_regression(void)
{
	const struct tally quiet = simulate(MARGIN, 0.004, 3);
	const struct tally noisy = simulate(MARGIN, 0.03, 4);

	CU_ASSERT_TRUE(quiet.count[DECISION_REGRESSION] <= at_most(0.04));
	CU_ASSERT_TRUE(noisy.count[DECISION_REGRESSION] <= at_most(0.04));
	CU_ASSERT_TRUE(quiet.count[DECISION_IMPROVED] == 0);
}

static void a_change_beyond_is_found(void)
{
	const struct tally worse = simulate(0.03, 0.004, 5);
	const struct tally better = simulate(-0.03, 0.004, 6);

	CU_ASSERT_TRUE(worse.count[DECISION_REGRESSION] >= at_least(0.97));
	CU_ASSERT_TRUE(better.count[DECISION_IMPROVED] >= at_least(0.97));
	CU_ASSERT_EQUAL(worse.count[DECISION_IMPROVED], 0);
	CU_ASSERT_TRUE(worse.launches < SESSIONS * 14UL);
}

/* Noise makes it undecided, not equivalent. */
static void noise_is_not_equivalence(void)
{
	const struct tally tally = simulate(0, 0.2, 7);

	CU_ASSERT_TRUE(tally.count[DECISION_INCONCLUSIVE] >= at_least(0.97));
}

static void known_values(void)
{
	const double worse[8] = {0.03, 0.04, 0.05, 0.03, 0.04, 0.05, 0.021, 0.06};
	const double even[8] = {0.001, -0.001, 0.002, -0.002, 0.003, -0.003, 0, 0};
	struct finding finding;
	double better[8];

	CU_ASSERT_EQUAL_FATAL(decision_take(worse, 0, 0.02, &finding), 0);
	CU_ASSERT_EQUAL(finding.decision, DECISION_REGRESSION);
	CU_ASSERT_EQUAL(finding.lower, 0.021);
	CU_ASSERT_EQUAL(finding.launches, 8);
	CU_ASSERT_EQUAL_FATAL(decision_take(worse, 0, 0.0211, &finding), 0);
	CU_ASSERT_EQUAL(finding.decision, DECISION_INCONCLUSIVE);
	for (int i = 0; i < 8; i++)
		better[i] = -worse[i];
	CU_ASSERT_EQUAL_FATAL(decision_take(better, 0, 0.02, &finding), 0);
	CU_ASSERT_EQUAL(finding.decision, DECISION_IMPROVED);
	CU_ASSERT_EQUAL_FATAL(decision_take(even, 0, 0.02, &finding), 0);
	CU_ASSERT_EQUAL(finding.decision, DECISION_EQUIVALENT);
	CU_ASSERT_TRUE(finding.detectable > 0.02 && finding.detectable < 0.03);
	CU_ASSERT_STRING_EQUAL(decision_name(finding.decision), "equivalent");
}

/* docs/METHOD.md: a change of the plan is a change of the errors that are promised. */
static void the_plan_is_the_documented_one(void)
{
	static const struct decision_look plan[DECISION_LOOKS] = {
		{8, 0.005}, {12, 0.01}, {16, 0.01}, {24, 0.015}};
	double values[DECISION_MAX_LAUNCHES];
	uint64_t seed = 3;

	for (size_t i = 0; i < DECISION_MAX_LAUNCHES; i++)
		values[i] = normal(&seed);
	for (int i = 0; i < DECISION_LOOKS; i++) {
		struct finding finding;
		struct rank_bounds bounds;
		CU_ASSERT_EQUAL(decision_looks[i].launches, plan[i].launches);
		CU_ASSERT_EQUAL(decision_looks[i].alpha, plan[i].alpha);
		CU_ASSERT_EQUAL(decision_look_at(plan[i].launches), i);
		CU_ASSERT_EQUAL_FATAL(decision_take(values, i, MARGIN, &finding), 0);
		CU_ASSERT_EQUAL_FATAL(
			rank_bounds_of_one(values, plan[i].launches, &bounds), 0);
		CU_ASSERT_EQUAL(finding.low, rank_bounds_lower(&bounds, 0.05));
		CU_ASSERT_EQUAL(finding.high, rank_bounds_upper(&bounds, 0.05));
		CU_ASSERT_EQUAL(finding.lower, rank_bounds_lower(&bounds, plan[i].alpha));
		CU_ASSERT_EQUAL(finding.upper, rank_bounds_upper(&bounds, plan[i].alpha));
		CU_ASSERT_EQUAL(finding.detectable,
				minimum_detectable_effect(
					MARGIN, (finding.high - finding.low) / 2));
		rank_bounds_release(&bounds);
	}
}

/* Neither beyond it nor within. */
static void what_is_the_margin_is_not_decided(void)
{
	double values[8];
	struct finding finding;

	for (int sign = -1; sign <= 1; sign += 2) {
		for (int i = 0; i < 8; i++)
			values[i] = sign * MARGIN;
		CU_ASSERT_EQUAL_FATAL(decision_take(values, 0, MARGIN, &finding), 0);
		CU_ASSERT_EQUAL(finding.decision, DECISION_INCONCLUSIVE);
	}
}

static void what_cannot_be_judged(void)
{
	const double values[DECISION_MAX_LAUNCHES] = {0};
	struct finding finding;

	CU_ASSERT_EQUAL(decision_take(values, -1, 0.02, &finding), -EINVAL);
	CU_ASSERT_EQUAL(decision_take(values, DECISION_LOOKS, 0.02, &finding), -EINVAL);
	CU_ASSERT_EQUAL(decision_take(values, 0, 0, &finding), -EINVAL);
	CU_ASSERT_EQUAL(decision_look_at(12), 1);
	CU_ASSERT_EQUAL(decision_look_at(13), -1);
}

/* A gate that can never close is no gate: every look can find a regression. */
static void every_look_can_decide(void)
{
	double values[DECISION_MAX_LAUNCHES];

	for (size_t i = 0; i < DECISION_MAX_LAUNCHES; i++)
		values[i] = 1 + (double)i / 100;
	for (int look = 0; look < DECISION_LOOKS; look++) {
		struct finding finding;
		CU_ASSERT_EQUAL_FATAL(decision_take(values, look, 0.02, &finding), 0);
		CU_ASSERT_EQUAL(finding.decision, DECISION_REGRESSION);
	}
}

static void fresh_launches_confirm_or_do_not(void)
{
	double worse[DECISION_CONFIRM], even[DECISION_CONFIRM], small[DECISION_CONFIRM];
	struct confirmation rows[] = {
		{.values = worse, .count = DECISION_CONFIRM, .margin = 0.02},
		{.values = even, .count = DECISION_CONFIRM, .margin = 0.02},
		{.values = small, .count = DECISION_CONFIRM, .margin = 0.02},
	};

	for (int i = 0; i < DECISION_CONFIRM; i++) {
		worse[i] = 0.04 + i * 0.001;
		even[i] = i % 2 ? 0.01 : -0.01;
		small[i] = 0.01 + i * 0.0001;
	}
	CU_ASSERT_EQUAL_FATAL(decision_confirm(rows, 3), 0);
	CU_ASSERT_TRUE(rows[0].confirmed);
	CU_ASSERT_DOUBLE_EQUAL(rows[0].p, ldexp(1, -DECISION_CONFIRM), 1e-12);
	CU_ASSERT_FALSE(rows[1].confirmed);
	CU_ASSERT_TRUE(rows[2].p < 0.01); /* it is there, but within the margin */
	CU_ASSERT_FALSE(rows[2].confirmed);
	CU_ASSERT_EQUAL(decision_confirm(rows, 0), 0);
}

int main(void)
{
	static const struct test_case cases[] = {
		{"nothing changed is never a regression",
		 nothing_changed_is_never_a_regression},
		{"a change of the margin is seldom a regression",
		 a_change_of_the_margin_is_seldom_a_regression},
		{"a change beyond is found", a_change_beyond_is_found},
		{"noise is not equivalence", noise_is_not_equivalence},
		{"known values", known_values},
		{"the plan is the documented one", the_plan_is_the_documented_one},
		{"what is the margin is not decided", what_is_the_margin_is_not_decided},
		{"what cannot be judged", what_cannot_be_judged},
		{"every look can decide", every_look_can_decide},
		{"fresh launches confirm or do not", fresh_launches_confirm_or_do_not},
		{NULL, NULL},
	};

	return test_suite_run("decision", cases) != 0;
}
