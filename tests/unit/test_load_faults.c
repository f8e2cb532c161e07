/*
 * test_load_faults.c - servers that fail, simulated: every fault in exactly its own
 * counter, the right verdict, and a run that ends in time.
 */
#include <CUnit/CUnit.h>
#include <string.h>

#include "tests/suite.h"
#include "tests/unit/load_session.h"

struct fault_case {
	const char *name;
	enum sim_fault fault;
	enum load_error error;
	enum load_verdict verdict;
	int status;
};

static const struct fault_case fault_cases[] = {
	{"flip", SIM_FLIP, LOAD_CORRUPT, LOAD_CORRUPTED, EXIT_CORRUPT},
	{"surplus", SIM_SURPLUS, LOAD_SURPLUS, LOAD_CORRUPTED, EXIT_CORRUPT},
	{"insert", SIM_INSERT, LOAD_SURPLUS, LOAD_CORRUPTED, EXIT_CORRUPT},
	{"surplus at the end", SIM_SURPLUS_AT_END, LOAD_SURPLUS, LOAD_CORRUPTED,
	 EXIT_CORRUPT},
	{"truncate", SIM_TRUNCATE, LOAD_EOF, LOAD_SERVER_ERRORS, EXIT_SERVER_ERRORS},
	{"reset", SIM_RESET, LOAD_RESET, LOAD_SERVER_ERRORS, EXIT_SERVER_ERRORS},
	{"silent", SIM_SILENT, LOAD_TIMEOUT, LOAD_SERVER_ERRORS, EXIT_SERVER_ERRORS},
	{"refuse", SIM_REFUSE, LOAD_REFUSED, LOAD_SERVER_ERRORS, EXIT_SERVER_ERRORS},
	{"no answer", SIM_NO_ANSWER, LOAD_TIMEOUT, LOAD_SERVER_ERRORS,
	 EXIT_SERVER_ERRORS},
	{"no descriptor", SIM_NO_DESCRIPTOR, LOAD_CLIENT, LOAD_CLIENT_LIMITED,
	 EXIT_CLIENT_LIMITED},
	{"broken pipe", SIM_BROKEN_PIPE, LOAD_RESET, LOAD_SERVER_ERRORS,
	 EXIT_SERVER_ERRORS},
};

static void check_fault(const struct fault_case *c, int64_t depth)
{
	struct session s = session_new();

	s.config.depth = depth;
	s.config.timeout_ns = 300 * MS;
	s.script.fault = c->fault;
	s.script.fault_connection = 2;
	s.script.fault_request = 500; /* in the window */
	s.script.fault_times = 1;
	session_run(&s);
	if (s.result.errors[c->error] != 1 || session_errors(&s) != 1)
		CU_FAIL("a fault in another counter than its own");
	CU_ASSERT_EQUAL(s.result.verdict, c->verdict);
	CU_ASSERT_EQUAL(load_exit_status(&s.result), c->status);
	CU_ASSERT_NOT_EQUAL(s.result.reason[0], '\0');
	CU_ASSERT_EQUAL(s.result.first_mismatch[0] != '\0', c->verdict == LOAD_CORRUPTED);
	CU_ASSERT_EQUAL(s.result.window_ns, 1 * S);
	CU_ASSERT_TRUE(s.result.requests >= (uint64_t)(3 * depth * 1000));
	CU_ASSERT_TRUE(s.ended_ns <= s.start_ns + 1 * S + 300 * MS + 110 * MS);
	session_end(&s);
}

static void every_fault_lands_in_its_own_counter(void)
{
	for (size_t i = 0; i < sizeof(fault_cases) / sizeof(fault_cases[0]); i++)
		check_fault(&fault_cases[i], 1);
}

static void pipelined_too(void)
{
	for (size_t i = 0; i < sizeof(fault_cases) / sizeof(fault_cases[0]); i++)
		check_fault(&fault_cases[i], 4);
}

static void swapped_replies_are_wrong_on_both_connections(void)
{
	struct session s = session_new();

	s.script.fault = SIM_SWAP;
	s.script.fault_times = 2; /* for either of the two */
	s.script.fault_connection = 1;
	s.script.fault_request = 200;
	session_run(&s);
	CU_ASSERT_EQUAL(s.result.errors[LOAD_CORRUPT], 2);
	CU_ASSERT_EQUAL(session_errors(&s), 2);
	CU_ASSERT_EQUAL(s.result.verdict, LOAD_CORRUPTED);
	session_end(&s);
}

static void the_first_mismatch_is_described(void)
{
	struct session s = session_new();

	s.script.fault = SIM_FLIP;
	s.script.fault_connection = 2;
	s.script.fault_request = 5;
	s.script.byte = 4; /* the magic */
	session_run(&s);
	CU_ASSERT_PTR_NOT_NULL(
		strstr(s.result.first_mismatch,
		       "connection 2, offset 404 of its stream (reply 5, byte "
		       "4): expected ec 00 00 00"));
	CU_ASSERT_PTR_NOT_NULL(strstr(s.result.first_mismatch, "received fc 00 00 00"));
	session_end(&s);
}

static void a_server_that_never_answers_is_no_reply(void)
{
	struct session s = session_new();

	s.script.fault = SIM_SILENT;
	s.script.fault_connection = SIM_ALL;
	session_run(&s);
	CU_ASSERT_EQUAL(s.result.verdict, LOAD_SERVER_ERRORS);
	CU_ASSERT_STRING_EQUAL(s.result.reason, "no reply");
	CU_ASSERT_EQUAL(session_errors(&s), 0);
	CU_ASSERT_EQUAL(s.result.starved, 4);
	CU_ASSERT_EQUAL(s.result.unfinished, 4);
	CU_ASSERT_EQUAL(s.result.requests, 0);
	session_end(&s);
}

static void a_time_out_comes_in_time_and_stays_in_the_histogram(void)
{
	struct session s = session_new();

	s.config.timeout_ns = 300 * MS;
	s.script.fault = SIM_SILENT;
	s.script.fault_connection = 1;
	s.script.fault_request = 300;
	s.script.fault_times = 1;
	session_run(&s);
	CU_ASSERT_EQUAL(s.result.errors[LOAD_TIMEOUT], 1);
	CU_ASSERT_TRUE(s.result.service->max >= 300 * MS);
	CU_ASSERT_TRUE(s.result.service->max <= 370 * MS);
	CU_ASSERT_EQUAL(s.result.censored_ns, s.result.service->max);
	session_end(&s);
}

static void a_server_that_refuses_ends_the_run(void)
{
	struct session s = session_new();

	s.script.fault = SIM_REFUSE;
	s.script.fault_connection = SIM_ALL;
	session_run(&s);
	CU_ASSERT_EQUAL(s.result.errors[LOAD_REFUSED], 4);
	CU_ASSERT_EQUAL(s.result.verdict, LOAD_SERVER_ERRORS);
	CU_ASSERT_EQUAL(s.result.window_ns, 0);
	CU_ASSERT_TRUE(s.ended_ns < 10 * MS);
	session_end(&s);
	s.script.fault = SIM_NO_DESCRIPTOR;
	session_run(&s);
	CU_ASSERT_EQUAL(s.result.verdict,
			LOAD_CLIENT_LIMITED); /* not the server's fault */
	CU_ASSERT_PTR_NOT_NULL(strstr(s.result.reason, "first: Too many open files"));
	session_end(&s);
}

static void one_that_never_accepts_ends_the_run(void)
{
	struct session s = session_new();

	s.config.connections = 2000;
	s.script.fault = SIM_NO_ANSWER;
	s.script.fault_connection = SIM_ALL;
	session_run(&s);
	CU_ASSERT_EQUAL(s.result.errors[LOAD_TIMEOUT], 2000);
	CU_ASSERT_TRUE(s.ended_ns <= 2000 * S / 5000 + s.config.timeout_ns + 1 * MS);
	session_end(&s);
}

static void cancelling_ends_it_soon(void)
{
	struct session s = session_new();

	s.cancel = 1;
	session_run(&s);
	CU_ASSERT_EQUAL(load_exit_status(&s.result), EXIT_INTERRUPTED);
	CU_ASSERT_STRING_EQUAL(s.result.reason, "interrupted");
	CU_ASSERT_TRUE(s.ended_ns < 10 * MS);
	session_end(&s);
}

static const struct test_case cases[] = {
	{"every fault lands in its own counter", every_fault_lands_in_its_own_counter},
	{"pipelined too", pipelined_too},
	{"swapped replies are wrong on both connections",
	 swapped_replies_are_wrong_on_both_connections},
	{"the first mismatch is described", the_first_mismatch_is_described},
	{"a server that never answers is `no reply`",
	 a_server_that_never_answers_is_no_reply},
	{"a time-out comes in time and stays in the histogram",
	 a_time_out_comes_in_time_and_stays_in_the_histogram},
	{"a server that refuses ends the run", a_server_that_refuses_ends_the_run},
	{"one that never accepts ends the run", one_that_never_accepts_ends_the_run},
	{"cancelling ends it soon", cancelling_ends_it_soon},
	{NULL, NULL},
};

int main(void)
{
	return test_suite_run("load_faults", cases) != 0;
}
