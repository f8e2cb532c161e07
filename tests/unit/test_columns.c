/* test_columns.c - the schema of a row, what of it the generator fills, and objectives. */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

#include "loadgen/load.h"
#include "loadgen/require.h"
#include "tests/suite.h"

static const char *const schema =
	"run_id started_at cell side model server_options transport connections "
	"idle_connections payload_bytes depth loop offered_rps arrivals work work_us churn "
	"workers placement server_cpus client_cpus client_threads repetition order engine seed "
	"warmup_s duration_s requests throughput_rps bytes_per_s service_min_us "
	"service_mean_us service_p50_us service_p90_us service_p99_us service_p999_us "
	"service_p9999_us service_max_us response_mean_us response_p50_us response_p90_us "
	"response_p99_us response_p999_us response_p9999_us response_max_us lag_client_p99_us "
	"lag_blocked_p99_us connect_p50_us connect_p99_us errors_refused errors_reset "
	"errors_eof errors_timeout errors_corrupt errors_surplus errors_client unfinished "
	"fairness_jain starved_connections worker_requests_cv server_cpu_s cpu_us_per_request "
	"requests_per_cpu_s ctx_switches_per_request syscalls_per_request server_rss_peak_kib "
	"server_pss_kib pss_per_connection_bytes system_memory_per_connection_bytes "
	"server_threads server_processes client_cpu_s client_ceiling_rps headroom "
	"steal_percent others_percent verdict verdict_reason ";

static struct load_config config;
static struct load_result result;
static struct row row;

/* A run of 2 s on 4 connections with 1000 samples of 1 .. 1000 us. */
static void fill(void)
{
	struct address address;
	char error[OPTION_ERROR_SIZE];

	options_defaults(load_options, &config, sizeof(config));
	config.connections = 4;
	config.threads = 2;
	result = (struct load_result){
		.service = histogram_new(),
		.connect = histogram_new(),
		.window_ns = 2000000000,
		.requests = 1000,
		.received = 1000,
		.bytes = 64000,
		.unfinished = 1,
		.starved = 2,
		.errors = {1, 2, 3, 4, 5, 6, 7},
		.fairness_jain = 0.5,
		.client_cpu_s = 0.25,
		.censored_ns = INT64_MAX,
		.verdict = LOAD_CORRUPTED,
		.reason = "because",
	};
	for (int64_t i = 1; i <= 1000; i++)
		histogram_record(result.service, i * 1000);
	CU_ASSERT_EQUAL(address_parse("tcp:127.0.0.1:7", &address, error, sizeof(error)),
			0);
	CU_ASSERT_EQUAL(row_init(&row, result_columns), 0);
	load_result_to_row(&config, &address, &result, &row);
}

static void release(void)
{
	row_release(&row);
	load_result_release(&result);
}

static double number(const char *column)
{
	double value = -1;

	CU_ASSERT_TRUE(row_number(&row, column, &value));
	return value;
}

static bool is_set(const char *column)
{
	return row.cells[row_column_index(result_columns, column)].set;
}

static void the_columns_are_those_of_the_schema_in_order(void)
{
	const char *left = schema;

	for (const struct row_column *c = result_columns; c->name; c++) {
		size_t length = strcspn(left, " ");
		if (strlen(c->name) != length || strncmp(c->name, left, length) != 0)
			CU_FAIL("a column out of place");
		left += length + (left[length] == ' ');
	}
	CU_ASSERT_STRING_EQUAL(left, "");
}

static void rates_and_counts_are_filled(void)
{
	fill();
	CU_ASSERT_STRING_EQUAL(row_text(&row, "transport"), "tcp");
	CU_ASSERT_STRING_EQUAL(row_text(&row, "loop"), "closed");
	CU_ASSERT_STRING_EQUAL(row_text(&row, "engine"), "epoll");
	CU_ASSERT_EQUAL(number("connections"), 4);
	CU_ASSERT_EQUAL(number("requests"), 1000);
	CU_ASSERT_EQUAL(number("throughput_rps"), 500);
	CU_ASSERT_EQUAL(number("bytes_per_s"), 32000);
	CU_ASSERT_EQUAL(number("duration_s"), 2);
	CU_ASSERT_EQUAL(number("errors_refused"), 1);
	CU_ASSERT_EQUAL(number("errors_reset"), 2);
	CU_ASSERT_EQUAL(number("errors_eof"), 3);
	CU_ASSERT_EQUAL(number("errors_timeout"), 4);
	CU_ASSERT_EQUAL(number("errors_corrupt"), 5);
	CU_ASSERT_EQUAL(number("errors_surplus"), 6);
	CU_ASSERT_EQUAL(number("errors_client"), 7);
	CU_ASSERT_EQUAL(number("unfinished"), 1);
	CU_ASSERT_EQUAL(number("starved_connections"), 2);
	CU_ASSERT_EQUAL(number("fairness_jain"), 0.5);
	CU_ASSERT_EQUAL(number("client_ceiling_rps"), 1000 / 0.25 * 2);
	CU_ASSERT_EQUAL(number("headroom"), 8000.0 / 500);
	CU_ASSERT_STRING_EQUAL(row_text(&row, "verdict"), "CORRUPT");
	CU_ASSERT_STRING_EQUAL(row_text(&row, "verdict_reason"), "because");
	release();
}

static void a_distribution_of_sizes_is_named(void)
{
	fill();
	CU_ASSERT_EQUAL(number("payload_bytes"), 64);
	row_clear(&row);
	load_size_to_row("16k", &row);
	CU_ASSERT_EQUAL(number("payload_bytes"), 16384);
	load_size_to_row("uniform:64-4096", &row);
	CU_ASSERT_STRING_EQUAL(row_text(&row, "payload_bytes"), "uniform:64-4k");
	release();
}

static void latencies_are_in_us_and_empty_where_samples_are_few(void)
{
	fill();
	CU_ASSERT_EQUAL(number("service_min_us"), 1);
	CU_ASSERT_EQUAL(number("service_max_us"), 1000);
	CU_ASSERT_DOUBLE_EQUAL(number("service_mean_us"), 500.5, 1e-9);
	CU_ASSERT_DOUBLE_EQUAL(number("service_p50_us"), 500, 0.5);
	CU_ASSERT_DOUBLE_EQUAL(number("service_p99_us"), 990, 1);
	CU_ASSERT_FALSE(is_set("service_p999_us")); /* one sample beyond */
	CU_ASSERT_FALSE(is_set("service_p9999_us"));
	CU_ASSERT_FALSE(is_set("connect_p50_us"));
	CU_ASSERT_FALSE(is_set("response_p99_us")); /* the loop is closed */
	CU_ASSERT_FALSE(is_set("server_cpu_s"));    /* not the generator's to know */
	CU_ASSERT_FALSE(is_set("model"));
	release();
}

/* Of a closed loop these are empty. */
static void an_open_loop_has_a_response_time(void)
{
	const struct address address = {.transport = TRANSPORT_TCP};

	fill();
	CU_ASSERT_FALSE(is_set("offered_rps") || is_set("arrivals"));
	CU_ASSERT_FALSE(is_set("response_max_us") || is_set("lag_client_p99_us"));
	config.rate = 512.5;
	config.arrivals = ARRIVALS_CONSTANT;
	result.response = histogram_new();
	result.lag_client = histogram_new();
	result.lag_blocked = histogram_new();
	for (int64_t i = 1; i <= 1000; i++) {
		histogram_record(result.response, i * 3000);
		histogram_record(result.lag_client, i * 500);
		histogram_record(result.lag_blocked, i * 1500);
	}
	row_release(&row);
	CU_ASSERT_EQUAL(row_init(&row, result_columns), 0);
	load_result_to_row(&config, &address, &result, &row);
	CU_ASSERT_STRING_EQUAL(row_text(&row, "loop"), "open");
	CU_ASSERT_EQUAL(number("offered_rps"), 512.5);
	CU_ASSERT_STRING_EQUAL(row_text(&row, "arrivals"), "constant");
	CU_ASSERT_DOUBLE_EQUAL(number("response_mean_us"), 1501.5, 1e-6);
	CU_ASSERT_DOUBLE_EQUAL(number("response_p99_us"), 2970, 3);
	CU_ASSERT_EQUAL(number("response_max_us"), 3000);
	CU_ASSERT_FALSE(is_set("response_p999_us")); /* too few samples */
	CU_ASSERT_DOUBLE_EQUAL(number("lag_client_p99_us"), 495, 1);
	CU_ASSERT_DOUBLE_EQUAL(number("lag_blocked_p99_us"), 1485, 2);
	CU_ASSERT_FALSE(is_set("headroom"));
	release();
}

static void a_run_without_window_has_no_rates(void)
{
	struct address address = {.transport = TRANSPORT_UNIX};

	fill();
	result.window_ns = 0;
	result.requests = 0;
	row_clear(&row);
	load_result_to_row(&config, &address, &result, &row);
	CU_ASSERT_FALSE(is_set("throughput_rps"));
	CU_ASSERT_FALSE(is_set("headroom"));
	CU_ASSERT_EQUAL(number("requests"), 0);
	release();
}

static void check_requirement(const char *text, bool met)
{
	struct requirement requirement;
	char error[OPTION_ERROR_SIZE] = "";

	CU_ASSERT_EQUAL(requirement_parse(result_columns, text, &requirement, error), 0);
	CU_ASSERT_EQUAL(requirement_met(&requirement, &row, error), met);
	CU_ASSERT_EQUAL(error[0] == '\0', met);
}

static void objectives_are_met_or_not(void)
{
	struct requirement requirement;
	char error[OPTION_ERROR_SIZE];

	fill();
	check_requirement("throughput_rps>=500", true);
	check_requirement("throughput_rps>=500.001", false);
	check_requirement("throughput_rps<=500", true);
	check_requirement("service_p99_us<=2e3", true);
	check_requirement("starved_connections<=1", false);
	check_requirement("service_p9999_us<=1000000", false); /* not measured */
	requirement_parse(result_columns, "service_max_us<=999", &requirement, error);
	requirement_met(&requirement, &row, error);
	CU_ASSERT_STRING_EQUAL(error, "required service_max_us <= 999, measured 1000");
	release();
}

static void malformed_objectives_are_refused(void)
{
	static const char *const texts[] = {
		"",
		"service_p99_us",
		"service_p99_us<1",
		"service_p99_us=1",
		"service_p99_us<=",
		"service_p99_us<=1x",
		"<=1",
		"verdict<=1",
		"service_p98_us<=1",
		"requests<=nan",
	};
	struct requirement requirement;
	char error[OPTION_ERROR_SIZE];

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		error[0] = '\0';
		CU_ASSERT_TRUE(requirement_parse(result_columns, texts[i], &requirement,
						 error) < 0);
		CU_ASSERT_PTR_NOT_NULL(strstr(error, texts[i]));
		CU_ASSERT_PTR_NULL(strchr(error, '\n'));
	}
}

static const struct test_case cases[] = {
	{"the columns are those of the schema, in order",
	 the_columns_are_those_of_the_schema_in_order},
	{"rates and counts are filled", rates_and_counts_are_filled},
	{"a distribution of sizes is named", a_distribution_of_sizes_is_named},
	{"latencies are in us, and empty where samples are few",
	 latencies_are_in_us_and_empty_where_samples_are_few},
	{"an open loop has a response time", an_open_loop_has_a_response_time},
	{"a run without window has no rates", a_run_without_window_has_no_rates},
	{"objectives are met or not", objectives_are_met_or_not},
	{"malformed objectives are refused", malformed_objectives_are_refused},
	{NULL, NULL},
};

int main(void)
{
	return test_suite_run("columns", cases) != 0;
}
