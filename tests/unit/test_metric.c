/* test_metric.c - short names, columns, and the nearest of what was misspelt. */
#include <CUnit/CUnit.h>
#include <errno.h>
#include <string.h>

#include "loadgen/load.h"
#include "results/campaign/metric.h"
#include "results/tasks/row.h"
#include "server/options.h"
#include "tests/suite.h"

static char error[OPTION_ERROR_SIZE];

static void short_names_follow_the_loop(void)
{
	static const char *const cases[][3] = {
		{"throughput", "throughput_rps", "throughput_rps"},
		{"p99", "service_p99_us", "response_p99_us"},
		{"p99.9", "service_p999_us", "response_p999_us"},
		{"cpu", "cpu_us_per_request", "cpu_us_per_request"},
		{"service_p50_us", "service_p50_us", "service_p50_us"},
		{"starved_connections", "starved_connections", "starved_connections"},
	};
	struct metric metric;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CU_ASSERT_EQUAL(metric_find("--metric", cases[i][0], result_columns,
					    &metric, error),
				0);
		CU_ASSERT_STRING_EQUAL(metric.closed, cases[i][1]);
		CU_ASSERT_STRING_EQUAL(metric.open, cases[i][2]);
	}
	CU_ASSERT_EQUAL(metric_find("--chart", "cpu", tasks_columns, &metric, error), 0);
	CU_ASSERT_STRING_EQUAL(metric.closed, "cpu_s");
}

static void expect_refused(const char *text, const struct row_column *columns,
			   const char *part)
{
	struct metric metric;

	CU_ASSERT_EQUAL(metric_find("--metric", text, columns, &metric, error), -EINVAL);
	const bool named = strstr(error, part) != NULL;
	CU_ASSERT_TRUE(named);
	if (!named)
		fprintf(stderr, "\nlacks '%s': %s\n", part, error);
}

static void the_nearest_is_named(void)
{
	expect_refused("throughptu", result_columns, "did you mean throughput");
	expect_refused("service_p9_us", result_columns, "did you mean service_p");
	expect_refused("nonsense", result_columns, "accepted are throughput, p99, cpu");
	expect_refused("model", result_columns, "--metric 'model': no numeric column");
	expect_refused("p99", tasks_columns, "'p99'");
	CU_ASSERT_EQUAL(
		metric_find_column("--sort", "connectoins", result_columns, error), -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(error, "did you mean connections"));
	CU_ASSERT_EQUAL(metric_find_column("--sort", "run_id", result_columns, error), 0);
}

static void units_are_those_of_the_name(void)
{
	CU_ASSERT_STRING_EQUAL(metric_unit("throughput_rps"), "ops/s");
	CU_ASSERT_STRING_EQUAL(metric_unit("requests_per_cpu_s"), "ops/s");
	CU_ASSERT_STRING_EQUAL(metric_unit("bytes_per_s"), "B/s");
	CU_ASSERT_STRING_EQUAL(metric_unit("cpu_us_per_request"), "us");
	CU_ASSERT_STRING_EQUAL(metric_unit("service_p99_us"), "us");
	CU_ASSERT_STRING_EQUAL(metric_unit("elapsed_s"), "s");
	CU_ASSERT_STRING_EQUAL(metric_unit("server_pss_kib"), "KiB");
	CU_ASSERT_STRING_EQUAL(metric_unit("headroom"), "");
}

int main(void)
{
	static const struct test_case cases[] = {
		{"short names follow the loop", short_names_follow_the_loop},
		{"the nearest is named", the_nearest_is_named},
		{"units are those of the name", units_are_those_of_the_name},
		{NULL, NULL},
	};

	return test_suite_run("metric", cases) != 0;
}
