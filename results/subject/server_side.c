/* server_side.c - the server's side of a row: what a window and its connections cost it. */
#include "results/subject/server_side.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "results/campaign/machine.h"

static void read_footprint(const struct server_side *side, struct footprint *footprint)
{
	/* the leader of a command's group is a guard of ours */
	const bool bystander = side->server->config.spec->command != NULL;

	footprint_read(side->server->pid, bystander, footprint);
}

void server_side_begin(struct server_side *side, const struct server_process *server,
		       const struct placement_cpus *cpus)
{
	memset(side, 0, sizeof(*side));
	side->server = server;
	side->cpus = cpus;
	side->start.rc = side->end.rc = -ENODATA; /* until the window was there */
	read_footprint(side, &side->idle);
}

static void read_window(const struct server_side *side, struct window_end *end)
{
	cpu_set_t both;

	CPU_OR(&both, &side->cpus->server, &side->cpus->client);
	if (machine_ticks(&side->cpus->server, &end->server) < 0)
		end->server = (struct machine_ticks){0};
	if (machine_ticks(&both, &end->both) < 0)
		end->both = (struct machine_ticks){0};
	end->rc = probe_read(&side->server->probe, &end->probe);
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
	const double cpu_s =
		(double)probe_cpu_between(&start->probe, &end->probe) / NS_PER_S;
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

/* What passed between two readings; of nothing, total is 0. */
static struct machine_ticks between(const struct machine_ticks *start,
				    const struct machine_ticks *end)
{
	if (start->total == 0 || end->total <= start->total)
		return (struct machine_ticks){0};
	return (struct machine_ticks){.idle = end->idle - start->idle,
				      .steal = end->steal - start->steal,
				      .total = end->total - start->total};
}

double server_side_steal(const struct server_side *side)
{
	const struct machine_ticks t = between(&side->start.both, &side->end.both);

	return t.total > 0 ? (double)t.steal / (double)t.total : NAN;
}

double server_side_others(const struct server_side *side, double client_s)
{
	const struct machine_ticks t = between(&side->start.both, &side->end.both);
	const double server_s =
		(double)probe_cpu_between(&side->start.probe, &side->end.probe) /
		NS_PER_S;

	if (t.total <= 0 || side->start.rc < 0 || side->end.rc < 0 ||
	    server_side_is_echo_only(side->server->config.spec))
		return NAN;
	const double busy_s =
		(double)(t.total - t.idle - t.steal) / (double)sysconf(_SC_CLK_TCK);
	const double all_s = (double)t.total / (double)sysconf(_SC_CLK_TCK);
	return fmax(busy_s - server_s - client_s, 0) / all_s;
}

double server_side_busy(const struct server_side *side)
{
	const struct machine_ticks t = between(&side->start.server, &side->end.server);

	return t.total > 0 ? 1 - (double)t.idle / (double)t.total : NAN;
}

double server_side_syscalls(const struct server_side *side, uint64_t requests)
{
	const int64_t before = side->start.probe.syscalls;

	if (side->start.rc < 0 || side->end.rc < 0 || before < 0 || requests == 0)
		return NAN;
	return (double)(side->end.probe.syscalls - before) / (double)requests;
}

/* Every connection is with the server, as far as replies tell. */
static bool is_whole(const struct load_result *result)
{
	uint64_t sum = result->starved;

	for (int i = 0; i < LOAD_ERRORS; i++)
		sum += result->errors[i];
	return sum == 0;
}

void server_side_to_row(const struct server_side *side, const struct cell *cell,
			const struct load_result *result, struct row *row)
{
	const double steal = server_side_steal(side);
	const double others = server_side_others(side, result->client_cpu_s);
	const int64_t connections = cell->connections + cell->idle_connections;

	if (!isnan(steal))
		row_set_real(row, "steal_percent", 100 * steal);
	if (!isnan(others))
		row_set_real(row, "others_percent", 100 * others);
	set_cpu(side, result->received, row);
	set_footprint(&side->loaded, row);
	if (is_whole(result) && side->loaded.processes > 0 && cell->churn == 0 &&
	    cell->transport != TRANSPORT_UDP &&
	    connections >= SERVER_SIDE_PSS_CONNECTIONS)
		set_per_connection(side, connections, row);
}
