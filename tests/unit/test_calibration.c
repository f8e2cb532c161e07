/* test_calibration.c - what measurements of engines add up to: the cheapest one, and the rows
 * of a calibration. */
#include <CUnit/Basic.h>
#include <math.h>
#include <string.h>

#include "loadgen/engines.h"
#include "models/registry.h"
#include "results/calibration/calibration.h"
#include "results/calibration/engine_choice.h"
#include "server/clock.h"
#include "tests/suite.h"

static struct engine_cost cost(double cpu_us, enum load_verdict verdict)
{
	return (struct engine_cost){.requests = 1000,
				    .cpu_us_per_request = cpu_us,
				    .ceiling_rps = 1e6 / cpu_us,
				    .throughput_rps = 5000,
				    .busy = 0.5,
				    .verdict = verdict};
}

static void the_cheapest_of_the_usable_is_taken(void)
{
	const struct engine_cost costs[] = {
		cost(7, LOAD_VALID),     cost(NAN, LOAD_SERVER_ERRORS),
		cost(1, LOAD_CORRUPTED), cost(2, LOAD_CLIENT_LIMITED),
		cost(6, LOAD_UNSTABLE),  cost(6, LOAD_VALID),
	};

	CU_ASSERT_EQUAL(engine_cost_least(costs, 6), 4);
	CU_ASSERT_EQUAL(engine_cost_least(costs, 2), 0);
	CU_ASSERT_EQUAL(engine_cost_least(costs + 1, 3), -1);
	CU_ASSERT_EQUAL(engine_cost_least(costs, 0), -1);
}

static void choices_are_auto_and_every_engine(void)
{
	int available = 0, only = -1;

	CU_ASSERT_STRING_EQUAL(engine_choices[ENGINE_AUTO], "auto");
	CU_ASSERT_STRING_EQUAL(load_engines[ENGINE_DEFAULT], "epoll");
	CU_ASSERT_PTR_NULL(engine_choice_reason(ENGINE_AUTO));
	for (int i = 0; load_engines[i]; i++) {
		CU_ASSERT_STRING_EQUAL(engine_choices[i + 1], load_engines[i]);
		CU_ASSERT_EQUAL(engine_choice_fixed(i + 1), i);
		CU_ASSERT_PTR_EQUAL(engine_choice_reason(i + 1),
				    engine_reason(engines[i]));
		if (engine_reason(engines[i]))
			continue;
		available++;
		only = i;
	}
	CU_ASSERT_EQUAL(engine_choice_fixed(ENGINE_AUTO), available == 1 ? only : -1);
}

static const struct calibration_config config = {
	.server = "epoll",
	.connections = "2,4",
	.payload_bytes = "64,uniform:1-1k",
	.depth = 3,
	.duration_ns = NS_PER_S,
	.repetitions = 4,
	.placement = PLACEMENT_SHARED,
};

static double number(const struct row *row, const char *column)
{
	double value = NAN;

	(void)row_number(row, column, &value);
	return value;
}

/* Engine 0 with the last workload. */
static void check_row(const struct calibration *c)
{
	struct row row;

	CU_ASSERT_EQUAL_FATAL(calibration_to_row(c, 3 * c->engines, &row), 0);
	CU_ASSERT_STRING_EQUAL(row_text(&row, "engine"), "epoll");
	CU_ASSERT_STRING_EQUAL(row_text(&row, "server"), "epoll");
	CU_ASSERT_EQUAL(number(&row, "connections"), 4);
	CU_ASSERT_STRING_EQUAL(row_text(&row, "payload_bytes"), "uniform:1-1k");
	CU_ASSERT_EQUAL(number(&row, "depth"), 3);
	CU_ASSERT_EQUAL(number(&row, "requests"), 4000);
	CU_ASSERT_EQUAL(number(&row, "client_cpu_us_per_request"), 5);
	CU_ASSERT_EQUAL(number(&row, "client_cpu_us_per_request_min"), 4);
	CU_ASSERT_EQUAL(number(&row, "client_cpu_us_per_request_max"), 8);
	CU_ASSERT_EQUAL(number(&row, "client_ceiling_rps"), 200000);
	CU_ASSERT_EQUAL(number(&row, "throughput_rps"), 5000);
	CU_ASSERT_STRING_EQUAL(row_text(&row, "verdict"), "CORRUPT");
	CU_ASSERT_STRING_EQUAL(row_text(&row, "verdict_reason"), "a byte");
	row_release(&row);
}

static void a_row_has_medians_and_the_gravest_verdict(void)
{
	static struct calibration c;
	char error[OPTION_ERROR_SIZE];

	CU_ASSERT_EQUAL_FATAL(calibration_prepare(&c, &config, &io_catalogue, error), 0);
	CU_ASSERT_EQUAL(c.count, 4);
	CU_ASSERT_EQUAL(calibration_row_count(&c), 4 * c.engines);
	struct engine_cost *costs = c.workloads[3].costs;
	costs[0] = cost(8, LOAD_VALID);
	costs[1] = cost(5, LOAD_CORRUPTED);
	costs[2] = cost(NAN, LOAD_SERVER_ERRORS);
	costs[3] = cost(4, LOAD_CLIENT_LIMITED);
	snprintf(costs[1].reason, sizeof(costs[1].reason), "a byte");
	snprintf(costs[2].reason, sizeof(costs[2].reason), "no reply");
	check_row(&c);
	calibration_release(&c);
}

static void what_cannot_be_calibrated_is_refused(void)
{
	static struct calibration c;
	char error[OPTION_ERROR_SIZE];
	struct calibration_config bad = config;

	bad.server = "udp-epoll";
	CU_ASSERT_TRUE(calibration_prepare(&c, &bad, &io_catalogue, error) < 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(error, "serves datagrams only"));
	calibration_release(&c);
	bad = config;
	bad.connections = "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17";
	CU_ASSERT_TRUE(calibration_prepare(&c, &bad, &io_catalogue, error) < 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(error, "at most 16"));
	calibration_release(&c);
}

int main(void)
{
	static const struct test_case cases[] = {
		{"the cheapest of the usable is taken",
		 the_cheapest_of_the_usable_is_taken},
		{"choices are auto and every engine", choices_are_auto_and_every_engine},
		{"a row has medians and the gravest verdict",
		 a_row_has_medians_and_the_gravest_verdict},
		{"what cannot be calibrated is refused",
		 what_cannot_be_calibrated_is_refused},
		{NULL, NULL},
	};

	return test_suite_run("calibration", cases) != 0;
}
