/*
 * test_load_open_life.c - the open loop on connections that come and go, on datagrams, and
 * windows of so many requests.
 */
#include <CUnit/CUnit.h>
#include <string.h>

#include "tests/suite.h"
#include "tests/unit/load_session.h"

static void churn_makes_connections_between_the_arrivals(void)
{
	struct session s = session_open();

	s.config.churn = 1;
	session_run(&s);
	session_check_valid(&s);
	session_check_all_recorded(&s, 1000);
	CU_ASSERT_EQUAL(s.result.requests, 1000);
	CU_ASSERT_EQUAL(s.result.response->max, 1 * MS); /* the next is there in time */
	CU_ASSERT_EQUAL(sim_counts.most_requests, 1);
	CU_ASSERT_EQUAL(sim_counts.requests, 1200);
	CU_ASSERT_TRUE(sim_counts.connects >= 1200 && sim_counts.connects <= 1204);
	session_end(&s);
}

static void what_waits_for_a_connection_keeps_its_due(void)
{
	struct session s = session_open();

	s.config.churn = 1;
	s.config.rate = 4000; /* they can serve 4 / 1.03 ms */
	session_run(&s);
	session_check_valid(&s);
	session_check_all_recorded(&s, 4000);
	CU_ASSERT_EQUAL(s.result.requests, 4000);
	CU_ASSERT_EQUAL(s.result.unfinished, 0);
	CU_ASSERT_EQUAL(s.result.service->max, 1 * MS);
	CU_ASSERT_EQUAL(s.result.lag_client->max, 1);
	/* Each connection's k-th is due at k ms and handed over at 1.03 k ms. */
	CU_ASSERT_EQUAL(s.result.lag_blocked->max, 1199LL * 30 * US);
	CU_ASSERT_EQUAL(s.result.response->max, 1 * MS + 1199LL * 30 * US);
	session_end(&s);
}

static void the_drain_awaits_connections_for_what_waits(void)
{
	struct session s = session_open();

	s.config.connections = 1;
	s.config.churn = 1;
	s.config.rate = 500; /* it can serve one in 3 ms */
	s.script.connect_ns = 2 * MS;
	session_run(&s);
	CU_ASSERT_EQUAL(s.result.verdict, LOAD_UNSTABLE);
	session_check_all_recorded(&s, 500);
	CU_ASSERT_EQUAL(s.result.requests, 500);
	CU_ASSERT_EQUAL(s.result.unfinished, 0);
	CU_ASSERT_EQUAL(s.result.lag_blocked->max, 599 * MS);
	session_end(&s);
}

static void check_share(int64_t churn, int64_t depth, size_t take)
{
	struct session s = session_open();

	s.config.arrivals = ARRIVALS_POISSON;
	s.config.rate = 3000;
	s.config.churn = churn;
	s.config.depth = depth;
	s.script.take = take;
	session_run(&s);
	session_check_valid(&s);
	CU_ASSERT_EQUAL(s.result.requests, s.result.arrivals);
	CU_ASSERT_EQUAL(s.result.response->count, s.result.arrivals);
	CU_ASSERT_EQUAL(s.result.unfinished, 0);
	CU_ASSERT_EQUAL(sim_counts.most_requests, churn);
	session_end(&s);
}

static void each_connection_carries_its_share(void)
{
	check_share(10, 1, 0);
	check_share(10, 4, 0);
	check_share(10, 4, 70);
	check_share(3, 8, 0);
	check_share(8, 8, 100);
}

static void requests_outlive_their_connection(void)
{
	struct session s = session_open();

	s.config.duration_ns = 3 * S;
	session_run(&s);
	session_end(&s);
	/* Requests that are due while the server is away wait; four were in flight. */
	s.config.rate = 4000;
	s.script.dead_ns = s.script.start_ns + s.start_ns + 1 * S + 500 * US;
	s.script.reborn_ns = s.script.dead_ns + 300 * MS;
	session_run(&s);
	CU_ASSERT_EQUAL(s.result.verdict, LOAD_SERVER_ERRORS);
	CU_ASSERT_EQUAL(s.result.errors[LOAD_RESET], 4);
	session_check_all_recorded(&s, 12000);
	CU_ASSERT_TRUE(s.result.requests >= 12000 - 4 && s.result.requests < 12000);
	CU_ASSERT_EQUAL(s.result.unfinished, 0);
	CU_ASSERT_TRUE(s.result.censored_ns <= 1 * MS); /* those that were in flight */
	CU_ASSERT_TRUE(s.result.response->max > 300 * MS);
	CU_ASSERT_TRUE(s.result.lag_blocked->max > 290 * MS);
	CU_ASSERT_EQUAL(s.result.lag_client->max, 1);
	session_end(&s);
}

static void a_dead_server_ends_the_run(void)
{
	struct session s = session_open();

	s.config.duration_ns = 30 * S;
	s.script.dead_ns = s.script.start_ns + 500 * MS;
	session_run(&s);
	CU_ASSERT_EQUAL(s.result.verdict, LOAD_SERVER_ERRORS);
	CU_ASSERT_TRUE(s.ended_ns <= 500 * MS + s.config.timeout_ns + 200 * MS);
	/* One may be due in the moment in which the window is cut. */
	CU_ASSERT_TRUE(s.result.response->count >= s.result.arrivals - 1);
	CU_ASSERT_TRUE(s.result.unfinished > 1900);
	session_end(&s);
}

static void a_timed_out_connection_is_replaced(void)
{
	struct session s = session_open();

	s.config.timeout_ns = 300 * MS;
	s.config.depth = 2;
	s.script.fault = SIM_SILENT;
	s.script.fault_connection = 1;
	s.script.fault_request = 100;
	s.script.fault_times = 1;
	session_run(&s);
	CU_ASSERT_EQUAL(s.result.errors[LOAD_TIMEOUT], 1);
	CU_ASSERT_EQUAL(session_errors(&s), 1);
	session_check_all_recorded(&s, 1000);
	CU_ASSERT_EQUAL(s.result.requests, 998); /* two were in flight */
	CU_ASSERT_TRUE(s.result.censored_ns >= 300 * MS - 4 * MS);
	CU_ASSERT_TRUE(s.result.response->max >= 300 * MS &&
		       s.result.response->max < 360 * MS);
	session_end(&s);
}

static void idle_connections_have_no_arrivals(void)
{
	struct session s = session_open();

	s.config.idle = 7;
	s.script.fault = SIM_LEAVE;
	s.script.fault_connection = 6;
	s.script.fault_times = 1;
	s.script.leave_ns = 500 * MS;
	session_run(&s);
	session_check_all_recorded(&s, 1000);
	CU_ASSERT_EQUAL(s.result.requests, 1000);
	CU_ASSERT_EQUAL(s.result.errors[LOAD_EOF], 1);
	CU_ASSERT_EQUAL(sim_counts.connects, 4 + 7 + 1);
	session_end(&s);
}

static struct session session_udp(void)
{
	struct session s = session_open();

	s.transport = TRANSPORT_UDP;
	s.config.timeout_ns = 200 * MS;
	return s;
}

static void datagrams_come_by_the_schedule(void)
{
	for (int64_t depth = 1; depth <= 5; depth += 4) {
		struct session s = session_udp();
		s.config.depth = depth;
		session_run(&s);
		session_check_valid(&s);
		session_check_all_recorded(&s, 1000);
		CU_ASSERT_EQUAL(s.result.requests, 1000);
		CU_ASSERT_EQUAL(s.result.response->max, 1 * MS);
		CU_ASSERT_EQUAL(s.result.lag_blocked->max, 1);
		CU_ASSERT_EQUAL(s.result.lag_client->max, 1);
		session_end(&s);
	}
}

static void blocked_datagrams_are_sent_in_turn(void)
{
	struct session s = session_udp();

	s.config.connections = 1;
	s.config.depth = 3;
	s.script.service_ns = 3300 * US; /* 3 / 3.3 ms */
	session_run(&s);
	session_check_valid(&s);
	session_check_all_recorded(&s, 1000);
	CU_ASSERT_EQUAL(s.result.requests, 1000);
	CU_ASSERT_EQUAL(s.result.service->max, 3300 * US);
	CU_ASSERT_EQUAL(s.result.lag_client->max, 1);
	/* Request k goes out 3.3 ms after request k - 3, which does so from 0, 1, 2 ms on. */
	CU_ASSERT_EQUAL(s.result.lag_blocked->max, 1199LL / 3 * 300 * US);
	session_end(&s);
}

static void a_lost_datagram_is_recorded_at_its_age(void)
{
	struct session s = session_udp();

	s.script.fault = SIM_DROP;
	s.script.fault_connection = 2;
	s.script.fault_request = 100;
	s.script.fault_times = 1;
	session_run(&s);
	CU_ASSERT_EQUAL(s.result.errors[LOAD_TIMEOUT], 1);
	CU_ASSERT_EQUAL(session_errors(&s), 1);
	session_check_all_recorded(&s, 1000);
	CU_ASSERT_EQUAL(s.result.requests, 999);
	CU_ASSERT_TRUE(s.result.response_censored_ns >= 200 * MS &&
		       s.result.response_censored_ns < 222 * MS);
	/* Those behind it waited for its place. */
	CU_ASSERT_TRUE(s.result.lag_blocked->max >= 196 * MS);
	session_end(&s);
}

static int64_t slow_on_the_first(uint32_t connection, uint32_t request)
{
	(void)request;
	return connection == 0 ? 50 * MS : 1 * MS;
}

/* The other socket is drained, and watched for late replies for 100 ms. */
static void a_reply_behind_the_drain_is_counted_no_more(void)
{
	struct session s = session_udp();

	s.config.connections = 2;
	s.config.rate = 60; /* 30 for the one that can do 20 */
	s.script.service = slow_on_the_first;
	session_run(&s);
	session_check_all_recorded(&s, 60);
	CU_ASSERT_EQUAL(s.result.requests + s.result.unfinished, 60);
	CU_ASSERT_TRUE(s.result.unfinished > 0);
	CU_ASSERT_EQUAL(session_errors(&s), 0);
	session_end(&s);
}

static void a_closed_window_ends_with_its_last_reply(void)
{
	static const int64_t wanted[] = {1, 2, 499, 500};

	for (int i = 0; i < 4; i++) {
		struct session s = session_new();
		s.config.requests = wanted[i];
		session_run(&s);
		session_check_valid(&s);
		CU_ASSERT_EQUAL(s.result.requests, (uint64_t)wanted[i]);
		CU_ASSERT_EQUAL(s.result.service->count,
				s.result.requests + s.result.starved);
		/* Four come each ms, the first of them 0.923 ms behind its start. */
		CU_ASSERT_EQUAL(s.result.window_ns, (wanted[i] - 1) / 4 * MS + 923 * US);
		session_end(&s);
	}
}

static void an_open_window_holds_its_arrivals(void)
{
	for (int arrivals = 0; arrivals < 2; arrivals++) {
		struct session s = session_open();
		s.config.arrivals = arrivals;
		s.config.requests = 300;
		s.config.duration_ns = 1;
		session_run(&s);
		session_check_valid(&s);
		session_check_all_recorded(&s, 300);
		CU_ASSERT_EQUAL(s.result.requests, 300);
		if (arrivals == ARRIVALS_CONSTANT)
			CU_ASSERT_EQUAL(s.result.window_ns, 300 * MS);
		session_end(&s);
	}
}

static void replies_that_stop_coming_end_the_window(void)
{
	struct session s = session_new();

	s.config.requests = 100000;
	s.config.connections = 1;
	s.script.fault = SIM_SILENT;
	s.script.fault_request = 500;
	session_run(&s);
	CU_ASSERT_EQUAL(s.result.verdict, LOAD_SERVER_ERRORS);
	CU_ASSERT_EQUAL(load_exit_status(&s.result), EXIT_SERVER_ERRORS);
	CU_ASSERT_PTR_NOT_NULL(strstr(s.result.reason, "no more replies after "));
	CU_ASSERT_PTR_NOT_NULL(strstr(s.result.reason, " of 100000"));
	CU_ASSERT_TRUE(s.ended_ns < 500 * MS + 3 * s.config.timeout_ns);
	session_end(&s);
}

static const struct test_case cases[] = {
	{"churn makes connections between the arrivals",
	 churn_makes_connections_between_the_arrivals},
	{"what waits for a connection keeps its due",
	 what_waits_for_a_connection_keeps_its_due},
	{"the drain awaits connections for what waits",
	 the_drain_awaits_connections_for_what_waits},
	{"each connection carries its share", each_connection_carries_its_share},
	{"requests outlive their connection", requests_outlive_their_connection},
	{"a dead server ends the run", a_dead_server_ends_the_run},
	{"a timed-out connection is replaced", a_timed_out_connection_is_replaced},
	{"idle connections have no arrivals", idle_connections_have_no_arrivals},
	{"datagrams come by the schedule", datagrams_come_by_the_schedule},
	{"blocked datagrams are sent in turn", blocked_datagrams_are_sent_in_turn},
	{"a lost datagram is recorded at its age",
	 a_lost_datagram_is_recorded_at_its_age},
	{"a reply behind the drain is counted no more",
	 a_reply_behind_the_drain_is_counted_no_more},
	{"a closed window ends with its last reply",
	 a_closed_window_ends_with_its_last_reply},
	{"an open window holds its arrivals", an_open_window_holds_its_arrivals},
	{"replies that stop coming end the window",
	 replies_that_stop_coming_end_the_window},
	{NULL, NULL},
};

int main(void)
{
	return test_suite_run("load_open_life", cases) != 0;
}
