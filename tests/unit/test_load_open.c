/*
 * test_load_open.c - the open loop against a simulated peer on a virtual clock: when
 * requests go out, whose the waiting is, and what is recorded.
 */
#include <CUnit/CUnit.h>
#include <string.h>

#include "tests/suite.h"
#include "tests/unit/load_session.h"

#define NOTHING 1 /* ns: what a histogram makes of 0 */

static void a_server_that_keeps_up_is_measured_exactly(void)
{
	struct session s = session_open();

	session_run(&s);
	session_check_valid(&s);
	session_check_all_recorded(&s, 1000);
	CU_ASSERT_EQUAL(s.result.requests, 1000);
	CU_ASSERT_EQUAL(s.result.received, 1000);
	CU_ASSERT_EQUAL(s.result.bytes, 64000);
	CU_ASSERT_EQUAL(s.result.window_ns, 1 * S);
	CU_ASSERT_EQUAL(s.result.response->min, 1 * MS);
	CU_ASSERT_EQUAL(s.result.response->max, 1 * MS);
	CU_ASSERT_EQUAL(s.result.service->min, 1 * MS);
	CU_ASSERT_EQUAL(s.result.service->max, 1 * MS);
	CU_ASSERT_EQUAL(s.result.lag_client->max, NOTHING);
	CU_ASSERT_EQUAL(s.result.lag_blocked->max, NOTHING);
	CU_ASSERT_EQUAL(s.result.unfinished + s.result.starved, 0);
	CU_ASSERT_DOUBLE_EQUAL(s.result.fairness_jain, 1, 1e-12);
	CU_ASSERT_EQUAL(sim_counts.requests, 1200); /* 200 of the warm-up */
	CU_ASSERT_EQUAL(sim_counts.half_closes, 4);
	session_end(&s);
}

/* Request k is due at k ms and handed over at 1.5 k ms, on the only connection. */
static void back_pressure_is_blocked_and_not_late(void)
{
	struct session s = session_open();

	s.config.connections = 1;
	s.script.service_ns = 1500 * US;
	session_run(&s);
	CU_ASSERT_EQUAL(s.result.verdict, LOAD_UNSTABLE);
	CU_ASSERT_STRING_EQUAL(
		s.result.reason,
		"answered 666 of 1000 offered in the window: the queue grows");
	session_check_all_recorded(&s, 1000);
	CU_ASSERT_EQUAL(s.result.requests, 1000); /* the drain brings the rest */
	CU_ASSERT_EQUAL(s.result.received, 666);  /* in the window */
	CU_ASSERT_EQUAL(s.result.lag_client->max, NOTHING);
	CU_ASSERT_EQUAL(s.result.lag_blocked->min, 200 * MS / 2);
	CU_ASSERT_EQUAL(s.result.lag_blocked->max, 1199 * MS / 2);
	CU_ASSERT_EQUAL(s.result.service->max, 1500 * US);
	CU_ASSERT_EQUAL(s.result.response->max, 1199 * MS / 2 + 1500 * US);
	CU_ASSERT_TRUE(s.ended_ns >= s.start_ns - 200 * MS + 1800 * MS);
	CU_ASSERT_TRUE(s.ended_ns < s.start_ns - 200 * MS + 1801 * MS);
	session_end(&s);
}

/* Room for all, but the generator does not run for 100 ms. */
static void our_own_lateness_is_late_and_not_blocked(void)
{
	struct session s = session_open();

	s.config.depth = 64;
	s.script.service_ns = 300 * US; /* nothing is in flight meanwhile */
	session_run(&s);
	session_end(&s);
	s.script.away_ns = s.script.start_ns + s.start_ns + 300 * MS + 500 * US;
	s.script.back_ns = s.script.away_ns + 100 * MS;
	session_run(&s);
	session_check_all_recorded(&s, 1000);
	CU_ASSERT_EQUAL(s.result.requests, 1000);
	CU_ASSERT_EQUAL(s.result.lag_blocked->max, NOTHING);
	CU_ASSERT_EQUAL(s.result.lag_client->max, 99500 * US);
	CU_ASSERT_EQUAL(s.result.response->max, 99800 * US);
	CU_ASSERT_EQUAL(s.result.on_time->max, 300 * US);
	CU_ASSERT_EQUAL(s.result.service->max, 300 * US);
	CU_ASSERT_EQUAL(s.result.verdict, LOAD_CLIENT_LIMITED);
	CU_ASSERT_PTR_NOT_NULL(strstr(s.result.reason, "requests went out late: p99"));
	CU_ASSERT_EQUAL(load_exit_status(&s.result), EXIT_CLIENT_LIMITED);
	/* 25 are due at once on each connection. */
	CU_ASSERT_EQUAL(sim_counts.largest_send, 25UL * 80);
	session_end(&s);
}

/* Away until the window has ended: all that was due in it goes out yet, 16 connections at
 * a time. */
static void what_is_late_at_the_windows_end_goes_out(void)
{
	struct session s = session_open();

	s.config.connections = 64;
	session_run(&s);
	session_end(&s);
	s.script.away_ns = s.script.start_ns + s.start_ns + 950 * MS + 500 * US;
	s.script.back_ns = s.script.away_ns + 100 * MS;
	session_run(&s);
	session_check_all_recorded(&s, 1000);
	CU_ASSERT_EQUAL(s.result.requests, 1000);
	CU_ASSERT_EQUAL(s.result.unfinished, 0);
	CU_ASSERT_EQUAL(s.result.lag_client->max, 99500 * US);
	session_end(&s);
}

/* While we are away the first of each connection is late, and blocks the others. */
static void what_waits_for_a_late_reply_is_blocked(void)
{
	struct session s = session_open();

	s.config.depth = 1;
	session_run(&s);
	session_end(&s);
	s.script.away_ns = s.script.start_ns + s.start_ns + 300 * MS;
	s.script.back_ns = s.script.away_ns + 8 * MS;
	session_run(&s);
	session_check_all_recorded(&s, 1000);
	CU_ASSERT_EQUAL(s.result.lag_client->max, 8 * MS);
	/* Due at 4 ms, on the connection whose request of 0 ms was handed over at 8. */
	CU_ASSERT_EQUAL(s.result.lag_blocked->max, 5 * MS);
	/* 4 late ones of 1000, but 14 are slower for it: p99 is one of those. */
	CU_ASSERT_EQUAL(s.result.verdict, LOAD_CLIENT_LIMITED);
	session_end(&s);
}

static void handed_is_stamped_before_the_send(void)
{
	struct session s = session_open();

	s.config.rate = 100;
	s.script.send_ns = 300 * US;
	session_run(&s);
	session_check_valid(&s);
	session_check_all_recorded(&s, 100);
	CU_ASSERT_EQUAL(s.result.service->min, 1 * MS);
	CU_ASSERT_EQUAL(s.result.service->max, 1 * MS);
	CU_ASSERT_EQUAL(s.result.response->max, 1 * MS);
	CU_ASSERT_EQUAL(s.result.lag_client->max, NOTHING);
	session_end(&s);
}

/*
 * A server that freezes for S seconds in a run of T: a share S / T of the requests waits
 * for its thaw, evenly from 0 to S, so that a share 1 - q waits longer than S - (1 - q) T.
 */
static void check_freeze(int64_t depth)
{
	static const double quantiles[] = {0.75, 0.9, 0.99, 0.999};
	struct session s = session_open();

	s.config.duration_ns = 10 * S;
	s.config.timeout_ns = 20 * S;
	s.config.depth = depth;
	s.script.service_ns = 1 * US;
	session_run(&s);
	session_end(&s);
	s.script.freeze_ns = s.script.start_ns + s.start_ns + 2 * S;
	s.script.thaw_ns = s.script.freeze_ns + 5 * S;
	session_run(&s);
	session_check_valid(&s);
	session_check_all_recorded(&s, 10000);
	for (int i = 0; i < 4; i++) {
		double expected = (5 - (1 - quantiles[i]) * 10) * S;
		double value =
			(double)histogram_quantile(s.result.response, quantiles[i]);
		/* A cell is 0.1 % wide, a slot 1 ms; one by one they take 1.25 ms. */
		CU_ASSERT_DOUBLE_EQUAL(value, expected, expected / 1000 + 2.25 * MS);
	}
	CU_ASSERT_EQUAL(s.result.lag_client->max, NOTHING);
	CU_ASSERT_EQUAL(s.result.lag_blocked->max > 4900 * MS, depth == 1);
	CU_ASSERT_EQUAL(s.result.service->max > 4900 * MS, true);
	session_end(&s);
}

static void a_freeze_has_the_percentiles_of_theory(void)
{
	check_freeze(4096); /* all of it is service time */
	check_freeze(1);    /* or the requests are blocked */
}

#define NOTES 5000

/* When which connection's requests reached the server. */
static struct notes {
	int64_t at[4][NOTES];
	uint32_t count[4];
	int64_t service_ns;
} notes;

static int64_t note(uint32_t connection, uint32_t request)
{
	notes.at[connection][request] = session_now();
	notes.count[connection]++;
	return notes.service_ns;
}

static void collect(int64_t service_ns, struct notes *ret_notes)
{
	struct session s = session_open();

	s.config.arrivals = ARRIVALS_POISSON;
	s.config.depth = 64;
	s.script.service = note;
	notes = (struct notes){.service_ns = service_ns};
	session_run(&s);
	session_check_valid(&s);
	CU_ASSERT_EQUAL(s.result.service->max, service_ns);
	CU_ASSERT_EQUAL(s.result.lag_blocked->max, NOTHING);
	session_end(&s);
	*ret_notes = notes;
}

static void two_servers_see_the_same_arrivals(void)
{
	static struct notes fast, slow;

	collect(10 * US, &fast);
	collect(7 * MS, &slow);
	CU_ASSERT_EQUAL(memcmp(fast.count, slow.count, sizeof(fast.count)), 0);
	CU_ASSERT_EQUAL(memcmp(fast.at, slow.at, sizeof(fast.at)), 0);
	CU_ASSERT_TRUE(fast.count[0] > 250);
}

static int64_t all_but_the_last(uint32_t connection, uint32_t request)
{
	(void)request;
	return connection == 3 ? 3600 * S : 1 * MS;
}

static void the_unanswered_enter_at_their_age_from_due(void)
{
	struct session s = session_open();

	s.script.service = all_but_the_last;
	session_run(&s);
	session_check_valid(&s);
	session_check_all_recorded(&s, 1000);
	CU_ASSERT_EQUAL(s.result.requests, 750);
	CU_ASSERT_EQUAL(s.result.unfinished,
			250); /* one is in flight since the warm-up */
	CU_ASSERT_EQUAL(s.result.starved, 1);
	CU_ASSERT_EQUAL(s.result.starved_arrivals, 250);
	CU_ASSERT_EQUAL(s.result.service->count, 750);
	CU_ASSERT_EQUAL(s.result.censored_ns, INT64_MAX);
	/* Arrivals 3, 7, .. 999 of the window are its own; the drain takes 2 s. */
	int64_t end = s.result.response->max + 3 * MS;
	CU_ASSERT_TRUE(end >= 3 * S && end < 3 * S + 1 * MS);
	CU_ASSERT_EQUAL(s.result.response_censored_ns, end - 999 * MS);
	CU_ASSERT_EQUAL(s.result.lag_blocked->max, s.result.response->max);
	session_end(&s);
}

/* In the drain what was due before the window comes first, and takes all of it. */
static void a_server_far_behind_has_not_failed(void)
{
	struct session s = session_open();

	s.config.connections = 1;
	s.config.timeout_ns = 300 * MS;
	s.script.service_ns = 20 * MS;
	session_run(&s);
	session_check_all_recorded(&s, 1000);
	CU_ASSERT_EQUAL(s.result.requests, 0);
	CU_ASSERT_EQUAL(s.result.received, 50);
	CU_ASSERT_EQUAL(s.result.unfinished, 1000);
	CU_ASSERT_EQUAL(s.result.verdict, LOAD_UNSTABLE);
	CU_ASSERT_STRING_EQUAL(
		s.result.reason,
		"answered 50 of 1000 offered in the window: the queue grows");
	session_end(&s);
}

/* A freeze that lasts until the window's end leaves its queue behind; one that is over and
 * made up for does not. */
static void a_freeze_that_the_window_ends_in_is_a_queue(void)
{
	struct session s = session_open();

	s.script.service_ns = 100 * US;
	session_run(&s);
	session_end(&s);
	s.script.freeze_ns = s.script.start_ns + s.start_ns + 300 * MS;
	s.script.thaw_ns = s.script.freeze_ns + 600 * MS;
	session_run(&s);
	session_check_valid(&s);
	session_end(&s);
	s.script.thaw_ns = s.script.freeze_ns + 800 * MS;
	session_run(&s);
	session_check_all_recorded(&s, 1000);
	CU_ASSERT_EQUAL(s.result.requests, 1000);
	CU_ASSERT_DOUBLE_EQUAL((double)s.result.response->max, 800 * MS, MS);
	CU_ASSERT_EQUAL(s.result.verdict, LOAD_UNSTABLE);
	CU_ASSERT_STRING_EQUAL(
		s.result.reason,
		"answered 300 of 1000 offered in the window: the queue grows");
	session_end(&s);
}

static void few_requests_starve_nobody(void)
{
	struct session s = session_open();

	s.config.rate = 2;
	session_run(&s);
	session_check_valid(&s);
	session_check_all_recorded(&s, 2);
	CU_ASSERT_EQUAL(s.result.requests, 2);
	CU_ASSERT_EQUAL(s.result.starved, 0);
	CU_ASSERT_EQUAL(s.result.fairness_jain, 0); /* says nothing */
	session_end(&s);
}

static void large_frames_go_out_in_pieces(void)
{
	struct session s = session_open();

	s.config.rate = 100;
	s.config.size = "300000";
	s.config.depth = 2;
	s.script.take = 50000;
	session_run(&s);
	session_check_valid(&s);
	session_check_all_recorded(&s, 100);
	CU_ASSERT_EQUAL(s.result.requests, 100);
	session_end(&s);
}

static const struct test_case cases[] = {
	{"a server that keeps up is measured exactly",
	 a_server_that_keeps_up_is_measured_exactly},
	{"back-pressure is blocked and not late", back_pressure_is_blocked_and_not_late},
	{"our own lateness is late and not blocked",
	 our_own_lateness_is_late_and_not_blocked},
	{"what is late at the window's end goes out",
	 what_is_late_at_the_windows_end_goes_out},
	{"what waits for a late reply is blocked",
	 what_waits_for_a_late_reply_is_blocked},
	{"handed is stamped before the send", handed_is_stamped_before_the_send},
	{"a freeze has the percentiles of theory",
	 a_freeze_has_the_percentiles_of_theory},
	{"two servers see the same arrivals", two_servers_see_the_same_arrivals},
	{"the unanswered enter at their age from due",
	 the_unanswered_enter_at_their_age_from_due},
	{"a server far behind has not failed", a_server_far_behind_has_not_failed},
	{"a freeze that the window ends in is a queue",
	 a_freeze_that_the_window_ends_in_is_a_queue},
	{"few requests starve nobody", few_requests_starve_nobody},
	{"large frames go out in pieces", large_frames_go_out_in_pieces},
	{NULL, NULL},
};

int main(void)
{
	return test_suite_run("load_open", cases) != 0;
}
