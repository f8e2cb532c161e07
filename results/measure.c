/*
 * measure.c - one cell, once: a fresh server, a load, a row.
 *
 * The calling thread joins the client's CPUs while the load runs, so that its looks at the
 * clock and at the probe cost the server nothing.
 */
#include "results/measure.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "loadgen/recording.h"
#include "results/machine.h"
#include "results/process_tree.h"
#include "results/verdict.h"

/* What is read at one end of the window. */
struct window_end {
	int rc;
	struct probe_reading probe;
	long long steal, total;
	long long idle, of;       /* of the server's CPUs */
	struct process_tree tree; /* of the end alone */
};

struct measurement {
	const struct measure_config *config;
	struct server_process server;
	struct window_end start, end;
};

static void read_window(const struct measurement *m, struct window_end *end)
{
	end->rc = probe_read(&m->server.probe, &end->probe);
	if (machine_steal(&end->steal, &end->total) < 0)
		end->steal = end->total = 0;
	if (machine_idle(&m->config->cpus->server, &end->idle, &end->of) < 0)
		end->idle = end->of = 0;
}

static void window_start(void *context)
{
	struct measurement *m = context;

	read_window(m, &m->start);
}

static void window_end(void *context)
{
	struct measurement *m = context;

	read_window(m, &m->end);
	(void)process_tree_read(m->server.pid, &m->end.tree); /* or all 0: not known */
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

/* The kernel answers, on the CPU of who sends: the server sees no request, and its CPU time
 * is not theirs. */
static bool is_echo_only(const struct server_spec *spec)
{
	return spec->model && spec->model->flags & IO_MODEL_ECHO_ONLY;
}

static void set_server_cost(const struct measurement *m, uint64_t requests,
			    struct row *row)
{
	const double cpu_s =
		(double)(m->end.probe.cpu_ns - m->start.probe.cpu_ns) / NS_PER_S;
	const double n = (double)requests;

	if (m->start.total < m->end.total)
		row_set_real(row, "steal_percent",
			     100.0 * (double)(m->end.steal - m->start.steal) /
				     (double)(m->end.total - m->start.total));
	if (m->end.tree.processes > 0) {
		row_set_count(row, "server_threads", m->end.tree.threads);
		row_set_count(row, "server_processes", m->end.tree.processes);
	}
	if (m->start.rc < 0 || m->end.rc < 0 || cpu_s < 0)
		return;
	row_set_real(row, "server_cpu_s", cpu_s);
	if (requests == 0)
		return;
	if (!is_echo_only(m->config->spec)) {
		row_set_real(row, "cpu_us_per_request", cpu_s * 1e6 / n);
		if (cpu_s > 0)
			row_set_real(row, "requests_per_cpu_s", n / cpu_s);
	}
	if (m->start.probe.switches >= 0)
		row_set_real(row, "ctx_switches_per_request",
			     (double)(m->end.probe.switches - m->start.probe.switches) /
				     n);
}

static void set_failure(struct row *row, const char *reason)
{
	const char *before = row_text(row, "verdict_reason");
	char text[OPTION_ERROR_SIZE + 256];

	snprintf(text, sizeof(text), "%s%s%s", before ? before : "", before ? "; " : "",
		 reason);
	if (!row_text(row, "verdict") || verdict_of(row) < VERDICT_SERVER_ERRORS)
		row_set_text(row, "verdict", verdict_name(VERDICT_SERVER_ERRORS));
	row_set_text(row, "verdict_reason", text);
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
		   !is_echo_only(spec)) {
		snprintf(text, sizeof(text),
			 "the server counted %llu requests, fewer than the client's %llu",
			 (unsigned long long)report->requests,
			 (unsigned long long)requests);
		set_failure(row, text);
	}
}

/* On the client's CPUs where the placement says so. */
static int run_load(struct measurement *m, const struct load_config *load,
		    struct load_result *result, char *error)
{
	const struct load_hooks hooks = {.window_start = window_start,
					 .window_end = window_end,
					 .progress = m->config->progress ? tell_progress
									 : NULL,
					 .context = m};
	cpu_set_t before;
	const bool move = CPU_COUNT(&load->pin) > 0 &&
			  sched_getaffinity(0, sizeof(before), &before) == 0;

	if (move)
		sched_setaffinity(0, sizeof(load->pin), &load->pin);
	m->start.rc = m->end.rc = -ENODATA; /* until the window was there */
	const int rc = load_run(load, &m->server.address, &hooks, m->config->cancel,
				result, error);
	if (move)
		sched_setaffinity(0, sizeof(before), &before);
	return rc;
}

/* Where the server has CPUs of its own: when these had time left and the generator had not,
 * the throughput is the generator's. */
static void judge_generator(const struct measurement *m, const struct load_config *load,
			    struct load_result *result)
{
	const long long ticks = m->end.of - m->start.of;
	const long long idle = m->end.idle - m->start.idle;

	if (m->config->cell->placement == PLACEMENT_SPLIT && load->rate <= 0 &&
	    !is_echo_only(m->config->spec) && m->start.of > 0 && ticks > 0)
		load_judge_server(result, 1 - (double)idle / (double)ticks);
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
	if (rc < 0)
		snprintf(error, OPTION_ERROR_SIZE, "cannot write %.300s: %s", path,
			 strerror(-rc));
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
		load_result_to_row(load, &address, &result, row);
		set_server_cost(m, result.received, row);
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
	struct server_process_config server = {
		.spec = config->spec,
		.transport = (enum transport)cell->transport,
		.workers =
			server_spec_workers(config->spec, cell->workers,
					    cell->connections + cell->idle_connections),
		.probe = config->probe,
		.ready_timeout_ns = SERVER_READY_TIMEOUT_NS,
		.drain_timeout_ns = SERVER_DRAIN_TIMEOUT_NS,
		.cancel = config->cancel,
	};

	if (cell->placement != PLACEMENT_SHARED)
		server.cpus = config->cpus->server;
	return server_process_start(ret_server, &server, error);
}

int measure_cell(const struct measure_config *config, struct row *row, char *error)
{
	struct measurement m = {.config = config};
	struct load_config load;

	measure_load_config(config, &load);
	const int rc = measure_start_server(config, &m.server, error);
	if (rc == -ECHILD) {
		set_failure(row, error);
		return 0;
	}
	return rc < 0 ? rc : measure_started(&m, &load, row, error);
}

static double syscalls_per_request(const struct measurement *m, uint64_t requests)
{
	const int64_t before = m->start.probe.syscalls, after = m->end.probe.syscalls;

	if (m->start.rc < 0 || m->end.rc < 0 || before < 0 || requests == 0)
		return NAN;
	return (double)(after - before) / (double)requests;
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
		*ret_per_request = syscalls_per_request(&m, result.received);
	load_result_release(&result);
	return rc;
}
