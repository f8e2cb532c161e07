/* test_verdict.c - which verdict comes first, and which invariants are checked. */
#include <CUnit/CUnit.h>
#include <math.h>
#include <string.h>

#include "loadgen/verdict.h"
#include "server/clock.h"
#include "tests/suite.h"

static const struct load_config config = {
	.connections = 10, .depth = 1, .duration_ns = NS_PER_S, .threads = 1};
static const struct little_check exact = {true, 1e9, 1e9};

static struct load_result result;

/* A result with nothing to complain of. */
static void begin(void)
{
	result = (struct load_result){.service = histogram_new(),
				      .connect = histogram_new(),
				      .window_ns = NS_PER_S,
				      .requests = 100};
	for (int i = 1; i <= 100; i++)
		histogram_record(result.service, (int64_t)i * NS_PER_US);
}

static void judge(const struct little_check *little, enum load_verdict verdict,
		  int status)
{
	verdict_judge(&config, little, &result);
	CU_ASSERT_EQUAL(result.verdict, verdict);
	CU_ASSERT_EQUAL(load_exit_status(&result), status);
}

static void corrupt_comes_before_server_before_client(void)
{
	begin();
	judge(&exact, LOAD_VALID, EXIT_VALID);
	CU_ASSERT_STRING_EQUAL(result.reason, "");
	result.errors[LOAD_CLIENT] = 1;
	judge(&exact, LOAD_CLIENT_LIMITED, EXIT_CLIENT_LIMITED);
	result.errors[LOAD_REFUSED] = 2;
	judge(&exact, LOAD_SERVER_ERRORS, EXIT_SERVER_ERRORS);
	CU_ASSERT_STRING_EQUAL(result.reason,
			       "2 of 10 connections refused; 1 of 10 connections "
			       "lost to the client's own limits");
	result.errors[LOAD_SURPLUS] = 1;
	judge(&exact, LOAD_CORRUPTED, EXIT_CORRUPT);
	result.interrupted = true;
	judge(&exact, LOAD_CORRUPTED, EXIT_INTERRUPTED);
	load_result_release(&result);
}

static void littles_law_holds_within_5_percent(void)
{
	const struct little_check high = {true, 1e9, 1.06e9}, low = {true, 1e9, 0.94e9};
	const struct little_check close = {true, 1e9, 1.04e9},
				  not_applied = {false, 1e9, 0};

	begin();
	judge(&close, LOAD_VALID, EXIT_VALID);
	CU_ASSERT_STRING_EQUAL(result.reason, "");
	judge(&not_applied, LOAD_VALID, EXIT_VALID);
	CU_ASSERT_STRING_EQUAL(result.reason, "");
	judge(&high, LOAD_VALID, EXIT_VALID);
	CU_ASSERT_PTR_NOT_NULL(strstr(result.reason, "is 106.0 % of the served"));
	judge(&low, LOAD_VALID, EXIT_VALID);
	CU_ASSERT_PTR_NOT_NULL(strstr(result.reason, "is 94.0 % of the served"));
	load_result_release(&result);
}

static void unstable_comes_last_and_says_what_changed(void)
{
	begin();
	result.steady = (struct steady){STEADY_DRIFTING, 0.1, 1000, 750};
	result.steady_of = "throughput";
	judge(&exact, LOAD_UNSTABLE, EXIT_UNSTABLE);
	CU_ASSERT_STRING_EQUAL(result.reason, "no steady state: throughput of the second "
					      "half is -25 % off the first's");
	result.steady = (struct steady){STEADY_LATE, 0.6, 500, 1000};
	judge(&exact, LOAD_UNSTABLE, EXIT_UNSTABLE);
	CU_ASSERT_STRING_EQUAL(result.reason,
			       "no steady state: throughput changed by "
			       "+100 % when 60 % of the window had passed");
	result.errors[LOAD_CLIENT] = 1;
	judge(&exact, LOAD_CLIENT_LIMITED, EXIT_CLIENT_LIMITED);
	CU_ASSERT_PTR_NOT_NULL(strstr(result.reason, "no steady state"));
	load_result_release(&result);
}

static void short_is_said_of_what_is_valid(void)
{
	begin();
	result.steady.state = STEADY_SHORT;
	judge(&exact, LOAD_VALID, EXIT_VALID);
	CU_ASSERT_STRING_EQUAL(result.reason,
			       "short: steady state is judged from 2.5 s on");
	result.errors[LOAD_REFUSED] = 1;
	judge(&exact, LOAD_SERVER_ERRORS, EXIT_SERVER_ERRORS);
	CU_ASSERT_PTR_NULL(strstr(result.reason, "short"));
	load_result_release(&result);
}

static void the_busy_generator_of_an_idle_server_is_the_limit(void)
{
	static const struct {
		double client, server;
		enum load_verdict verdict;
	} loads[] = {
		{0.99, 0.62, LOAD_CLIENT_LIMITED}, {0.95, 0.899, LOAD_CLIENT_LIMITED},
		{0.99, 0.99, LOAD_VALID},          {0.99, 0.901, LOAD_VALID},
		{0.94, 0.5, LOAD_VALID},           {0.5, 0.99, LOAD_VALID},
	};

	for (size_t i = 0; i < sizeof(loads) / sizeof(loads[0]); i++) {
		begin();
		result.steady.state = STEADY_SHORT;
		result.client_busy = loads[i].client;
		judge(&exact, LOAD_VALID, EXIT_VALID);
		load_judge_server(&result, loads[i].server);
		CU_ASSERT_EQUAL(result.verdict, loads[i].verdict);
		load_result_release(&result);
	}
	begin();
	result.client_busy = 0.59;
	result.client_waited = 0.4;
	result.steady = (struct steady){STEADY_DRIFTING, 0.1, 1000, 750};
	result.steady_of = "throughput";
	judge(&exact, LOAD_UNSTABLE, EXIT_UNSTABLE);
	load_judge_server(&result, 0.62);
	CU_ASSERT_STRING_EQUAL(result.reason,
			       "the generator's threads were 59 % busy and waited 40 % "
			       "for a CPU, the server's CPUs were 62 % busy: the "
			       "throughput is a lower bound; no steady state: "
			       "throughput of the second half is -25 % off the first's");
	CU_ASSERT_EQUAL(load_exit_status(&result), EXIT_CLIENT_LIMITED);
	result.errors[LOAD_RESET] = 1;
	judge(&exact, LOAD_SERVER_ERRORS, EXIT_SERVER_ERRORS);
	load_judge_server(&result, 0.62);
	CU_ASSERT_EQUAL(result.verdict, LOAD_SERVER_ERRORS); /* graver */
	load_result_release(&result);
}

/* A row that measures the neighbours; what is graver stays, and its reason. */
static void a_machine_that_was_taken_away_is_not_steady(void)
{
	static const struct {
		double share;
		enum load_verdict verdict;
	} shares[] = {{NAN, LOAD_VALID},
		      {0, LOAD_VALID},
		      {0.1, LOAD_VALID},
		      {0.38, LOAD_UNSTABLE}};

	for (size_t i = 0; i < sizeof(shares) / sizeof(shares[0]); i++) {
		begin();
		judge(&exact, LOAD_VALID, EXIT_VALID);
		load_judge_neighbours(&result, "the host", shares[i].share);
		CU_ASSERT_EQUAL(result.verdict, shares[i].verdict);
		if (result.verdict != LOAD_VALID)
			CU_ASSERT_STRING_EQUAL(result.reason,
					       "the host took 38 % of the CPU time");
		load_result_release(&result);
	}
	begin();
	result.errors[LOAD_RESET] = 1;
	judge(&exact, LOAD_SERVER_ERRORS, EXIT_SERVER_ERRORS);
	load_judge_neighbours(&result, "the host", 0.38);
	CU_ASSERT_EQUAL(result.verdict, LOAD_SERVER_ERRORS);
	load_result_release(&result);
}

static void percentiles_and_mean_are_in_order(void)
{
	begin();
	result.service->max = 10 * NS_PER_US;
	judge(&exact, LOAD_VALID, EXIT_VALID);
	CU_ASSERT_PTR_NOT_NULL(strstr(result.reason, "invariant broken: service mean"));
	result.service->max = 100 * NS_PER_US;
	result.service->min = 60 * NS_PER_US;
	judge(&exact, LOAD_VALID, EXIT_VALID);
	CU_ASSERT_PTR_NOT_NULL(strstr(result.reason, "invariant broken: service p50"));
	load_result_release(&result);
}

static void of_an_open_loop_the_response_is_too(void)
{
	struct load_config open = config;

	open.rate = 100;
	begin();
	result.response = histogram_new();
	result.on_time = histogram_new();
	result.lag_client = histogram_new();
	result.lag_blocked = histogram_new();
	histogram_record(result.response, 1000);
	verdict_judge(&open, &exact, &result);
	CU_ASSERT_STRING_EQUAL(result.reason, "");
	result.response->min = result.response->max = 100;
	verdict_judge(&open, &exact, &result);
	CU_ASSERT_PTR_NOT_NULL(strstr(result.reason, "invariant broken: response mean"));
	load_result_release(&result);
}

static void a_generator_that_waited_for_a_cpu_blames_itself(void)
{
	struct load_config open = config;

	open.rate = 1000;
	begin();
	result.received = 10;
	result.client_waited = 0.09;
	judge(&exact, LOAD_VALID, EXIT_VALID);
	verdict_judge_waiting(&open, &result);
	CU_ASSERT_EQUAL(result.verdict, LOAD_VALID);
	result.client_waited = 0.11;
	verdict_judge_waiting(&config, &result);
	CU_ASSERT_EQUAL(result.verdict, LOAD_VALID); /* perhaps for the server */
	load_judge_waiting(&config, &result);
	CU_ASSERT_EQUAL(result.verdict, LOAD_CLIENT_LIMITED);
	CU_ASSERT_PTR_NOT_NULL(strstr(result.reason, "for a CPU: the throughput is a"));
	judge(&exact, LOAD_VALID, EXIT_VALID);
	open.shares_cpu = true;
	verdict_judge_waiting(&open, &result);
	CU_ASSERT_EQUAL(result.verdict, LOAD_VALID); /* it waited for the server */
	open.shares_cpu = false;
	verdict_judge_waiting(&open, &result);
	CU_ASSERT_EQUAL(result.verdict, LOAD_CLIENT_LIMITED);
	CU_ASSERT_PTR_NOT_NULL(strstr(result.reason, "waited 11 % of the window"));
	result.requests = 0; /* it did answer, only not to those of the window */
	judge(&exact, LOAD_VALID, EXIT_VALID);
	verdict_judge_waiting(&open, &result);
	CU_ASSERT_EQUAL(result.verdict, LOAD_CLIENT_LIMITED);
	result.received = 0;
	judge(&exact, LOAD_SERVER_ERRORS, EXIT_SERVER_ERRORS);
	verdict_judge_waiting(&open, &result);
	CU_ASSERT_EQUAL(result.verdict, LOAD_SERVER_ERRORS); /* it never did */
	result.received = 10;
	result.errors[LOAD_CORRUPT] = 1;
	judge(&exact, LOAD_CORRUPTED, EXIT_CORRUPT);
	verdict_judge_waiting(&open, &result);
	CU_ASSERT_EQUAL(result.verdict, LOAD_CORRUPTED);
	load_result_release(&result);
}

static const struct test_case cases[] = {
	{"corrupt comes before server before client",
	 corrupt_comes_before_server_before_client},
	{"Little's law holds within 5 percent", littles_law_holds_within_5_percent},
	{"percentiles and mean are in order", percentiles_and_mean_are_in_order},
	{"of an open loop the response's are too", of_an_open_loop_the_response_is_too},
	{"unstable comes last, and says what changed",
	 unstable_comes_last_and_says_what_changed},
	{"short is said of what is valid", short_is_said_of_what_is_valid},
	{"the busy generator of an idle server is the limit",
	 the_busy_generator_of_an_idle_server_is_the_limit},
	{"a machine that was taken away is not steady",
	 a_machine_that_was_taken_away_is_not_steady},
	{"a generator that waited for a CPU blames itself",
	 a_generator_that_waited_for_a_cpu_blames_itself},
	{NULL, NULL},
};

int main(void)
{
	return test_suite_run("verdict", cases) != 0;
}
