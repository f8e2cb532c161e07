/* test_run_load.c - `run` with more than plain requests: transports, work, counted calls. */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "models/registry.h"
#include "results/subject/probe.h"
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

static void all_is_who_serves_the_transport(void)
{
	struct process *p;

	CU_ASSERT_EQUAL(RUN(&p, "run", "--models", "all", "--models", "family:python",
			    "--dry-run"),
			0);
	CU_ASSERT_PTR_NOT_NULL(strstr(p->out.text, "epoll/tcp/"));
	CU_ASSERT_PTR_NOT_NULL(strstr(p->out.text, "python:asyncio/tcp/"));
	CU_ASSERT_PTR_NULL(strstr(p->out.text, "udp-"));
	process_free(p);
	CU_ASSERT_EQUAL(RUN(&p, "run", "gallery", "--transport", "udp", "--dry-run"), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(p->out.text, "udp-epoll/udp/"));
	CU_ASSERT_PTR_NULL(strstr(p->out.text, "serves no datagrams"));
	process_free(p);
}

/* On two or three CPUs split leaves the server one. */
static void a_model_that_does_not_fit_the_cell_is_skipped(void)
{
	const bool crowded = sysconf(_SC_NPROCESSORS_ONLN) < 4;
	struct process *p;

	CU_ASSERT_EQUAL(RUN(&p, "run", "--models", "io-uring-sqpoll", "--dry-run"), 0);
	const char *reason = strstr(p->out.text, "placement split needs 4 CPUs");
	if (io_model_reason(io_model_find(io_models, "io-uring-sqpoll")) == NULL)
		CU_ASSERT_EQUAL(reason != NULL, crowded);
	process_free(p);
	CU_ASSERT_EQUAL(RUN(&p, "run", "--models", "io-uring-sqpoll", "--placement",
			    "shared", "--dry-run"),
			0);
	CU_ASSERT_PTR_NULL(strstr(p->out.text, "needs 4 CPUs"));
	process_free(p);
	CU_ASSERT_EQUAL(RUN(&p, "run", "--models", "sockmap", "--work", "none,spin:10us",
			    "--dry-run"),
			0);
	reason = strstr(p->out.text, "unavailable: ");
	CU_ASSERT_PTR_NOT_NULL(reason);
	if (io_model_reason(io_model_find(io_models, "sockmap")) == NULL)
		CU_ASSERT_PTR_NOT_NULL(strstr(p->out.text, "unavailable: does no work"));
	process_free(p);
}

/* The server counts no request of those that the kernel answers. */
static void an_echo_without_a_server_is_valid(void)
{
	struct process *p;

	if (io_model_reason(io_model_find(io_models, "sockmap")))
		return;
	CU_ASSERT_EQUAL(RUN(&p, "run", "--models", "sockmap", "--connections", "2", SHORT,
			    "--out", workspace_path("kernel")),
			0);
	process_free(p);
	struct csv_table *csv = results("kernel");
	if (csv) {
		const int row = row_of(csv, "sockmap");
		CU_ASSERT_STRING_EQUAL(csv_text(csv, row, "verdict"), "VALID");
		CU_ASSERT_STRING_EQUAL(csv_text(csv, row, "cpu_us_per_request"), "");
		CU_ASSERT_STRING_EQUAL(csv_text(csv, row, "requests_per_cpu_s"), "");
		CU_ASSERT_STRING_NOT_EQUAL(csv_text(csv, row, "server_cpu_s"), "");
	}
	csv_table_free(csv);
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

/* More than a server does unless it is told to: it would end the connections. */
static void long_work_is_done(void)
{
	struct process *p;

	RUN(&p, "run", "--models", "epoll,prethread", "--connections", "2", "--work",
	    "sleep:1001ms", SHORT, "--engine", "epoll", "--out", workspace_path("long"));
	process_free(p);
	struct csv_table *csv = results("long");
	if (csv)
		CU_ASSERT_EQUAL(csv->rows, 2);
	for (int row = 0; csv && row < csv->rows; row++) {
		CU_ASSERT_EQUAL(csv_number(csv, row, "work_us"), 1001000);
		CU_ASSERT_EQUAL(csv_number(csv, row, "errors_eof"), 0);
		CU_ASSERT_EQUAL(csv_number(csv, row, "errors_reset"), 0);
	}
	csv_table_free(csv);
}

/* The row of a size, in a run of one model. */
static int row_of_size(const struct csv_table *csv, const char *size)
{
	for (int row = 0; row < csv->rows; row++)
		if (strcmp(csv_text(csv, row, "payload_bytes"), size) == 0)
			return row;
	CU_FAIL("no such row");
	return 0;
}

static double mean_size(const struct csv_table *csv, int row)
{
	return csv_number(csv, row, "bytes_per_s") /
	       csv_number(csv, row, "throughput_rps");
}

static void sizes_are_drawn_and_named(void)
{
	char path[256], sizes[512];
	struct process *p;

	snprintf(path, sizeof(path), "@%s", workspace_path("sizes.csv"));
	snprintf(sizes, sizeof(sizes), "16384,uniform:64-4096,%s", path);
	FILE *file = fopen(path + 1, "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	fputs("1000,1\n2000,1\n", file);
	fclose(file);
	CU_ASSERT_EQUAL(RUN(&p, "run", "--models", "epoll", "--connections", "4",
			    "--payload-bytes", sizes, SHORT, "--out",
			    workspace_path("sized")),
			0);
	CU_ASSERT_PTR_NOT_NULL(strstr(p->out.text, ", uniform:64-4k B, "));
	process_free(p);
	struct csv_table *csv = results("sized");
	if (csv) {
		CU_ASSERT_EQUAL(csv->rows, 3);
		CU_ASSERT_DOUBLE_EQUAL(mean_size(csv, row_of_size(csv, "16384")), 16384,
				       1);
		CU_ASSERT_DOUBLE_EQUAL(mean_size(csv, row_of_size(csv, "uniform:64-4k")),
				       2080, 400);
		CU_ASSERT_DOUBLE_EQUAL(mean_size(csv, row_of_size(csv, path)), 1500, 150);
	}
	csv_table_free(csv);
}

/* On a busy machine a reply may come later than the 200 ms that a datagram has. */
static void datagrams_are_measured(void)
{
	struct process *p;

	const int status =
		RUN(&p, "run", "--models", "family:datagram", "--transport", "udp",
		    "--connections", "4", SHORT, "--out", workspace_path("datagrams"));
	CU_ASSERT_TRUE(status == 0 || status == EXIT_SERVER_ERRORS);
	process_free(p);
	struct csv_table *csv = results("datagrams");
	if (csv)
		CU_ASSERT_EQUAL(csv->rows, 5);
	for (int row = 0; csv && row < csv->rows; row++) {
		CU_ASSERT_STRING_EQUAL(csv_text(csv, row, "transport"), "udp");
		CU_ASSERT_TRUE(csv_number(csv, row, "requests") > 0);
		CU_ASSERT_EQUAL(csv_number(csv, row, "errors_corrupt"), 0);
	}
	csv_table_free(csv);
}

static void churn_and_idle_connections_are_named(void)
{
	struct process *p;

	CU_ASSERT_EQUAL(RUN(&p, "run", "--models", "epoll", "--connections", "4",
			    "--churn", "10", "--idle-connections", "20", SHORT, "--out",
			    workspace_path("churn")),
			0);
	CU_ASSERT_PTR_NOT_NULL(strstr(p->out.text, "tcp + 20 idle, 10 requests per "));
	process_free(p);
	struct csv_table *csv = results("churn");
	if (csv) {
		CU_ASSERT_EQUAL(csv_number(csv, 0, "churn"), 10);
		CU_ASSERT_EQUAL(csv_number(csv, 0, "idle_connections"), 20);
		CU_ASSERT_TRUE(csv_number(csv, 0, "requests") > 40);
	}
	csv_table_free(csv);
}

static void system_calls_are_counted_where_permitted(void)
{
	struct process *p;

	CU_ASSERT_EQUAL(RUN(&p, "run", "--models", "epoll,prethread", "--connections",
			    "8", "--duration", "200ms", "--warmup", "50ms", "--placement",
			    "shared", "--repetitions", "2", "--out",
			    workspace_path("counted")),
			0);
	const bool shown = strstr(p->out.text, "syscalls/req") != NULL;
	CU_ASSERT_EQUAL(shown, probe_can_count_syscalls());
	process_free(p);
	struct csv_table *csv = results("counted");
	if (csv)
		CU_ASSERT_EQUAL(csv->rows, 4);
	for (int row = 0; csv && row < csv->rows; row++) {
		const double calls = csv_number(csv, row, "syscalls_per_request");
		const bool is_epoll = strcmp(csv_text(csv, row, "model"), "epoll") == 0;
		if (probe_can_count_syscalls()) {
			CU_ASSERT_TRUE(calls >= 1.99);
			CU_ASSERT_TRUE(calls < (is_epoll ? 3.1 : 2.1));
		} else {
			CU_ASSERT_STRING_EQUAL(csv_text(csv, row, "syscalls_per_request"),
					       "");
		}
		CU_ASSERT_EQUAL(csv_number(csv, row, "server_processes"), 1);
		CU_ASSERT_TRUE(is_epoll == (csv_number(csv, row, "server_threads") == 1));
	}
	csv_table_free(csv);
}

/* Runs `argv` and takes its stderr away; its exit status. */
static int run_quietly(const char *const *argv)
{
	struct process *p = process_start(argv);

	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	const int status = process_wait(p, PROCESS_DEADLINE_MS);
	process_free(p);
	return status;
}

/* Only the superuser may look into tracefs; the rest is measured all the same. */
static void who_may_not_count_gets_an_empty_column(void)
{
#define AS_NOBODY                                                               \
	"/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", \
		"--inh-caps=-all", "--no-new-privs", PROGRAM_PATH
	const char *const version[] = {AS_NOBODY, "--version", NULL};
	char out[128];

	snprintf(out, sizeof(out), "%s", workspace_path("open/result"));
	if (geteuid() != 0 || mkdir(workspace_path("open"), 0700) < 0)
		return;
	chmod(workspace_path("open"), 0777);
	chmod(workspace_path(""), 0755);
	if (run_quietly(version) != 0)
		return; /* nobody may not run what stands here */
	const char *const run[] = {AS_NOBODY, "run", "--models",      "epoll", "--out",
				   out,       SHORT, "--connections", "2",     NULL};
	CU_ASSERT_EQUAL(run_quietly(run), 0);
	struct csv_table *csv = results("open/result");
	if (csv) {
		CU_ASSERT_EQUAL(csv->rows, 1);
		CU_ASSERT_STRING_EQUAL(csv_text(csv, 0, "verdict"), "VALID");
		CU_ASSERT_STRING_EQUAL(csv_text(csv, 0, "syscalls_per_request"), "");
	}
	csv_table_free(csv);
}

static void system_calls_are_left_out_on_request(void)
{
	struct process *p;

	CU_ASSERT_EQUAL(RUN(&p, "run", "--models", "epoll", "--connections", "2", SHORT,
			    "--syscalls", "no", "--out", workspace_path("uncounted")),
			0);
	CU_ASSERT_PTR_NULL(strstr(p->out.text, "syscalls/req"));
	process_free(p);
	struct csv_table *csv = results("uncounted");
	if (csv)
		CU_ASSERT_STRING_EQUAL(csv_text(csv, 0, "syscalls_per_request"), "");
	csv_table_free(csv);
	CU_ASSERT_EQUAL(RUN(&p, "run", "--models", "epoll", "--syscalls", "maybe"),
			EXIT_USAGE);
	CU_ASSERT_PTR_NOT_NULL(strstr(p->err.text, "yes"));
	process_free(p);
}

int main(void)
{
	static const struct test_case cases[] = {
		{"a transport that does not fit is skipped",
		 a_transport_that_does_not_fit_is_skipped},
		{"all is who serves the transport", all_is_who_serves_the_transport},
		{"a model that does not fit the cell is skipped",
		 a_model_that_does_not_fit_the_cell_is_skipped},
		{"an echo without a server is valid", an_echo_without_a_server_is_valid},
		{"work is asked for and named", work_is_asked_for_and_named},
		{"long work is done", long_work_is_done},
		{"sizes are drawn and named", sizes_are_drawn_and_named},
		{"datagrams are measured", datagrams_are_measured},
		{"churn and idle connections are named",
		 churn_and_idle_connections_are_named},
		{"system calls are counted where permitted",
		 system_calls_are_counted_where_permitted},
		{"who may not count gets an empty column",
		 who_may_not_count_gets_an_empty_column},
		{"system calls are left out on request",
		 system_calls_are_left_out_on_request},
		{NULL, NULL},
	};

	if (!workspace_open())
		return 1;
	const int failures = test_suite_run("run_load", cases);
	workspace_close();
	return failures != 0;
}
