/* test_run_footprint.c - threads, processes and memory of servers that have them known. */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

#include "server/options.h"
#include "tests/e2e/csv_table.h"
#include "tests/e2e/process.h"
#include "tests/e2e/workspace.h"
#include "tests/suite.h"

#define RUN(ret, ...) program_run((const char *const[]){__VA_ARGS__, NULL}, ret)
#define SHORT                                                                        \
	"--duration", "1s", "--warmup", "50ms", "--placement", "shared", "--engine", \
		"epoll", "--syscalls", "no", "--repetitions", "1"

#define SCRIPT "exec:exec /usr/bin/python3 " SOURCE_DIR "/echo_server.py "
#define MIB    1048576.0

/* One run of one cell into the directory `out`: its table. */
static struct csv_table *measure(const char *models, const char *connections,
				 const char *extra, const char *value, const char *out)
{
	char name[64];
	struct process *p;

	const int status =
		RUN(&p, "run", "--models", models, "--connections", connections, SHORT,
		    extra, value, "--out", workspace_path(out));
	/* on a busy machine the generator may be late: that is not looked at here */
	CU_ASSERT_TRUE(status == EXIT_VALID || status == EXIT_CLIENT_LIMITED ||
		       status == EXIT_UNSTABLE);
	process_free(p);
	snprintf(name, sizeof(name), "%s/results.csv", out);
	struct csv_table *csv = csv_table_read(workspace_path(name));
	CU_ASSERT_PTR_NOT_NULL(csv);
	return csv;
}

static void check_between(double value, double least, double most)
{
	if (!(value >= least && value <= most))
		fprintf(stderr, "\n%g is not within %g .. %g\n", value, least, most);
	CU_ASSERT_TRUE(value >= least && value <= most);
}

static void what_a_foreign_server_keeps_is_found(void)
{
	struct csv_table *hoards =
		measure(SCRIPT "hoard {port}", "120", "--offered-rps", "400", "hoards");
	struct csv_table *not =
		measure(SCRIPT "echo {port}", "120", "--offered-rps", "400", "not");

	if (hoards && not ) {
		const double more = csv_number(hoards, 0, "pss_per_connection_bytes") -
				    csv_number(not, 0, "pss_per_connection_bytes");
		check_between(more, 0.9 * MIB, 1.3 * MIB);
		/* a thread for each connection, the main one, the child; no guard of ours */
		CU_ASSERT_EQUAL(csv_number(hoards, 0, "server_threads"), 120 + 1 + 1);
		CU_ASSERT_EQUAL(csv_number(hoards, 0, "server_processes"), 2);
		CU_ASSERT_EQUAL(csv_number(not, 0, "server_processes"), 1);
		check_between(csv_number(hoards, 0, "server_pss_kib") -
				      csv_number(not, 0, "server_pss_kib"),
			      (16 + 0.9 * 120) * 1024, (16 + 1.3 * 120) * 1024);
		/* the peak of each process: what the parent gave back before is not added */
		check_between(csv_number(hoards, 0, "server_rss_peak_kib") -
				      csv_number(not, 0, "server_rss_peak_kib"),
			      (16 + 0.9 * 120) * 1024, (16 + 1.3 * 120 + 20) * 1024);
		CU_ASSERT_STRING_EQUAL(
			csv_text(hoards, 0, "system_memory_per_connection_bytes"), "");
		check_between(csv_number(hoards, 0, "steal_percent"), 0, 100);
	}
	csv_table_free(hoards);
	csv_table_free(not );
}

/* What it had before anybody came. */
static void the_peak_is_kept(void)
{
	struct csv_table *csv =
		measure(SCRIPT "hoard {port}", "1", "--depth", "1", "peak");

	if (!csv)
		return;
	check_between(csv_number(csv, 0, "server_rss_peak_kib"), (48 + 16) * 1024,
		      (48 + 16 + 100) * 1024);
	CU_ASSERT_TRUE(csv_number(csv, 0, "server_pss_kib") < (16 + 30) * 1024);
	csv_table_free(csv);
}

static void idle_connections_count_as_well(void)
{
	struct csv_table *csv = measure("thread-per-connection", "2",
					"--idle-connections", "118", "idle");

	if (!csv)
		return;
	CU_ASSERT_EQUAL(csv_number(csv, 0, "server_threads"), 120 + 1);
	CU_ASSERT_EQUAL(csv_number(csv, 0, "server_processes"), 1);
	CU_ASSERT_TRUE(csv_number(csv, 0, "pss_per_connection_bytes") > 0);
	csv_table_free(csv);
}

static void a_process_for_each_connection_is_counted(void)
{
	struct csv_table *csv =
		measure("fork-per-connection", "20", "--depth", "1", "fork");

	if (!csv)
		return;
	CU_ASSERT_EQUAL(csv_number(csv, 0, "server_threads"), 20 + 1);
	CU_ASSERT_EQUAL(csv_number(csv, 0, "server_processes"), 20 + 1);
	/* what they share counts once for each in one of them */
	CU_ASSERT_TRUE(csv_number(csv, 0, "server_rss_peak_kib") >
		       2 * csv_number(csv, 0, "server_pss_kib"));
	csv_table_free(csv);
}

/* Too few connections to divide by, or none that stays. */
static void what_says_nothing_per_connection_is_empty(void)
{
	struct csv_table *few = measure("epoll", "99", "--depth", "1", "few");
	struct csv_table *churn = measure("epoll", "120", "--churn", "5", "churn");

	if (few && churn) {
		CU_ASSERT_STRING_EQUAL(csv_text(few, 0, "pss_per_connection_bytes"), "");
		CU_ASSERT_STRING_EQUAL(csv_text(churn, 0, "pss_per_connection_bytes"),
				       "");
		CU_ASSERT_TRUE(csv_number(few, 0, "server_pss_kib") > 0);
		CU_ASSERT_TRUE(csv_number(churn, 0, "server_pss_kib") > 0);
	}
	csv_table_free(few);
	csv_table_free(churn);
}

int main(void)
{
	static const struct test_case cases[] = {
		{"what a foreign server keeps is found",
		 what_a_foreign_server_keeps_is_found},
		{"the peak is kept", the_peak_is_kept},
		{"idle connections count as well", idle_connections_count_as_well},
		{"a process for each connection is counted",
		 a_process_for_each_connection_is_counted},
		{"what says nothing per connection is empty",
		 what_says_nothing_per_connection_is_empty},
		{NULL, NULL},
	};

	if (!workspace_open())
		return 1;
	const int failures = test_suite_run("run_footprint", cases);
	workspace_close();
	return failures != 0;
}
