/* test_forecast.c - how long a campaign takes, and what nobody can know of that. */
#include <CUnit/CUnit.h>
#include <string.h>

#include "results/campaign/forecast.h"
#include "server/clock.h"
#include "tests/suite.h"

static const struct io_model loop = {
	.name = "loop", .family = "reactor", .flags = IO_MODEL_STREAM};
static const struct io_model *const models[] = {&loop, NULL};
static const struct io_catalogue catalogue = {.models = models};

struct forecast {
	int64_t ns, most_ns, next_ns;
};

/* Of three repetitions of a second with 2 connections, and more keys of the section. The last
 * measured repetition took `took_ns`, 0: there is none. */
static struct forecast forecast(const char *keys, int64_t took_ns)
{
	char text[512], error[OPTION_ERROR_SIZE] = "";
	struct campaign campaign;
	struct plan plan;

	snprintf(text, sizeof(text),
		 "[plan]\nplacement = shared\nengine = epoll\nsyscalls = no\n"
		 "warmup = 0s\n[cells a]\nmodel = loop\nconnections = 2\n%s",
		 keys);
	CU_ASSERT_EQUAL_FATAL(plan_parse(text, "p.ini", &catalogue, &plan, error), 0);
	CU_ASSERT_EQUAL_FATAL(campaign_prepare(&campaign, &plan, error), 0);
	campaign.prepared[0].took_ns = took_ns;
	const struct forecast all = {forecast_ns(&campaign), forecast_most_ns(&campaign),
				     forecast_next_ns(&campaign, &campaign.prepared[0])};
	campaign_release(&campaign);
	plan_release(&plan);
	return all;
}

static void a_closed_loop_ends_with_its_window(void)
{
	const struct forecast all = forecast("", 0);

	CU_ASSERT_TRUE(all.ns > 3 * NS_PER_S && all.ns < 4 * NS_PER_S);
	CU_ASSERT_EQUAL(all.most_ns, all.ns);
	CU_ASSERT_EQUAL(all.next_ns, all.ns / 3);
}

/* Up to the time-out for each repetition. */
static void an_open_loop_may_drain(void)
{
	const struct forecast closed = forecast("", 0);
	const struct forecast open = forecast("offered_rps = 1k\n", 0);

	CU_ASSERT_EQUAL(open.ns, closed.ns);
	CU_ASSERT_EQUAL(open.most_ns, open.ns + 15 * NS_PER_S);
	CU_ASSERT_EQUAL(open.next_ns, closed.next_ns + 5 * NS_PER_S);
}

static void what_was_measured_is_known(void)
{
	const struct forecast open = forecast("offered_rps = 1k\n", 7 * NS_PER_S);

	CU_ASSERT_EQUAL(open.ns, 21 * NS_PER_S);
	CU_ASSERT_EQUAL(open.most_ns, open.ns);
	CU_ASSERT_EQUAL(open.next_ns, 7 * NS_PER_S);
}

/* The last requests of a window, and in the time-out all that may be ahead, twice. */
static void work_takes_its_time(void)
{
	const struct forecast none = forecast("", 0);
	const struct forecast work = forecast("work = sleep:500ms\n", 0);
	const struct forecast open = forecast("work = sleep:500ms\noffered_rps = 1\n", 0);

	CU_ASSERT_EQUAL(work.ns, none.ns + 1500 * NS_PER_MS);
	CU_ASSERT_EQUAL(work.most_ns, work.ns);
	CU_ASSERT_EQUAL(open.most_ns, work.ns + 21 * NS_PER_S);
}

int main(void)
{
	static const struct test_case cases[] = {
		{"a closed loop ends with its window",
		 a_closed_loop_ends_with_its_window},
		{"an open loop may drain", an_open_loop_may_drain},
		{"what was measured is known", what_was_measured_is_known},
		{"work takes its time", work_takes_its_time},
		{NULL, NULL},
	};

	return test_suite_run("forecast", cases) != 0;
}
