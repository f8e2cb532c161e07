/* test_check.c - what a check's report says as a whole. */
#include <CUnit/Basic.h>
#include <stdio.h>
#include <string.h>

#include "results/check/check.h"
#include "results/check/lines.h"
#include "tests/suite.h"

static void the_gravest_row_gives_the_exit_status(void)
{
	static const struct {
		enum check_verdict verdicts[3];
		int lax, strict;
	} cases[] = {
		{{CHECK_EQUIVALENT, CHECK_IMPROVED, CHECK_EQUIVALENT}, 0, 0},
		{{CHECK_EQUIVALENT, CHECK_INCONCLUSIVE, CHECK_EQUIVALENT}, 0, 3},
		{{CHECK_EQUIVALENT, CHECK_INVALID, CHECK_INCONCLUSIVE}, 3, 3},
		{{CHECK_INVALID, CHECK_REGRESSION, CHECK_INCONCLUSIVE}, 1, 1},
		{{CHECK_REPORTED, CHECK_REPORTED, CHECK_REPORTED}, 0, 0},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct check_row rows[3];
		for (int j = 0; j < 3; j++)
			rows[j] = (struct check_row){.verdict = cases[i].verdicts[j],
						     .exact_verdict = CHECK_REPORTED};
		struct check_report report = {.rows = rows, .count = 3, .valid = true};
		CU_ASSERT_EQUAL(check_exit_status(&report), cases[i].lax);
		report.strict = true;
		CU_ASSERT_EQUAL(check_exit_status(&report), cases[i].strict);
		report.valid = false;
		CU_ASSERT_EQUAL(check_exit_status(&report), CHECK_NO_VERDICT);
	}
}

/* Neither noise nor a lack of time makes it doubtful. */
static void more_system_calls_need_no_null_control(void)
{
	struct check_row rows[] = {
		{.verdict = CHECK_INVALID},
		{.verdict = CHECK_REGRESSION, .exact_verdict = CHECK_REGRESSION}};
	struct check_report report = {.rows = rows, .count = 2, .reason = "noise"};
	char text[128] = "";
	FILE *out = fmemopen(text, sizeof(text), "w");

	CU_ASSERT_EQUAL(check_exit_status(&report), CHECK_SLOWER);
	CU_ASSERT_PTR_NOT_NULL_FATAL(out);
	check_say_verdict(&report, out);
	fclose(out);
	CU_ASSERT_PTR_NOT_NULL(
		strstr(text, "REGRESSION by system calls; none by time: noise; 2 rows"));
	rows[1].exact_verdict = CHECK_REPORTED; /* as after a change of the programs */
	CU_ASSERT_EQUAL(check_exit_status(&report), CHECK_NO_VERDICT);
}

static void nothing_checked_is_no_success(void)
{
	const struct check_report report = {.valid = true};

	CU_ASSERT_EQUAL(check_exit_status(&report), CHECK_NO_VERDICT);
	CU_ASSERT_EQUAL(check_undecided(&report), 0);
}

static void undecided_rows_are_counted(void)
{
	struct check_row rows[] = {{.verdict = CHECK_INVALID},
				   {.verdict = CHECK_REGRESSION},
				   {.verdict = CHECK_INCONCLUSIVE},
				   {.verdict = CHECK_IMPROVED},
				   {.verdict = CHECK_INVALID}};
	const struct check_report report = {.rows = rows, .count = 5};

	CU_ASSERT_EQUAL(check_undecided(&report), 3);
}

static void percentages_are_of_the_metric_itself(void)
{
	CU_ASSERT_DOUBLE_EQUAL(check_percent(LAUNCH_THROUGHPUT, 0.05), -4.877058, 1e-6);
	CU_ASSERT_DOUBLE_EQUAL(check_percent(LAUNCH_THROUGHPUT, -0.05), 5.127110, 1e-6);
	CU_ASSERT_DOUBLE_EQUAL(check_percent(LAUNCH_CPU, 0.05), 5.127110, 1e-6);
	CU_ASSERT_DOUBLE_EQUAL(check_percent(LAUNCH_P99, -0.05), -4.877058, 1e-6);
}

static void names_are_those_of_results(void)
{
	CU_ASSERT_STRING_EQUAL(check_verdict_name(CHECK_REGRESSION), "REGRESSION");
	CU_ASSERT_STRING_EQUAL(check_verdict_name(CHECK_REPORTED), "REPORTED");
	CU_ASSERT_STRING_EQUAL(check_metric_name(LAUNCH_CPU), "cpu");
	for (int m = 0; m < LAUNCH_METRICS; m++)
		for (int open_loop = 0; open_loop < 2; open_loop++)
			CU_ASSERT_TRUE(row_column_index(
					       result_columns,
					       check_metric_column((enum launch_metric)m,
								   open_loop != 0)) >= 0);
	CU_ASSERT_STRING_EQUAL(check_metric_column(LAUNCH_P99, true), "response_p99_us");
	CU_ASSERT_STRING_EQUAL(check_metric_column(LAUNCH_P50, false), "service_p50_us");
}

int main(void)
{
	static const struct test_case cases[] = {
		{"the gravest row gives the exit status",
		 the_gravest_row_gives_the_exit_status},
		{"more system calls need no null control",
		 more_system_calls_need_no_null_control},
		{"nothing checked is no success", nothing_checked_is_no_success},
		{"undecided rows are counted", undecided_rows_are_counted},
		{"percentages are of the metric itself",
		 percentages_are_of_the_metric_itself},
		{"names are those of results", names_are_those_of_results},
		{NULL, NULL},
	};

	return test_suite_run("check", cases) != 0;
}
