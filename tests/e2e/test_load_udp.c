/*
 * test_load_udp.c - `iomodels load udp:` against datagram servers with known answers,
 * written in Python, and against none.
 */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "server/options.h"
#include "tests/e2e/known_server.h"
#include "tests/suite.h"

#define PYTHON "/usr/bin/python3"

/* A time-out is generous, as a reply of a busy machine that comes after it is one too many:
 * `drop` waits for it, at the end. What is `late` has 400 ms, and is late however late the
 * others may be; where there is no reply, none can be. */
#define GENEROUS "20s"
#define AWAITED  "5s"
#define BRIEF    "200ms"

struct answer {
	const char *fault, *every, *timeout;
	int status;
	const char
		*columns; /* of the errors: those that are not 0, a blank behind each */
};

static const struct answer answers[] = {
	{"none", "1", GENEROUS, EXIT_VALID, ""},
	{"shuffle", "1", GENEROUS, EXIT_VALID, ""},
	{"flip", "500", GENEROUS, EXIT_CORRUPT, "errors_corrupt "},
	{"short", "500", GENEROUS, EXIT_CORRUPT, "errors_corrupt "},
	{"twice", "500", GENEROUS, EXIT_VALID, "errors_surplus "},
	{"drop", "100", AWAITED, EXIT_SERVER_ERRORS, "errors_timeout "},
	{"late", "20", BRIEF, EXIT_SERVER_ERRORS, "errors_timeout errors_surplus "},
	{"never", "1", BRIEF, EXIT_SERVER_ERRORS, "errors_timeout "},
};

static struct process *start_echo(const char *fault, const char *every, char *address,
				  size_t size)
{
	const char *const argv[] = {PYTHON, ECHO_UDP_PY, fault, every, NULL};

	return known_start(argv, address, size);
}

static void check_answer(const struct answer *answer, const char *engine)
{
	char address[128], what[64];
	struct process *echo =
		start_echo(answer->fault, answer->every, address, sizeof(address));
	const char *const words[] = {"--engine",
				     engine,
				     "--connections",
				     "4",
				     "--depth",
				     "4",
				     "--warmup",
				     "50ms",
				     "--timeout",
				     answer->timeout,
				     "--duration",
				     "1500ms",
				     NULL};
	json_t *row;

	int status = load_row(address, words, &row);
	snprintf(what, sizeof(what), "%s, %s", answer->fault, engine);
	if (status != answer->status)
		printf("\n%s: exit %d", what, status);
	CU_ASSERT_EQUAL(status, answer->status);
	CU_ASSERT_STRING_EQUAL(row_word(row, "transport"), "udp");
	check_errors(row, what, answer->columns);
	json_decref(row);
	process_free(echo);
}

static void every_known_fault_has_its_verdict(void)
{
	const char *engine;
	size_t at = 0;

	while ((engine = engine_next(&at)))
		for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
			check_answer(&answers[i], engine);
}

static void a_port_without_a_server_is_refused_soon(void)
{
	char address[128];
	struct process *load, *echo = start_echo("none", "1", address, sizeof(address));
	const char *const arguments[] = {"load",  address,  "--duration",
					 "1000s", "--json", NULL};

	process_free(echo); /* killed: the port is free */
	CU_ASSERT_EQUAL(program_run(arguments, &load), EXIT_SERVER_ERRORS);
	json_t *row = json_loads(load->out.text, 0, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(row);
	CU_ASSERT_EQUAL(row_value(row, "errors_refused"), 64);
	json_decref(row);
	process_free(load);
}

static void what_has_no_meaning_is_refused_in_one_line(void)
{
	static const char *const options[][2] = {
		{"--churn", "1"}, {"--idle", "1"}, {"--size", "65492"}};

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		const char *const arguments[] = {"load", "udp:127.0.0.1:9", options[i][0],
						 options[i][1], NULL};
		struct process *load;
		CU_ASSERT_EQUAL(program_run(arguments, &load), EXIT_USAGE);
		CU_ASSERT_PTR_NOT_NULL(strstr(load->err.text, options[i][0]));
		CU_ASSERT_PTR_NOT_NULL(strstr(load->err.text, options[i][1]));
		CU_ASSERT_PTR_EQUAL(strchr(load->err.text, '\n'),
				    load->err.text + load->err.length - 1);
		process_free(load);
	}
}

static const struct test_case cases[] = {
	{"every known fault has its verdict", every_known_fault_has_its_verdict},
	{"a port without a server is refused soon",
	 a_port_without_a_server_is_refused_soon},
	{"what has no meaning is refused in one line",
	 what_has_no_meaning_is_refused_in_one_line},
	{NULL, NULL},
};

int main(void)
{
	if (access(PYTHON, X_OK) < 0)
		return TEST_SKIPPED;
	return test_suite_run("load_udp", cases) != 0;
}
