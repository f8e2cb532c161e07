/*
 * test_load.c - the load generator against a simulated peer on a virtual clock: exact
 * latencies, exact counts.
 */
#include <CUnit/CUnit.h>
#include <string.h>

#include "loadgen/payload.h"
#include "tests/suite.h"
#include "tests/unit/load_session.h"

static void fixed_service_is_measured_exactly(void)
{
	struct session s = session_new();

	session_run(&s);
	session_check_valid(&s);
	CU_ASSERT_EQUAL(s.result.requests, 4UL * 1000);
	CU_ASSERT_EQUAL(s.result.bytes, 4UL * 1000 * 64);
	CU_ASSERT_EQUAL(s.result.service->count, 4UL * 1000);
	CU_ASSERT_EQUAL(s.result.service->min, 1 * MS);
	CU_ASSERT_EQUAL(s.result.service->max, 1 * MS);
	CU_ASSERT_DOUBLE_EQUAL(histogram_mean(s.result.service), 1.0 * MS, 1e-6);
	CU_ASSERT_EQUAL(s.result.connect->count, 4);
	CU_ASSERT_EQUAL(s.result.connect->max, 30 * US);
	CU_ASSERT_EQUAL(s.result.window_ns, 1 * S);
	CU_ASSERT_DOUBLE_EQUAL(s.result.fairness_jain, 1, 1e-12);
	CU_ASSERT_EQUAL(s.result.unfinished + s.result.starved, 0);
	CU_ASSERT_EQUAL(s.result.censored_ns, INT64_MAX);
	CU_ASSERT_EQUAL(sim_counts.half_closes, 4);
	session_end(&s);
}

static int64_t service_by_connection(uint32_t connection, uint32_t request)
{
	(void)request;
	return connection == 0 ? 1 * MS : 10 * MS;
}

static void unequal_connections_show_in_quantiles_and_fairness(void)
{
	struct session s = session_new();

	s.config.connections = 2;
	s.script.service = service_by_connection;
	session_run(&s);
	session_check_valid(&s);
	CU_ASSERT_EQUAL(s.result.requests, 1000 + 100);
	CU_ASSERT_EQUAL(s.result.service->cells[histogram_index(1 * MS)], 1000);
	CU_ASSERT_EQUAL(s.result.service->cells[histogram_index(10 * MS)], 100);
	CU_ASSERT_EQUAL(histogram_index(histogram_quantile(s.result.service, 0.9)),
			histogram_index(1 * MS));
	CU_ASSERT_EQUAL(histogram_quantile(s.result.service, 0.99), 10 * MS);
	CU_ASSERT_DOUBLE_EQUAL(s.result.fairness_jain,
			       1100.0 * 1100 / (2 * (1000.0 * 1000 + 100.0 * 100)), 1e-9);
	session_end(&s);
}

static void depth_keeps_so_many_in_flight(void)
{
	struct session s = session_new();

	s.config.depth = 8; /* a power of two: no stamp may be overwritten */
	session_run(&s);
	session_check_valid(&s);
	CU_ASSERT_EQUAL(s.result.requests, 4UL * 8 * 1000);
	CU_ASSERT_EQUAL(s.result.service->max, 1 * MS);
	CU_ASSERT_EQUAL(sim_counts.largest_send,
			8UL * 80); /* due together, sent together */
	session_end(&s);
}

static void long_service_keeps_littles_law(void)
{
	struct session s = session_new();

	s.config.connections = 3;
	s.script.service_ns =
		370 * MS; /* a few requests, cut at both ends of the window */
	session_run(&s);
	session_check_valid(&s);
	CU_ASSERT_EQUAL(s.result.service->max, 370 * MS);
	session_end(&s);
}

static void fragments_change_nothing(void)
{
	static const size_t sizes[] = {1, 15, 17, 79};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct session s = session_new();
		s.script.piece = sizes[i];
		s.config.duration_ns = 100 * MS;
		session_run(&s);
		session_check_valid(&s);
		CU_ASSERT_EQUAL(s.result.requests, 4UL * 100);
		CU_ASSERT_EQUAL(s.result.service->max, 1 * MS);
		session_end(&s);
	}
}

static void partial_sends_are_completed(void)
{
	struct session s = session_new();

	s.config.depth = 3;
	s.script.take = 100;
	session_run(&s);
	session_check_valid(&s);
	CU_ASSERT_EQUAL(session_errors(&s), 0);
	CU_ASSERT_TRUE(s.result.requests > 4UL * 2 * 900);
	session_end(&s);
}

static void large_frames_stream(void)
{
	static const char *const sizes[] = {
		"0",     "16368",  "16369",           "40000",           "65520",
		"65521", "300000", "uniform:0-40000", "uniform:1-100000"};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct session s = session_new();
		s.config.size = sizes[i];
		s.config.depth = 3;
		s.config.duration_ns = 10 * MS;
		s.script.take = 50000;
		session_run(&s);
		session_check_valid(&s);
		CU_ASSERT_TRUE(s.result.requests > 0);
		CU_ASSERT_TRUE(sim_counts.largest_send <= 65536);
		session_end(&s);
	}
}

/* Of 1000 requests in a row on each of 4 connections. */
static uint64_t bytes_from(const struct payload *sizes, uint32_t first)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < 4000; i++)
		sum += payload_draw(sizes, 9, i / 1000, first + i % 1000);
	return sum;
}

static void drawn_sizes_are_counted_to_the_byte(void)
{
	struct session s = session_new();
	char error[OPTION_ERROR_SIZE];
	struct payload sizes;
	uint32_t first = 0;

	s.config.size = "uniform:0-1000";
	s.config.seed = 9;
	session_run(&s);
	session_check_valid(&s);
	CU_ASSERT_EQUAL(s.result.requests, 4000);
	CU_ASSERT_EQUAL(payload_parse("", s.config.size, &sizes, error), 0);
	while (first < 300 && bytes_from(&sizes, first) != s.result.bytes)
		first++;
	CU_ASSERT_TRUE(first >= 99 && first <= 101); /* behind the warm-up */
	session_end(&s);
}

static void what_a_full_server_cannot_hold_is_starved(void)
{
	struct session s = session_new();

	s.config.connections = 8;
	s.script.capacity = 1;
	session_run(&s);
	session_check_valid(&s);
	CU_ASSERT_EQUAL(s.result.starved, 7);
	CU_ASSERT_EQUAL(s.result.requests, 1000);
	CU_ASSERT_DOUBLE_EQUAL(s.result.fairness_jain, 1.0 / 8, 1e-9);
	/* After the window the first one leaves, and each of the others is answered. */
	CU_ASSERT_EQUAL(s.result.unfinished, 0);
	CU_ASSERT_EQUAL(s.result.service->count, 1000 + 7);
	CU_ASSERT_TRUE(s.result.service->max > 1 * S);
	CU_ASSERT_TRUE(s.ended_ns < s.start_ns + 1 * S + 110 * MS);
	session_end(&s);
}

static int64_t only_the_first(uint32_t connection, uint32_t request)
{
	(void)request;
	return connection == 0 ? 1 * MS : 3600 * S;
}

static void the_starved_that_are_never_answered_enter_at_their_age(void)
{
	struct session s = session_new();

	s.script.service = only_the_first;
	session_run(&s);
	session_check_valid(&s);
	CU_ASSERT_EQUAL(s.result.starved, 3);
	CU_ASSERT_EQUAL(s.result.unfinished, 3);
	CU_ASSERT_EQUAL(s.result.service->count, 1000 + 3);
	CU_ASSERT_TRUE(s.result.censored_ns > 1 * S + s.config.timeout_ns);
	CU_ASSERT_EQUAL(s.result.censored_ns, s.result.service->max);
	CU_ASSERT_TRUE(s.ended_ns <= s.start_ns + 1 * S + s.config.timeout_ns + 110 * MS);
	session_end(&s);
}

static void warm_up_waits_for_a_reply_or_200_ms(void)
{
	struct session s = session_new();

	s.config.warmup_ns = 10 * MS;
	s.script.service_ns = 50 * MS;
	session_run(&s);
	session_check_valid(&s);
	CU_ASSERT_TRUE(s.start_ns >= 50 * MS && s.start_ns < 60 * MS);
	session_end(&s);
	s.script.service_ns = 400 * MS;
	session_run(&s);
	session_check_valid(&s);
	CU_ASSERT_TRUE(s.start_ns >= 200 * MS && s.start_ns < 210 * MS);
	session_end(&s);
	s.config.warmup_ns = 300 * MS;
	session_run(&s);
	CU_ASSERT_TRUE(s.start_ns >= 300 * MS && s.start_ns < 310 * MS);
	session_end(&s);
}

static void a_pause_across_the_end_is_awaited(void)
{
	struct session s = session_new();

	session_run(&s); /* where the window lies */
	session_end(&s);
	s.script.freeze_ns = s.script.start_ns + s.start_ns + 900 * MS;
	s.script.thaw_ns = s.script.freeze_ns + 1 * S;
	session_run(&s);
	session_check_valid(&s);
	CU_ASSERT_EQUAL(s.result.unfinished, 0);
	CU_ASSERT_TRUE(s.result.requests >= 4UL * 899 && s.result.requests <= 4UL * 900);
	CU_ASSERT_TRUE(s.ended_ns < s.start_ns + 2 * S);
	session_end(&s);
}

static int64_t late_reply_of_3(uint32_t connection, uint32_t request)
{
	return connection == 3 && request == 0 ? 150 * MS : 1 * MS;
}

static void warm_up_does_not_count_the_lost(void)
{
	struct session s = session_new();

	s.config.warmup_ns = 10 * MS;
	s.script.service = late_reply_of_3;
	s.script.fault = SIM_RESET;
	s.script.fault_connection = 0;
	s.script.fault_request = 5; /* it has had a reply by then */
	s.script.fault_times = 1;
	session_run(&s);
	CU_ASSERT_EQUAL(s.result.errors[LOAD_RESET], 1);
	CU_ASSERT_TRUE(s.start_ns >= 150 * MS && s.start_ns < 160 * MS);
	session_end(&s);
}

struct moments {
	int64_t start_ns, end_ns;
	int progresses;
	double done;
	uint64_t requests;
};

static void note_start(void *context)
{
	((struct moments *)context)->start_ns = session_now();
}

static void note_end(void *context)
{
	((struct moments *)context)->end_ns = session_now();
}

static void note_progress(void *context, const struct load_progress *progress)
{
	struct moments *moments = context;

	CU_ASSERT_TRUE(progress->done > moments->done && progress->done < 1);
	CU_ASSERT_TRUE(progress->requests > moments->requests);
	CU_ASSERT_DOUBLE_EQUAL((double)progress->left_ns, (1 - progress->done) * 1.0 * S,
			       1.0);
	CU_ASSERT_DOUBLE_EQUAL(progress->rate, 4 / 7e-3, 20); /* 4 more or less */
	CU_ASSERT_EQUAL(histogram_index(progress->p50_ns), histogram_index(7 * MS));
	CU_ASSERT_EQUAL(histogram_index(progress->p99_ns), histogram_index(7 * MS));
	CU_ASSERT_EQUAL(progress->errors, 0);
	moments->progresses++;
	moments->done = progress->done;
	moments->requests = progress->requests;
}

static void hooks_come_at_the_ends_of_the_window(void)
{
	struct moments moments = {0};
	const struct load_hooks hooks = {.window_start = note_start,
					 .window_end = note_end,
					 .progress = note_progress,
					 .context = &moments};
	struct session s = session_new();

	s.script.service_ns =
		7 * MS; /* no reply at the window's ends: the ticks are exact */
	s.hooks = &hooks;
	session_run(&s);
	session_check_valid(&s);
	CU_ASSERT_EQUAL(moments.start_ns, s.start_ns);
	CU_ASSERT_EQUAL(moments.end_ns, s.start_ns + 1 * S);
	CU_ASSERT_EQUAL(moments.progresses, 3);
	session_end(&s);
}

static void connects_are_paced(void)
{
	struct session s = session_new();

	s.config.connections = 1064;
	s.config.warmup_ns = 0;
	s.config.duration_ns = 10 * MS;
	session_run(&s);
	session_check_valid(&s);
	CU_ASSERT_EQUAL(s.result.connect->count, 1064);
	CU_ASSERT_TRUE(s.start_ns >= 199 * MS && s.start_ns < 220 * MS);
	session_end(&s);
}

static void the_rate_of_connects_is_an_option(void)
{
	struct session s = session_new();

	s.config.connections = 264;
	s.config.connect_rate = 1000;
	s.config.warmup_ns = 0;
	s.config.duration_ns = 10 * MS;
	session_run(&s);
	session_check_valid(&s);
	CU_ASSERT_TRUE(s.start_ns >= 199 * MS && s.start_ns < 220 * MS);
	session_end(&s);
}

static void no_end_of_input_is_waited_for_briefly(void)
{
	struct session s = session_new();

	s.script.endless = true;
	session_run(&s);
	CU_ASSERT_EQUAL(s.result.verdict, LOAD_VALID);
	CU_ASSERT_EQUAL(s.result.unended, 4);
	CU_ASSERT_PTR_NOT_NULL(
		strstr(s.result.reason, "4 connections not ended by the server"));
	CU_ASSERT_TRUE(s.ended_ns >= s.start_ns + 2 * S);
	CU_ASSERT_TRUE(s.ended_ns <= s.start_ns + 2 * S + 10 * MS);
	session_end(&s);
}

static const struct test_case cases[] = {
	{"fixed service is measured exactly", fixed_service_is_measured_exactly},
	{"unequal connections show in quantiles and fairness",
	 unequal_connections_show_in_quantiles_and_fairness},
	{"depth keeps so many in flight", depth_keeps_so_many_in_flight},
	{"long service keeps Little's law", long_service_keeps_littles_law},
	{"fragments change nothing", fragments_change_nothing},
	{"partial sends are completed", partial_sends_are_completed},
	{"large frames stream", large_frames_stream},
	{"drawn sizes are counted to the byte", drawn_sizes_are_counted_to_the_byte},
	{"what a full server cannot hold is starved",
	 what_a_full_server_cannot_hold_is_starved},
	{"the starved that are never answered enter at their age",
	 the_starved_that_are_never_answered_enter_at_their_age},
	{"warm-up waits for a reply or 200 ms", warm_up_waits_for_a_reply_or_200_ms},
	{"a pause across the end is awaited", a_pause_across_the_end_is_awaited},
	{"warm-up does not count the lost", warm_up_does_not_count_the_lost},
	{"hooks come at the ends of the window", hooks_come_at_the_ends_of_the_window},
	{"connects are paced", connects_are_paced},
	{"the rate of connects is an option", the_rate_of_connects_is_an_option},
	{"no end of input is waited for briefly", no_end_of_input_is_waited_for_briefly},
	{NULL, NULL},
};

int main(void)
{
	return test_suite_run("load", cases) != 0;
}
