/* test_check_margin.c - what a check tests of a real change, with outcomes that are scripted. */
#include <CUnit/CUnit.h>
#include <math.h>
#include <string.h>

#include "tests/suite.h"
#include "tests/unit/check_script.h"

static struct script script;

/* Of a burden, so much shows. */
static double shown[LAUNCH_METRICS];

static void burdened(struct script *s, const struct check_order *order,
		     struct check_outcome *outcome)
{
	script_even(s, order, outcome);
	if (order->stage == CHECK_STAGE_BURN)
		for (int m = 0; m < LAUNCH_METRICS; m++)
			outcome->effect[m] = shown[m] * outcome->expected;
}

static void run_burdened(double cpu, double throughput)
{
	script_init(&script);
	script.outcome = burdened;
	shown[LAUNCH_CPU] = cpu;
	shown[LAUNCH_THROUGHPUT] = throughput;
	script_run(&script);
}

static double attenuation(enum launch_metric metric)
{
	return script.row[0].metric[metric].attenuation;
}

static void what_a_duet_shows_is_measured(void)
{
	run_burdened(0.62, 0.7);
	CU_ASSERT_DOUBLE_EQUAL(attenuation(LAUNCH_CPU), 0.62, 1e-9);
	CU_ASSERT_DOUBLE_EQUAL(attenuation(LAUNCH_THROUGHPUT), 0.7, 1e-9);
	CU_ASSERT_EQUAL(attenuation(LAUNCH_P50), 1);
	run_burdened(1.3, 1.2);
	CU_ASSERT_EQUAL(attenuation(LAUNCH_CPU), 1);
	CU_ASSERT_EQUAL(attenuation(LAUNCH_THROUGHPUT), 1);
	run_burdened(0.3, 0.1);
	CU_ASSERT_DOUBLE_EQUAL(attenuation(LAUNCH_CPU), 0.3, 1e-9);
	CU_ASSERT_EQUAL(attenuation(LAUNCH_THROUGHPUT), 0.5);
	CU_ASSERT_STRING_EQUAL(script.row[0].reason, "");
}

static void what_cannot_be_measured_is_assumed(void)
{
	run_burdened(0.1, 0.1);
	CU_ASSERT_EQUAL(attenuation(LAUNCH_CPU), 0.45);
	CU_ASSERT_STRING_EQUAL(script.row[0].reason,
			       "of a known cost 0.10 was seen, below 0.2 is no "
			       "measurement: 0.45 assumed");
	run_burdened(NAN, NAN);
	CU_ASSERT_EQUAL(attenuation(LAUNCH_CPU), 0.45);
	CU_ASSERT_EQUAL(attenuation(LAUNCH_THROUGHPUT), 0.5);
	CU_ASSERT_PTR_NOT_NULL(strstr(script.row[0].reason, "could not be measured"));
	script_init(&script);
	script.outcome = script_even;
	script.is.can_burn = false;
	script_run(&script);
	CU_ASSERT_EQUAL(attenuation(LAUNCH_CPU), 0.45);
	CU_ASSERT_EQUAL(script.made[CHECK_STAGE_BURN], 0);
	CU_ASSERT_STRING_EQUAL(script.row[0].reason, "");
}

/* Nobody is in the servers' way but each other: a cost shows whole. */
static void on_cpus_of_its_own_a_cost_is_assumed_whole(void)
{
	script_init(&script);
	script.outcome = script_even;
	script.is = (struct check_session_row){.split = true};
	script_run(&script);
	CU_ASSERT_EQUAL(attenuation(LAUNCH_CPU), 1);
	CU_ASSERT_EQUAL(attenuation(LAUNCH_THROUGHPUT), 1);
}

static void burden_fails(struct script *s, const struct check_order *order,
			 struct check_outcome *outcome)
{
	script_even(s, order, outcome);
	if (order->stage == CHECK_STAGE_BURN)
		outcome->problem = "new: unknown option --burn";
}

static void a_burden_that_fails(void)
{
	script_init(&script);
	script.outcome = burden_fails;
	script_run(&script);
	CU_ASSERT_EQUAL(script.made[CHECK_STAGE_BURN], 3);
	CU_ASSERT_EQUAL(script.row[0].verdict, CHECK_EQUIVALENT);
	CU_ASSERT_EQUAL(attenuation(LAUNCH_CPU), 0.45);
}

static void turns_show_a_change_whole(void)
{
	script_init(&script);
	script.outcome = script_even;
	script.mode = LAUNCH_ABBA;
	script_run(&script);
	CU_ASSERT_EQUAL(attenuation(LAUNCH_CPU), 1);
	CU_ASSERT_EQUAL(attenuation(LAUNCH_THROUGHPUT), 1);
	CU_ASSERT_EQUAL(script.made[CHECK_STAGE_BURN], 0);
	CU_ASSERT_EQUAL(script.order[0].mode, LAUNCH_ABBA);
}

int main(void)
{
	static const struct test_case cases[] = {
		{"what a duet shows is measured", what_a_duet_shows_is_measured},
		{"what cannot be measured is assumed",
		 what_cannot_be_measured_is_assumed},
		{"on CPUs of its own a cost is assumed whole",
		 on_cpus_of_its_own_a_cost_is_assumed_whole},
		{"a burden that fails", a_burden_that_fails},
		{"turns show a change whole", turns_show_a_change_whole},
		{NULL, NULL},
	};

	return test_suite_run("check_margin", cases) != 0;
}
