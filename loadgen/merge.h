/* merge.h - from what each worker measured to one result. */
#ifndef LOADGEN_MERGE_H
#define LOADGEN_MERGE_H

#include "loadgen/verdict.h"
#include "loadgen/worker.h"

struct merge {
	const struct load_config *config;
	struct load_result *result;
	struct little_check little;
	struct intervals intervals;
	double replies, squares; /* summed over connections, for Jain's index */
	int64_t cpu_ns, waited_ns;
};

/* `result` has its histograms, and its recording where that is asked for, empty; the rest of
 * it is zero. In any case merge_finish. */
void merge_init(struct merge *merge, const struct load_config *config,
		struct load_result *result);

/* Adds cells and counters of a worker that has ended, and takes what it has recorded for a
 * log. 0 or -ENOMEM. */
int merge_worker(struct merge *merge, struct worker *worker);

/* Rates, fairness and the verdict; result->interrupted is to be set before. */
void merge_finish(struct merge *merge);

#endif
