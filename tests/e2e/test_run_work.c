/* test_run_work.c - rows of servers that take their time over each request. */
#include <CUnit/CUnit.h>
#include <stdio.h>

#include "tests/e2e/csv_table.h"
#include "tests/e2e/process.h"
#include "tests/e2e/workspace.h"
#include "tests/suite.h"

#define RUN(ret, ...) program_run((const char *const[]){__VA_ARGS__, NULL}, ret)

/* Replies that come after the time-out of a request without work are no errors. */
static void work_is_no_time_out(void)
{
	struct process *p;

	(void)RUN(&p, "run", "--models", "udp-epoll,udp-iterative", "--transport", "udp",
		  "--connections", "2", "--work", "sleep:300ms", "--warmup", "0s",
		  "--duration", "700ms", "--repetitions", "1", "--placement", "shared",
		  "--engine", "epoll", "--syscalls", "no", "--out",
		  workspace_path("work")); /* so few may be called unstable */
	process_free(p);
	struct csv_table *csv = csv_table_read(workspace_path("work/results.csv"));
	CU_ASSERT_PTR_NOT_NULL_FATAL(csv);
	if (!csv)
		return; /* never: FATAL has left */
	CU_ASSERT_EQUAL(csv->rows, 2);
	for (int row = 0; row < csv->rows; row++) {
		CU_ASSERT_EQUAL(csv_number(csv, row, "errors_timeout"), 0);
		CU_ASSERT_EQUAL(csv_number(csv, row, "errors_surplus"), 0);
		CU_ASSERT_TRUE(csv_number(csv, row, "requests") > 0);
	}
	csv_table_free(csv);
}

int main(void)
{
	static const struct test_case cases[] = {
		{"work is no time-out", work_is_no_time_out},
		{NULL, NULL},
	};

	if (!workspace_open())
		return 1;
	const int failures = test_suite_run("run_work", cases);
	workspace_close();
	return failures != 0;
}
