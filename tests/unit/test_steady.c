/* test_steady.c - windows that are steady, and windows that are not. */
#include <CUnit/CUnit.h>
#include <math.h>

#include "loadgen/intervals.h"
#include "loadgen/random.h"
#include "tests/suite.h"

#define BATCHES   40 /* 10 s */
#define TOLERANCE 0.2
#define SERIES    1000

static double series[BATCHES];

/* Of mean 0 and standard deviation 1, nearly normal. */
static double noise(uint64_t *state)
{
	double sum = -6;

	for (int i = 0; i < 12; i++)
		sum += random_unit(random_next(state));
	return sum;
}

/* Level 1000 with so much noise, and another level in the batches from..to. */
static void fill(double deviation, double level, int from, int to, uint64_t *state)
{
	for (int i = 0; i < BATCHES; i++)
		series[i] = (i >= from && i < to ? level : 1000) +
			    1000 * deviation * noise(state);
}

static enum steady_state state_of(void)
{
	struct steady steady;

	steady_judge(series, BATCHES, TOLERANCE, &steady);
	return steady.state;
}

/* How many of many such series are in the state. */
static int count_of(enum steady_state state, double deviation, double level, int from,
		    int to)
{
	uint64_t random = 1;
	int count = 0;

	for (int i = 0; i < SERIES; i++) {
		fill(deviation, level, from, to, &random);
		count += state_of() == state;
	}
	return count;
}

static void the_cut_is_where_the_transient_ends(void)
{
	static const double settled[] = {9, 7, 4, 1, 1.1, 0.9, 1, 1.1, 0.9, 1};
	static const double level[] = {5, 5, 5, 5, 5, 5, 5, 5, 5, 5};
	static const double never[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};

	CU_ASSERT_EQUAL(steady_cut(settled, 10, 5), 3);
	CU_ASSERT_EQUAL(steady_cut(level, 10, 5), 0);
	CU_ASSERT_EQUAL(steady_cut(never, 10, 5), 5); /* no more may be cut */
	CU_ASSERT_EQUAL(steady_cut(never, 10, 3), 7);
}

/* By hand: the squared error of the last n is 2 / 3^2 for n = 3 and 5 / 4^2 for n = 4. */
static void the_cut_weighs_length_against_scatter(void)
{
	static const double values[] = {4, 1, 2, 3}, longer[] = {2, 2, 1, 2, 3};

	CU_ASSERT_EQUAL(steady_cut(values, 4, 3), 1);
	CU_ASSERT_EQUAL(steady_cut(longer, 5, 3), 0);
}

static void noise_is_steady(void)
{
	CU_ASSERT_EQUAL(count_of(STEADY, 0, 1000, 0, 0), SERIES);
	CU_ASSERT_EQUAL(count_of(STEADY, 0.01, 1000, 0, 0), SERIES);
	CU_ASSERT_EQUAL(count_of(STEADY, 0.1, 1000, 0, 0), SERIES);
	CU_ASSERT_TRUE(count_of(STEADY, 0.3, 1000, 0, 0) >= 999);
}

/* As on a machine whose neighbours are busy for a second or two: each batch keeps 0.8 of
 * what the one before was off. */
static void noise_with_a_memory_is_steady(void)
{
	uint64_t random = 1;
	int steady = 0;

	for (int i = 0; i < SERIES; i++) {
		double off = 0;
		for (int j = -20; j < BATCHES; j++) {
			off = 0.8 * off + 0.6 * noise(&random);
			if (j >= 0)
				series[j] = 1000 * (1 + 0.1 * off);
		}
		steady += state_of() == STEADY;
	}
	CU_ASSERT_TRUE(steady >= 980);
}

static void a_pause_is_no_drift(void)
{
	CU_ASSERT_EQUAL(count_of(STEADY, 0.02, 0, 10, 18), SERIES);
	CU_ASSERT_EQUAL(count_of(STEADY, 0.02, 300, 30, 38), SERIES);
	CU_ASSERT_EQUAL(count_of(STEADY, 0.02, 300, 0, 8), SERIES);
}

static void a_change_within_the_tolerance_is_none(void)
{
	CU_ASSERT_EQUAL(count_of(STEADY, 0.01, 850, BATCHES / 2, BATCHES), SERIES);
}

static void halves_that_differ_are_a_drift(void)
{
	struct steady steady;
	uint64_t random = 7;

	CU_ASSERT_TRUE(count_of(STEADY_DRIFTING, 0.03, 750, BATCHES / 2, BATCHES) >= 999);
	CU_ASSERT_TRUE(count_of(STEADY_DRIFTING, 0.03, 1333, BATCHES / 2, BATCHES) >=
		       999);
	fill(0.01, 750, BATCHES / 2, BATCHES, &random);
	steady_judge(series, BATCHES, TOLERANCE, &steady);
	CU_ASSERT_DOUBLE_EQUAL(steady.before, 1000, 10);
	CU_ASSERT_DOUBLE_EQUAL(steady.after, 750, 10);
}

static void a_slope_is_a_drift(void)
{
	for (int i = 0; i < BATCHES; i++)
		series[i] = 1000 - 15 * i;
	CU_ASSERT_EQUAL(state_of(), STEADY_DRIFTING);
	for (int i = 0; i < BATCHES; i++)
		series[i] = 1000 - 5 * i;
	CU_ASSERT_EQUAL(state_of(), STEADY);
}

static void a_long_transient_is_no_steady_state(void)
{
	struct steady steady;
	uint64_t random = 3;

	fill(0.01, 500, 0, 32, &random);
	steady_judge(series, BATCHES, TOLERANCE, &steady);
	CU_ASSERT_EQUAL(steady.state, STEADY_LATE);
	CU_ASSERT_DOUBLE_EQUAL(steady.cut, 32.0 / BATCHES, 0.06);
	CU_ASSERT_DOUBLE_EQUAL(steady.before, 500, 10);
	CU_ASSERT_DOUBLE_EQUAL(steady.after, 1000, 10);
}

/* An interval of 50 ms each, `replies` of them at `latency_ns`. */
static void append(struct intervals *intervals, uint64_t replies, double latency_ns)
{
	const struct interval one = {replies, (double)replies * latency_ns};

	intervals_append(intervals, &one);
}

static void fewer_than_50_intervals_are_short(void)
{
	struct intervals intervals = {NULL, 0, 0, false};
	struct steady steady;

	for (int i = 0; i < 49; i++)
		append(&intervals, i < 25 ? 100 : 10, 1000);
	intervals_judge_replies(&intervals, &steady);
	CU_ASSERT_EQUAL(steady.state, STEADY_SHORT);
	append(&intervals, 10, 1000);
	intervals_judge_replies(&intervals, &steady);
	CU_ASSERT_EQUAL(steady.state, STEADY_DRIFTING);
	intervals_judge_latency(&intervals, &steady);
	CU_ASSERT_EQUAL(steady.state, STEADY);
	intervals_release(&intervals);
}

static void a_latency_that_grows_is_a_drift(void)
{
	struct intervals intervals = {NULL, 0, 0, false};
	struct steady steady;

	for (int i = 0; i < 200; i++) /* a queue that grows: 1 % too many arrivals */
		append(&intervals, i % 10 == 9 ? 0 : 100, 1e6 + 5e5 * i);
	intervals_judge_replies(&intervals, &steady);
	CU_ASSERT_EQUAL(steady.state, STEADY);
	intervals_judge_latency(&intervals, &steady);
	CU_ASSERT_EQUAL(steady.state, STEADY_DRIFTING);
	intervals_release(&intervals);
}

static void workers_are_added_piece_by_piece(void)
{
	struct intervals a = {NULL, 0, 0, false}, b = {NULL, 0, 0, false};
	struct intervals sum = {NULL, 0, 0, false};

	for (int i = 0; i < 300; i++)
		append(&a, 1, 10);
	for (int i = 0; i < 400; i++)
		append(&b, 2, 30);
	intervals_add(&sum, &a);
	intervals_add(&sum, &b);
	CU_ASSERT_EQUAL_FATAL(sum.count, 400);
	CU_ASSERT_EQUAL(sum.items[299].replies, 3);
	CU_ASSERT_EQUAL(sum.items[299].latency_ns, 10 + 60);
	CU_ASSERT_EQUAL(sum.items[399].replies, 2);
	CU_ASSERT_EQUAL(sum.items[399].latency_ns, 60);
	intervals_release(&a);
	intervals_release(&b);
	intervals_release(&sum);
}

/* A day: batches are made longer, or comparing all pairs would take minutes. */
static void a_long_window_is_judged_in_time(void)
{
	struct intervals intervals = {NULL, 0, 0, false};
	struct steady steady;

	for (int i = 0; i < 86400 * 20; i++)
		append(&intervals, i < 86400 * 16 ? 100 : 50, 1000);
	intervals_judge_replies(&intervals, &steady);
	CU_ASSERT_EQUAL(steady.state, STEADY_LATE);
	CU_ASSERT_DOUBLE_EQUAL(steady.cut, 0.8, 0.01);
	intervals_release(&intervals);
}

static const struct test_case cases[] = {
	{"the cut is where the transient ends", the_cut_is_where_the_transient_ends},
	{"the cut weighs length against scatter", the_cut_weighs_length_against_scatter},
	{"noise is steady", noise_is_steady},
	{"noise with a memory is steady", noise_with_a_memory_is_steady},
	{"a pause is no drift", a_pause_is_no_drift},
	{"a change within the tolerance is none", a_change_within_the_tolerance_is_none},
	{"halves that differ are a drift", halves_that_differ_are_a_drift},
	{"a slope is a drift", a_slope_is_a_drift},
	{"a long transient is no steady state", a_long_transient_is_no_steady_state},
	{"fewer than 50 intervals are short", fewer_than_50_intervals_are_short},
	{"a latency that grows is a drift", a_latency_that_grows_is_a_drift},
	{"workers are added piece by piece", workers_are_added_piece_by_piece},
	{"a long window is judged in time", a_long_window_is_judged_in_time},
	{NULL, NULL},
};

int main(void)
{
	return test_suite_run("steady", cases) != 0;
}
