/* calibration.c - what the load generator costs, engine by engine and workload by workload. */
#include "results/calibration/calibration.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loadgen/engines.h"
#include "results/campaign/measure.h"
#include "results/campaign/verdict.h"
#include "results/statistics/statistics.h"
#include "server/clock.h"

#define TEXT(name)                \
	{                         \
		name, ROW_TEXT, 0 \
	}
#define COUNT(name)                \
	{                          \
		name, ROW_COUNT, 0 \
	}
#define REAL(name, digits)             \
	{                              \
		name, ROW_REAL, digits \
	}

const struct row_column calibration_columns[] = {
	TEXT("server"),
	TEXT("engine"),
	COUNT("connections"),
	COUNT("payload_bytes"),
	COUNT("depth"),
	TEXT("placement"),
	TEXT("server_cpus"),
	TEXT("client_cpus"),
	COUNT("client_threads"),
	COUNT("repetitions"),
	REAL("duration_s", 6),
	COUNT("requests"),
	REAL("client_cpu_us_per_request", 4),
	REAL("client_cpu_us_per_request_min", 4),
	REAL("client_cpu_us_per_request_max", 4),
	REAL("client_ceiling_rps", 3),
	REAL("throughput_rps", 3),
	REAL("client_busy", 4),
	TEXT("verdict"),
	TEXT("verdict_reason"),
	{.name = NULL},
};

static int split(const char *option, const char *text, struct calibration_words *words,
		 char *error)
{
	char *rest, *word;

	words->count = 0;
	words->copy = strdup(text);
	if (!words->copy)
		return -ENOMEM;
	for (word = strtok_r(words->copy, ",", &rest); word;
	     word = strtok_r(NULL, ",", &rest)) {
		if (words->count == CALIBRATION_WORDS) {
			snprintf(error, OPTION_ERROR_SIZE,
				 "--%s '%.100s': at most %d values are accepted", option,
				 text, CALIBRATION_WORDS);
			return -EINVAL;
		}
		words->items[words->count++] = word;
	}
	if (words->count > 0)
		return 0;
	snprintf(error, OPTION_ERROR_SIZE,
		 "--%s '%.100s': expected values separated by commas", option, text);
	return -EINVAL;
}

static struct measure_config config_of(const struct calibration *c,
				       const struct calibration_workload *w,
				       const volatile int *cancel)
{
	return (struct measure_config){
		.cell = &w->cell,
		.spec = &c->subject.spec,
		.cpus = &c->subject.cpus,
		.warmup_ns = c->config->warmup_ns,
		.duration_ns = c->config->duration_ns,
		.seed = c->config->seed,
		.cancel = cancel,
	};
}

static int add_workload(struct calibration *c, const char *connections, const char *size,
			char *error)
{
	struct calibration_workload *w = &c->workloads[c->count];
	const size_t runs = (size_t)(c->engines * c->config->repetitions);
	struct load_config load;

	options_defaults(plan_axes, &w->cell, sizeof(w->cell));
	w->cell.depth = c->config->depth;
	w->cell.placement = c->config->placement;
	w->costs = calloc(runs, sizeof(*w->costs));
	if (!w->costs)
		return -ENOMEM;
	c->count++;
	int rc = option_set(option_find(plan_axes, "connections"), connections, &w->cell,
			    error, OPTION_ERROR_SIZE);
	if (rc == 0)
		rc = option_set(option_find(plan_axes, "payload_bytes"), size, &w->cell,
				error, OPTION_ERROR_SIZE);
	if (rc < 0)
		return rc;
	const struct measure_config config = config_of(c, w, NULL);
	measure_load_config(&config, &load);
	return load_config_check(&load, TRANSPORT_TCP, error);
}

static int prepare_subject(struct calibration *c, const struct io_catalogue *catalogue,
			   char *error)
{
	struct cell cell;

	options_defaults(plan_axes, &cell, sizeof(cell));
	cell.model = c->config->server;
	cell.placement = c->config->placement;
	int rc = subject_prepare(&cell, catalogue, &c->subject, error);
	if (rc == 0 && c->subject.reason) {
		snprintf(error, OPTION_ERROR_SIZE, "%s is unavailable: %s",
			 c->subject.spec.name, c->subject.reason);
		rc = -EINVAL;
	}
	return rc;
}

int calibration_prepare(struct calibration *c, const struct calibration_config *config,
			const struct io_catalogue *catalogue, char *error)
{
	memset(c, 0, sizeof(*c));
	c->config = config;
	snprintf(error, OPTION_ERROR_SIZE, "out of memory");
	while (load_engines[c->engines])
		c->engines++;
	int rc = prepare_subject(c, catalogue, error);
	if (rc == 0)
		rc = split("connections", config->connections, &c->connections, error);
	if (rc == 0)
		rc = split("payload-bytes", config->payload_bytes, &c->payload_bytes,
			   error);
	for (int i = 0; rc == 0 && i < c->payload_bytes.count; i++)
		for (int j = 0; rc == 0 && j < c->connections.count; j++)
			rc = add_workload(c, c->connections.items[j],
					  c->payload_bytes.items[i], error);
	return rc;
}

void calibration_release(struct calibration *c)
{
	for (int i = 0; i < c->count; i++)
		free(c->workloads[i].costs);
	free(c->connections.copy);
	free(c->payload_bytes.copy);
	subject_release(&c->subject);
}

/* Every engine once on one workload, with a server of their own. */
static int measure_round(struct calibration *c, const struct measure_config *config,
			 struct engine_cost *costs, int repetition,
			 void (*progress)(int done, int all), char *error)
{
	const int repetitions = (int)c->config->repetitions;
	struct server_process server;
	struct load_config load;

	measure_load_config(config, &load);
	int rc = measure_start_server(config, &server, error);
	if (rc < 0)
		return rc;
	for (int i = 0; rc == 0 && i < c->engines; i++) {
		const int engine = repetition % 2 ? c->engines - 1 - i : i;
		progress(++c->done, c->count * c->engines * repetitions);
		if (!engine_reason(engines[engine]))
			rc = engine_cost_measure(
				&load, engine, &server.address, config->cancel,
				&costs[engine * repetitions + repetition], error);
	}
	server_process_stop(&server, NULL);
	return rc;
}

int calibration_run(struct calibration *c, const volatile int *cancel,
		    void (*progress)(int done, int all), char *error)
{
	int rc = 0;

	for (int r = 0; r < c->config->repetitions; r++) {
		for (int i = 0; rc == 0 && i < c->count; i++) {
			struct calibration_workload *w = &c->workloads[i];
			const struct measure_config config = config_of(c, w, cancel);
			rc = measure_round(c, &config, w->costs, r, progress, error);
		}
	}
	return rc;
}

int calibration_row_count(const struct calibration *c)
{
	return c->count * c->engines;
}

static void set_workload(const struct calibration *c, const struct cell *cell,
			 struct row *row)
{
	const struct measure_config config = {
		.cell = cell, .spec = &c->subject.spec, .cpus = &c->subject.cpus};
	struct load_config load;
	char cpus[256];

	measure_load_config(&config, &load);
	row_set_text(row, "server", c->config->server);
	row_set_count(row, "connections", cell->connections);
	load_size_to_row(load.size, row);
	row_set_count(row, "depth", cell->depth);
	row_set_text(row, "placement", placement_names[cell->placement]);
	format_cpus(&c->subject.cpus.server, cpus, sizeof(cpus));
	row_set_text(row, "server_cpus", cpus);
	format_cpus(&c->subject.cpus.client, cpus, sizeof(cpus));
	row_set_text(row, "client_cpus", cpus);
	row_set_count(row, "client_threads", load.threads);
	row_set_count(row, "repetitions", c->config->repetitions);
	row_set_real(row, "duration_s", (double)c->config->duration_ns / NS_PER_S);
}

/* What one engine_cost has, by the offset of its double. */
static double median_of(const struct engine_cost *costs, int64_t count, size_t offset)
{
	double values[CALIBRATION_REPETITIONS];
	size_t used = 0;

	for (int64_t i = 0; i < count; i++) {
		double value;
		memcpy(&value, (const char *)&costs[i] + offset, sizeof(value));
		if (isfinite(value))
			values[used++] = value;
	}
	return statistics_median(values, used);
}

static void set_costs(const struct engine_cost *costs, int64_t count, struct row *row)
{
#define MEDIAN(member) median_of(costs, count, offsetof(struct engine_cost, member))
	double least = INFINITY, most = -INFINITY;
	int64_t requests = 0;

	for (int64_t i = 0; i < count; i++) {
		least = fmin(least, costs[i].cpu_us_per_request);
		most = fmax(most, costs[i].cpu_us_per_request);
		requests += (int64_t)costs[i].requests;
	}
	row_set_count(row, "requests", requests);
	row_set_real(row, "client_cpu_us_per_request", MEDIAN(cpu_us_per_request));
	row_set_real(row, "client_cpu_us_per_request_min", least);
	row_set_real(row, "client_cpu_us_per_request_max", most);
	row_set_real(row, "client_ceiling_rps", MEDIAN(ceiling_rps));
	row_set_real(row, "throughput_rps", MEDIAN(throughput_rps));
	row_set_real(row, "client_busy", MEDIAN(busy));
#undef MEDIAN
}

static enum verdict gravity(const struct engine_cost *cost)
{
	static const enum verdict verdicts[] = {
		[LOAD_VALID] = VERDICT_VALID,
		[LOAD_CLIENT_LIMITED] = VERDICT_CLIENT_LIMITED,
		[LOAD_UNSTABLE] = VERDICT_UNSTABLE,
		[LOAD_CORRUPTED] = VERDICT_CORRUPT,
		[LOAD_SERVER_ERRORS] = VERDICT_SERVER_ERRORS,
	};

	return verdicts[cost->verdict];
}

static void set_verdict(const struct engine_cost *costs, int64_t count, struct row *row)
{
	const struct engine_cost *gravest = &costs[0];

	for (int64_t i = 1; i < count; i++)
		if (gravity(&costs[i]) > gravity(gravest))
			gravest = &costs[i];
	row_set_text(row, "verdict", load_verdict_name(gravest->verdict));
	row_set_text(row, "verdict_reason", gravest->reason[0] ? gravest->reason : NULL);
}

int calibration_to_row(const struct calibration *c, int index, struct row *row)
{
	const struct calibration_workload *w = &c->workloads[index / c->engines];
	const int engine = index % c->engines;
	const int64_t repetitions = c->config->repetitions;
	const struct engine_cost *costs = &w->costs[engine * repetitions];
	const char *reason = engine_reason(engines[engine]);
	const int rc = row_init(row, calibration_columns);

	if (rc < 0)
		return rc;
	set_workload(c, &w->cell, row);
	row_set_text(row, "engine", load_engines[engine]);
	if (!reason) {
		set_costs(costs, repetitions, row);
		set_verdict(costs, repetitions, row);
		return 0;
	}
	row_set_text(row, "verdict", verdict_name(VERDICT_UNAVAILABLE));
	row_set_text(row, "verdict_reason", reason);
	return 0;
}
