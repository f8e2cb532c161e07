/* test_tasks_campaign.c - `iomodels tasks` over executors, works and workers: a directory
 * of rows, and a table. */
#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "results/subject/peers.h"
#include "tests/e2e/csv_table.h"
#include "tests/e2e/process.h"
#include "tests/e2e/workspace.h"
#include "tests/suite.h"

#define RUN(ret, ...) program_run((const char *const[]){"tasks", __VA_ARGS__, NULL}, ret)

#define TASKS       8
#define REPETITIONS 2

/* The row with these, or -1. */
static int find_row(const struct csv_table *csv, const char *executor, const char *work,
		    int workers, int repetition)
{
	int row = csv->rows - 1;

	while (row >= 0 && (strcmp(csv_text(csv, row, "executor"), executor) != 0 ||
			    strcmp(csv_text(csv, row, "work"), work) != 0 ||
			    csv_number(csv, row, "workers") != workers ||
			    csv_number(csv, row, "repetition") != repetition))
		row--;
	return row;
}

/* Of one cell: what a sleep of 5 ms or a spin of 2 ms takes, and the speed-up against the one
 * worker of the same round. */
static void check_cell(const struct csv_table *csv, const char *executor,
		       const char *work, int repetition)
{
	const bool spins = strcmp(work, "spin:2ms") == 0;
	const int one = find_row(csv, executor, work, 1, repetition);
	const int two = find_row(csv, executor, work, 2, repetition);

	CU_ASSERT_FATAL(one >= 0 && two >= 0);
	const double alone = csv_number(csv, one, "elapsed_s");
	const double both = csv_number(csv, two, "elapsed_s");
	CU_ASSERT(alone >= (spins ? 0.95 * TASKS * 0.002 : TASKS * 0.005));
	CU_ASSERT(both >= (spins ? 0.95 * TASKS * 0.001 : TASKS * 0.0025));
	CU_ASSERT_EQUAL(csv_number(csv, one, "speedup"), 1);
	CU_ASSERT(fabs(csv_number(csv, two, "speedup") - alone / both) < 0.01);
	CU_ASSERT_EQUAL(csv_number(csv, one, "tasks"), TASKS);
	if (spins)
		CU_ASSERT(csv_number(csv, two, "cpu_s") >= 0.95 * TASKS * 0.002);
	CU_ASSERT_STRING_EQUAL(csv_text(csv, one, "language"),
			       strncmp(executor, "python:", 7) == 0 ? "python" : "c");
}

static void check_rows(const char *path)
{
	static const char *const executors[] = {"thread", "process", "coroutine",
						"python:threads", "python:processes"};
	struct csv_table *csv = csv_table_read(path);

	CU_ASSERT_PTR_NOT_NULL(csv);
	if (!csv)
		return;
	CU_ASSERT_EQUAL(csv->ragged, 0);
	CU_ASSERT_EQUAL(csv->rows, 5 * 2 * 2 * REPETITIONS);
	for (size_t i = 0; i < 5; i++) {
		for (int repetition = 1; repetition <= REPETITIONS; repetition++) {
			check_cell(csv, executors[i], "spin:2ms", repetition);
			check_cell(csv, executors[i], "sleep:5ms", repetition);
		}
	}
	csv_table_free(csv);
}

static void every_cell_is_measured_in_every_round(void)
{
	struct process *process;
	const char *out = workspace_path("all");
	struct stat st;
	char path[300];

	CU_ASSERT_EQUAL(RUN(&process, "--executor",
			    "thread,process,coroutine,python:threads,python:processes",
			    "--work", "spin:2ms,sleep:5ms", "--workers", "1,2", "--tasks",
			    "8", "--repetitions", "2", "--out", out),
			0);
	CU_ASSERT_PTR_NOT_NULL(strstr(process->out.text, "spin:2ms: CPU-bound"));
	CU_ASSERT_PTR_NOT_NULL(strstr(process->out.text, "sleep:5ms: waiting"));
	CU_ASSERT_PTR_NOT_NULL(strstr(process->out.text, "2 workers"));
	CU_ASSERT_PTR_NOT_NULL(strstr(process->err.text, out));
	process_free(process);
	snprintf(path, sizeof(path), "%s/tasks.csv", out);
	check_rows(path);
	snprintf(path, sizeof(path), "%s/environment.json", out);
	CU_ASSERT_EQUAL(stat(path, &st), 0);
	/* What was measured stays. */
	CU_ASSERT_EQUAL(RUN(&process, "--workers", "1,2", "--out", out), 2);
	CU_ASSERT_PTR_NOT_NULL(strstr(process->err.text, "exists"));
	process_free(process);
	CU_ASSERT_EQUAL(workspace_children_left(), 0);
}

static void an_executor_that_is_not_there_is_left_out(void)
{
	struct process *process;
	const char *out = workspace_path("without");
	const char *python = workspace_path("python-without");
	char path[300];
	FILE *file = fopen(python, "we");

	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	fputs("#!/bin/sh\necho 'ImportError: no gevent' >&2\nexit 1\n", file);
	fclose(file);
	chmod(python, 0755);
	CU_ASSERT_EQUAL(RUN(&process, "--executor", "thread,python:gevent", "--work",
			    "sleep:1ms", "--python", python, "--out", out),
			0);
	CU_ASSERT_PTR_NOT_NULL(
		strstr(process->err.text, "python:gevent is unavailable: ImportError"));
	process_free(process);
	snprintf(path, sizeof(path), "%s/tasks.csv", out);
	struct csv_table *csv = csv_table_read(path);
	CU_ASSERT(csv && csv->rows == 1);
	csv_table_free(csv);
}

/* One executor of Python alone is printed as ours are. */
static void one_of_python_is_printed(void)
{
	struct process *process;

	CU_ASSERT_EQUAL(RUN(&process, "--executor", "python:threads", "--work",
			    "sleep:1ms", "--workers", "4", "--tasks", "8"),
			0);
	CU_ASSERT_PTR_NOT_NULL(
		strstr(process->out.text, "python:threads  8 tasks of sleep:1ms"));
	process_free(process);
}

static void mistakes_are_one_line(void)
{
	static const char *const mistakes[][3] = {
		{"--executor", "thread,fibre", "'fibre'"},
		{"--executor", "python:thread", "did you mean python:threads"},
		{"--executor", "thread,thread", "twice"},
		{"--work", "spin:1ms,foo", "'foo'"},
		{"--workers", "1,", "''"},
		{"--workers", "1,1025", "'1025'"},
		{"--python", "/no/python", "'/no/python'"},
	};
	struct process *process;

	for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
		CU_ASSERT_EQUAL(RUN(&process, mistakes[i][0], mistakes[i][1]), 2);
		const char *end = strchr(process->err.text, '\n');
		CU_ASSERT(end && end[1] == '\0');
		CU_ASSERT_PTR_NOT_NULL(strstr(process->err.text, mistakes[i][2]));
		process_free(process);
	}
	CU_ASSERT_EQUAL(RUN(&process, "--workers", "1,2", "--csv"), 2);
	CU_ASSERT_PTR_NOT_NULL(strstr(process->err.text, "--csv"));
	process_free(process);
}

int main(void)
{
	static const struct test_case cases[] = {
		{"every cell is measured in every round",
		 every_cell_is_measured_in_every_round},
		{"an executor that is not there is left out",
		 an_executor_that_is_not_there_is_left_out},
		{"one of Python is printed", one_of_python_is_printed},
		{"mistakes are one line", mistakes_are_one_line},
		{NULL, NULL},
	};

	if (access(PEER_PYTHON, X_OK) != 0)
		return TEST_SKIPPED;
	if (!workspace_open())
		return 1;
	const int failures = test_suite_run("tasks campaign", cases);
	workspace_close();
	return failures != 0;
}
