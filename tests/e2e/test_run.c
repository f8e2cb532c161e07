/* test_run.c - `run` measures models and foreign servers into a directory. */
#include <CUnit/CUnit.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "loadgen/load.h"
#include "server/options.h"
#include "tests/e2e/csv_table.h"
#include "tests/e2e/process.h"
#include "tests/e2e/workspace.h"
#include "tests/suite.h"

#define RUN(ret, ...) program_run((const char *const[]){__VA_ARGS__, NULL}, ret)
#define SHORT         "--duration", "200ms", "--warmup", "50ms", "--placement", "shared"

/* A server of other hands, over each transport. */
#define SCRIPT "exec:/usr/bin/python3 " SOURCE_DIR "/echo_server.py "
static const char foreign[] = SCRIPT "echo {port}";
static const char foreign_unix[] = SCRIPT "echo {path}";

static bool holds(const char *text, const char *part)
{
	const bool found = strstr(text, part) != NULL;

	if (!found)
		fprintf(stderr, "\nlacks '%s':\n%s\n", part, text);
	return found;
}

static struct csv_table *results(const char *out)
{
	char name[64];

	snprintf(name, sizeof(name), "%s/results.csv", out);
	struct csv_table *csv = csv_table_read(workspace_path(name));
	CU_ASSERT_PTR_NOT_NULL(csv);
	return csv;
}

/* The header line is the documented schema, in its order. */
static void check_header(const struct csv_table *csv)
{
	int i = 0;

	for (; result_columns[i].name && i < csv->columns; i++)
		CU_ASSERT_STRING_EQUAL(csv->cells[0][i], result_columns[i].name);
	CU_ASSERT_PTR_NULL(result_columns[i].name);
	CU_ASSERT_EQUAL(csv->columns, i);
	CU_ASSERT_EQUAL(csv->ragged, 0);
}

static void check_near(double value, double expected)
{
	CU_ASSERT_TRUE(fabs(value - expected) <= 1e-3 * fabs(expected));
}

/* What must hold between the columns of every measured row. */
static void check_row(const struct csv_table *csv, int row)
{
	const double requests = csv_number(csv, row, "requests");
	const double seconds = csv_number(csv, row, "duration_s");
	const double rate = csv_number(csv, row, "throughput_rps");
	const double cpu = csv_number(csv, row, "server_cpu_s");
	const double client = csv_number(csv, row, "client_cpu_s");

	CU_ASSERT_STRING_EQUAL(csv_text(csv, row, "verdict"), "VALID");
	CU_ASSERT_TRUE(requests > 0);
	CU_ASSERT_TRUE(cpu > 0);
	check_near(rate, requests / seconds);
	check_near(csv_number(csv, row, "bytes_per_s"), rate * 64);
	check_near(csv_number(csv, row, "cpu_us_per_request"), cpu * 1e6 / requests);
	check_near(csv_number(csv, row, "requests_per_cpu_s"), requests / cpu);
	check_near(csv_number(csv, row, "client_ceiling_rps"), requests / client);
	check_near(csv_number(csv, row, "headroom"), requests / client / rate);
	CU_ASSERT_STRING_EQUAL(csv_text(csv, row, "placement"), "shared");
	CU_ASSERT_STRING_EQUAL(csv_text(csv, row, "loop"), "closed");
	CU_ASSERT_EQUAL(csv_number(csv, row, "errors_reset"), 0);
	CU_ASSERT_STRING_EQUAL(csv_text(csv, row, "response_p50_us"), "");
	CU_ASSERT_TRUE(csv_number(csv, row, "service_min_us") <=
		       csv_number(csv, row, "service_p50_us"));
	CU_ASSERT_TRUE(csv_number(csv, row, "service_p50_us") <=
		       csv_number(csv, row, "service_max_us"));
}

static int count_rows(const struct csv_table *csv, const char *column, const char *text)
{
	int count = 0;

	for (int row = 0; row < csv->rows; row++)
		count += strcmp(csv_text(csv, row, column), text) == 0;
	return count;
}

static void measures_models_and_a_foreign_server(void)
{
	struct process *p;

	const int status = RUN(&p, "run", "--models", "epoll,thread-pool:workers=2",
			       "--models", foreign, "--connections", "2", "--repetitions",
			       "2", SHORT, "--out", workspace_path("three"));
	CU_ASSERT_EQUAL(status, 0);
	CU_ASSERT_TRUE(holds(p->out.text, "thread-pool:workers=2"));
	CU_ASSERT_TRUE(holds(p->out.text, "requests/s"));
	CU_ASSERT_TRUE(holds(p->err.text, "results: "));
	struct csv_table *csv = results("three");
	if (csv) {
		check_header(csv);
		CU_ASSERT_EQUAL(csv->rows, 6);
		CU_ASSERT_EQUAL(count_rows(csv, "model", "epoll"), 2);
		CU_ASSERT_EQUAL(count_rows(csv, "model", "thread-pool"), 2);
		CU_ASSERT_EQUAL(count_rows(csv, "server_options", "workers=2"), 2);
		CU_ASSERT_EQUAL(count_rows(csv, "model", foreign), 2);
		CU_ASSERT_EQUAL(count_rows(csv, "repetition", "1"), 3);
		for (int row = 0; row < csv->rows; row++) {
			CU_ASSERT_EQUAL(csv_number(csv, row, "order"), row + 1);
			check_row(csv, row);
		}
	}
	csv_table_free(csv);
	CU_ASSERT_EQUAL(workspace_children_left(), 0);
	process_free(p);
}

static void writes_plan_and_environment(void)
{
	const char *const keys[] = {"schema",        "iomodels_version", "compiler",
				    "binary_sha256", "libraries",        "kernel",
				    "cpus",          "memory_kib",       "command_line",
				    "seed",          "started_at",       "ended_at"};
	struct process *p;

	CU_ASSERT_EQUAL(RUN(&p, "run", "--models", "epoll", "--connections", "1", SHORT,
			    "--seed", "9", "--repetitions", "1", "--out",
			    workspace_path("one")),
			0);
	process_free(p);
	json_t *all = json_load_file(workspace_path("one/environment.json"), 0, NULL);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const json_t *value = json_object_get(all, keys[i]);
		CU_ASSERT_TRUE(value && !json_is_null(value));
	}
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(all, "seed")), 9);
	json_decref(all);

	/* the plan as run is a plan: it gives the same cells again */
	CU_ASSERT_EQUAL(RUN(&p, "run", workspace_path("one/plan.ini"), "--dry-run"), 0);
	CU_ASSERT_TRUE(holds(p->out.text, "epoll/tcp/c1/d1/64B/shared\n1 cell,"));
	process_free(p);
}

static void measures_over_unix_sockets(void)
{
	static const char *const expected[] = {"three", "one", "unix", NULL};
	struct process *p;

	CU_ASSERT_EQUAL(RUN(&p, "run", "--models", "thread-per-connection", "--models",
			    foreign_unix, "--transport", "unix", "--connections", "2",
			    "--repetitions", "1", SHORT, "--out", workspace_path("unix")),
			0);
	process_free(p);
	struct csv_table *csv = results("unix");
	if (csv) {
		CU_ASSERT_EQUAL(csv->rows, 2);
		CU_ASSERT_EQUAL(count_rows(csv, "verdict", "VALID"), 2);
		CU_ASSERT_EQUAL(count_rows(csv, "transport", "unix"), 2);
	}
	csv_table_free(csv);
	CU_ASSERT_TRUE(workspace_holds_only(expected)); /* no socket, no directory */
}

static void a_starved_connection_is_shown(void)
{
	struct process *p;

	CU_ASSERT_EQUAL(RUN(&p, "run", "--models", "iterative", "--connections", "8",
			    "--repetitions", "1", SHORT, "--out",
			    workspace_path("starved")),
			0);
	process_free(p);
	struct csv_table *csv = results("starved");
	if (csv)
		CU_ASSERT_EQUAL(csv_number(csv, 0, "starved_connections"), 7);
	csv_table_free(csv);
}

static void holds_objectives_against_each_cell(void)
{
	struct process *p;

	CU_ASSERT_EQUAL(RUN(&p, "run", "--models", "epoll", "--connections", "1", SHORT,
			    "--repetitions", "1", "--require", "requests>=1", "--require",
			    "throughput_rps>=1G", "--out", workspace_path("objective")),
			EXIT_USAGE);
	process_free(p);
	CU_ASSERT_EQUAL(RUN(&p, "run", "--models", "epoll", "--connections", "1", SHORT,
			    "--repetitions", "1", "--require", "requests>=1", "--require",
			    "throughput_rps>=1000000000", "--out",
			    workspace_path("objective")),
			EXIT_REQUIREMENT);
	CU_ASSERT_TRUE(holds(p->err.text, "epoll/tcp/c1/d1/64B/shared: "));
	CU_ASSERT_TRUE(holds(p->err.text, "throughput_rps"));
	process_free(p);
}

static void the_shipped_plan_is_there(void)
{
	struct process *p;

	CU_ASSERT_EQUAL(RUN(&p, "run", "quick", "--dry-run"), 0);
	CU_ASSERT_TRUE(holds(p->out.text, "poll/tcp/c64/d1/64B/split"));
	CU_ASSERT_TRUE(holds(p->out.text, " cells, 3 repetitions"));
	process_free(p);
}

int main(void)
{
	static const struct test_case cases[] = {
		{"measures models and a foreign server",
		 measures_models_and_a_foreign_server},
		{"writes plan and environment", writes_plan_and_environment},
		{"measures over Unix sockets", measures_over_unix_sockets},
		{"a starved connection is shown", a_starved_connection_is_shown},
		{"holds objectives against each cell",
		 holds_objectives_against_each_cell},
		{"the shipped plan is there", the_shipped_plan_is_there},
		{NULL, NULL},
	};

	if (!workspace_open())
		return 1;
	const int failures = test_suite_run("run", cases);
	workspace_close();
	return failures != 0;
}
