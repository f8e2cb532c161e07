/* server_side.c - the server's side of a row: what a window and its connections cost it. */
#include "results/server_side.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "results/machine.h"

static void read_footprint(const struct server_side *side, struct footprint *footprint)
{
	/* the leader of a command's group is a guard of ours */
	const bool bystander = side->server->config.spec->command != NULL;

	footprint_read(side->server->pid, bystander, footprint);
}

void server_side_begin(struct server_side *side, const struct server_process *server,
		       const cpu_set_t *cpus)
{
	memset(side, 0, sizeof(*side));
	side->server = server;
	side->cpus = cpus;
	side->start.rc = side->end.rc = -ENODATA; /* until the window was there */
	read_footprint(side, &side->idle);
}

static void read_window(const struct server_side *side, struct window_end *end)
{
	end->rc = probe_read(&side->server->probe, &end->probe);
	if (machine_steal(&end->steal, &end->total) < 0)
		end->steal = end->total = 0;
	if (machine_idle(side->cpus, &end->idle, &end->of) < 0)
		end->idle = end->of = 0;
}

void server_side_window_start(struct server_side *side)
{
	read_window(side, &side->start);
}

void server_side_window_end(struct server_side *side)
{
	read_window(side, &side->end);
}

void server_side_loaded(struct server_side *side)
{
	read_footprint(side, &side->loaded);
}

bool server_side_is_echo_only(const struct server_spec *spec)
{
	return spec->model && spec->model->flags & IO_MODEL_ECHO_ONLY;
}

static void set_cpu(const struct server_side *side, uint64_t requests, struct row *row)
{
	const struct window_end *start = &side->start, *end = &side->end;
	const double cpu_s = (double)(end->probe.cpu_ns - start->probe.cpu_ns) / NS_PER_S;
	const double n = (double)requests;

	if (start->rc < 0 || end->rc < 0 || cpu_s < 0)
		return;
	row_set_real(row, "server_cpu_s", cpu_s);
	if (requests == 0)
		return;
	if (!server_side_is_echo_only(side->server->config.spec)) {
		row_set_real(row, "cpu_us_per_request", cpu_s * 1e6 / n);
		if (cpu_s > 0)
			row_set_real(row, "requests_per_cpu_s", n / cpu_s);
	}
	if (start->probe.switches >= 0)
		row_set_real(row, "ctx_switches_per_request",
			     (double)(end->probe.switches - start->probe.switches) / n);
}

static void set_per_connection(const struct server_side *side, int64_t connections,
			       struct row *row)
{
	const struct footprint *idle = &side->idle, *loaded = &side->loaded;
	const double bytes = 1024.0 / (double)connections;

	if (idle->pss_kib >= 0 && loaded->pss_kib >= 0)
		row_set_real(row, "pss_per_connection_bytes",
			     (double)(loaded->pss_kib - idle->pss_kib) * bytes);
	if (connections < SERVER_SIDE_SYSTEM_CONNECTIONS || idle->available_kib < 0 ||
	    loaded->available_kib < 0 || idle->own_kib < 0 || loaded->own_kib < 0)
		return;
	/* the generator's own histograms are no part of it */
	const int64_t drop = idle->available_kib - loaded->available_kib -
			     (loaded->own_kib - idle->own_kib);
	if (drop > 0)
		row_set_real(row, "system_memory_per_connection_bytes",
			     (double)drop * bytes);
}

static void set_footprint(const struct footprint *loaded, struct row *row)
{
	if (loaded->processes == 0)
		return;
	row_set_count(row, "server_threads", loaded->threads);
	row_set_count(row, "server_processes", loaded->processes);
	if (loaded->rss_peak_kib >= 0)
		row_set_count(row, "server_rss_peak_kib", loaded->rss_peak_kib);
	if (loaded->pss_kib >= 0)
		row_set_count(row, "server_pss_kib", loaded->pss_kib);
}

void server_side_to_row(const struct server_side *side, const struct cell *cell,
			uint64_t requests, bool whole, struct row *row)
{
	const double steal = server_side_steal(side);
	const int64_t connections = cell->connections + cell->idle_connections;

	if (!isnan(steal))
		row_set_real(row, "steal_percent", 100 * steal);
	set_cpu(side, requests, row);
	set_footprint(&side->loaded, row);
	if (whole && side->loaded.processes > 0 && cell->churn == 0 &&
	    cell->transport != TRANSPORT_UDP &&
	    connections >= SERVER_SIDE_PSS_CONNECTIONS)
		set_per_connection(side, connections, row);
}

double server_side_steal(const struct server_side *side)
{
	const long long ticks = side->end.total - side->start.total;

	return side->start.total > 0 && ticks > 0
		       ? (double)(side->end.steal - side->start.steal) / (double)ticks
		       : NAN;
}

double server_side_busy(const struct server_side *side)
{
	const long long ticks = side->end.of - side->start.of;
	const long long idle = side->end.idle - side->start.idle;

	return side->start.of > 0 && ticks > 0 ? 1 - (double)idle / (double)ticks : NAN;
}

double server_side_syscalls(const struct server_side *side, uint64_t requests)
{
	const int64_t before = side->start.probe.syscalls;

	if (side->start.rc < 0 || side->end.rc < 0 || before < 0 || requests == 0)
		return NAN;
	return (double)(side->end.probe.syscalls - before) / (double)requests;
}
