/*
 * test_load_open.c - the open loop of `iomodels load` and `iomodels run` over real sockets.
 *
 * How many requests there are is the schedule's, exactly. When they go out depends on the
 * machine: a busy one may make a row CLIENT_LIMITED, which is not asked here.
 */
#include <CUnit/CUnit.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "server/options.h"
#include "tests/e2e/csv_table.h"
#include "tests/e2e/served.h"
#include "tests/e2e/workspace.h"
#include "tests/suite.h"

static double number(const json_t *row, const char *column)
{
	const json_t *value = json_object_get(row, column);

	if (!json_is_number(value))
		printf("\n%s is not there", column);
	CU_ASSERT_TRUE(json_is_number(value));
	return json_number_value(value);
}

static bool is_empty(const json_t *row, const char *column)
{
	return json_is_null(json_object_get(row, column));
}

/* `iomodels load ADDR options.. --json`; its row. */
static json_t *run_load(const struct served *s, const char *const *options)
{
	const char *words[32] = {"load", s->ready + 6, "--json"};
	struct process *load;
	int count = 3;

	while (*options)
		words[count++] = *options++;
	words[count] = NULL;
	int status = program_run(words, &load);
	CU_ASSERT_TRUE(status == EXIT_VALID || status == EXIT_CLIENT_LIMITED);
	json_t *row = json_loads(load->out.text, 0, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(row);
	process_free(load);
	return row;
}

#define LOAD(s, ...) run_load(s, (const char *const[]){__VA_ARGS__, NULL})

static void check_open(json_t *row, const char *arrivals, double requests)
{
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(row, "loop")), "open");
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(row, "arrivals")),
			       arrivals);
	CU_ASSERT_EQUAL(number(row, "requests") + number(row, "errors_timeout"),
			requests);
	CU_ASSERT_TRUE(number(row, "response_p50_us") >= number(row, "service_p50_us"));
	CU_ASSERT_TRUE(number(row, "response_p90_us") >= number(row, "response_p50_us"));
	CU_ASSERT_TRUE(number(row, "response_max_us") >= number(row, "response_mean_us"));
	CU_ASSERT_EQUAL(number(row, "unfinished"), 0);
	CU_ASSERT_EQUAL(number(row, "errors_corrupt") + number(row, "errors_surplus"), 0);
	CU_ASSERT_TRUE(is_empty(row, "headroom"));
	json_decref(row);
}

static void check_transport(const char *model, const char *listen, const char *path)
{
	const char *const words[] = {"--listen", listen, NULL};
	struct served s;

	served_start(&s, model, words);
	check_open(LOAD(&s, "--rate", "2k", "--arrivals", "constant", "--duration",
			"300ms", "--connections", "7", "--timeout", "5s"),
		   "constant", 600);
	check_open(LOAD(&s, "--rate", "2k", "--requests", "333", "--threads", "3",
			"--connections", "7", "--timeout", "5s"),
		   "poisson", 333);
	served_stop(&s, SIGTERM);
	served_free(&s);
	if (path)
		(void)unlink(path);
}

static void each_transport_has_its_arrivals(void)
{
	char listen[128];

	snprintf(listen, sizeof(listen), "unix:%s", workspace_path("open.sock"));
	check_transport("epoll", "tcp:127.0.0.1:0", NULL);
	check_transport("epoll", listen, workspace_path("open.sock"));
	check_transport("udp-epoll", "udp:127.0.0.1:0", NULL);
}

static void churn_keeps_the_schedule(void)
{
	struct served s;

	served_start(&s, "epoll", NULL);
	check_open(LOAD(&s, "--rate", "2k", "--arrivals", "constant", "--duration",
			"300ms", "--connections", "7", "--churn", "3"),
		   "constant", 600);
	served_stop(&s, SIGTERM);
	served_free(&s);
}

static void a_closed_loop_may_have_so_many_requests(void)
{
	struct served s;

	served_start(&s, "epoll", NULL);
	json_t *row = LOAD(&s, "--requests", "777", "--warmup", "0s", "--timeout", "60s");
	CU_ASSERT_EQUAL(number(row, "requests"), 777);
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(row, "loop")), "closed");
	CU_ASSERT_TRUE(is_empty(row, "offered_rps") && is_empty(row, "arrivals"));
	CU_ASSERT_TRUE(is_empty(row, "response_mean_us"));
	CU_ASSERT_TRUE(is_empty(row, "lag_client_p99_us"));
	json_decref(row);
	row = LOAD(&s, "--requests", "5000", "--threads", "2", "--timeout", "60s");
	CU_ASSERT_TRUE(number(row, "requests") >= 5000);
	json_decref(row);
	served_stop(&s, SIGTERM);
	served_free(&s);
}

static void the_text_shows_the_latencies_apart(void)
{
	static const char *const said[] = {"open loop, 2000 requests/s (constant), 64",
					   "response time  p50 ", "service time   p50 ",
					   "lag.blocked    p50 ", "lag.client     p50 "};
	struct served s;
	struct process *load;

	served_start(&s, "epoll", NULL);
	const char *const words[] = {"load",       s.ready + 6, "--rate", "2k",
				     "--duration", "200ms",     "--seed", "3",
				     "--arrivals", "constant",  NULL};
	(void)program_run(words, &load);
	for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++)
		CU_ASSERT_PTR_NOT_NULL(strstr(load->out.text, said[i]));
	process_free(load);
	served_stop(&s, SIGTERM);
	served_free(&s);
}

static void a_plan_has_rates(void)
{
	const char *out = workspace_path("rates");
	const char *const words[] = {
		"run",      "--models",   "epoll", "--offered-rps", "0,1k", "--arrivals",
		"constant", "--duration", "200ms", "--repetitions", "1",    "--placement",
		"shared",   "--syscalls", "no",    "--out",         out,    NULL};
	struct process *p;
	char name[256];

	(void)program_run(words, &p);
	CU_ASSERT_PTR_NOT_NULL(
		strstr(p->out.text, "open loop at 1000 requests/s (constant)"));
	CU_ASSERT_PTR_NOT_NULL(strstr(p->out.text, "resp p50 us"));
	process_free(p);
	snprintf(name, sizeof(name), "%s/results.csv", out);
	struct csv_table *csv = csv_table_read(name);
	CU_ASSERT_TRUE(csv && csv->rows == 2);
	for (int row = 0; csv && row < csv->rows; row++) {
		bool open = strcmp(csv_text(csv, row, "loop"), "open") == 0;
		CU_ASSERT_STRING_EQUAL(csv_text(csv, row, "offered_rps"),
				       open ? "1000.000" : "");
		CU_ASSERT_STRING_EQUAL(csv_text(csv, row, "arrivals"),
				       open ? "constant" : "");
		CU_ASSERT_EQUAL(csv_number(csv, row, "requests") == 200, open);
		if (open)
			CU_ASSERT_STRING_EQUAL(csv_text(csv, row, "headroom"), "");
	}
	csv_table_free(csv);
}

static const struct test_case cases[] = {
	{"each transport has its arrivals", each_transport_has_its_arrivals},
	{"churn keeps the schedule", churn_keeps_the_schedule},
	{"a closed loop may have so many requests",
	 a_closed_loop_may_have_so_many_requests},
	{"the text shows the latencies apart", the_text_shows_the_latencies_apart},
	{"a plan has rates", a_plan_has_rates},
	{NULL, NULL},
};

int main(void)
{
	if (!workspace_open())
		return EXIT_FAILED;
	int failures = test_suite_run("load_open", cases);
	workspace_close();
	return failures != 0;
}
