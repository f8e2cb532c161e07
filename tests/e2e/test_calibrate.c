/* test_calibrate.c - `iomodels calibrate`: each engine's cost is measured or its absence
 * explained, and `--engine auto` of `run` takes one of them for all rows. */
#include <CUnit/CUnit.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "loadgen/engines.h"
#include "loadgen/load.h"
#include "tests/e2e/csv_table.h"
#include "tests/e2e/known_server.h"
#include "tests/e2e/workspace.h"
#include "tests/suite.h"

#define RUN(ret, ...) program_run((const char *const[]){__VA_ARGS__, NULL}, ret)
#define SHORT                                                                           \
	"--duration", "200ms", "--warmup", "20ms", "--repetitions", "2", "--placement", \
		"shared"

static int count_engines(void)
{
	int count = 1; /* epoll is always there */

	while (load_engines[count])
		count++;
	return count;
}

static void check_measured(const json_t *row)
{
	const double cpu_us = row_value(row, "client_cpu_us_per_request");
	const double threads = row_value(row, "client_threads");
	const double rate = row_value(row, "throughput_rps");

	CU_ASSERT_STRING_EQUAL(row_word(row, "verdict"), "VALID");
	CU_ASSERT_TRUE(row_value(row, "requests") > 0);
	CU_ASSERT_TRUE(cpu_us > 0);
	CU_ASSERT_TRUE(row_value(row, "client_cpu_us_per_request_min") <= cpu_us);
	CU_ASSERT_TRUE(row_value(row, "client_cpu_us_per_request_max") >= cpu_us);
	/* Of two repetitions: a median of ratios is near the ratio of medians. */
	CU_ASSERT_TRUE(row_value(row, "client_ceiling_rps") >=
		       threads * 1e6 / row_value(row, "client_cpu_us_per_request_max") *
			       0.999);
	CU_ASSERT_TRUE(row_value(row, "client_ceiling_rps") <=
		       threads * 1e6 / row_value(row, "client_cpu_us_per_request_min") *
			       1.001);
	CU_ASSERT_TRUE(rate > 0);
	CU_ASSERT_TRUE(row_value(row, "client_busy") > 0);
}

static void every_engine_is_measured_with_every_workload(void)
{
	struct process *p;

	CU_ASSERT_EQUAL(RUN(&p, "calibrate", "--connections", "2,4", "--payload-bytes",
			    "64,1k", SHORT, "--json"),
			0);
	json_t *result = json_loads(p->out.text, 0, NULL), *row;
	CU_ASSERT_PTR_NOT_NULL(result);
	json_t *rows = json_object_get(result, "engines");
	const int engine_count = count_engines();
	CU_ASSERT_EQUAL(json_array_size(rows), (size_t)(4 * engine_count));
	size_t i;
	json_array_foreach(rows, i, row)
	{
		const size_t workload = i / (size_t)engine_count;
		const size_t engine = i % (size_t)engine_count;
		CU_ASSERT_STRING_EQUAL(row_word(row, "engine"), load_engines[engine]);
		CU_ASSERT_EQUAL(row_value(row, "connections"), workload % 2 ? 4 : 2);
		CU_ASSERT_EQUAL(row_value(row, "payload_bytes"),
				workload / 2 ? 1024 : 64);
		if (!engine_reason(engines[engine])) {
			check_measured(row);
			continue;
		}
		CU_ASSERT_STRING_EQUAL(row_word(row, "verdict"), "UNAVAILABLE");
		CU_ASSERT_STRING_EQUAL(row_word(row, "verdict_reason"),
				       engine_reason(engines[engine]));
	}
	json_decref(result);
	process_free(p);
	CU_ASSERT_EQUAL(workspace_children_left(), 0);
}

static void a_table_and_csv_say_the_same_of_whom(void)
{
	struct process *p;

	CU_ASSERT_EQUAL(RUN(&p, "calibrate", "--connections", "2", "--payload-bytes",
			    "64", SHORT),
			0);
	CU_ASSERT_PTR_NOT_NULL(strstr(p->out.text, "generator against epoll"));
	for (int i = 0; load_engines[i]; i++)
		CU_ASSERT_PTR_NOT_NULL(strstr(p->out.text, load_engines[i]));
	process_free(p);
	CU_ASSERT_EQUAL(RUN(&p, "calibrate", "--connections", "2", "--payload-bytes",
			    "64", "--server", "poll", SHORT, "--csv"),
			0);
	CU_ASSERT_EQUAL(strncmp(p->out.text, "server,engine,", 14), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(p->out.text, "\npoll,epoll,2,64,1,shared,"));
	process_free(p);
}

static void a_server_that_does_not_start_is_a_failure(void)
{
	struct process *p;

	CU_ASSERT_EQUAL(RUN(&p, "calibrate", "--server", "exec:exit 3 # {port}", SHORT),
			EXIT_FAILED);
	CU_ASSERT_PTR_NOT_NULL(strstr(p->err.text, "exited with status 3"));
	process_free(p);
}

static struct csv_table *results_of(const char *name, const char *engine)
{
	char path[64];
	struct process *p;

	CU_ASSERT_EQUAL(RUN(&p, "run", "--models", "epoll,poll", "--connections", "2",
			    SHORT, "--syscalls", "no", "--engine", engine, "--out",
			    workspace_path(name)),
			0);
	/* Where there is a choice, what it rests on is told. */
	int available = 0;
	for (int i = 0; load_engines[i]; i++)
		available += engine_reason(engines[i]) == NULL;
	CU_ASSERT_EQUAL(strstr(p->err.text, "us of CPU per request") != NULL,
			available > 1 && strcmp(engine, "auto") == 0);
	process_free(p);
	snprintf(path, sizeof(path), "%s/results.csv", name);
	struct csv_table *csv = csv_table_read(workspace_path(path));
	CU_ASSERT_PTR_NOT_NULL_FATAL(csv);
	CU_ASSERT_EQUAL(csv ? csv->rows : 0, 4);
	return csv;
}

static void auto_takes_one_engine_for_all_rows(void)
{
	struct csv_table *csv = results_of("auto", "auto");

	for (int row = 0; row < csv->rows; row++) {
		CU_ASSERT_STRING_NOT_EQUAL(csv_text(csv, row, "engine"), "auto");
		CU_ASSERT_STRING_EQUAL(csv_text(csv, row, "engine"),
				       csv_text(csv, 0, "engine"));
	}
	csv_table_free(csv);
}

static void a_named_engine_is_taken(void)
{
	for (int i = 0; load_engines[i]; i++) {
		if (engine_reason(engines[i]))
			continue;
		struct csv_table *csv = results_of(load_engines[i], load_engines[i]);
		for (int row = 0; row < csv->rows; row++)
			CU_ASSERT_STRING_EQUAL(csv_text(csv, row, "engine"),
					       load_engines[i]);
		csv_table_free(csv);
	}
}

int main(void)
{
	static const struct test_case cases[] = {
		{"every engine is measured with every workload",
		 every_engine_is_measured_with_every_workload},
		{"a table and CSV say the same of whom",
		 a_table_and_csv_say_the_same_of_whom},
		{"a server that does not start is a failure",
		 a_server_that_does_not_start_is_a_failure},
		{"auto takes one engine for all rows",
		 auto_takes_one_engine_for_all_rows},
		{"a named engine is taken", a_named_engine_is_taken},
		{NULL, NULL},
	};

	if (!workspace_open())
		return 1;
	const int failures = test_suite_run("calibrate", cases);
	workspace_close();
	return failures != 0;
}
