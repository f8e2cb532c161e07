/* test_liars.c - `load` against servers of other hands: an honest one and two liars. */
#include <CUnit/CUnit.h>
#include <jansson.h>
#include <string.h>

#include "server/options.h"
#include "tests/e2e/process.h"
#include "tests/suite.h"

static const char script[] = SOURCE_DIR "/echo_server.py";

/* Runs `load --json` against echo_server.py in a mode; the object, or NULL. */
static json_t *load_against(const char *mode, int expected_status)
{
	const char *const argv[] = {"/usr/bin/python3", script, mode, "0", NULL};
	struct process *server = process_start(argv), *load = NULL;
	char ready[128] = "";

	CU_ASSERT_PTR_NOT_NULL(server);
	if (!server)
		return NULL;
	CU_ASSERT_EQUAL(
		process_read_line(server, ready, sizeof(ready), PROCESS_DEADLINE_MS), 0);
	const char *const arguments[] = {"load",   ready + strlen("ready "),
					 "--json", "--connections",
					 "4",      "--duration",
					 "2s",     "--warmup",
					 "100ms",  NULL};
	CU_ASSERT_EQUAL(program_run(arguments, &load), expected_status);
	json_t *row = json_loads(load->out.text, 0, NULL);
	CU_ASSERT_PTR_NOT_NULL(row);
	process_free(load);
	process_free(server);
	return row;
}

static void check_verdict(const json_t *row, const char *expected)
{
	const char *verdict = json_string_value(json_object_get(row, "verdict"));

	CU_ASSERT_PTR_NOT_NULL(verdict);
	if (verdict)
		CU_ASSERT_STRING_EQUAL(verdict, expected);
}

static json_int_t count(const json_t *row, const char *column)
{
	return json_integer_value(json_object_get(row, column));
}

static void an_honest_server_is_valid(void)
{
	json_t *row = load_against("echo", EXIT_VALID);

	check_verdict(row, "VALID");
	CU_ASSERT_TRUE(count(row, "requests") > 0);
	CU_ASSERT_EQUAL(count(row, "errors_corrupt") + count(row, "errors_surplus"), 0);
	json_decref(row);
}

static void one_wrong_byte_is_corrupt(void)
{
	json_t *row = load_against("flip", EXIT_CORRUPT);

	check_verdict(row, "CORRUPT");
	CU_ASSERT_TRUE(count(row, "errors_corrupt") >= 1);
	CU_ASSERT_EQUAL(count(row, "errors_surplus"), 0);
	json_decref(row);
}

/* A surplus byte is told from a wrong one where nothing was asked that it could answer. */
static void one_byte_too_many_is_corrupt(void)
{
	json_t *row = load_against("surplus", EXIT_CORRUPT);

	check_verdict(row, "CORRUPT");
	CU_ASSERT_TRUE(count(row, "errors_corrupt") + count(row, "errors_surplus") >= 1);
	json_decref(row);
}

int main(void)
{
	static const struct test_case cases[] = {
		{"an honest server is valid", an_honest_server_is_valid},
		{"one wrong byte is corrupt", one_wrong_byte_is_corrupt},
		{"one byte too many is corrupt", one_byte_too_many_is_corrupt},
		{NULL, NULL},
	};

	return test_suite_run("liars", cases) != 0;
}
