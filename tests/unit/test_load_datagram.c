/*
 * test_load_datagram.c - datagrams, simulated: replies in any order, lost, late, twice,
 * wrong.
 */
#include <CUnit/CUnit.h>
#include <string.h>

#include "tests/suite.h"
#include "tests/unit/load_session.h"

static struct session session_udp(void)
{
	struct session s = session_new();

	s.transport = TRANSPORT_UDP;
	s.config.timeout_ns = 200 * MS;
	return s;
}

static void check_plain(int64_t depth, const char *size)
{
	struct session s = session_udp();

	s.config.depth = depth;
	s.config.size = size;
	session_run(&s);
	session_check_valid(&s);
	CU_ASSERT_EQUAL(s.result.requests, (uint64_t)(4 * depth * 1000));
	CU_ASSERT_EQUAL(s.result.service->min, 1 * MS);
	CU_ASSERT_EQUAL(s.result.service->max, 1 * MS);
	CU_ASSERT_DOUBLE_EQUAL(s.result.fairness_jain, 1, 1e-12);
	CU_ASSERT_EQUAL(session_errors(&s) + s.result.unfinished + s.result.starved, 0);
	CU_ASSERT_EQUAL(s.result.connect->count, 0); /* there is nothing to connect */
	CU_ASSERT_EQUAL(sim_counts.half_closes, 0);
	session_end(&s);
}

static void each_request_is_a_datagram(void)
{
	check_plain(1, "64");
	check_plain(1, "0");
	check_plain(5, "64");
	check_plain(8, "16380");
	check_plain(2, "65491");
	check_plain(1, "uniform:0-65491");
	check_plain(7, "uniform:40-80");
}

static int64_t shuffled(uint32_t connection, uint32_t request)
{
	(void)connection;
	return (1 + request * 7 % 5) * MS;
}

static void replies_may_come_in_any_order(void)
{
	struct session s = session_udp();

	s.config.depth = 7;
	s.script.service = shuffled;
	session_run(&s);
	session_check_valid(&s);
	CU_ASSERT_EQUAL(session_errors(&s), 0);
	CU_ASSERT_EQUAL(s.result.service->min, 1 * MS);
	CU_ASSERT_EQUAL(s.result.service->max, 5 * MS);
	CU_ASSERT_TRUE(s.result.requests > 4UL * 7 * 320);
	session_end(&s);
}

/* One fault of a datagram in the window. */
static struct session faulty(enum sim_fault fault)
{
	struct session s = session_udp();

	s.config.depth = 3;
	s.script.fault = fault;
	s.script.fault_connection = 2;
	s.script.fault_request = 1500;
	s.script.fault_times = 1;
	s.script.byte = 40;
	return s;
}

static void a_lost_datagram_is_a_time_out_and_frees_its_slot(void)
{
	struct session s = faulty(SIM_DROP);

	session_run(&s);
	CU_ASSERT_EQUAL(s.result.errors[LOAD_TIMEOUT], 1);
	CU_ASSERT_EQUAL(session_errors(&s), 1);
	/* The slot was of no use for 200 to 220 ms. */
	CU_ASSERT_TRUE(s.result.requests >= 12000 - 221 &&
		       s.result.requests <= 12000 - 200);
	CU_ASSERT_TRUE(s.result.censored_ns >= 200 * MS &&
		       s.result.censored_ns < 222 * MS);
	CU_ASSERT_EQUAL(s.result.verdict, LOAD_VALID); /* 1 of 11,800 */
	CU_ASSERT_STRING_EQUAL(s.result.reason, "1 requests unanswered; " SESSION_SHORT);
	session_end(&s);
}

static void more_than_one_in_a_thousand_lost_is_the_servers_error(void)
{
	static const struct {
		uint32_t every;
		enum load_verdict verdict;
	} losses[] = {{900, LOAD_SERVER_ERRORS}, {1200, LOAD_VALID}};

	for (int i = 0; i < 2; i++) {
		struct session s = session_udp();
		s.config.depth = 16;
		s.config.duration_ns = 2 * S;
		s.config.timeout_ns = 5 * MS;
		s.script.fault = SIM_DROP;
		s.script.fault_connection = SIM_ALL;
		s.script.fault_every = losses[i].every;
		session_run(&s);
		CU_ASSERT_EQUAL(s.result.verdict, losses[i].verdict);
		CU_ASSERT_DOUBLE_EQUAL((double)s.result.errors[LOAD_TIMEOUT] /
					       (double)s.result.requests,
				       1.0 / losses[i].every, 5e-5);
		session_end(&s);
	}
}

static void what_found_no_room_here_is_our_own_fault(void)
{
	struct session s = faulty(SIM_DROP);

	s.script.fault_every = 100;
	s.script.fault_request = 0;
	s.script.fault_times = 0;
	session_run(&s);
	CU_ASSERT_EQUAL(s.result.verdict, LOAD_SERVER_ERRORS);
	s.script.dropped = s.result.errors[LOAD_TIMEOUT];
	session_end(&s);
	session_run(&s);
	CU_ASSERT_EQUAL(s.result.errors[LOAD_CLIENT], s.script.dropped);
	CU_ASSERT_EQUAL(s.result.verdict, LOAD_CLIENT_LIMITED);
	session_end(&s);
}

static void a_second_reply_is_surplus_and_not_corrupt(void)
{
	static const int64_t delays[] = {0, 1, 1 * MS, 50 * MS};

	for (size_t i = 0; i < sizeof(delays) / sizeof(delays[0]); i++) {
		struct session s = faulty(SIM_DUPLICATE);
		s.script.late_ns = delays[i];
		session_run(&s);
		CU_ASSERT_EQUAL(s.result.errors[LOAD_SURPLUS], 1);
		CU_ASSERT_EQUAL(session_errors(&s), 1);
		CU_ASSERT_EQUAL(s.result.requests, 12000);
		CU_ASSERT_EQUAL(s.result.verdict, LOAD_VALID);
		CU_ASSERT_STRING_EQUAL(s.result.first_mismatch, "");
		session_end(&s);
	}
}

static void a_late_reply_is_a_time_out_then_surplus(void)
{
	struct session s = faulty(SIM_LATE);

	s.script.late_ns = 300 * MS;
	session_run(&s);
	CU_ASSERT_EQUAL(s.result.errors[LOAD_TIMEOUT], 1);
	CU_ASSERT_EQUAL(s.result.errors[LOAD_SURPLUS], 1);
	CU_ASSERT_EQUAL(session_errors(&s), 2);
	CU_ASSERT_EQUAL(s.result.verdict, LOAD_VALID);
	session_end(&s);
}

static void check_wrong(enum sim_fault fault, uint32_t byte, uint64_t time_outs)
{
	struct session s = faulty(fault);

	s.script.byte = byte;
	session_run(&s);
	CU_ASSERT_EQUAL(s.result.errors[LOAD_CORRUPT], 1);
	CU_ASSERT_EQUAL(s.result.errors[LOAD_TIMEOUT], time_outs);
	CU_ASSERT_EQUAL(session_errors(&s), 1 + time_outs);
	CU_ASSERT_EQUAL(s.result.verdict, LOAD_CORRUPTED);
	CU_ASSERT_NOT_EQUAL(s.result.first_mismatch[0], '\0');
	/* All but this one were right, and went on at once, or after the time-out. */
	CU_ASSERT_TRUE(s.result.requests >= 11999 - 221 * time_outs);
	session_end(&s);
}

static void a_wrong_byte_is_corrupt(void)
{
	check_wrong(SIM_FLIP, 40, 0); /* of the payload */
	check_wrong(SIM_FLIP, 4, 0);  /* the magic */
	check_wrong(SIM_FLIP, 12, 1); /* the tag: nobody knows whose reply it was */
	check_wrong(SIM_FLIP, 14, 1);
	check_wrong(SIM_SURPLUS, 0, 0);  /* one byte more in the datagram */
	check_wrong(SIM_TRUNCATE, 0, 0); /* half of it */
}

static void a_silent_server_is_no_reply(void)
{
	struct session s = session_udp();

	s.script.fault = SIM_DROP;
	s.script.fault_connection = SIM_ALL;
	s.script.fault_every = 1;
	session_run(&s);
	CU_ASSERT_EQUAL(s.result.verdict, LOAD_SERVER_ERRORS);
	CU_ASSERT_PTR_NOT_NULL(strstr(s.result.reason, "no reply"));
	CU_ASSERT_EQUAL(s.result.requests, 0);
	CU_ASSERT_EQUAL(s.result.starved, 4);
	CU_ASSERT_EQUAL(s.result.unfinished, 0);
	CU_ASSERT_TRUE(s.result.errors[LOAD_TIMEOUT] >= 4UL * 5);
	CU_ASSERT_EQUAL(session_errors(&s), s.result.errors[LOAD_TIMEOUT]);
	CU_ASSERT_TRUE(s.ended_ns <= s.start_ns + 1 * S + 320 * MS);
	session_end(&s);
}

static void a_port_without_a_server_ends_the_run(void)
{
	struct session s = session_udp();

	s.script.dead_ns = s.script.start_ns;
	session_run(&s);
	CU_ASSERT_EQUAL(s.result.verdict, LOAD_SERVER_ERRORS);
	CU_ASSERT_EQUAL(s.result.errors[LOAD_REFUSED], 4);
	CU_ASSERT_EQUAL(session_errors(&s), 4);
	CU_ASSERT_TRUE(s.ended_ns < 50 * MS);
	session_end(&s);
}

static void a_server_that_comes_back_is_found(void)
{
	struct session s = session_udp();

	s.config.duration_ns = 5 * S;
	s.config.depth = 2;
	s.script.dead_ns = s.script.start_ns + 500 * MS;
	s.script.reborn_ns = s.script.dead_ns + 500 * MS;
	session_run(&s);
	CU_ASSERT_EQUAL(s.result.verdict, LOAD_SERVER_ERRORS);
	CU_ASSERT_TRUE(s.result.errors[LOAD_REFUSED] >= 8);
	CU_ASSERT_TRUE(s.result.errors[LOAD_REFUSED] < 100); /* with back-off */
	CU_ASSERT_EQUAL(session_errors(&s), s.result.errors[LOAD_REFUSED]);
	CU_ASSERT_TRUE(s.result.requests > 4UL * 2 * (5000 - 500 - 520));
	session_end(&s);
}

static void one_that_is_dead_for_good_ends_the_run(void)
{
	struct session s = session_udp();

	s.config.duration_ns = 10 * S;
	s.script.dead_ns = s.script.start_ns + 500 * MS;
	session_run(&s);
	CU_ASSERT_EQUAL(s.result.verdict, LOAD_SERVER_ERRORS);
	CU_ASSERT_TRUE(s.ended_ns < 500 * MS + 1 * S + 200 * MS);
	session_end(&s);
}

static const struct test_case cases[] = {
	{"each request is a datagram", each_request_is_a_datagram},
	{"replies may come in any order", replies_may_come_in_any_order},
	{"a lost datagram is a time-out and frees its slot",
	 a_lost_datagram_is_a_time_out_and_frees_its_slot},
	{"more than one in a thousand lost is the server's error",
	 more_than_one_in_a_thousand_lost_is_the_servers_error},
	{"what found no room here is our own fault",
	 what_found_no_room_here_is_our_own_fault},
	{"a second reply is surplus and not corrupt",
	 a_second_reply_is_surplus_and_not_corrupt},
	{"a late reply is a time-out, then surplus",
	 a_late_reply_is_a_time_out_then_surplus},
	{"a wrong byte is corrupt", a_wrong_byte_is_corrupt},
	{"a silent server is `no reply`", a_silent_server_is_no_reply},
	{"a port without a server ends the run", a_port_without_a_server_ends_the_run},
	{"a server that comes back is found", a_server_that_comes_back_is_found},
	{"one that is dead for good ends the run",
	 one_that_is_dead_for_good_ends_the_run},
	{NULL, NULL},
};

int main(void)
{
	return test_suite_run("load_datagram", cases) != 0;
}
