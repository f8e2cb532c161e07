/* test_tasks.c - `iomodels tasks` on every kind of executor. */
#include <CUnit/CUnit.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "models/executor/executor.h"
#include "results/tasks/row.h"
#include "tests/e2e/csv_table.h"
#include "tests/e2e/process.h"
#include "tests/e2e/workspace.h"
#include "tests/suite.h"

#define RUN(process, ...)                                                              \
	program_run(                                                                   \
		(const char *const[]){"tasks", "--executor", kind, __VA_ARGS__, NULL}, \
		process)

static const char *kind; /* of the case that runs */

static struct process *run_ok(const char *const *arguments)
{
	struct process *process;
	int status = program_run(arguments, &process);

	if (status != 0)
		printf("\n%s: exit %d: %s", kind, status, process->err.text);
	CU_ASSERT_EQUAL_FATAL(status, 0);
	return process;
}

#define RUN_OK(...) \
	run_ok((const char *const[]){"tasks", "--executor", kind, __VA_ARGS__, NULL})

static void check_columns(const struct csv_table *table)
{
	int columns = 0;

	for (; tasks_columns[columns].name; columns++)
		CU_ASSERT_STRING_EQUAL(table->cells[0][columns],
				       tasks_columns[columns].name);
	CU_ASSERT_EQUAL(table->columns, columns);
	CU_ASSERT_EQUAL(table->ragged, 0);
}

/* Two rounds of 60 ms: the tasks of a round wait side by side, on any kind. */
static void check_sleeping(const struct csv_table *table, int row)
{
	double elapsed_s = csv_number(table, row, "elapsed_s");

	CU_ASSERT_STRING_EQUAL(csv_text(table, row, "executor"), kind);
	CU_ASSERT_STRING_EQUAL(csv_text(table, row, "language"), "c");
	CU_ASSERT_STRING_EQUAL(csv_text(table, row, "work"), "sleep:60ms");
	CU_ASSERT_EQUAL(csv_number(table, row, "work_us"), 60000);
	CU_ASSERT_EQUAL(csv_number(table, row, "tasks"), 16);
	CU_ASSERT_EQUAL(csv_number(table, row, "workers"), 8);
	CU_ASSERT_EQUAL(csv_number(table, row, "chunk"), 1);
	CU_ASSERT_EQUAL(csv_number(table, row, "repetition"), row + 1);
	CU_ASSERT(elapsed_s >= 0.12 && elapsed_s < 16 * 0.06);
	CU_ASSERT(fabs(csv_number(table, row, "speedup") * elapsed_s - 0.96) < 0.01);
	CU_ASSERT(csv_number(table, row, "cpu_s") < 16 * 0.06);
	double use = csv_number(table, row, "utilisation");
	CU_ASSERT(use > 0.96 / 8 / elapsed_s - 0.001 && use < 1.001);
}

static void every_repetition_is_a_row(void)
{
	const char *path = workspace_path("tasks.csv");
	struct process *process =
		RUN_OK("--work", "sleep:60ms", "--tasks", "16", "--workers", "8",
		       "--repetitions", "2", "--csv", "--out", path);
	struct csv_table *table = csv_table_read(path);

	CU_ASSERT_PTR_NOT_NULL(table);
	if (table) {
		check_columns(table);
		CU_ASSERT_EQUAL(table->rows, 2);
		for (int row = 0; row < table->rows; row++)
			check_sleeping(table, row);
	}
	csv_table_free(table);

	char text[4096] = "";
	FILE *file = fopen(path, "r");
	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	CU_ASSERT(fread(text, 1, sizeof(text) - 1, file) > 0);
	fclose(file);
	CU_ASSERT_STRING_EQUAL(process->out.text, text);
	CU_ASSERT_STRING_EQUAL(process->err.text, ""); /* no progress in a pipe */
	process_free(process);

	/* What was measured stays, and nothing is started. */
	CU_ASSERT_EQUAL(RUN(&process, "--work", "sleep:1h", "--out", path), 2);
	process_free(process);
	CU_ASSERT_EQUAL(RUN(&process, "--work", "sleep:1us", "--out", path), 2);
	CU_ASSERT_PTR_NOT_NULL(strstr(process->err.text, path));
	process_free(process);
	table = csv_table_read(path);
	CU_ASSERT(table && table->rows == 2);
	csv_table_free(table);
	remove(path);
}

static void spinning_costs_what_it_says(void)
{
	struct process *process =
		RUN_OK("--work", "spin:20ms", "--tasks", "6", "--workers", "2", "--chunk",
		       "2", "--repetitions", "2", "--json");
	json_t *array = json_loads(process->out.text, 0, NULL), *row;
	size_t i;

	CU_ASSERT_EQUAL(json_array_size(array), 2);
	json_array_foreach(array, i, row)
	{
		size_t columns = 0;
		for (; tasks_columns[columns].name; columns++)
			CU_ASSERT_PTR_NOT_NULL(
				json_object_get(row, tasks_columns[columns].name));
		CU_ASSERT_EQUAL(json_object_size(row), columns);
		double cpu_s = json_number_value(json_object_get(row, "cpu_s"));
		CU_ASSERT(cpu_s > 0.115);
		double speedup = json_number_value(json_object_get(row, "speedup"));
		CU_ASSERT(speedup > 0 && speedup < 2.1);
		CU_ASSERT_EQUAL(json_integer_value(json_object_get(row, "chunk")), 2);
	}
	json_decref(array);
	process_free(process);
}

static void text_says_what_was_measured(void)
{
	struct process *process = RUN_OK("--work", "sleep:1ms", "--tasks", "300",
					 "--workers", "50", "--chunk", "3");

	CU_ASSERT_EQUAL(strncmp(process->out.text, kind, strlen(kind)), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(process->out.text, "300 tasks of sleep:1ms, "
							 "50 workers, 3 per hand-over"));
	CU_ASSERT_PTR_NOT_NULL(strstr(process->out.text, "speed-up "));
	CU_ASSERT_EQUAL(workspace_children_left(), 0);
	process_free(process);
}

static void progress_is_shown_on_demand(void)
{
	struct process *process = RUN_OK("--work", "sleep:1ms", "--progress");

	CU_ASSERT_PTR_NOT_NULL(strstr(process->err.text, "repetition 1 of 1"));
	CU_ASSERT_PTR_NULL(strstr(process->out.text, "repetition"));
	process_free(process);
}

static void unwritten_output_is_a_failure(void)
{
	char command[256];
	const char *argv[] = {"/bin/sh", "-c", command, PROGRAM_PATH, NULL};
	static const char *const forms[] = {"", "--csv", "--json"};

	for (size_t i = 0; i < 3; i++) {
		snprintf(command, sizeof(command),
			 "exec \"$0\" tasks --executor %s --work sleep:1ms %s >/dev/full",
			 kind, forms[i]);
		struct process *process = process_start(argv);
		CU_ASSERT_EQUAL(process_wait(process, PROCESS_DEADLINE_MS), 1);
		CU_ASSERT_PTR_NOT_NULL(strstr(process->err.text, "iomodels: tasks: "));
		process_free(process);
	}
}

static void mistakes_are_one_line(void)
{
	static const char *const mistakes[][3] = {
		{"--work", "foo", "'foo'"},
		{"--work", "spin", "'spin'"},
		{"--work", "spin:", "'spin:'"},
		{"--work", "sleep:5", "'sleep:5'"},
		{"--work", "exp:1ms", "'exp:1ms'"},
		{"--work", "spin:0ms", "'spin:0ms'"},
		{"--tasks", "0", "'0'"},
		{"--workers", "none", "'none'"},
		{"--chunk", "101", "'101'"},
		{"--repetitions", "0", "'0'"},
		{"--executor", "fibre", "'fibre'"},
		{"--out", "/no/such", "/no/such"},
		{"--csv", "--json", "--json"},
		{"--work", "sleep:1ms", "'surplus'"},
	};

	for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
		struct process *process;
		const char *more = strstr(mistakes[i][2], "surplus") ? "surplus" : NULL;
		CU_ASSERT_EQUAL(RUN(&process, mistakes[i][0], mistakes[i][1], more), 2);
		const char *end = strchr(process->err.text, '\n');
		CU_ASSERT(end && end[1] == '\0');
		CU_ASSERT_PTR_NOT_NULL(strstr(process->err.text, mistakes[i][2]));
		CU_ASSERT_STRING_EQUAL(process->out.text, "");
		process_free(process);
	}
}

int main(void)
{
	static const struct test_case cases[] = {
		{"every repetition is a row", every_repetition_is_a_row},
		{"spinning costs what it says", spinning_costs_what_it_says},
		{"text says what was measured", text_says_what_was_measured},
		{"progress is shown on demand", progress_is_shown_on_demand},
		{"unwritten output is a failure", unwritten_output_is_a_failure},
		{"mistakes are one line", mistakes_are_one_line},
		{NULL, NULL},
	};
	int failures = 0;

	if (!workspace_open())
		return 1;
	for (size_t i = 0; executors[i]; i++) {
		kind = executor_name(executors[i]);
		failures += test_suite_run(kind, cases);
	}
	workspace_close();
	return failures != 0;
}
