/* test_load_hold.c - the moment behind the window at which all connections are still open. */
#include <CUnit/CUnit.h>

#include "tests/suite.h"
#include "tests/unit/load_session.h"

struct moment {
	int calls;
	int64_t at_ns;        /* of the last call */
	uint64_t half_closes; /* that the peer had seen by then */
};

static void note(void *context)
{
	struct moment *moment = context;

	moment->calls++;
	moment->at_ns = session_now();
	moment->half_closes = sim_counts.half_closes;
}

static struct moment run(struct session *s)
{
	struct moment moment = {0, 0, 0};
	const struct load_hooks hooks = {.loaded = note, .context = &moment};

	s->hooks = &hooks;
	session_run(s);
	s->hooks = NULL;
	return moment;
}

static void comes_when_nothing_is_in_flight_and_all_is_open(void)
{
	struct session s = session_new();

	s.config.idle = 3;
	s.script.service_ns = 40 * MS;
	const struct moment moment = run(&s);
	const int64_t end = s.start_ns + 1 * S;
	session_check_valid(&s);
	CU_ASSERT_EQUAL(moment.calls, 1);
	CU_ASSERT_EQUAL(moment.half_closes, 0);
	CU_ASSERT_TRUE(moment.at_ns > end && moment.at_ns <= end + 41 * MS);
	CU_ASSERT_EQUAL(sim_counts.half_closes, 4 + 3);
	session_end(&s);
}

static void changes_nothing_of_what_is_measured(void)
{
	struct session with = session_open(), without = session_open();

	with.script.service_ns = without.script.service_ns = 3 * MS;
	(void)run(&with);
	session_run(&without);
	CU_ASSERT_EQUAL(with.result.requests, without.result.requests);
	CU_ASSERT_EQUAL(with.result.response->count, without.result.response->count);
	CU_ASSERT_EQUAL(with.result.response->max, without.result.response->max);
	CU_ASSERT_EQUAL(with.result.unfinished + session_errors(&with), 0);
	session_end(&with);
	session_end(&without);
}

/* Replies come all the time, those between the window's end and the look at it too. */
static void nothing_is_half_closed_before(void)
{
	struct session s = session_new();

	s.config.connections = 64;
	s.script.service_ns = 20 * US;
	s.script.send_ns = 3 * US;
	const struct moment moment = run(&s);
	CU_ASSERT_EQUAL(moment.calls, 1);
	CU_ASSERT_EQUAL(moment.half_closes, 0);
	CU_ASSERT_EQUAL(sim_counts.half_closes, 64);
	session_end(&s);
}

/* The queue of an open loop, too, is answered first. */
static void waits_for_what_is_queued(void)
{
	struct session s = session_open();

	s.script.freeze_ns = s.script.start_ns + 700 * MS;
	s.script.thaw_ns = s.script.start_ns + 2500 * MS;
	const struct moment moment = run(&s);
	CU_ASSERT_EQUAL(moment.calls, 1);
	CU_ASSERT_EQUAL(moment.half_closes, 0);
	CU_ASSERT_TRUE(moment.at_ns > 2500 * MS);
	CU_ASSERT_EQUAL(s.result.unfinished + session_errors(&s), 0);
	session_end(&s);
}

/* They are served once the others are closed, which comes behind it. */
static void does_not_wait_for_the_starved(void)
{
	struct session s = session_new();

	s.script.capacity = 1;
	const struct moment moment = run(&s);
	CU_ASSERT_EQUAL(moment.calls, 1);
	CU_ASSERT_TRUE(moment.at_ns <= s.start_ns + 1 * S + 3 * MS);
	CU_ASSERT_EQUAL(s.result.starved, 3);
	CU_ASSERT_EQUAL(s.result.unfinished, 0);
	session_end(&s);
}

static void waits_no_longer_than_the_drain_may_take(void)
{
	struct session s = session_new();

	s.script.fault = SIM_SILENT;
	s.script.fault_connection = 1;
	s.script.fault_request = 600;
	const struct moment moment = run(&s);
	CU_ASSERT_EQUAL(moment.calls, 1);
	CU_ASSERT_TRUE(moment.at_ns <= s.start_ns + 1 * S + 2 * S + 1 * MS);
	CU_ASSERT_TRUE(s.ended_ns <= s.start_ns + 1 * S + 2 * S + 1 * S + 2 * MS);
	session_end(&s);
}

static void comes_for_datagrams_too(void)
{
	struct session s = session_new();

	s.transport = TRANSPORT_UDP;
	s.config.timeout_ns = 200 * MS;
	s.script.fault = SIM_DROP;
	s.script.fault_connection = 2;
	s.script.fault_every = 10;
	const struct moment moment = run(&s);
	CU_ASSERT_EQUAL(moment.calls, 1);
	CU_ASSERT_TRUE(moment.at_ns >= s.start_ns + 1 * S);
	CU_ASSERT_TRUE(moment.at_ns <= s.start_ns + 1 * S + 212 * MS);
	CU_ASSERT_EQUAL(s.result.unfinished, 0);
	session_end(&s);
}

/* Its connections end by themselves; one that is held would keep others from being served. */
static void does_not_come_in_churn(void)
{
	struct session s = session_new();

	s.config.churn = 3;
	const struct moment moment = run(&s);
	session_check_valid(&s);
	CU_ASSERT_EQUAL(moment.calls, 0);
	session_end(&s);
}

static void does_not_come_without_a_window(void)
{
	struct session s = session_new();

	s.cancel = 1;
	CU_ASSERT_EQUAL(run(&s).calls, 0);
	session_end(&s);
	s = session_new();
	s.script.fault = SIM_REFUSE;
	s.script.fault_connection = SIM_ALL;
	CU_ASSERT_EQUAL(run(&s).calls, 0);
	CU_ASSERT_EQUAL(s.result.verdict, LOAD_SERVER_ERRORS);
	session_end(&s);
}

static const struct test_case cases[] = {
	{"comes when nothing is in flight and all is open",
	 comes_when_nothing_is_in_flight_and_all_is_open},
	{"nothing is half-closed before", nothing_is_half_closed_before},
	{"changes nothing of what is measured", changes_nothing_of_what_is_measured},
	{"waits for what is queued", waits_for_what_is_queued},
	{"does not wait for the starved", does_not_wait_for_the_starved},
	{"waits no longer than the drain may take",
	 waits_no_longer_than_the_drain_may_take},
	{"comes for datagrams too", comes_for_datagrams_too},
	{"does not come in churn", does_not_come_in_churn},
	{"does not come without a window", does_not_come_without_a_window},
	{NULL, NULL},
};

int main(void)
{
	return test_suite_run("load_hold", cases) != 0;
}
