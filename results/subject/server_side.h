/*
 * server_side.h - the server's side of a row: what a window and its connections cost it.
 *
 * Read at four moments: the server is ready and idle; the two ends of the window; behind it,
 * while the connections are still open.
 */
#ifndef RESULTS_SUBJECT_SERVER_SIDE_H
#define RESULTS_SUBJECT_SERVER_SIDE_H

#include "loadgen/load.h"
#include "results/campaign/machine.h"
#include "results/plan/plan.h"
#include "results/subject/footprint.h"
#include "results/subject/placement.h"
#include "results/subject/server_process.h"
#include "server/row.h"

/* Fewer connections than these have no figures of memory per connection: an idle server has
 * not yet touched what it needs for the first one, and the free memory of a machine moves by
 * megabytes on its own. */
#define SERVER_SIDE_PSS_CONNECTIONS    100
#define SERVER_SIDE_SYSTEM_CONNECTIONS 1000

/* What is read at one end of the window. */
struct window_end {
	int rc; /* of the probe */
	struct probe_reading probe;
	struct machine_ticks server; /* of the server's CPUs, */
	struct machine_ticks both; /* and of its and the generator's; all 0: not known */
};

struct server_side {
	const struct server_process *server;
	const struct placement_cpus *cpus;
	struct window_end start, end;
	struct footprint idle, loaded;
};

/* The server is ready, and nobody is connected. Both are borrowed. */
void server_side_begin(struct server_side *side, const struct server_process *server,
		       const struct placement_cpus *cpus);

/* The other moments. */
void server_side_window_start(struct server_side *side);
void server_side_window_end(struct server_side *side);
void server_side_loaded(struct server_side *side);

/* The kernel answers, on the CPU of who sends: the server sees no request, and its CPU time
 * is not theirs. */
bool server_side_is_echo_only(const struct server_spec *spec);

/* Fills the server's columns. `result` is of the load in that window. */
void server_side_to_row(const struct server_side *side, const struct cell *cell,
			const struct load_result *result, struct row *row);

/* What part of the window the server's CPUs were busy, whoever kept them so; NAN: not
 * known. */
double server_side_busy(const struct server_side *side);

/* What part of the time of both sides' CPUs the host took in the window, and what part other
 * processes than the server's and the generator (`client_s` of CPU time); NAN: not known. */
double server_side_steal(const struct server_side *side);
double server_side_others(const struct server_side *side, double client_s);

/* NAN: not known. */
double server_side_syscalls(const struct server_side *side, uint64_t requests);

#endif
