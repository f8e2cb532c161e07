/*
 * test_load.c - `iomodels load` against servers with known answers, written in Python, and
 * against what else can happen to a run.
 */
#include <CUnit/CUnit.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "loadgen/load.h"
#include "tests/e2e/process.h"
#include "tests/suite.h"

#define PYTHON   "/usr/bin/python3"
#define FAULT_AT "300" /* reply: soon reached on any machine */

struct answer {
	const char *fault;
	int status;
	const char *verdict;
	const char *column; /* of the errors: the only one that is not 0; NULL: all are */
};

static const struct answer answers[] = {
	{"none", EXIT_VALID, "VALID", NULL},
	{"bytes", EXIT_VALID, "VALID", NULL},
	{"flip", EXIT_CORRUPT, "CORRUPT", "errors_corrupt"},
	{"swap", EXIT_CORRUPT, "CORRUPT", "errors_corrupt"},
	{"surplus", EXIT_CORRUPT, "CORRUPT", "errors_surplus"},
	{"late", EXIT_CORRUPT, "CORRUPT", "errors_surplus"},
	{"truncate", EXIT_SERVER_ERRORS, "SERVER_ERRORS", "errors_eof"},
	{"reset", EXIT_SERVER_ERRORS, "SERVER_ERRORS", "errors_reset"},
	{"silent", EXIT_SERVER_ERRORS, "SERVER_ERRORS", "errors_timeout"},
	{"never", EXIT_SERVER_ERRORS, "SERVER_ERRORS", NULL},
};

static const char *const error_columns[] = {
	"errors_refused", "errors_reset",   "errors_eof",    "errors_timeout",
	"errors_corrupt", "errors_surplus", "errors_client",
};

/* A server with the fault; its address is stored. */
static struct process *start_echo(const char *fault, char *address, size_t size)
{
	const char *const argv[] = {PYTHON, ECHO_PY, fault, FAULT_AT, NULL};
	struct process *process = process_start(argv);
	char line[128];

	CU_ASSERT_PTR_NOT_NULL_FATAL(process);
	CU_ASSERT_EQUAL_FATAL(
		process_read_line(process, line, sizeof(line), PROCESS_DEADLINE_MS), 0);
	CU_ASSERT_EQUAL_FATAL(strncmp(line, "ready ", 6), 0);
	snprintf(address, size, "%s", line + 6);
	return process;
}

static int64_t number(const json_t *object, const char *column)
{
	const json_t *value = json_object_get(object, column);

	CU_ASSERT_TRUE(json_is_integer(value));
	return json_integer_value(value);
}

static void check_errors(const json_t *object, const char *column)
{
	for (size_t i = 0; i < LOAD_ERRORS; i++) {
		bool expected = column && strcmp(error_columns[i], column) == 0;
		if ((number(object, error_columns[i]) > 0) != expected) {
			printf("\n%s is %lld", error_columns[i],
			       (long long)number(object, error_columns[i]));
			CU_FAIL("a fault in another counter than its own");
		}
	}
}

static void check_answer(const struct answer *answer)
{
	char address[128];
	struct process *load, *echo = start_echo(answer->fault, address, sizeof(address));
	const char *const arguments[] = {"load",      address, "--connections", "8",
					 "--warmup",  "50ms",  "--duration",    "500ms",
					 "--timeout", "400ms", "--json",        NULL};

	int status = program_run(arguments, &load);
	json_t *object = json_loads(load->out.text, 0, NULL);
	CU_ASSERT_PTR_NOT_NULL(object);
	if (status != answer->status)
		printf("\n%s: exit %d", answer->fault, status);
	CU_ASSERT_EQUAL(status, answer->status);
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(object, "verdict")),
			       answer->verdict);
	check_errors(object, answer->column);
	CU_ASSERT_STRING_EQUAL(load->err.text, "");
	json_decref(object);
	process_free(load);
	process_free(echo);
}

static void every_known_fault_has_its_verdict(void)
{
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
		check_answer(&answers[i]);
}

static void the_text_names_the_first_wrong_byte(void)
{
	char address[128];
	struct process *load, *echo = start_echo("flip", address, sizeof(address));
	const char *const arguments[] = {"load",       address, "--warmup", "0s",
					 "--duration", "500ms", NULL};

	CU_ASSERT_EQUAL(program_run(arguments, &load), EXIT_CORRUPT);
	CU_ASSERT_PTR_NOT_NULL(strstr(load->out.text, "first mismatch connection "));
	CU_ASSERT_PTR_NOT_NULL(strstr(load->out.text, "byte 40): expected "));
	CU_ASSERT_PTR_NOT_NULL(strstr(load->out.text, "verdict        CORRUPT: "));
	process_free(load);
	process_free(echo);
}

static void a_refusing_address_is_a_result(void)
{
	const char *const arguments[] = {"load", "unix:/tmp/iomodels-no-such-server.sock",
					 "--csv", NULL};
	struct process *load;

	CU_ASSERT_EQUAL(program_run(arguments, &load), EXIT_SERVER_ERRORS);
	CU_ASSERT_EQUAL(strncmp(load->out.text, "run_id,", 7), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(load->out.text, "SERVER_ERRORS"));
	process_free(load);
}

static void an_objective_not_met_is_exit_7(void)
{
	char address[128];
	struct process *load, *echo = start_echo("none", address, sizeof(address));
	const char *const arguments[] = {
		"load",  address,     "--warmup",    "0s",        "--duration",
		"200ms", "--require", "requests>=1", "--require", "service_mean_us<=0.5",
		NULL};

	CU_ASSERT_EQUAL(program_run(arguments, &load), EXIT_REQUIREMENT);
	CU_ASSERT_PTR_NOT_NULL(
		strstr(load->err.text, "required service_mean_us <= 0.5, measured "));
	CU_ASSERT_PTR_NULL(strstr(load->err.text, "requests"));
	process_free(load);
	process_free(echo);
}

/* Starts a run of a minute and lets it come to its window. */
static struct process *start_long_run(const char *address)
{
	const char *const arguments[] = {"load",       address, "--warmup", "0s",
					 "--duration", "60s",   "--json",   NULL};
	struct process *load = program_start(arguments);

	CU_ASSERT_PTR_NOT_NULL_FATAL(load);
	usleep(700000);
	return load;
}

static void check_cut_short(struct process *load, int status)
{
	CU_ASSERT_EQUAL(process_wait(load, PROCESS_DEADLINE_MS), status);
	json_t *object = json_loads(load->out.text, 0, NULL);
	CU_ASSERT_PTR_NOT_NULL(object);
	CU_ASSERT_TRUE(number(object, "requests") > 0);
	CU_ASSERT_TRUE(json_real_value(json_object_get(object, "duration_s")) < 50);
	json_decref(object);
	process_free(load);
}

static void an_interrupt_prints_what_was_measured(void)
{
	char address[128];
	struct process *echo = start_echo("none", address, sizeof(address));
	struct process *load = start_long_run(address);

	process_signal(load, SIGINT);
	check_cut_short(load, EXIT_INTERRUPTED);
	process_free(echo);
}

static void a_killed_server_ends_the_run(void)
{
	char address[128];
	struct process *echo = start_echo("none", address, sizeof(address));
	struct process *load = start_long_run(address);

	process_signal(echo, SIGKILL);
	check_cut_short(load, EXIT_SERVER_ERRORS);
	process_free(echo);
}

static const struct test_case cases[] = {
	{"every known fault has its verdict", every_known_fault_has_its_verdict},
	{"the text names the first wrong byte", the_text_names_the_first_wrong_byte},
	{"a refusing address is a result", a_refusing_address_is_a_result},
	{"an objective not met is exit 7", an_objective_not_met_is_exit_7},
	{"an interrupt prints what was measured", an_interrupt_prints_what_was_measured},
	{"a killed server ends the run", a_killed_server_ends_the_run},
	{NULL, NULL},
};

int main(void)
{
	if (access(PYTHON, X_OK) < 0)
		return TEST_SKIPPED;
	return test_suite_run("load", cases) != 0;
}
