/*
 * duet.h - two servers under one load, driven by one thread and one engine: at the same
 * time, or turn by turn.
 *
 * Both sides have the same connections, requests and schedule, and their windows begin and
 * end at the same moments. The window is cut into slices; at the edges between them the
 * counts of both sides are taken together. What the machine does to a slice it does to both
 * sides: of two equal servers driven at once the ratio of the counts varies by some percent
 * where each count varies by 20 to 40 % (docs/METHOD.md). After: L. Bulej et al., Duet
 * Benchmarking, ICPE 2020.
 *
 * A side whose turn it is not has its connections open and starts no request.
 */
#ifndef LOADGEN_DUET_H
#define LOADGEN_DUET_H

#include "loadgen/load.h"

#define DUET_SIDES 2

struct duet_slice {
	unsigned sides; /* whose turn it is: bit 0, bit 1, or both; given by the caller */
	int64_t length_ns;                              /* as it was */
	uint64_t requests[DUET_SIDES];                  /* received in it */
	int64_t p50_ns[DUET_SIDES], p99_ns[DUET_SIDES]; /* 0: no sample */
};

struct duet_config {
	/* Of each side; duration is the slices', threads are 1, no quota. An open loop has no
	 * turns: its arrivals do not wait. */
	const struct load_config *load;
	int64_t slice_ns;
	struct duet_slice *slices;
	int count;

	/* Called in the calling thread at each edge, 0 .. count, of which `count` is the end
	 * of the window; short, for both sides wait. Optional. */
	void (*edge)(void *context, int edge);
	void *context;
};

/*
 * Runs one launch as load_run does, and fills the slices and both results (release them with
 * load_result_release in either case). 0; -EINVAL of a config that is not as above, -ENOTSUP
 * without the engine, -errno; with one line in `error` (OPTION_ERROR_SIZE bytes). Results say
 * of their verdict only CORRUPT, SERVER_ERRORS and the client's own shortages.
 */
int duet_run(const struct duet_config *config, const struct address *const *addresses,
	     const volatile int *cancel, struct load_result *ret_results, char *error);

struct engine_ops;
struct pattern;

/* The same with an engine of the caller's, into results that are initialised. */
int duet_drive(const struct duet_config *config, const struct engine_ops *ops,
	       const struct pattern *pattern, const struct address *const *addresses,
	       const volatile int *cancel, struct load_result *results);

#endif
