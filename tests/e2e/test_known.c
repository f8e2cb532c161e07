/*
 * test_known.c - `iomodels load` against servers with one known fault each, on every engine:
 * exactly its counter, the right verdict and exit status, and an end in time.
 */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "loadgen/load.h"
#include "server/clock.h"
#include "tests/e2e/known_server.h"
#include "tests/suite.h"

#define FAULT_AT "100" /* reply: soon reached on any machine */

struct answer {
	const char *fault, *n;
	int status;
	const char *verdict;
	const char *column; /* of the errors: the only one that is not 0; NULL: all are */
	int64_t count;
	const char *reason; /* words of it */
};

/* A lost connection is made again and goes on: the count is that of the fault alone. */
static const struct answer answers[] = {
	{"none", FAULT_AT, EXIT_VALID, "VALID", NULL, 0, NULL},
	{"bytes", FAULT_AT, EXIT_VALID, "VALID", NULL, 0, NULL},
	{"flip", FAULT_AT, EXIT_CORRUPT, "CORRUPT", "errors_corrupt", 1,
	 "1 of 8 connections with a wrong byte"},
	{"swap", FAULT_AT, EXIT_CORRUPT, "CORRUPT", "errors_corrupt", 2,
	 "2 of 8 connections with a wrong byte"},
	{"surplus", FAULT_AT, EXIT_CORRUPT, "CORRUPT", "errors_surplus", 1,
	 "1 of 8 connections with surplus bytes"},
	{"late", FAULT_AT, EXIT_CORRUPT, "CORRUPT", "errors_surplus", 1,
	 "1 of 8 connections with surplus bytes"},
	{"truncate", FAULT_AT, EXIT_SERVER_ERRORS, "SERVER_ERRORS", "errors_eof", 1,
	 "1 of 8 connections closed early"},
	{"reset", FAULT_AT, EXIT_SERVER_ERRORS, "SERVER_ERRORS", "errors_reset", 1,
	 "1 of 8 connections reset"},
	{"silent", FAULT_AT, EXIT_SERVER_ERRORS, "SERVER_ERRORS", "errors_timeout", 1,
	 "1 of 8 connections timed out"},
	{"never", FAULT_AT, EXIT_SERVER_ERRORS, "SERVER_ERRORS", NULL, 0, "no reply"},
};

/* Whatever the server does: warm-up, window, time-out, and room for a busy machine. */
#define END_WITHIN_NS (15 * NS_PER_S)

/* The time-out is generous where it is not the fault: a busy machine is none. */
static void check_answer(const struct answer *answer, const char *engine,
			 const char *size)
{
	const char *timeout = strcmp(answer->fault, "silent") == 0  ? "2s"
			      : strcmp(answer->fault, "never") == 0 ? "500ms"
								    : "8s";
	const char *const words[] = {"--engine",   engine,  "--connections", "8",
				     "--size",     size,    "--warmup",      "50ms",
				     "--duration", "300ms", "--timeout",     timeout,
				     NULL};
	char address[128], what[64];
	struct process *server =
		faulty_start(answer->fault, answer->n, address, sizeof(address));
	int64_t begin = clock_ns();
	json_t *row;

	int status = load_row(address, words, &row);
	snprintf(what, sizeof(what), "%s, %s, %s", answer->fault, engine, size);
	if (status != answer->status)
		printf("\n%s: exit %d", what, status);
	CU_ASSERT_EQUAL(status, answer->status);
	CU_ASSERT_STRING_EQUAL(row_word(row, "verdict"), answer->verdict);
	CU_ASSERT_STRING_EQUAL(row_word(row, "engine"), engine);
	check_only_error(row, what, answer->column, answer->count);
	if (answer->reason)
		CU_ASSERT_PTR_NOT_NULL(
			strstr(row_word(row, "verdict_reason"), answer->reason));
	CU_ASSERT_TRUE(clock_ns() - begin < END_WITHIN_NS);
	json_decref(row);
	process_free(server);
}

static void every_known_fault_has_exactly_its_counter(void)
{
	const char *engine;
	size_t at = 0;

	while ((engine = engine_next(&at)))
		for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
			check_answer(&answers[i], engine, "64");
}

static void with_drawn_sizes_too(void)
{
	const char *engine;
	size_t at = 0;

	while ((engine = engine_next(&at)))
		for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
			if (strcmp(answers[i].fault, "bytes") != 0)
				check_answer(&answers[i], engine, "uniform:1-20k");
}

/* 64 connects go out at once, the next one, refused, half a second later, when the server has
 * had the time to accept them and stop listening; it listens again from the first request
 * on, half a second before the next attempt. */
static void a_refused_connect_is_counted_once(void)
{
	static const struct answer refused = {
		"refuse",         "65", EXIT_SERVER_ERRORS,           "SERVER_ERRORS",
		"errors_refused", 1,    "1 of 65 connections refused"};
	const char *engine;
	size_t at = 0;

	while ((engine = engine_next(&at))) {
		const char *const words[] = {"--engine",
					     engine,
					     "--connections",
					     "65",
					     "--connect-rate",
					     "2",
					     "--warmup",
					     "0s",
					     "--duration",
					     "1500ms",
					     NULL};
		char address[128];
		struct process *server =
			faulty_start(refused.fault, refused.n, address, sizeof(address));
		json_t *row;
		CU_ASSERT_EQUAL(load_row(address, words, &row), refused.status);
		CU_ASSERT_STRING_EQUAL(row_word(row, "verdict"), refused.verdict);
		check_only_error(row, engine, refused.column, refused.count);
		CU_ASSERT_PTR_NOT_NULL(
			strstr(row_word(row, "verdict_reason"), refused.reason));
		CU_ASSERT_EQUAL(row_value(row, "starved_connections"), 0);
		json_decref(row);
		process_free(server);
	}
}

static void the_first_wrong_byte_is_named(void)
{
	const char *engine;
	size_t at = 0;

	while ((engine = engine_next(&at))) {
		char address[128];
		struct process *load, *server = faulty_start("flip", FAULT_AT, address,
							     sizeof(address));
		const char *const arguments[] = {"load",       address,    "--engine",
						 engine,       "--warmup", "0s",
						 "--duration", "500ms",    NULL};
		CU_ASSERT_EQUAL(program_run(arguments, &load), EXIT_CORRUPT);
		CU_ASSERT_PTR_NOT_NULL(
			strstr(load->out.text, "first mismatch connection "));
		CU_ASSERT_PTR_NOT_NULL(strstr(load->out.text, "byte 40): expected "));
		CU_ASSERT_PTR_NOT_NULL(
			strstr(load->out.text, "verdict        CORRUPT: "));
		process_free(load);
		process_free(server);
	}
}

/* A new connection for each request; then no descriptor is left for one. */
static void check_starved(const char *engine)
{
	static const struct rlimit few = {8, 8};
	char address[128];
	struct process *server = faulty_start("none", "1", address, sizeof(address));
	const char *const arguments[] = {"load",       address, "--engine",  engine,
					 "--churn",    "1",     "--warmup",  "0s",
					 "--duration", "6s",    "--timeout", "1s",
					 "--json",     NULL};
	struct process *load = program_start(arguments);

	CU_ASSERT_PTR_NOT_NULL_FATAL(load);
	if (!load)
		return;
	load_await_window(load);
	CU_ASSERT_EQUAL(prlimit(load->pid, RLIMIT_NOFILE, &few, NULL), 0);
	CU_ASSERT_EQUAL(process_wait(load, PROCESS_DEADLINE_MS), EXIT_CLIENT_LIMITED);
	json_t *row = json_loads(load->out.text, 0, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(row);
	CU_ASSERT_STRING_EQUAL(row_word(row, "verdict"), "CLIENT_LIMITED");
	CU_ASSERT_PTR_NOT_NULL(
		strstr(row_word(row, "verdict_reason"), "Too many open files"));
	CU_ASSERT_TRUE(row_value(row, "errors_client") > 0);
	check_only_error(row, engine, "errors_client",
			 (int64_t)row_value(row, "errors_client"));
	json_decref(row);
	process_free(load);
	process_free(server);
}

static void a_client_without_descriptors_blames_itself(void)
{
	const char *engine;
	size_t at = 0;

	while ((engine = engine_next(&at)))
		check_starved(engine);
}

static const struct test_case cases[] = {
	{"every known fault has exactly its counter",
	 every_known_fault_has_exactly_its_counter},
	{"with drawn sizes too", with_drawn_sizes_too},
	{"a refused connect is counted once", a_refused_connect_is_counted_once},
	{"the first wrong byte is named", the_first_wrong_byte_is_named},
	{"a client without descriptors blames itself",
	 a_client_without_descriptors_blames_itself},
	{NULL, NULL},
};

int main(void)
{
	return test_suite_run("known", cases) != 0;
}
