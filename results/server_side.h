/*
 * server_side.h - the server's side of a row: what a window and its connections cost it.
 *
 * Read at four moments: the server is ready and idle; the two ends of the window; behind it,
 * while the connections are still open.
 */
#ifndef RESULTS_SERVER_SIDE_H
#define RESULTS_SERVER_SIDE_H

#include "results/footprint.h"
#include "results/plan.h"
#include "results/server_process.h"
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
	long long steal, total;
	long long idle, of; /* of the server's CPUs */
};

struct server_side {
	const struct server_process *server;
	const cpu_set_t *cpus;
	struct window_end start, end;
	struct footprint idle, loaded;
};

/* The server is ready, and nobody is connected. Both are borrowed. */
void server_side_begin(struct server_side *side, const struct server_process *server,
		       const cpu_set_t *cpus);

/* The other moments. */
void server_side_window_start(struct server_side *side);
void server_side_window_end(struct server_side *side);
void server_side_loaded(struct server_side *side);

/* The kernel answers, on the CPU of who sends: the server sees no request, and its CPU time
 * is not theirs. */
bool server_side_is_echo_only(const struct server_spec *spec);

/* Fills the server's columns. `requests` are the replies of the window, `whole` says that
 * all of the cell's connections were open behind it, and served. */
void server_side_to_row(const struct server_side *side, const struct cell *cell,
			uint64_t requests, bool whole, struct row *row);

/* What part of the window the server's CPUs were busy, whoever kept them so; NAN: not
 * known. */
double server_side_busy(const struct server_side *side);

/* What part of the machine's CPU time the host took in the window; NAN: not known. */
double server_side_steal(const struct server_side *side);

/* NAN: not known. */
double server_side_syscalls(const struct server_side *side, uint64_t requests);

#endif
