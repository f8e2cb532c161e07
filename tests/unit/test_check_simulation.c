/*
 * test_check_simulation.c - how often whole checks err, by simulation: launches with the
 * spread that duets have (docs/METHOD.md), one in ten further out. Seeds are fixed; the
 * limits would be passed less than once in 10,000 choices of them.
 */
#include <CUnit/CUnit.h>
#include <math.h>

#include "loadgen/random.h"
#include "tests/suite.h"
#include "tests/unit/check_script.h"

/* What a duet shows: of a real change, and of noise. */
struct duet_kind {
	bool split;
	double shown[LAUNCH_METRICS], spread[LAUNCH_METRICS];
	double outlier; /* times the spread */
};

/* The generator on CPUs of its own, or on the servers'. */
static const struct duet_kind split = {true,
				       {[LAUNCH_THROUGHPUT] = 1, [LAUNCH_CPU] = 1},
				       {[LAUNCH_THROUGHPUT] = 0.01, [LAUNCH_CPU] = 0.008},
				       4};
static const struct duet_kind shared = {
	false,
	{[LAUNCH_THROUGHPUT] = 0.5, [LAUNCH_CPU] = 0.6},
	{[LAUNCH_THROUGHPUT] = 0.003, [LAUNCH_CPU] = 0.004},
	15};

/* What is simulated. */
static struct {
	double change; /* real, of the rows before `changed`: 0.05 costs 5 % more */
	size_t changed;
	double bias;  /* of the null control */
	double noise; /* times the spread */
	uint64_t random;
	const struct duet_kind *duet;
} world;

struct tally {
	size_t sessions, regressions, missed, false_alarms, equivalent, invalid, launches;
};

static struct script script;

static double normal(void)
{
	const double u = 1 - random_unit(random_next(&world.random));
	const double v = random_unit(random_next(&world.random));

	return sqrt(-2 * log(u)) * cos(2 * M_PI * v);
}

/* A bad moment is bad for all metrics. */
static void simulated(struct script *s, const struct check_order *order,
		      struct check_outcome *outcome)
{
	const bool bad = random_unit(random_next(&world.random)) < 0.1;
	const struct duet_kind *is = world.duet;
	const double noise = world.noise * (bad ? is->outlier : 1);
	double real = 0, bias = 0;

	(void)s;
	if (order->stage == CHECK_STAGE_BURN)
		real = outcome->expected;
	else if (order->stage == CHECK_STAGE_NULL)
		bias = world.bias;
	else if (order->row < world.changed)
		real = log1p(world.change);
	for (int m = LAUNCH_THROUGHPUT; m <= LAUNCH_CPU; m++)
		outcome->effect[m] =
			is->shown[m] * real + bias + noise * is->spread[m] * normal();
	outcome->effect[LAUNCH_P50] = outcome->effect[LAUNCH_P99] = NAN;
}

static void count(struct tally *tally)
{
	tally->sessions++;
	tally->launches += script.orders;
	tally->invalid += !script.report.valid;
	for (size_t i = 0; i < script.rows; i++) {
		const bool worse = script.row[i].verdict == CHECK_REGRESSION;
		const bool changed = i < world.changed && world.change > 0;
		tally->regressions += worse && changed;
		tally->missed += !worse && changed;
		tally->false_alarms += worse && !changed;
		tally->equivalent += script.row[i].verdict == CHECK_EQUIVALENT;
	}
}

static struct tally simulate(size_t sessions, size_t rows)
{
	struct tally tally = {0};

	for (size_t i = 0; i < sessions; i++) {
		script_init(&script);
		script.rows = rows;
		script.is.split = world.duet->split;
		script.seed = i;
		script.outcome = simulated;
		script_run(&script);
		count(&tally);
	}
	return tally;
}

/* Expected number and four standard deviations. */
static double at_least(size_t trials, double rate)
{
	return (double)trials * rate - 4 * sqrt((double)trials * rate * (1 - rate));
}

static double at_most(size_t trials, double rate)
{
	return (double)trials * rate + 4 * sqrt((double)trials * rate * (1 - rate));
}

static void a_server_is_not_slower_than_itself(void)
{
	world.change = 0, world.changed = 0, world.bias = 0, world.noise = 1;
	world.random = 1, world.duet = &split;
	const struct tally tally = simulate(3000, 1);

	CU_ASSERT_EQUAL(tally.false_alarms, 0);
	CU_ASSERT_TRUE((double)tally.equivalent >= at_least(3000, 0.95));
	CU_ASSERT_TRUE((double)tally.invalid <= at_most(3000, 0.005));
	CU_ASSERT_TRUE(tally.launches < 3000UL * 20);
}

static void nor_on_a_machine_that_is_worse(void)
{
	world.change = 0, world.changed = 0, world.bias = 0, world.noise = 8;
	world.random = 2, world.duet = &split;
	const struct tally tally = simulate(1000, 1);

	CU_ASSERT_EQUAL(tally.false_alarms, 0);
	CU_ASSERT_TRUE((double)tally.invalid <= at_most(1000, 0.04));
}

static void find_a_twentieth(const struct duet_kind *duet)
{
	world.change = 0.05, world.changed = 1, world.bias = 0, world.noise = 1;
	world.random = 3, world.duet = duet;
	const struct tally tally = simulate(1000, 1);

	CU_ASSERT_TRUE((double)tally.regressions >= at_least(1000, 0.97));
	CU_ASSERT_TRUE(tally.launches < 1000UL * 40);
}

static void a_twentieth_more_is_found(void)
{
	find_a_twentieth(&split);
	find_a_twentieth(&shared);
}

/* The margin bounds the real change. */
static void a_change_within_the_margin_is_not_found(void)
{
	world.change = 0.015, world.changed = 1, world.bias = 0, world.noise = 1;
	world.random = 4, world.duet = &split;
	const struct tally tally = simulate(500, 1);

	CU_ASSERT_TRUE((double)tally.regressions <= at_most(500, 0.005));
}

static void one_of_many_rows_is_found(void)
{
	world.change = 0.05, world.changed = 1, world.bias = 0, world.noise = 1;
	world.random = 5, world.duet = &split;
	const struct tally tally = simulate(100, 20);

	CU_ASSERT_EQUAL(tally.false_alarms, 0);
	CU_ASSERT_TRUE((double)tally.regressions >= at_least(100, 0.97));
}

static void all_of_many_rows_are_found(void)
{
	world.change = 0.08, world.changed = 20, world.bias = 0, world.noise = 1;
	world.random = 6, world.duet = &split;
	const struct tally tally = simulate(50, 20);

	CU_ASSERT_TRUE((double)tally.regressions >= at_least(1000, 0.97));
}

static void a_bias_is_caught(void)
{
	world.change = 0, world.changed = 0, world.bias = 0.02, world.noise = 1;
	world.random = 7, world.duet = &split;
	const struct tally tally = simulate(500, 1);

	CU_ASSERT_TRUE((double)tally.invalid >= at_least(500, 0.93));
}

int main(void)
{
	static const struct test_case cases[] = {
		{"a server is not slower than itself",
		 a_server_is_not_slower_than_itself},
		{"nor on a machine that is worse", nor_on_a_machine_that_is_worse},
		{"a twentieth more is found", a_twentieth_more_is_found},
		{"a change within the margin is not found",
		 a_change_within_the_margin_is_not_found},
		{"one of many rows is found", one_of_many_rows_is_found},
		{"all of many rows are found", all_of_many_rows_are_found},
		{"a bias is caught", a_bias_is_caught},
		{NULL, NULL},
	};

	return test_suite_run("check_simulation", cases) != 0;
}
