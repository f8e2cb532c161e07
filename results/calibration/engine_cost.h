/* engine_cost.h - what an engine of the load generator costs: a short closed loop against a
 * server that runs already. */
#ifndef RESULTS_CALIBRATION_ENGINE_COST_H
#define RESULTS_CALIBRATION_ENGINE_COST_H

#include "loadgen/load.h"

struct engine_cost {
	uint64_t requests;
	double cpu_us_per_request; /* of the generator; NAN: no reply */
	double ceiling_rps;        /* what its threads could drive at that cost */
	double throughput_rps;
	double busy; /* of its CPUs, 0 .. 1 */
	enum load_verdict verdict;
	char reason[256];
};

/* Runs `load` as a closed loop on the engine, an index into load_engines. 0, -EINTR when
 * cancelled, or -errno when the generator cannot run, with one line in `error`
 * (OPTION_ERROR_SIZE bytes). */
int engine_cost_measure(const struct load_config *load, int engine,
			const struct address *address, const volatile int *cancel,
			struct engine_cost *ret_cost, char *error);

/* Whether the figures say something of the engine: replies came, and what failed was not the
 * engine's doing or its bytes. A server that fails, fails with every engine. */
bool engine_cost_usable(const struct engine_cost *cost);

/* The index of the usable one with the least CPU per request, the first of equals; -1: none. */
int engine_cost_least(const struct engine_cost *costs, int count);

#endif
