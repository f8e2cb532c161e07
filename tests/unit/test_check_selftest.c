/* test_check_selftest.c - what is asked of a self-test, and the rates that it prints. */
#include <CUnit/CUnit.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "results/check/selftest.h"
#include "tests/suite.h"

static int plan_of(int64_t aa, const char *inject, struct selftest_plan *plan)
{
	const struct check_options options = {.aa = aa, .inject = inject, .sessions = 7};
	char error[OPTION_ERROR_SIZE] = "";
	const int rc = check_selftest_plan(&options, plan, error);

	CU_ASSERT_EQUAL(rc < 0, error[0] != '\0');
	return rc;
}

static void kinds_have_their_sessions(void)
{
	struct selftest_plan plan;

	CU_ASSERT_EQUAL(plan_of(200, "3%,5,10.5%", &plan), 0);
	CU_ASSERT_EQUAL(plan.count, 4);
	CU_ASSERT_EQUAL(plan.kinds[0].sessions, 200);
	CU_ASSERT_EQUAL(plan.kinds[0].share, 0);
	CU_ASSERT_EQUAL(plan.kinds[1].sessions, 7);
	CU_ASSERT_DOUBLE_EQUAL(plan.kinds[2].share, 0.05, 1e-12);
	CU_ASSERT_DOUBLE_EQUAL(plan.kinds[3].share, 0.105, 1e-12);
	CU_ASSERT_EQUAL(plan_of(0, "5%", &plan), 0);
	CU_ASSERT_EQUAL(plan.count, 1);
	const struct check_options printed = {.run.out = "trust"};
	CU_ASSERT_EQUAL(check_selftest_plan(&printed, &plan, NULL), 0);
	CU_ASSERT_EQUAL(plan.count, 0);
}

static void nonsense_is_refused(void)
{
	static const char *const wrong[] = {"x",    "0",     "-1%",
					    "5%,x", "1001%", "1,2,3,4,5,6,7,8,9"};
	struct selftest_plan plan;

	CU_ASSERT_EQUAL(plan_of(0, NULL, &plan), -EINVAL); /* and no directory */
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		CU_ASSERT_EQUAL(plan_of(1, wrong[i], &plan), -EINVAL);
}

static void add(struct row *row, double percent, const char *verdict, double seconds)
{
	CU_ASSERT_EQUAL_FATAL(row_init(row, check_selftest_columns), 0);
	row_set_real(row, "inject_percent", percent);
	row_set_text(row, "verdict", verdict);
	row_set_real(row, "seconds", seconds);
}

/* 1 of 4 is 25 %, with Wilson's interval of 4.6 to 69.9 %. */
static void rates_are_of_each_kind(void)
{
	struct row rows[7];
	char *text = NULL;
	size_t size;

	add(&rows[0], 5, "REGRESSION", 10);
	add(&rows[1], 0, "EQUIVALENT", 20);
	add(&rows[2], 5, "EQUIVALENT", 30);
	add(&rows[3], 0, "INVALID", 22);
	add(&rows[4], 5, "INCONCLUSIVE", 20);
	add(&rows[5], 5, "IMPROVED", 24);
	add(&rows[6], 0, "EQUIVALENT", 21);
	FILE *out = open_memstream(&text, &size);
	CU_ASSERT_PTR_NOT_NULL_FATAL(out);
	CU_ASSERT_EQUAL(check_selftest_print(rows, 7, out), 0);
	fclose(out);
	CU_ASSERT_PTR_NOT_NULL(strstr(
		text, "no change         3           0         0           2             "
		      "0           1  0.0 % [0.0, 56.1]         21.0 s\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(
		text, "+5 %              4           1         1           1             "
		      "1           0  25.0 % [4.6, 69.9]        22.0 s\n"));
	CU_ASSERT_TRUE(strstr(text, "no change") < strstr(text, "+5 %"));
	free(text);
	for (int i = 0; i < 7; i++)
		row_release(&rows[i]);
}

int main(void)
{
	static const struct test_case cases[] = {
		{"kinds have their sessions", kinds_have_their_sessions},
		{"nonsense is refused", nonsense_is_refused},
		{"rates are of each kind", rates_are_of_each_kind},
		{NULL, NULL},
	};

	return test_suite_run("check_selftest", cases) != 0;
}
