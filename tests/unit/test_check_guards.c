/*
 * test_check_guards.c - what keeps a check from a wrong verdict, with outcomes that are
 * scripted: servers that fail, uneven sides, the null control, time.
 */
#include <CUnit/CUnit.h>
#include <math.h>
#include <string.h>

#include "tests/suite.h"
#include "tests/unit/check_script.h"

static struct script script;

static void dies(struct script *s, const struct check_order *order,
		 struct check_outcome *outcome)
{
	script_even(s, order, outcome);
	if (order->row == 1 && order->stage == CHECK_STAGE_SCREEN && order->launch == 3)
		outcome->problem = "new: exited with status 1";
}

static void a_problem_ends_its_row_alone(void)
{
	script_init(&script);
	script.outcome = dies;
	script.rows = 3;
	script_run(&script);
	CU_ASSERT_EQUAL(script.row[1].verdict, CHECK_INVALID);
	CU_ASSERT_STRING_EQUAL(script.row[1].reason, "new: exited with status 1");
	CU_ASSERT_TRUE(script.row[1].server_failed);
	CU_ASSERT_EQUAL(script.row[1].metric[LAUNCH_CPU].verdict, CHECK_INVALID);
	CU_ASSERT_EQUAL(script.of_row[1][CHECK_STAGE_SCREEN], 3);
	CU_ASSERT_EQUAL(script.row[0].verdict, CHECK_EQUIVALENT);
	CU_ASSERT_EQUAL(script.row[2].verdict, CHECK_EQUIVALENT);
	CU_ASSERT_TRUE(script.report.valid);
	CU_ASSERT_EQUAL(check_undecided(&script.report), 1);
	CU_ASSERT_EQUAL(check_exit_status(&script.report), 3);
}

static void nothing_runs(struct script *s, const struct check_order *order,
			 struct check_outcome *outcome)
{
	script_even(s, order, outcome);
	outcome->problem = "base: did not start";
}

static void a_session_of_no_server_ends(void)
{
	script_init(&script);
	script.outcome = nothing_runs;
	script.rows = 2;
	script_run(&script);
	CU_ASSERT_TRUE(script.orders <= 4);
	CU_ASSERT_EQUAL(script.row[0].verdict, CHECK_INVALID);
	CU_ASSERT_EQUAL(check_exit_status(&script.report), 3);
}

static void drops(struct script *s, const struct check_order *order,
		  struct check_outcome *outcome)
{
	script_cpu_worse(s, order, outcome);
	outcome->dropped[LAUNCH_P99] = 10; /* not gated */
	outcome->dropped[LAUNCH_CPU] = order->row == 0 ? 6 : 5;
}

static void dropped_slices_make_a_row_invalid(void)
{
	script_init(&script);
	script.outcome = drops;
	script.rows = 2;
	script_run(&script);
	CU_ASSERT_EQUAL(script.row[0].verdict, CHECK_INVALID);
	CU_ASSERT_STRING_EQUAL(script.row[0].reason,
			       "48 of 80 slices could not be compared, more than 50 %");
	CU_ASSERT_EQUAL(script.row[0].dropped, 48);
	CU_ASSERT_FALSE(script.row[0].server_failed);
	CU_ASSERT_EQUAL(script.of_row[0][CHECK_STAGE_CONFIRM], 0);
	CU_ASSERT_EQUAL(script.row[1].verdict, CHECK_REGRESSION);
	CU_ASSERT_EQUAL(check_exit_status(&script.report), 1);
}

static void uneven(struct script *s, const struct check_order *order,
		   struct check_outcome *outcome)
{
	script_cpu_worse(s, order, outcome);
	if (order->stage == CHECK_STAGE_SCREEN &&
	    (order->launch == 2 || order->launch == 5))
		outcome->asymmetry = "new used 1.80 CPUs, base 0.90";
}

static void uneven_sides_take_turns(void)
{
	script_init(&script);
	script.outcome = uneven;
	script_run(&script);
	const struct check_row *row = &script.row[0];

	CU_ASSERT_EQUAL(row->mode, LAUNCH_ABBA);
	CU_ASSERT_STRING_EQUAL(row->mode_reason, "new used 1.80 CPUs, base 0.90");
	CU_ASSERT_EQUAL(row->metric[LAUNCH_CPU].attenuation, 1);
	CU_ASSERT_EQUAL(row->metric[LAUNCH_CPU].screen.count, 8);
	CU_ASSERT_EQUAL(script.made[CHECK_STAGE_SCREEN], 13);
	CU_ASSERT_EQUAL(script.made[CHECK_STAGE_SIZE], 0);
	CU_ASSERT_EQUAL(row->verdict, CHECK_REGRESSION);
	CU_ASSERT_EQUAL(row->pairs, 200);
}

static void an_open_loop_has_no_turns(void)
{
	script_init(&script);
	script.outcome = uneven;
	script.is.open_loop = true;
	script_run(&script);
	const struct check_row *row = &script.row[0];

	CU_ASSERT_EQUAL(row->mode, LAUNCH_DUET);
	CU_ASSERT_PTR_NOT_NULL(strstr(row->reason, "an open loop has no turns"));
	CU_ASSERT_FALSE(row->metric[LAUNCH_THROUGHPUT].gated);
	CU_ASSERT_EQUAL(row->metric[LAUNCH_P50].verdict, CHECK_EQUIVALENT);
	CU_ASSERT_EQUAL(row->metric[LAUNCH_P99].verdict, CHECK_EQUIVALENT);
	CU_ASSERT_EQUAL(row->verdict, CHECK_REGRESSION);
	CU_ASSERT_EQUAL(script.made[CHECK_STAGE_SIZE], 0);
}

static void biased(struct script *s, const struct check_order *order,
		   struct check_outcome *outcome)
{
	script_even(s, order, outcome);
	if (order->stage == CHECK_STAGE_NULL)
		outcome->effect[LAUNCH_CPU] += 0.01;
}

static void a_biased_null_control_ends_the_session(void)
{
	script_init(&script);
	script.outcome = biased;
	script_run(&script);
	CU_ASSERT_FALSE(script.report.valid);
	CU_ASSERT_TRUE(script.report.null.biased);
	CU_ASSERT_EQUAL(script.made[CHECK_STAGE_NULL], 12);
	CU_ASSERT_DOUBLE_EQUAL(script.report.null.estimate[LAUNCH_CPU], 0.01, 0.001);
	CU_ASSERT_PTR_NOT_NULL(
		strstr(script.report.reason, "base against itself: cpu +1.0"));
	CU_ASSERT_PTR_NOT_NULL(strstr(script.report.reason, " after 12 launches, where "
							    "0.7"));
	CU_ASSERT_EQUAL(check_exit_status(&script.report), 3);
}

static void biased_throughput(struct script *s, const struct check_order *order,
			      struct check_outcome *outcome)
{
	script_even(s, order, outcome);
	if (order->stage == CHECK_STAGE_NULL)
		outcome->effect[LAUNCH_THROUGHPUT] += 0.01;
}

static void a_bias_of_throughput_alone_is_one(void)
{
	script_init(&script);
	script.outcome = biased_throughput;
	script_run(&script);
	CU_ASSERT_TRUE(script.report.null.biased);
	CU_ASSERT_EQUAL(script.made[CHECK_STAGE_NULL], 12);
	CU_ASSERT_PTR_NOT_NULL(
		strstr(script.report.reason, "base against itself: throughput -"));
}

static void biased_tail(struct script *s, const struct check_order *order,
			struct check_outcome *outcome)
{
	script_even(s, order, outcome);
	if (order->stage == CHECK_STAGE_NULL)
		outcome->effect[LAUNCH_P99] += 1;
}

/* Nothing is tested against it: in a closed loop latencies are not gated. */
static void a_bias_of_what_is_not_gated_is_none(void)
{
	script_init(&script);
	script.outcome = biased_tail;
	script_run(&script);
	CU_ASSERT_TRUE(script.report.valid);
	CU_ASSERT_FALSE(script.report.null.biased);
	CU_ASSERT_EQUAL(script.made[CHECK_STAGE_NULL], 4);
	CU_ASSERT_EQUAL(script.row[0].verdict, CHECK_EQUIVALENT);
}

/* So large a bias that the look's rule sees it: no further launch is made. */
static void far_off(struct script *s, const struct check_order *order,
		    struct check_outcome *outcome)
{
	script_even(s, order, outcome);
	if (order->stage == CHECK_STAGE_NULL)
		outcome->effect[LAUNCH_THROUGHPUT] -= 0.1;
}

static void a_null_control_that_is_improved_is_biased(void)
{
	script_init(&script);
	script.outcome = far_off;
	script.rows = 10;
	script_run(&script);
	CU_ASSERT_TRUE(script.report.null.biased);
	CU_ASSERT_EQUAL(script.made[CHECK_STAGE_NULL], 8);
	CU_ASSERT_EQUAL(script.order[script.orders - 1].stage, CHECK_STAGE_NULL);
}

/* The first of them seem to be biased. */
static void at_first(struct script *s, const struct check_order *order,
		     struct check_outcome *outcome)
{
	script_even(s, order, outcome);
	if (order->stage == CHECK_STAGE_NULL && order->launch <= 5)
		outcome->effect[LAUNCH_CPU] += 0.01;
}

static void a_doubt_takes_more_launches(void)
{
	script_init(&script);
	script.outcome = at_first;
	script_run(&script);
	CU_ASSERT_EQUAL(script.made[CHECK_STAGE_NULL], 12);
	CU_ASSERT_TRUE(script.report.valid);
	CU_ASSERT_EQUAL(script.row[0].verdict, CHECK_EQUIVALENT);
}

static void a_doubt_without_time_is_no_verdict(void)
{
	script_init(&script);
	script.outcome = at_first;
	script.max_seconds = 15;
	script_run(&script);
	CU_ASSERT_TRUE(script.made[CHECK_STAGE_NULL] < 12);
	CU_ASSERT_FALSE(script.report.valid);
	CU_ASSERT_PTR_NOT_NULL(strstr(script.report.reason, "no time was left"));
	CU_ASSERT_EQUAL(check_exit_status(&script.report), 3);
}

/* As far off in the middle as the biased one, but spread to both sides. */
static void noisy_null(struct script *s, const struct check_order *order,
		       struct check_outcome *outcome)
{
	script_even(s, order, outcome);
	if (order->stage == CHECK_STAGE_NULL)
		outcome->effect[LAUNCH_CPU] += 0.01 + script_spread(order, 0.1);
}

static void noise_is_no_bias(void)
{
	script_init(&script);
	script.outcome = noisy_null;
	script_run(&script);
	CU_ASSERT_EQUAL(script.made[CHECK_STAGE_NULL], 12);
	CU_ASSERT_TRUE(fabs(script.report.null.estimate[LAUNCH_CPU]) >
		       script.report.null.limit[LAUNCH_CPU]);
	CU_ASSERT_FALSE(script.report.null.biased);
	CU_ASSERT_TRUE(script.report.valid);
}

static void wide(struct script *s, const struct check_order *order,
		 struct check_outcome *outcome)
{
	script_even(s, order, outcome);
	if (order->stage == CHECK_STAGE_SCREEN)
		outcome->effect[LAUNCH_CPU] += script_spread(order, 0.1);
}

static void time_is_up(void)
{
	script_init(&script);
	script.outcome = wide;
	script.max_seconds = 20.5;
	script_run(&script);
	CU_ASSERT_TRUE(script.elapsed <= 20.5);
	CU_ASSERT_TRUE(script.report.out_of_time);
	CU_ASSERT_EQUAL(script.orders, 20);
	CU_ASSERT_EQUAL(script.row[0].verdict, CHECK_INCONCLUSIVE);
	CU_ASSERT_PTR_NOT_NULL(
		strstr(script.row[0].reason, "cpu: time is up after 13 launches: "));
	CU_ASSERT_TRUE(script.report.valid);
}

static void too_few_launches(void)
{
	script_init(&script);
	script.outcome = script_even;
	script.rows = 4;
	script.max_seconds = 40;
	script_run(&script);
	CU_ASSERT_TRUE(script.elapsed <= 40);
	CU_ASSERT_EQUAL(script.row[0].verdict, CHECK_INVALID);
	CU_ASSERT_PTR_NOT_NULL(strstr(script.row[0].reason, "too few launches: "));
	CU_ASSERT_PTR_NOT_NULL(
		strstr(script.row[0].reason, " of at least 8, and time is up"));
	CU_ASSERT_EQUAL(check_exit_status(&script.report), 3);
}

static void no_time_at_all(void)
{
	script_init(&script);
	script.outcome = script_even;
	script.max_seconds = 1e-9;
	script_run(&script);
	CU_ASSERT_EQUAL(script.orders, 1);
	CU_ASSERT_FALSE(script.report.valid);
	CU_ASSERT_STRING_EQUAL(script.report.reason,
			       "the null control has 0 of at least 4 launches");
}

/* Rows of which the first regresses and the others stay open. */
static void mixed(struct script *s, const struct check_order *order,
		  struct check_outcome *outcome)
{
	if (order->row == 0)
		script_cpu_worse(s, order, outcome);
	else
		wide(s, order, outcome);
}

static void time_is_kept_to_confirm_what_is_seen(void)
{
	script_init(&script);
	script.outcome = mixed;
	script.rows = 3;
	script.max_seconds = 55;
	script_run(&script);
	CU_ASSERT_TRUE(script.elapsed <= 55);
	CU_ASSERT_EQUAL(script.made[CHECK_STAGE_CONFIRM], 12);
	CU_ASSERT_EQUAL(script.row[0].verdict, CHECK_REGRESSION);
	CU_ASSERT_EQUAL(script.row[1].verdict, CHECK_INCONCLUSIVE);
	CU_ASSERT_TRUE(script.report.out_of_time);
	CU_ASSERT_EQUAL(check_exit_status(&script.report), 1);
}

static void what_is_seen_too_late_is_not_confirmed(void)
{
	script_init(&script);
	script.outcome = script_cpu_worse;
	script.max_seconds = 20;
	script_run(&script);
	CU_ASSERT_TRUE(script.elapsed <= 20);
	CU_ASSERT_EQUAL(script.row[0].verdict, CHECK_INCONCLUSIVE);
	CU_ASSERT_PTR_NOT_NULL(strstr(script.row[0].reason, "time was up after "));
	CU_ASSERT_TRUE(isnan(script.row[0].metric[LAUNCH_CPU].estimate_real));
}

int main(void)
{
	static const struct test_case cases[] = {
		{"a problem ends its row alone", a_problem_ends_its_row_alone},
		{"a session of no server ends", a_session_of_no_server_ends},
		{"dropped slices make a row invalid", dropped_slices_make_a_row_invalid},
		{"uneven sides take turns", uneven_sides_take_turns},
		{"an open loop has no turns", an_open_loop_has_no_turns},
		{"a biased null control ends the session",
		 a_biased_null_control_ends_the_session},
		{"a bias of throughput alone is one", a_bias_of_throughput_alone_is_one},
		{"a bias of what is not gated is none",
		 a_bias_of_what_is_not_gated_is_none},
		{"a null control that is improved is biased",
		 a_null_control_that_is_improved_is_biased},
		{"a doubt takes more launches", a_doubt_takes_more_launches},
		{"a doubt without time is no verdict",
		 a_doubt_without_time_is_no_verdict},
		{"noise is no bias", noise_is_no_bias},
		{"time is up", time_is_up},
		{"too few launches", too_few_launches},
		{"no time at all", no_time_at_all},
		{"time is kept to confirm what is seen",
		 time_is_kept_to_confirm_what_is_seen},
		{"what is seen too late is not confirmed",
		 what_is_seen_too_late_is_not_confirmed},
		{NULL, NULL},
	};

	return test_suite_run("check_guards", cases) != 0;
}
