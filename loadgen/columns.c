/* columns.c - the schema of results.csv, and what the generator knows of a row. */
#include <stddef.h>
#include <stdio.h>

#include "loadgen/load.h"
#include "loadgen/payload.h"
#include "server/clock.h"

#define SIZE_TEXT_MAX 512

#define TEXT(name)                \
	{                         \
		name, ROW_TEXT, 0 \
	}
#define COUNT(name)                \
	{                          \
		name, ROW_COUNT, 0 \
	}
#define REAL(name, decimals)             \
	{                                \
		name, ROW_REAL, decimals \
	}
#define TIME(name) REAL(name, 3) /* in us: as fine as the clock */

const struct row_column result_columns[] = {
	TEXT("run_id"),
	TEXT("started_at"),
	TEXT("cell"),
	TEXT("side"),
	TEXT("model"),
	TEXT("server_options"),
	TEXT("transport"),
	COUNT("connections"),
	COUNT("idle_connections"),
	COUNT("payload_bytes"),
	COUNT("depth"),
	TEXT("loop"),
	REAL("offered_rps", 3),
	TEXT("arrivals"),
	TEXT("work"),
	REAL("work_us", 3),
	COUNT("churn"),
	COUNT("workers"),
	TEXT("placement"),
	TEXT("server_cpus"),
	TEXT("client_cpus"),
	COUNT("client_threads"),
	COUNT("repetition"),
	COUNT("order"),
	TEXT("engine"),
	COUNT("seed"),
	REAL("warmup_s", 6),
	REAL("duration_s", 6),
	COUNT("requests"),
	REAL("throughput_rps", 3),
	REAL("bytes_per_s", 0),
	TIME("service_min_us"),
	TIME("service_mean_us"),
	TIME("service_p50_us"),
	TIME("service_p90_us"),
	TIME("service_p99_us"),
	TIME("service_p999_us"),
	TIME("service_p9999_us"),
	TIME("service_max_us"),
	TIME("response_mean_us"),
	TIME("response_p50_us"),
	TIME("response_p90_us"),
	TIME("response_p99_us"),
	TIME("response_p999_us"),
	TIME("response_p9999_us"),
	TIME("response_max_us"),
	TIME("lag_client_p99_us"),
	TIME("lag_blocked_p99_us"),
	TIME("connect_p50_us"),
	TIME("connect_p99_us"),
	COUNT("errors_refused"),
	COUNT("errors_reset"),
	COUNT("errors_eof"),
	COUNT("errors_timeout"),
	COUNT("errors_corrupt"),
	COUNT("errors_surplus"),
	COUNT("errors_client"),
	COUNT("unfinished"),
	REAL("fairness_jain", 6),
	COUNT("starved_connections"),
	REAL("worker_requests_cv", 6),
	REAL("server_cpu_s", 6),
	TIME("cpu_us_per_request"),
	REAL("requests_per_cpu_s", 3),
	REAL("ctx_switches_per_request", 6),
	REAL("syscalls_per_request", 6),
	COUNT("server_rss_peak_kib"),
	COUNT("server_pss_kib"),
	REAL("pss_per_connection_bytes", 0),
	REAL("system_memory_per_connection_bytes", 0),
	COUNT("server_threads"),
	COUNT("server_processes"),
	REAL("client_cpu_s", 6),
	REAL("client_ceiling_rps", 3),
	REAL("headroom", 3),
	REAL("steal_percent", 3),
	REAL("others_percent", 3),
	TEXT("verdict"),
	TEXT("verdict_reason"),
	{NULL, ROW_TEXT, 0},
};

/* In the order of enum load_error. */
static const char *const error_columns[LOAD_ERRORS] = {
	"errors_refused", "errors_reset",   "errors_eof",    "errors_timeout",
	"errors_corrupt", "errors_surplus", "errors_client",
};

static void set_us(struct row *row, const char *column, double ns)
{
	row_set_real(row, column, ns / NS_PER_US);
}

static void set_quantile(struct row *row, const char *column, const struct histogram *h,
			 double quantile)
{
	if (histogram_supports(h, quantile))
		set_us(row, column, (double)histogram_quantile(h, quantile));
}

/* NAME_mean_us, NAME_p50_us .. NAME_max_us. */
static void set_distribution(struct row *row, const char *name, const struct histogram *h)
{
	static const struct {
		const char *name;
		double quantile;
	} percentiles[] = {{"p50", 0.5},
			   {"p90", 0.9},
			   {"p99", 0.99},
			   {"p999", 0.999},
			   {"p9999", 0.9999}};
	char column[64];

	if (h->count == 0)
		return;
	for (size_t i = 0; i < sizeof(percentiles) / sizeof(percentiles[0]); i++) {
		snprintf(column, sizeof(column), "%s_%s_us", name, percentiles[i].name);
		set_quantile(row, column, h, percentiles[i].quantile);
	}
	snprintf(column, sizeof(column), "%s_mean_us", name);
	set_us(row, column, histogram_mean(h));
	snprintf(column, sizeof(column), "%s_max_us", name);
	set_us(row, column, (double)h->max);
}

/* It has been parsed before: load_config_check. */
static void set_work(const struct load_config *config, struct row *row)
{
	char text[WORK_TEXT_SIZE], error[OPTION_ERROR_SIZE];
	struct work work;

	if (work_parse(config->work, config->max_work_ns, &work, error) < 0)
		return;
	work_format(&work, text);
	row_set_text(row, "work", text);
	row_set_real(row, "work_us", work_mean_us(&work));
}

void load_size_to_row(const char *size, struct row *row)
{
	char text[SIZE_TEXT_MAX];
	int64_t bytes;

	payload_format(size, text, sizeof(text));
	if (parse_size(text, &bytes) == 0)
		row_set_count(row, "payload_bytes", bytes);
	else
		row_set_words(row, "payload_bytes", text);
}

static void set_loop(const struct load_config *config, struct row *row)
{
	row_set_text(row, "loop", config->rate > 0 ? "open" : "closed");
	if (config->rate <= 0)
		return;
	row_set_real(row, "offered_rps", config->rate);
	row_set_text(row, "arrivals", arrivals_names[config->arrivals]);
}

static void set_workload(const struct load_config *config, const struct address *address,
			 struct row *row)
{
	char cpus[256];

	row_set_text(row, "transport", transport_name(address->transport));
	row_set_count(row, "connections", config->connections);
	row_set_count(row, "idle_connections", config->idle);
	load_size_to_row(config->size, row);
	row_set_count(row, "depth", config->depth);
	set_loop(config, row);
	set_work(config, row);
	row_set_count(row, "churn", config->churn);
	row_set_count(row, "client_threads", config->threads);
	row_set_text(row, "engine", load_engines[config->engine]);
	row_set_count(row, "seed", config->seed);
	row_set_real(row, "warmup_s", (double)config->warmup_ns / NS_PER_S);
	if (CPU_COUNT(&config->pin) > 0) {
		format_cpus(&config->pin, cpus, sizeof(cpus));
		row_set_text(row, "client_cpus", cpus);
	}
}

static void set_latencies(const struct load_config *config,
			  const struct load_result *result, struct row *row)
{
	set_quantile(row, "connect_p50_us", result->connect, 0.5);
	set_quantile(row, "connect_p99_us", result->connect, 0.99);
	if (result->service->count > 0)
		set_us(row, "service_min_us", (double)result->service->min);
	set_distribution(row, "service", result->service);
	if (config->rate <= 0)
		return;
	set_distribution(row, "response", result->response);
	set_quantile(row, "lag_client_p99_us", result->lag_client, 0.99);
	set_quantile(row, "lag_blocked_p99_us", result->lag_blocked, 0.99);
}

static void set_rates(const struct load_config *config, const struct load_result *result,
		      struct row *row)
{
	double seconds = (double)result->window_ns / NS_PER_S;

	row_set_real(row, "duration_s", seconds);
	row_set_count(row, "requests", (int64_t)result->requests);
	if (seconds <= 0)
		return;
	double rate = (double)result->received / seconds;
	row_set_real(row, "throughput_rps", rate);
	row_set_real(row, "bytes_per_s", (double)result->bytes / seconds);
	row_set_real(row, "client_cpu_s", result->client_cpu_s);
	if (result->client_cpu_s <= 0 || result->received == 0)
		return;
	double ceiling =
		(double)result->received / result->client_cpu_s * (double)config->threads;
	row_set_real(row, "client_ceiling_rps", ceiling);
	if (config->rate <= 0)
		row_set_real(row, "headroom", ceiling / rate);
}

void load_result_to_row(const struct load_config *config, const struct address *address,
			const struct load_result *result, struct row *row)
{
	set_workload(config, address, row);
	set_rates(config, result, row);
	set_latencies(config, result, row);
	for (int i = 0; i < LOAD_ERRORS; i++)
		row_set_count(row, error_columns[i], (int64_t)result->errors[i]);
	row_set_count(row, "unfinished", (int64_t)result->unfinished);
	row_set_count(row, "starved_connections", (int64_t)result->starved);
	if (result->fairness_jain > 0)
		row_set_real(row, "fairness_jain", result->fairness_jain);
	row_set_text(row, "verdict", load_verdict_name(result->verdict));
	row_set_text(row, "verdict_reason", result->reason[0] ? result->reason : NULL);
}
