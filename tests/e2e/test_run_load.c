/* test_run_load.c - `run` with more than plain requests: transports, work, counted calls. */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

#include "server/options.h"
#include "tests/e2e/csv_table.h"
#include "tests/e2e/process.h"
#include "tests/e2e/workspace.h"
#include "tests/suite.h"

#define RUN(ret, ...) program_run((const char *const[]){__VA_ARGS__, NULL}, ret)
#define SHORT                                                               \
	"--duration", "200ms", "--warmup", "50ms", "--placement", "shared", \
		"--repetitions", "1"

static struct csv_table *results(const char *out)
{
	char name[64];

	snprintf(name, sizeof(name), "%s/results.csv", out);
	struct csv_table *csv = csv_table_read(workspace_path(name));
	CU_ASSERT_PTR_NOT_NULL(csv);
	return csv;
}

/* The row of a model; 0 when it is missing, which fails. */
static int row_of(const struct csv_table *csv, const char *model)
{
	for (int row = 0; row < csv->rows; row++)
		if (strcmp(csv_text(csv, row, "model"), model) == 0)
			return row;
	CU_FAIL("no such row");
	return 0;
}

static void a_transport_that_does_not_fit_is_skipped(void)
{
	struct process *p;

	CU_ASSERT_EQUAL(RUN(&p, "run", "--models", "poll,udp-mmsg", "--connections", "2",
			    SHORT, "--out", workspace_path("fit")),
			0);
	CU_ASSERT_PTR_NOT_NULL(strstr(p->out.text, "serves datagrams only"));
	process_free(p);
	struct csv_table *csv = results("fit");
	if (csv) {
		const int udp = row_of(csv, "udp-mmsg");
		CU_ASSERT_EQUAL(csv->rows, 2);
		CU_ASSERT_STRING_EQUAL(csv_text(csv, row_of(csv, "poll"), "verdict"),
				       "VALID");
		CU_ASSERT_STRING_EQUAL(csv_text(csv, udp, "verdict"), "UNAVAILABLE");
		CU_ASSERT_STRING_EQUAL(csv_text(csv, udp, "verdict_reason"),
				       "serves datagrams only: transport udp");
	}
	csv_table_free(csv);
	CU_ASSERT_EQUAL(RUN(&p, "run", "--models", "epoll", "--transport", "tcp,udp",
			    "--dry-run"),
			0);
	CU_ASSERT_PTR_NOT_NULL(strstr(p->out.text, "epoll/udp/c64/d1/64B/split  "
						   "unavailable: serves no datagrams"));
	process_free(p);
}

static void work_is_asked_for_and_named(void)
{
	struct process *p;

	CU_ASSERT_EQUAL(RUN(&p, "run", "--models", "epoll,udp-epoll", "--connections",
			    "4", "--work", "sleep:20000us", SHORT, "--out",
			    workspace_path("work")),
			0);
	process_free(p);
	struct csv_table *csv = results("work");
	for (int row = 0; csv && row < csv->rows; row++) {
		CU_ASSERT_STRING_EQUAL(csv_text(csv, row, "work"), "sleep:20ms");
		CU_ASSERT_EQUAL(csv_number(csv, row, "work_us"), 20000);
	}
	if (csv)
		CU_ASSERT_TRUE(csv_number(csv, row_of(csv, "epoll"), "service_min_us") >=
			       20000);
	csv_table_free(csv);
}

int main(void)
{
	static const struct test_case cases[] = {
		{"a transport that does not fit is skipped",
		 a_transport_that_does_not_fit_is_skipped},
		{"work is asked for and named", work_is_asked_for_and_named},
		{NULL, NULL},
	};

	if (!workspace_open())
		return 1;
	const int failures = test_suite_run("run_load", cases);
	workspace_close();
	return failures != 0;
}
