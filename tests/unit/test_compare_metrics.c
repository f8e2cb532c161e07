/* test_compare_metrics.c - what of two results is compared, and what of that is judged. */
#include <CUnit/CUnit.h>
#include <errno.h>
#include <string.h>

#include "loadgen/load.h"
#include "results/compare/metrics.h"
#include "tests/suite.h"

static const struct io_model elsewhere = {.name = "sockmap", .flags = IO_MODEL_ECHO_ONLY};
static const struct io_model plain = {.name = "epoll"};
static const struct io_model *const models[] = {&elsewhere, &plain, NULL};
static const struct io_catalogue catalogue = {.models = models};

static int choose(const char *metric, const char *margin, struct compare_metrics *metrics,
		  char *error)
{
	const struct input input = {.file.columns = result_columns, .view = view_results};
	const struct option_list wanted = {&metric, metric != NULL};
	const struct option_list margins = {&margin, margin != NULL};

	return compare_metrics_choose(&input, &input, &wanted, &margins, metrics, error);
}

static const struct compare_metric *find(const struct compare_metrics *metrics,
					 const char *column)
{
	for (size_t i = 0; i < metrics->count; i++)
		if (strcmp(metrics->items[i].column.name, column) == 0)
			return &metrics->items[i];
	return NULL;
}

static bool judged(const struct compare_metrics *metrics, const char *column, bool open,
		   const char *model)
{
	const struct compare_metric *metric = find(metrics, column);

	CU_ASSERT_PTR_NOT_NULL_FATAL(metric);
	return metric && compare_metric_rule(metric, open, model, &catalogue).judged;
}

static void a_closed_loop_is_not_judged_by_its_latency(void)
{
	char error[OPTION_ERROR_SIZE];
	struct compare_metrics m;

	CU_ASSERT_EQUAL(choose(NULL, NULL, &m, error), 0);
	CU_ASSERT_TRUE(judged(&m, "throughput_rps", false, "epoll"));
	CU_ASSERT_FALSE(judged(&m, "service_p99_us", false, "epoll"));
	CU_ASSERT_TRUE(judged(&m, "response_p99_us", true, "epoll"));
	CU_ASSERT_FALSE(judged(&m, "connect_p99_us", false, "epoll"));
	CU_ASSERT_TRUE(judged(&m, "connect_p99_us", true, "epoll"));
	CU_ASSERT_TRUE(judged(&m, "server_rss_peak_kib", false, NULL));
	CU_ASSERT_FALSE(judged(&m, "syscalls_per_request", true, "epoll"));
}

static void cpu_that_is_the_clients_is_not_judged(void)
{
	char error[OPTION_ERROR_SIZE];
	struct compare_metrics m;

	CU_ASSERT_EQUAL(choose(NULL, NULL, &m, error), 0);
	CU_ASSERT_TRUE(judged(&m, "cpu_us_per_request", false, "epoll"));
	CU_ASSERT_FALSE(judged(&m, "cpu_us_per_request", false, "sockmap"));
	CU_ASSERT_TRUE(judged(&m, "throughput_rps", false, "sockmap"));
}

static void a_short_name_has_a_column_for_each_loop(void)
{
	char error[OPTION_ERROR_SIZE];
	struct compare_metrics m;

	CU_ASSERT_EQUAL(choose("p99", "p99=25%", &m, error), 0);
	CU_ASSERT_EQUAL(m.count, 2);
	const struct compare_metric *open = find(&m, "response_p99_us");
	CU_ASSERT_PTR_NOT_NULL_FATAL(open);
	if (!open)
		return;
	CU_ASSERT_EQUAL(open->flags, COMPARE_OPEN);
	CU_ASSERT_DOUBLE_EQUAL(open->margin, 0.25, 1e-12);
	CU_ASSERT_EQUAL(choose("unfinished", NULL, &m, error), 0);
	CU_ASSERT_FALSE(judged(&m, "unfinished", true, NULL)); /* neither way is better */
}

static void margins_are_percentages(void)
{
	static const char *const bad[] = {"",     "x",   "-1",           "0%",  "5%%",
					  "p99=", "=5%", "throughput=x", "nan", "1e9"};
	char error[OPTION_ERROR_SIZE];
	struct compare_metrics m;

	CU_ASSERT_EQUAL(choose(NULL, "2.5", &m, error), 0);
	CU_ASSERT_DOUBLE_EQUAL(m.items[0].margin, 0.025, 1e-12);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		error[0] = '\0';
		CU_ASSERT_EQUAL(choose(NULL, bad[i], &m, error), -EINVAL);
		CU_ASSERT_EQUAL(strncmp(error, "--margin", 8), 0);
	}
}

int main(void)
{
	static const struct test_case cases[] = {
		{"a closed loop is not judged by its latency",
		 a_closed_loop_is_not_judged_by_its_latency},
		{"cpu that is the client's is not judged",
		 cpu_that_is_the_clients_is_not_judged},
		{"a short name has a column for each loop",
		 a_short_name_has_a_column_for_each_loop},
		{"margins are percentages", margins_are_percentages},
		{NULL, NULL},
	};

	return test_suite_run("compare_metrics", cases) != 0;
}
