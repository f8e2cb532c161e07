/*
 * measure.c - one cell, once: a fresh server, a load, a row.
 *
 * The calling thread joins the client's CPUs while the load runs, so that its looks at the
 * clock and at the probe cost the server nothing.
 */
#include "results/campaign/measure.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "loadgen/recording.h"
#include "results/campaign/verdict.h"
#include "results/subject/server_side.h"

struct measurement {
	const struct measure_config *config;
	struct server_process server;
	struct server_side side;
};

static void window_start(void *context)
{
	server_side_window_start(&((struct measurement *)context)->side);
}

static void window_end(void *context)
{
	server_side_window_end(&((struct measurement *)context)->side);
}

static void loaded(void *context)
{
	server_side_loaded(&((struct measurement *)context)->side);
}

static void tell_progress(void *context, const struct load_progress *progress)
{
	const struct measurement *m = context;

	m->config->progress(m->config->context, progress);
}

void measure_place_load(const struct cell *cell, const struct placement_cpus *cpus,
			struct load_config *load)
{
	const int threads = cpus->client_threads;

	load->shares_cpu = cell->placement == PLACEMENT_SAME;
	if (load->threads == 0)
		load->threads = threads < load->connections ? threads : load->connections;
	if (CPU_COUNT(&load->pin) == 0 && cell->placement != PLACEMENT_SHARED)
		load->pin = cpus->client;
}

void measure_load_config(const struct measure_config *config,
			 struct load_config *ret_config)
{
	const struct cell *cell = config->cell;

	if (config->load) {
		*ret_config = *config->load;
		return;
	}
	options_defaults(load_options, ret_config, sizeof(*ret_config));
	ret_config->engine = config->engine;
	ret_config->connections = cell->connections;
	ret_config->depth = cell->depth;
	ret_config->size = cell->payload_bytes;
	ret_config->work = cell->work;
	ret_config->max_work_ns = work_needs_ns(cell->work);
	ret_config->churn = cell->churn;
	ret_config->rate = cell->offered_rps;
	ret_config->arrivals = cell->offered_rps > 0 ? cell->arrivals : ARRIVALS_POISSON;
	ret_config->idle = cell->idle_connections;
	ret_config->duration_ns = config->duration_ns;
	ret_config->warmup_ns = config->warmup_ns;
	ret_config->seed = config->seed;
	ret_config->log = config->log_path != NULL;
	ret_config->threads = 0;
	measure_place_load(cell, config->cpus, ret_config);
}

void measure_describe(const struct measure_config *config, struct row *row)
{
	char cpus[256];

	cell_describe(config->cell, config->spec, row);
	format_cpus(&config->cpus->server, cpus, sizeof(cpus));
	row_set_text(row, "server_cpus", cpus);
	format_cpus(&config->cpus->client, cpus, sizeof(cpus));
	row_set_text(row, "client_cpus", cpus);
	row_set_count(row, "seed", config->seed);
}

static void set_failure(struct row *row, const char *reason)
{
	if (!row_text(row, "verdict") || verdict_of(row) < VERDICT_SERVER_ERRORS)
		row_set_text(row, "verdict", verdict_name(VERDICT_SERVER_ERRORS));
	verdict_add_failure(row, reason);
}

/* What the server said at its end, held against what the client saw. */
static void set_report(const struct server_spec *spec, const struct server_report *report,
		       uint64_t requests, struct row *row)
{
	char text[128];

	if (report->workers > 0) {
		row_set_count(row, "workers", report->workers);
		row_set_real(row, "worker_requests_cv", report->worker_requests_cv);
	}
	if (report->problem[0]) {
		set_failure(row, report->problem);
	} else if (report->has_counters && report->requests < requests &&
		   !server_side_is_echo_only(spec)) {
		snprintf(text, sizeof(text),
			 "the server counted %llu requests, fewer than the client's %llu",
			 (unsigned long long)report->requests,
			 (unsigned long long)requests);
		set_failure(row, text);
	}
}

/* What is not timed makes no row. */
static bool timed(const struct measurement *m)
{
	return m->config->probe != PROBE_SYSCALLS;
}

/* On the client's CPUs where the placement says so. */
static int run_load(struct measurement *m, const struct load_config *load,
		    struct load_result *result, char *error)
{
	const struct load_hooks hooks = {.window_start = window_start,
					 .window_end = window_end,
					 .loaded = timed(m) ? loaded : NULL,
					 .progress = m->config->progress ? tell_progress
									 : NULL,
					 .context = m};
	cpu_set_t before;
	const bool move = CPU_COUNT(&load->pin) > 0 &&
			  sched_getaffinity(0, sizeof(before), &before) == 0;

	if (move)
		sched_setaffinity(0, sizeof(load->pin), &load->pin);
	server_side_begin(&m->side, &m->server, m->config->cpus);
	const int rc = load_run(load, &m->server.address, &hooks, m->config->cancel,
				result, error);
	if (rc == 0 && timed(m) && load->churn > 0)
		loaded(m); /* no connection is left, but who served them is there */
	if (move)
		sched_setaffinity(0, sizeof(before), &before);
	return rc;
}

/* Where the server has CPUs of its own: when these had time left and the generator had not,
 * the throughput is the generator's. */
static void judge_generator(const struct measurement *m, const struct load_config *load,
			    struct load_result *result)
{
	const double busy = server_side_busy(&m->side);

	if (m->config->cell->placement == PLACEMENT_SPLIT && load->rate <= 0 &&
	    !server_side_is_echo_only(m->config->spec) && !isnan(busy))
		load_judge_server(result, busy);
}

/* What others took is counted in ticks of 10 ms: too coarse for a window of a few. Who brings
 * a load of their own judges themselves. */
static void judge_neighbours(const struct measurement *m, struct load_result *result)
{
	if (result->window_ns < NS_PER_S / 2 || m->config->load)
		return;
	load_judge_neighbours(result, "other processes",
			      server_side_others(&m->side, result->client_cpu_s));
	load_judge_neighbours(result, "the host", server_side_steal(&m->side));
}

/* A row whose window never came has no log. */
static int write_log(const struct measurement *m, const struct load_result *result,
		     char *error)
{
	const char *path = m->config->log_path;

	if (!path || result->window_ns == 0)
		return 0;
	FILE *file = fopen(path, "wxe");
	int rc = file ? recording_write(result->recording, file) : -errno;
	if (file && fclose(file) != 0 && rc == 0)
		rc = -errno;
	if (rc < 0) {
		snprintf(error, OPTION_ERROR_SIZE, "cannot write %.300s: %s", path,
			 strerror(-rc));
		if (file)
			(void)unlink(path); /* half of it */
	}
	return rc;
}

static int measure_started(struct measurement *m, const struct load_config *load,
			   struct row *row, char *error)
{
	struct server_report report;
	struct load_result result;
	const struct address address = m->server.address;
	int rc = run_load(m, load, &result, error);

	server_process_stop(&m->server, &report);
	if (rc == 0 && result.interrupted)
		rc = -EINTR;
	if (rc == 0) {
		judge_generator(m, load, &result);
		judge_neighbours(m, &result);
		load_result_to_row(load, &address, &result, row);
		server_side_to_row(&m->side, m->config->cell, &result, row);
		set_report(m->config->spec, &report, result.requests, row);
		rc = write_log(m, &result, error);
	}
	load_result_release(&result);
	return rc;
}

int measure_start_server(const struct measure_config *config,
			 struct server_process *ret_server, char *error)
{
	const struct cell *cell = config->cell;
	struct load_config load;

	measure_load_config(config, &load);
	struct server_process_config server = {
		.spec = config->spec,
		.transport = (enum transport)cell->transport,
		.workers =
			server_spec_workers(config->spec, cell->workers,
					    cell->connections + cell->idle_connections),
		.max_work_ns = load.max_work_ns,
		.burn_ns = config->burn_ns,
		.padding = config->padding,
		.probe = config->probe,
		.ready_timeout_ns = SERVER_READY_TIMEOUT_NS,
		.drain_timeout_ns = SERVER_DRAIN_TIMEOUT_NS,
		.cancel = config->cancel,
	};

	if (cell->placement != PLACEMENT_SHARED)
		server.cpus = config->cpus->server;
	return server_process_start(ret_server, &server, error);
}

/* A connection that ends may end its process or thread. A look at the clocks is too coarse for
 * the short slices of a launch. */
static enum probe_source probe_of(const struct measure_config *config)
{
	return config->probe == PROBE_EVENTS && config->cell->churn > 0 ? PROBE_ENDING
									: config->probe;
}

int measure_cell(const struct measure_config *config, struct row *row, char *error)
{
	struct measure_config whole = *config;
	struct measurement m = {.config = &whole};
	struct load_config load;

	whole.probe = probe_of(config);
	measure_load_config(config, &load);
	const int rc = measure_start_server(&whole, &m.server, error);
	if (rc == -ECHILD) {
		set_failure(row, error);
		return 0;
	}
	return rc < 0 ? rc : measure_started(&m, &load, row, error);
}

int measure_syscalls(const struct measure_config *config, double *ret_per_request,
		     char *error)
{
	struct measure_config counting = *config;
	struct measurement m = {.config = &counting};
	struct load_config load;
	struct load_result result;

	counting.probe = PROBE_SYSCALLS;
	*ret_per_request = NAN;
	measure_load_config(config, &load);
	int rc = measure_start_server(&counting, &m.server, error);
	if (rc < 0)
		return rc == -ECHILD ? 0 : rc;
	rc = run_load(&m, &load, &result, error);
	server_process_stop(&m.server, NULL);
	if (rc == 0 && result.interrupted)
		rc = -EINTR;
	if (rc == 0)
		*ret_per_request = server_side_syscalls(&m.side, result.received);
	load_result_release(&result);
	return rc;
}
