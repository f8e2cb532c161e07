/*
 * test_check_session.c - the plan of a check and its verdicts, with outcomes that are
 * scripted: what is launched, when it ends, and what is said.
 */
#include <CUnit/CUnit.h>
#include <errno.h>
#include <math.h>
#include <string.h>

#include "server/options.h"
#include "tests/suite.h"
#include "tests/unit/check_script.h"

static struct script script;

static void nothing_changed(void)
{
	script_init(&script);
	script.outcome = script_even;
	script_run(&script);
	const struct check_row *row = &script.row[0];
	const struct check_metric *cpu = &row->metric[LAUNCH_CPU];

	CU_ASSERT_EQUAL(row->verdict, CHECK_EQUIVALENT);
	CU_ASSERT_STRING_EQUAL(row->reason, "");
	CU_ASSERT_EQUAL(script.made[CHECK_STAGE_SCREEN], 8);
	CU_ASSERT_EQUAL(script.made[CHECK_STAGE_NULL], 4);
	CU_ASSERT_EQUAL(script.made[CHECK_STAGE_BURN], 3);
	CU_ASSERT_EQUAL(script.made[CHECK_STAGE_CONFIRM], 0);
	CU_ASSERT_TRUE(cpu->gated && row->metric[LAUNCH_THROUGHPUT].gated);
	CU_ASSERT_DOUBLE_EQUAL(cpu->attenuation, 0.5, 0.02);
	CU_ASSERT_DOUBLE_EQUAL(cpu->limit, log1p(0.03) * cpu->attenuation, 1e-12);
	CU_ASSERT_EQUAL(row->metric[LAUNCH_P50].verdict, CHECK_REPORTED);
	CU_ASSERT_EQUAL(cpu->screen.count, 8);
	CU_ASSERT_EQUAL(cpu->median[0], 100);
	CU_ASSERT_EQUAL(cpu->median[1], 104.5);
	CU_ASSERT_EQUAL(row->pairs, 80);
	CU_ASSERT_EQUAL(row->seconds, 11);
	CU_ASSERT_TRUE(script.report.valid);
	CU_ASSERT_FALSE(script.report.out_of_time);
	CU_ASSERT_EQUAL(check_exit_status(&script.report), 0);
}

static void a_regression_is_confirmed_and_sized(void)
{
	script_init(&script);
	script.outcome = script_cpu_worse;
	script_run(&script);
	const struct check_row *row = &script.row[0];
	const struct check_metric *cpu = &row->metric[LAUNCH_CPU];

	CU_ASSERT_EQUAL(row->verdict, CHECK_REGRESSION);
	CU_ASSERT_EQUAL(script.made[CHECK_STAGE_CONFIRM], 12);
	CU_ASSERT_EQUAL(script.made[CHECK_STAGE_SIZE], 4);
	CU_ASSERT_EQUAL(script.order[script.orders - 1].mode, LAUNCH_ABBA);
	CU_ASSERT_EQUAL(cpu->verdict, CHECK_REGRESSION);
	CU_ASSERT_TRUE(cpu->confirmation.confirmed);
	CU_ASSERT_EQUAL(cpu->confirmation.count, 12);
	CU_ASSERT_DOUBLE_EQUAL(cpu->estimate_real, 0.08, 0.002);
	CU_ASSERT_EQUAL(row->metric[LAUNCH_THROUGHPUT].verdict, CHECK_EQUIVALENT);
	CU_ASSERT_EQUAL(row->metric[LAUNCH_THROUGHPUT].confirmation.count, 0);
	CU_ASSERT_STRING_EQUAL(row->reason,
			       "cpu: seen in 8 launches and confirmed on 12 fresh ones: "
			       "p 0.00024");
	CU_ASSERT_EQUAL(check_exit_status(&script.report), 1);
}

static void throughput_worse(struct script *s, const struct check_order *order,
			     struct check_outcome *outcome)
{
	script_even(s, order, outcome);
	if (script_compares(order))
		outcome->effect[LAUNCH_THROUGHPUT] += 0.04;
}

static void so_is_one_of_throughput_alone(void)
{
	script_init(&script);
	script.outcome = throughput_worse;
	script_run(&script);
	CU_ASSERT_EQUAL(script.row[0].verdict, CHECK_REGRESSION);
	CU_ASSERT_EQUAL(script.made[CHECK_STAGE_CONFIRM], 12);
	CU_ASSERT_EQUAL(script.made[CHECK_STAGE_SIZE], 4);
	CU_ASSERT_EQUAL(script.row[0].metric[LAUNCH_CPU].verdict, CHECK_EQUIVALENT);
}

static void all_worse(struct script *s, const struct check_order *order,
		      struct check_outcome *outcome)
{
	script_cpu_worse(s, order, outcome);
	if (script_compares(order))
		outcome->effect[LAUNCH_THROUGHPUT] += 0.04;
}

/* With 12 the least p of 220 metrics is too large for Holm's procedure. */
static void so_many_regressions_take_a_launch_more(void)
{
	script_init(&script);
	script.outcome = all_worse;
	script.rows = 110;
	script_run(&script);
	CU_ASSERT_EQUAL(script.made[CHECK_STAGE_CONFIRM], 1430);
	for (size_t i = 0; i < 110; i++)
		CU_ASSERT_EQUAL(script.row[i].verdict, CHECK_REGRESSION);
}

static void better(struct script *s, const struct check_order *order,
		   struct check_outcome *outcome)
{
	script_even(s, order, outcome);
	if (script_compares(order))
		outcome->effect[LAUNCH_THROUGHPUT] -= 0.04;
}

static void an_improvement_needs_no_confirmation(void)
{
	script_init(&script);
	script.outcome = better;
	script_run(&script);
	CU_ASSERT_EQUAL(script.row[0].verdict, CHECK_IMPROVED);
	CU_ASSERT_EQUAL(script.orders, 15);
	CU_ASSERT_EQUAL(check_exit_status(&script.report), 0);
}

static void screen_only(struct script *s, const struct check_order *order,
			struct check_outcome *outcome)
{
	script_even(s, order, outcome);
	if (order->stage == CHECK_STAGE_SCREEN)
		outcome->effect[LAUNCH_CPU] += 0.04;
}

static void what_is_not_seen_again_is_no_regression(void)
{
	script_init(&script);
	script.outcome = screen_only;
	script_run(&script);
	const struct check_row *row = &script.row[0];

	CU_ASSERT_EQUAL(row->verdict, CHECK_INCONCLUSIVE);
	CU_ASSERT_EQUAL(script.made[CHECK_STAGE_CONFIRM], 12);
	CU_ASSERT_EQUAL(script.made[CHECK_STAGE_SIZE], 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(
		row->reason, "cpu: seen, not confirmed on 12 fresh launches: p 0."));
	CU_ASSERT_EQUAL(check_exit_status(&script.report), 0);
	script.report.strict = true;
	CU_ASSERT_EQUAL(check_exit_status(&script.report), 3);
}

/* Decided at the first look, it is not changed by what comes while another is open. */
static void cpu_once(struct script *s, const struct check_order *order,
		     struct check_outcome *outcome)
{
	script_even(s, order, outcome);
	if (order->stage == CHECK_STAGE_SCREEN && order->launch > 8)
		outcome->effect[LAUNCH_CPU] += 1;
	if (order->stage == CHECK_STAGE_SCREEN)
		outcome->effect[LAUNCH_THROUGHPUT] += script_spread(order, 0.1);
}

static void a_decision_stays(void)
{
	script_init(&script);
	script.outcome = cpu_once;
	script_run(&script);
	const struct check_row *row = &script.row[0];

	CU_ASSERT_EQUAL(script.made[CHECK_STAGE_SCREEN], 24);
	CU_ASSERT_EQUAL(row->metric[LAUNCH_CPU].verdict, CHECK_EQUIVALENT);
	CU_ASSERT_EQUAL(row->metric[LAUNCH_CPU].finding.launches, 8);
	CU_ASSERT_EQUAL(row->metric[LAUNCH_THROUGHPUT].verdict, CHECK_INCONCLUSIVE);
	CU_ASSERT_EQUAL(row->verdict, CHECK_INCONCLUSIVE);
	CU_ASSERT_PTR_NOT_NULL(strstr(row->reason, "throughput: 24 launches: "));
	CU_ASSERT_PTR_NOT_NULL(strstr(row->reason, "would be found in 8 of 10"));
}

static void noisy_throughput(struct script *s, const struct check_order *order,
			     struct check_outcome *outcome)
{
	script_cpu_worse(s, order, outcome);
	outcome->effect[LAUNCH_THROUGHPUT] = script_spread(order, 0.08);
}

static void one_flagged_metric_ends_a_screen(void)
{
	script_init(&script);
	script.outcome = noisy_throughput;
	script_run(&script);
	CU_ASSERT_EQUAL(script.made[CHECK_STAGE_SCREEN], 8);
	CU_ASSERT_EQUAL(script.made[CHECK_STAGE_CONFIRM], 12);
	CU_ASSERT_EQUAL(script.row[0].metric[LAUNCH_THROUGHPUT].verdict,
			CHECK_INCONCLUSIVE);
	CU_ASSERT_EQUAL(script.row[0].verdict, CHECK_REGRESSION);
}

static void no_cpu_of_its_own(struct script *s, const struct check_order *order,
			      struct check_outcome *outcome)
{
	script_even(s, order, outcome);
	outcome->effect[LAUNCH_CPU] = NAN;
	outcome->dropped[LAUNCH_CPU] = outcome->pairs;
}

static void a_server_without_cpu_time_is_judged_by_the_rest(void)
{
	const struct check_metric *cpu = &script.row[0].metric[LAUNCH_CPU];

	script_init(&script);
	script.outcome = no_cpu_of_its_own;
	script_run(&script);
	CU_ASSERT_EQUAL(script.made[CHECK_STAGE_SCREEN], 8);
	CU_ASSERT_EQUAL(script.row[0].verdict, CHECK_EQUIVALENT);
	CU_ASSERT_EQUAL(cpu->verdict, CHECK_REPORTED);
	CU_ASSERT_STRING_EQUAL(cpu->reason,
			       "not gated: no CPU time of the servers was measured");
}

static void fewer_launches_have_fewer_looks(void)
{
	script_init(&script);
	script.outcome = cpu_once;
	script.max_launches = 14;
	script_run(&script);
	CU_ASSERT_EQUAL(script.made[CHECK_STAGE_SCREEN], 14);
	CU_ASSERT_EQUAL(script.row[0].metric[LAUNCH_THROUGHPUT].finding.launches, 12);
}

static void what_can_decide_nothing_is_refused(void)
{
	const struct check_session_row is = {0};
	struct check_session_config config = {.rows = &is, .max_launches = 7};
	struct check_session *session = NULL;
	char error[OPTION_ERROR_SIZE] = "";

	script_init(&script);
	script.report.rows = script.row;
	script.report.count = 1;
	CU_ASSERT_EQUAL(check_session_new(&config, &script.report, &session, error),
			-EINVAL);
	CU_ASSERT_STRING_EQUAL(error, "7 launches can decide nothing: give at least 8");
	CU_ASSERT_PTR_NULL(session);
}

static void blind(struct script *s, const struct check_order *order,
		  struct check_outcome *outcome)
{
	script_even(s, order, outcome);
	if (order->launch != 2)
		return;
	for (int m = 0; m < LAUNCH_METRICS; m++)
		outcome->effect[m] = NAN;
}

static void a_launch_that_says_nothing_is_made_up_for(void)
{
	script_init(&script);
	script.outcome = blind;
	script_run(&script);
	CU_ASSERT_EQUAL(script.made[CHECK_STAGE_SCREEN], 9);
	CU_ASSERT_EQUAL(script.row[0].metric[LAUNCH_CPU].finding.launches, 8);
	CU_ASSERT_EQUAL(script.row[0].verdict, CHECK_EQUIVALENT);
}

static void rows_take_turns_in_random_order(void)
{
	size_t first_of_round[2] = {0, 0}, seen = 0;

	script_init(&script);
	script.outcome = script_even;
	script.rows = 20;
	script_run(&script);
	CU_ASSERT_EQUAL(script.made[CHECK_STAGE_NULL], 16);
	CU_ASSERT_EQUAL(script.made[CHECK_STAGE_BURN], 60);
	for (size_t i = 0; i < script.orders; i++) {
		const struct check_order *order = &script.order[i];
		if (order->stage != CHECK_STAGE_SCREEN)
			continue;
		/* Nobody's second launch before everybody's first. */
		CU_ASSERT_EQUAL(order->launch, seen / 20 + 1);
		if (seen % 20 == 0 && seen < 40)
			first_of_round[seen / 20] = order->row;
		seen++;
	}
	CU_ASSERT_NOT_EQUAL(first_of_round[0], first_of_round[1]);
	for (size_t row = 0; row < 16; row++)
		CU_ASSERT_EQUAL(script.of_row[row][CHECK_STAGE_NULL], 1);
}

static void a_seed_gives_the_same_session(void)
{
	static struct script other;

	script_init(&script);
	script.outcome = script_even;
	script.rows = 5;
	other = script;
	script_run(&script);
	script_run(&other);
	CU_ASSERT_EQUAL(script.orders, other.orders);
	for (size_t i = 0; i < script.orders; i++) {
		CU_ASSERT_EQUAL(script.order[i].row, other.order[i].row);
		CU_ASSERT_EQUAL(script.order[i].seed, other.order[i].seed);
		if (i > 0)
			CU_ASSERT_NOT_EQUAL(script.order[i].seed,
					    script.order[i - 1].seed);
	}
}

static void tails(struct script *s, const struct check_order *order,
		  struct check_outcome *outcome)
{
	script_even(s, order, outcome);
	if (order->stage == CHECK_STAGE_SCREEN)
		outcome->effect[LAUNCH_P99] += script_spread(order, 1);
}

static void noisy_tails_are_not_gated(void)
{
	script_init(&script);
	script.outcome = tails;
	script.is.open_loop = true;
	script_run(&script);
	const struct check_metric *p99 = &script.row[0].metric[LAUNCH_P99];

	CU_ASSERT_EQUAL(p99->verdict, CHECK_REPORTED);
	CU_ASSERT_FALSE(p99->gated);
	CU_ASSERT_PTR_NOT_NULL(strstr(p99->reason, "not gated: only "));
	CU_ASSERT_EQUAL(script.made[CHECK_STAGE_SCREEN], 8);
	CU_ASSERT_EQUAL(script.row[0].verdict, CHECK_EQUIVALENT);
}

static void the_same_program_is_not_screened(void)
{
	script_init(&script);
	script.outcome = script_even;
	script.same_program[0] = true;
	script_run(&script);
	CU_ASSERT_EQUAL(script.row[0].verdict, CHECK_EQUIVALENT);
	CU_ASSERT_STRING_EQUAL(script.row[0].reason,
			       "the same program, arguments and environment");
	CU_ASSERT_EQUAL(script.made[CHECK_STAGE_NULL], 4);
	CU_ASSERT_EQUAL(script.orders, 4);
	CU_ASSERT_EQUAL(check_exit_status(&script.report), 0);
}

int main(void)
{
	static const struct test_case cases[] = {
		{"nothing changed", nothing_changed},
		{"a regression is confirmed and sized",
		 a_regression_is_confirmed_and_sized},
		{"so is one of throughput alone", so_is_one_of_throughput_alone},
		{"so many regressions take a launch more",
		 so_many_regressions_take_a_launch_more},
		{"an improvement needs no confirmation",
		 an_improvement_needs_no_confirmation},
		{"what is not seen again is no regression",
		 what_is_not_seen_again_is_no_regression},
		{"a decision stays", a_decision_stays},
		{"one flagged metric ends a screen", one_flagged_metric_ends_a_screen},
		{"a server without CPU time is judged by the rest",
		 a_server_without_cpu_time_is_judged_by_the_rest},
		{"fewer launches have fewer looks", fewer_launches_have_fewer_looks},
		{"what can decide nothing is refused",
		 what_can_decide_nothing_is_refused},
		{"a launch that says nothing is made up for",
		 a_launch_that_says_nothing_is_made_up_for},
		{"rows take turns in random order", rows_take_turns_in_random_order},
		{"a seed gives the same session", a_seed_gives_the_same_session},
		{"noisy tails are not gated", noisy_tails_are_not_gated},
		{"the same program is not screened", the_same_program_is_not_screened},
		{NULL, NULL},
	};

	return test_suite_run("check_session", cases) != 0;
}
