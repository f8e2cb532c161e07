/*
 * test_search.c - `iomodels search`: whatever rate it finds on a busy machine, that rate was
 * measured and kept its objective, and the next was not.
 *
 * The server sleeps 5 ms for each request and holds two at a time: about 400 requests per
 * second, and hardly any CPU.
 */
#include <CUnit/CUnit.h>
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "server/options.h"
#include "tests/e2e/csv_table.h"
#include "tests/e2e/known_server.h"
#include "tests/e2e/served.h"
#include "tests/e2e/workspace.h"
#include "tests/suite.h"

#define PYTHON      "/usr/bin/python3"
#define DEADLINE_MS 200000
#define LIMIT_US    100000
#define QUICK                                                                           \
	"--connections", "2", "--work", "sleep:5ms", "--duration", "300ms", "--warmup", \
		"20ms", "--precision", "30%"
#define SEARCH(ret, ...) search((const char *const[]){"search", __VA_ARGS__, NULL}, ret)

static int search(const char *const *words, struct process **ret_process)
{
	const int status = program_run(words, ret_process);

	return status == -ETIMEDOUT ? process_wait(*ret_process, DEADLINE_MS) : status;
}

static bool says(const json_t *object, const char *key, const char *text)
{
	const char *word = row_word(object, key);

	return word && strcmp(word, text) == 0;
}

/* 0: there is no such end. */
static double rate_of(const json_t *result, const char *end)
{
	const json_t *object = json_object_get(result, end);

	return json_is_object(object) ? row_value(object, "offered_rps") : 0;
}

/* Every step says of itself what its numbers say. */
static void check_step(const json_t *step)
{
	const bool valid = says(step, "verdict", "VALID");

	CU_ASSERT_TRUE(says(step, "loop", "open"));
	if (says(step, "outcome", "kept")) {
		CU_ASSERT_TRUE(valid || says(step, "verdict", "CLIENT_LIMITED"));
		CU_ASSERT_EQUAL(row_word(step, "outcome_reason") == NULL, valid);
		CU_ASSERT_TRUE(row_value(step, "response_mean_us") <= LIMIT_US);
	} else {
		CU_ASSERT_PTR_NOT_NULL(row_word(step, "outcome_reason"));
	}
}

/* An end of the bracket is what its steps say. */
static void check_end(const json_t *result, const char *key)
{
	const json_t *end = json_object_get(result, key), *step;
	const double rate = rate_of(result, key);
	int kept = 0, missed = 0, undecided = 0, valid = 0;
	size_t i;

	if (rate == 0)
		return;
	json_array_foreach(json_object_get(result, "steps"), i, step)
	{
		if (i == 0 || fabs(row_value(step, "offered_rps") - rate) > 1e-3 * rate)
			continue;
		kept += says(step, "outcome", "kept");
		valid += says(step, "outcome", "kept") && says(step, "verdict", "VALID");
		missed += says(step, "outcome", "missed");
		undecided += says(step, "outcome", "undecided");
	}
	CU_ASSERT_EQUAL(kept, row_value(end, "kept"));
	CU_ASSERT_EQUAL(missed, row_value(end, "missed"));
	CU_ASSERT_EQUAL(undecided, row_value(end, "undecided"));
	CU_ASSERT_EQUAL(kept > missed + undecided, strcmp(key, "kept") == 0);
	if (strcmp(key, "kept") == 0)
		CU_ASSERT_TRUE(valid > 0 || says(result, "limit", "client"));
}

/* Two connections, 5 ms for each request: 400 per second are answered at most, and so many
 * must be of what arrives in 300 ms: 99 % less three standard deviations. */
static void check_bracket(const json_t *result)
{
	const double kept = rate_of(result, "kept"), above = rate_of(result, "above");

	check_end(result, "kept");
	check_end(result, "above");
	CU_ASSERT_TRUE(kept * (0.99 - 3 / sqrt(fmax(1, 0.3 * kept))) <= 400);
	if (kept == 0 || above == 0)
		return;
	CU_ASSERT_TRUE(kept < above);
	CU_ASSERT_TRUE(above <= 1.3001 * kept);
}

static int expected_status(const json_t *result)
{
	if (says(result, "limit", "client"))
		return EXIT_CLIENT_LIMITED;
	return rate_of(result, "kept") > 0 ? EXIT_VALID : EXIT_REQUIREMENT;
}

static void check_result(const char *text, int status)
{
	json_t *result = json_loads(text, 0, NULL), *step;
	size_t i;

	CU_ASSERT_PTR_NOT_NULL(result);
	const json_t *steps = json_object_get(result, "steps");
	CU_ASSERT_TRUE(json_array_size(steps) >= 3);
	CU_ASSERT_TRUE(says(json_array_get(steps, 0), "loop", "closed"));
	json_array_foreach(steps, i, step) if (i > 0) check_step(step);
	check_bracket(result);
	CU_ASSERT_EQUAL(status, expected_status(result));
	json_decref(result);
}

static void the_rate_of_an_address_is_bracketed(void)
{
	struct served s;
	struct process *p;

	served_start(&s, "thread-per-connection", NULL);
	const int status = SEARCH(&p, s.ready + strlen("ready "), "--slo", "mean=100ms",
				  QUICK, "--json");
	check_result(p->out.text, status);
	process_free(p);
	served_stop(&s, SIGTERM);
	served_free(&s);
}

static void check_row(const struct csv_table *csv, int row)
{
	CU_ASSERT_STRING_EQUAL(csv_text(csv, row, "model"), "thread-per-connection");
	CU_ASSERT_STRING_EQUAL(csv_text(csv, row, "transport"), "unix");
	CU_ASSERT_STRING_EQUAL(csv_text(csv, row, "engine"), "epoll");
	CU_ASSERT_EQUAL(csv_number(csv, row, "order"), row + 1);
	CU_ASSERT_TRUE(csv_number(csv, row, "server_cpu_s") >= 0);
	CU_ASSERT_EQUAL(csv_text(csv, row, "outcome")[0] == '\0', row == 0);
}

static void a_server_is_started_for_each_step(void)
{
	struct process *p;

	SEARCH(&p, "thread-per-connection", "--slo", "mean=100ms", QUICK, "--transport",
	       "unix", "--placement", "shared", "--engine", "epoll", "--csv");
	FILE *file = fopen(workspace_path("steps.csv"), "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	fputs(p->out.text, file);
	fclose(file);
	struct csv_table *csv = csv_table_read(workspace_path("steps.csv"));
	CU_ASSERT_PTR_NOT_NULL(csv);
	if (csv) {
		CU_ASSERT_EQUAL(csv->ragged, 0);
		CU_ASSERT_TRUE(csv->rows >= 3);
	}
	for (int row = 0; csv && row < csv->rows; row++)
		check_row(csv, row);
	csv_table_free(csv);
	process_free(p);
	CU_ASSERT_EQUAL(workspace_children_left(), 0);
}

static void an_objective_out_of_reach_is_exit_7(void)
{
	struct process *p;

	const int status =
		SEARCH(&p, "thread-per-connection", "--slo", "mean=1ms", QUICK, "--again",
		       "0", "--connections", "20", "--duration", "50ms");
	CU_ASSERT_TRUE(status == EXIT_REQUIREMENT || status == EXIT_CLIENT_LIMITED);
	CU_ASSERT_PTR_NOT_NULL(strstr(p->out.text, "answer  none"));
	CU_ASSERT_PTR_NOT_NULL(strstr(p->out.text, "mean <= 1ms"));
	CU_ASSERT_PTR_NOT_NULL(strstr(p->out.text, "closed loop"));
	process_free(p);
}

/* Requests that are refused end their connections: the closed loop shows none of either. */
static void long_work_is_done_by_a_server_told_so(const char *option, const char *time)
{
	struct process *p;

	SEARCH(&p, "thread-per-connection", "--slo", "mean=1ms", "--connections", "2",
	       "--work", "sleep:1001ms", "--duration", "50ms", "--warmup", "0s",
	       "--engine", "epoll", "--again", "0", "--precision", "50%", "--json",
	       option, time);
	json_t *result = json_loads(p->out.text, 0, NULL);
	const json_t *closed = json_array_get(json_object_get(result, "steps"), 0);
	CU_ASSERT_PTR_NOT_NULL(closed);
	CU_ASSERT_TRUE(closed && row_value(closed, "errors_eof") == 0);
	CU_ASSERT_TRUE(closed && row_value(closed, "errors_reset") == 0);
	json_decref(result);
	process_free(p);
}

static void a_server_is_told_of_long_work(void)
{
	struct process *p;

	long_work_is_done_by_a_server_told_so(NULL, NULL);
	long_work_is_done_by_a_server_told_so("--max-work", "2s");
	CU_ASSERT_EQUAL(SEARCH(&p, "epoll", "--slo", "p99=1s", "--work", "sleep:3s",
			       "--max-work", "2s"),
			EXIT_USAGE);
	CU_ASSERT_PTR_NOT_NULL(strstr(p->err.text, "'sleep:3s'"));
	process_free(p);
}

static void who_does_not_answer_is_exit_6(void)
{
	struct process *p;

	CU_ASSERT_EQUAL(
		SEARCH(&p, "unix:/tmp/iomodels-no-such-server.sock", "--slo", "p99=1ms"),
		EXIT_SERVER_ERRORS);
	CU_ASSERT_PTR_NOT_NULL(strstr(p->out.text, "no reply"));
	CU_ASSERT_STRING_EQUAL(p->err.text, "");
	process_free(p);
	CU_ASSERT_EQUAL(
		SEARCH(&p, "exec:exit 3 # {port}", "--slo", "p99=1ms", QUICK, "--json"),
		EXIT_SERVER_ERRORS);
	CU_ASSERT_PTR_NOT_NULL(strstr(p->out.text, "exited with status 3"));
	process_free(p);
}

static void wrong_bytes_end_the_search(void)
{
	char address[128];
	struct process *p,
		*faulty = faulty_start("flip", "300", address, sizeof(address));

	CU_ASSERT_EQUAL(SEARCH(&p, address, "--slo", "p99=1ms", "--connections", "8",
			       "--duration", "500ms", "--engine", "epoll"),
			EXIT_CORRUPT);
	CU_ASSERT_PTR_NOT_NULL(strstr(p->out.text, "ended   wrong bytes came back"));
	process_free(p);
	process_free(faulty);
}

/* Until it has started a server, and so catches signals. */
static void await_server(const struct process *p)
{
	char path[64], text[32] = "";

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)p->pid,
		 (int)p->pid);
	for (int i = 0; i < PROCESS_DEADLINE_MS / 10 && text[0] == '\0'; i++) {
		FILE *file = fopen(path, "r");
		if (file && !fgets(text, sizeof(text), file))
			usleep(10000);
		if (file)
			fclose(file);
	}
	CU_ASSERT_STRING_NOT_EQUAL(text, "");
}

static void an_interrupt_shows_what_is_known(void)
{
	const char *const words[] = {"search", "epoll",      "--slo", "p99=1s",
				     QUICK,    "--duration", "60s",   NULL};
	struct process *p = program_start(words);

	await_server(p);
	process_signal(p, SIGINT);
	CU_ASSERT_EQUAL(process_wait(p, PROCESS_DEADLINE_MS), EXIT_INTERRUPTED);
	CU_ASSERT_PTR_NOT_NULL(strstr(p->out.text, "ended   interrupted"));
	CU_ASSERT_PTR_NULL(strstr(p->out.text, "answer  none"));
	CU_ASSERT_EQUAL(workspace_children_left(), 0);
	process_free(p);
}

int main(void)
{
	static const struct test_case cases[] = {
		{"the rate of an address is bracketed",
		 the_rate_of_an_address_is_bracketed},
		{"a server is started for each step", a_server_is_started_for_each_step},
		{"an objective out of reach is exit 7",
		 an_objective_out_of_reach_is_exit_7},
		{"a server is told of long work", a_server_is_told_of_long_work},
		{"who does not answer is exit 6", who_does_not_answer_is_exit_6},
		{"wrong bytes end the search", wrong_bytes_end_the_search},
		{"an interrupt shows what is known", an_interrupt_shows_what_is_known},
		{NULL, NULL},
	};

	if (!workspace_open())
		return 1;
	const int failures = test_suite_run("search", cases);
	workspace_close();
	return failures != 0;
}
