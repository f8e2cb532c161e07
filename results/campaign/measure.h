/* measure.h - one cell, once: a fresh server, a load, a row. */
#ifndef RESULTS_CAMPAIGN_MEASURE_H
#define RESULTS_CAMPAIGN_MEASURE_H

#include "loadgen/load.h"
#include "results/plan/plan.h"
#include "results/subject/placement.h"
#include "results/subject/probe.h"
#include "results/subject/server_process.h"
#include "results/subject/server_spec.h"
#include "server/row.h"

struct measure_config {
	const struct cell *cell;
	const struct server_spec *spec;
	const struct placement_cpus *cpus;
	int engine;                     /* index into load_engines */
	const struct load_config *load; /* instead of the cell's; NULL: that */
	int64_t warmup_ns, duration_ns, seed;
	enum probe_source probe;
	int64_t burn_ns; /* see server_process_config */
	int padding;
	const volatile int *cancel;
	const char *log_path; /* of an interval log of the row's latencies; NULL: none */
	/* Optional; see load_hooks. */
	void (*progress)(void *context, const struct load_progress *progress);
	void *context;
};

/* What a placement gives the generator: its threads (where 0) and its CPUs (where none). */
void measure_place_load(const struct cell *cell, const struct placement_cpus *cpus,
			struct load_config *load);

/* The load of a cell, as load_config_check looks at it before anything is started. */
void measure_load_config(const struct measure_config *config,
			 struct load_config *ret_config);

/* Starts the server of a cell, as server_process_start. */
int measure_start_server(const struct measure_config *config,
			 struct server_process *ret_server, char *error);

/* Fills the columns that a cell has whether or not it is measured. */
void measure_describe(const struct measure_config *config, struct row *row);

/*
 * Measures, and fills `row` (which is described). A server that does not start, or that
 * fails, is a result. 0; -EINTR when interrupted: the row is not complete; -errno with one
 * line in `error` (OPTION_ERROR_SIZE bytes) when the generator itself could not run: the
 * row has no verdict; or when the log could not be written: it is complete.
 * Nothing is left running.
 */
int measure_cell(const struct measure_config *config, struct row *row, char *error);

/* The same load for the system calls that a request costs the server: what is counted is
 * not timed. Returns as measure_cell; NAN when they are not known, the server failed, or
 * nothing was answered. */
int measure_syscalls(const struct measure_config *config, double *ret_per_request,
		     char *error);

#endif
