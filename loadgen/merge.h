/* merge.h - from what each worker measured to one result. */
#ifndef LOADGEN_MERGE_H
#define LOADGEN_MERGE_H

#include "loadgen/verdict.h"
#include "loadgen/worker.h"

struct merge {
	const struct load_config *config;
	struct load_result *result;
	struct little_check little;
	double replies, squares; /* summed over connections, for Jain's index */
	int64_t cpu_ns;
};

/* `result` has its two histograms, empty; the rest of it is zero. */
void merge_init(struct merge *merge, const struct load_config *config,
		struct load_result *result);

/* Adds cells and counters of a worker that has ended. */
void merge_worker(struct merge *merge, const struct worker *worker);

/* Rates, fairness and the verdict; result->interrupted is to be set before. */
void merge_finish(struct merge *merge);

#endif
