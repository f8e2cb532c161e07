/*
 * test_load_life.c - connections that come and go, simulated: churn, idle ones, lost ones
 * that are made again.
 */
#include <CUnit/CUnit.h>
#include <string.h>

#include "tests/suite.h"
#include "tests/unit/load_session.h"

static void churn_makes_a_connection_per_request(void)
{
	struct session s = session_new();

	s.config.churn = 1;
	session_run(&s);
	session_check_valid(&s);
	/* Each takes 30 us to connect and 1 ms to be answered. */
	CU_ASSERT_TRUE(s.result.requests >= 4UL * 969 && s.result.requests <= 4UL * 972);
	CU_ASSERT_EQUAL(s.result.service->min, 1 * MS);
	CU_ASSERT_EQUAL(s.result.service->max, 1 * MS);
	CU_ASSERT_EQUAL(s.result.connect->max, 30 * US);
	CU_ASSERT_TRUE(s.result.connect->count >= s.result.requests - 4);
	CU_ASSERT_TRUE(s.result.connect->count <= s.result.requests + 4);
	CU_ASSERT_EQUAL(sim_counts.most_requests, 1);
	CU_ASSERT_EQUAL(sim_counts.half_closes, sim_counts.requests);
	CU_ASSERT_EQUAL(session_errors(&s) + s.result.unfinished + s.result.starved, 0);
	session_end(&s);
}

static void check_share(int64_t churn, int64_t depth, size_t take)
{
	struct session s = session_new();

	s.config.churn = churn;
	s.config.depth = depth;
	s.script.take = take;
	session_run(&s);
	session_check_valid(&s);
	CU_ASSERT_EQUAL(sim_counts.most_requests, churn);
	/* Only those of the drain may have had less than their share. */
	CU_ASSERT_TRUE(sim_counts.requests >
		       (sim_counts.connects - 4) * (uint64_t)churn - 4 * (uint64_t)churn);
	CU_ASSERT_EQUAL(s.result.service->max >= 1 * MS, true);
	session_end(&s);
}

static void each_connection_carries_its_share(void)
{
	check_share(10, 1, 0);
	check_share(10, 4, 0);  /* the last ones are fewer than the depth */
	check_share(10, 4, 70); /* sends that the kernel does not take at once */
	check_share(3, 8, 0);
	check_share(8, 8, 100);
}

/* Connections that follow each other, one after a reset in the middle of a reply. */
static void drawn_sizes_go_on_over_connections(void)
{
	struct session s = session_new();

	s.config.size = "uniform:0-3000";
	s.config.churn = 7;
	s.config.depth = 3;
	s.script.take = 2000;
	s.script.fault = SIM_RESET;
	s.script.fault_connection = 1;
	s.script.fault_request = 4;
	s.script.fault_times = 1;
	session_run(&s);
	CU_ASSERT_EQUAL(s.result.errors[LOAD_RESET], 1);
	CU_ASSERT_EQUAL(session_errors(&s), 1);
	CU_ASSERT_TRUE(s.result.requests > 4UL * 7 * 250);
	CU_ASSERT_EQUAL(sim_counts.most_requests, 7);
	session_end(&s);
}

static void bytes_of_the_connection_before_are_noticed(void)
{
	struct session s = session_new();

	s.config.churn = 2;
	s.script.fault = SIM_STALE;
	s.script.fault_connection = 1;
	s.script.fault_times = 1;
	session_run(&s);
	CU_ASSERT_EQUAL(s.result.errors[LOAD_CORRUPT], 1);
	CU_ASSERT_EQUAL(session_errors(&s), 1);
	CU_ASSERT_EQUAL(s.result.verdict, LOAD_CORRUPTED);
	session_end(&s);
}

static void surplus_behind_the_last_reply_is_noticed(void)
{
	struct session s = session_new();

	s.config.churn = 5;
	s.script.fault = SIM_SURPLUS_AT_END;
	s.script.fault_connection = 3;
	s.script.fault_times = 1;
	session_run(&s);
	CU_ASSERT_EQUAL(s.result.errors[LOAD_SURPLUS], 1);
	CU_ASSERT_EQUAL(session_errors(&s), 1);
	CU_ASSERT_TRUE(s.result.requests > 4UL * 950); /* it was replaced */
	session_end(&s);
}

static void churn_with_a_server_that_never_closes_times_out(void)
{
	struct session s = session_new();

	s.config.churn = 100;
	s.config.timeout_ns = 300 * MS;
	s.script.endless = true;
	session_run(&s);
	CU_ASSERT_EQUAL(s.result.verdict, LOAD_SERVER_ERRORS);
	CU_ASSERT_TRUE(s.result.errors[LOAD_TIMEOUT] >= 4);
	CU_ASSERT_EQUAL(session_errors(&s), s.result.errors[LOAD_TIMEOUT]);
	CU_ASSERT_EQUAL(s.result.window_ns, 1 * S);
	session_end(&s);
}

/* The server is away from 400 ms into the run for so long. */
static struct session away(int64_t for_ns)
{
	struct session s = session_new();

	s.config.duration_ns = 10 * S;
	s.script.dead_ns = s.script.start_ns + 400 * MS;
	s.script.reborn_ns = for_ns ? s.script.dead_ns + for_ns : 0;
	return s;
}

static void connections_that_come_back_serve_on(void)
{
	struct session s = away(300 * MS);

	session_run(&s);
	CU_ASSERT_EQUAL(s.result.verdict, LOAD_SERVER_ERRORS);
	CU_ASSERT_EQUAL(s.result.errors[LOAD_RESET], 4);
	CU_ASSERT_TRUE(s.result.errors[LOAD_REFUSED] >= 4);
	CU_ASSERT_EQUAL(session_errors(&s), 4 + s.result.errors[LOAD_REFUSED]);
	CU_ASSERT_EQUAL(s.result.window_ns, 10 * S);
	/* Away for 0.3 s, and noticed half a second later at most. */
	CU_ASSERT_TRUE(s.result.requests > 4UL * (10000 - 300 - 520));
	CU_ASSERT_TRUE(s.result.requests < 4UL * (10000 - 300));
	CU_ASSERT_EQUAL(s.result.starved, 0);
	session_end(&s);
}

static void attempts_back_off_to_a_bound(void)
{
	struct session s = away(0);

	s.config.timeout_ns = 5 * S;
	session_run(&s);
	/* In 5 s: six within the first 0.6, then one each 0.25 to 0.5 s. */
	CU_ASSERT_TRUE(s.result.errors[LOAD_REFUSED] >= 4UL * (5 + 8));
	CU_ASSERT_TRUE(s.result.errors[LOAD_REFUSED] <= 4UL * (6 + 19));
	session_end(&s);
}

static void a_server_that_is_dead_for_good_ends_the_run(void)
{
	struct session s = away(0);

	session_run(&s);
	CU_ASSERT_EQUAL(s.result.verdict, LOAD_SERVER_ERRORS);
	CU_ASSERT_EQUAL(s.result.errors[LOAD_RESET], 4);
	CU_ASSERT_TRUE(s.ended_ns >= 400 * MS + s.config.timeout_ns - 20 * MS);
	CU_ASSERT_TRUE(s.ended_ns <= 400 * MS + s.config.timeout_ns + 200 * MS);
	CU_ASSERT_PTR_NOT_NULL(strstr(s.result.reason, "every connection lost after 2."));
	session_end(&s);
}

static void the_seed_decides_the_attempts(void)
{
	uint64_t requests[3];

	for (int i = 0; i < 3; i++) {
		struct session s = away(300 * MS);
		s.config.seed = i / 2;
		session_run(&s);
		requests[i] = s.result.requests;
		session_end(&s);
	}
	CU_ASSERT_EQUAL(requests[0], requests[1]);
	CU_ASSERT_NOT_EQUAL(requests[0], requests[2]);
}

static void a_timed_out_connection_is_replaced(void)
{
	struct session s = session_new();

	s.config.timeout_ns = 300 * MS;
	s.script.fault = SIM_SILENT;
	s.script.fault_connection = 1;
	s.script.fault_request = 200;
	s.script.fault_times = 1;
	session_run(&s);
	CU_ASSERT_EQUAL(s.result.errors[LOAD_TIMEOUT], 1);
	CU_ASSERT_EQUAL(session_errors(&s), 1);
	CU_ASSERT_TRUE(s.result.requests >= 3000 + 1000 - 300 - 50 - 30);
	CU_ASSERT_TRUE(s.result.requests <= 3000 + 1000 - 300);
	session_end(&s);
}

/* One that is accepted and closed at once, again and again, cannot hang the run. */
static void a_server_that_closes_each_at_once_is_bounded(void)
{
	struct session s = session_new();

	s.script.fault = SIM_LEAVE;
	s.script.fault_connection = SIM_ALL;
	session_run(&s);
	CU_ASSERT_EQUAL(s.result.verdict, LOAD_SERVER_ERRORS);
	CU_ASSERT_TRUE(s.result.errors[LOAD_EOF] >= 4 && s.result.errors[LOAD_EOF] < 100);
	CU_ASSERT_PTR_NOT_NULL(strstr(s.result.reason, "no reply"));
	CU_ASSERT_TRUE(s.ended_ns < 4 * S);
	session_end(&s);
}

static void idle_connections_are_made_and_stay(void)
{
	struct session s = session_new();

	s.config.idle = 7;
	session_run(&s);
	session_check_valid(&s);
	CU_ASSERT_EQUAL(s.result.requests, 4UL * 1000);
	CU_ASSERT_EQUAL(s.result.connect->count, 4 + 7);
	CU_ASSERT_EQUAL(sim_counts.connects, 4 + 7);
	CU_ASSERT_DOUBLE_EQUAL(s.result.fairness_jain, 1, 1e-12);
	CU_ASSERT_EQUAL(s.result.starved, 0);
	CU_ASSERT_EQUAL(sim_counts.half_closes, 4 + 7);
	session_end(&s);
}

static void check_idle_fault(enum sim_fault fault, enum load_error error)
{
	struct session s = session_new();

	s.config.idle = 7;
	s.script.fault = fault;
	s.script.fault_connection = 4 + 3;
	s.script.fault_times = 1;
	s.script.leave_ns = 500 * MS;
	session_run(&s);
	CU_ASSERT_EQUAL(s.result.errors[error], 1);
	CU_ASSERT_EQUAL(session_errors(&s), 1);
	CU_ASSERT_EQUAL(s.result.requests, 4UL * 1000);
	CU_ASSERT_EQUAL(sim_counts.connects, 4 + 7 + 1); /* it was replaced */
	CU_ASSERT_EQUAL(s.result.first_mismatch[0] != '\0', error == LOAD_SURPLUS);
	session_end(&s);
}

static void the_loss_of_an_idle_connection_is_counted(void)
{
	check_idle_fault(SIM_LEAVE, LOAD_EOF);
	check_idle_fault(SIM_GREET, LOAD_SURPLUS);
	check_idle_fault(SIM_REFUSE, LOAD_REFUSED);
	check_idle_fault(SIM_NO_DESCRIPTOR, LOAD_CLIENT);
}

/* A byte behind the half-close of an idle connection is one that nobody asked for. */
static void surplus_at_the_end_of_an_idle_connection_is_noticed(void)
{
	struct session s = session_new();

	s.config.idle = 7;
	s.script.fault = SIM_SURPLUS_AT_END;
	s.script.fault_connection = 4 + 3;
	session_run(&s);
	CU_ASSERT_EQUAL(s.result.errors[LOAD_SURPLUS], 1);
	CU_ASSERT_EQUAL(session_errors(&s), 1);
	CU_ASSERT_EQUAL(s.result.verdict, LOAD_CORRUPTED);
	session_end(&s);
}

/* One at a time and an idle one first: its end would give the others their turn. */
static void what_was_given_up_is_not_recorded_twice(void)
{
	struct session s = session_new();

	s.config.idle = 1;
	s.script.capacity = 1;
	s.script.endless = true; /* which would leave them the time for it */
	session_run(&s);
	CU_ASSERT_EQUAL(s.result.unfinished, 4);
	CU_ASSERT_EQUAL(s.result.service->count, 4);
	CU_ASSERT_EQUAL(s.result.unended, 1);
	session_end(&s);
}

/* A server that serves one at a time is found out by a single idle connection. */
static void an_idle_connection_comes_first(void)
{
	struct session s = session_new();

	s.config.idle = 1;
	s.script.capacity = 1;
	session_run(&s);
	CU_ASSERT_EQUAL(s.result.starved, 4);
	CU_ASSERT_EQUAL(s.result.requests, 0);
	CU_ASSERT_STRING_EQUAL(s.result.reason, "no reply");
	session_end(&s);
}

static const struct test_case cases[] = {
	{"churn makes a connection per request", churn_makes_a_connection_per_request},
	{"each connection carries its share", each_connection_carries_its_share},
	{"drawn sizes go on over connections", drawn_sizes_go_on_over_connections},
	{"bytes of the connection before are noticed",
	 bytes_of_the_connection_before_are_noticed},
	{"surplus behind the last reply is noticed",
	 surplus_behind_the_last_reply_is_noticed},
	{"churn with a server that never closes times out",
	 churn_with_a_server_that_never_closes_times_out},
	{"connections that come back serve on", connections_that_come_back_serve_on},
	{"attempts back off to a bound", attempts_back_off_to_a_bound},
	{"a server that is dead for good ends the run",
	 a_server_that_is_dead_for_good_ends_the_run},
	{"the seed decides the attempts", the_seed_decides_the_attempts},
	{"a timed-out connection is replaced", a_timed_out_connection_is_replaced},
	{"a server that closes each at once is bounded",
	 a_server_that_closes_each_at_once_is_bounded},
	{"idle connections are made and stay", idle_connections_are_made_and_stay},
	{"the loss of an idle connection is counted",
	 the_loss_of_an_idle_connection_is_counted},
	{"surplus at the end of an idle connection is noticed",
	 surplus_at_the_end_of_an_idle_connection_is_noticed},
	{"what was given up is not recorded twice",
	 what_was_given_up_is_not_recorded_twice},
	{"an idle connection comes first", an_idle_connection_comes_first},
	{NULL, NULL},
};

int main(void)
{
	return test_suite_run("load_life", cases) != 0;
}
