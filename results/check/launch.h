/*
 * launch.h - two servers, base and new, started fresh and driven as a duet: the one
 * independent replicate of a comparison.
 *
 * Modes: in a duet both are loaded at once for each slice; in ABBA they take turns of a slice
 * each, in pairs whose order is drawn once for two of them and then reversed. Which server
 * starts first is drawn too.
 *
 * What a launch says of a metric is the median of its pairs' logarithms of new / base, with
 * the sign that makes more than 0 worse: slices of one launch resemble each other more than
 * launches do, so they are no replicates.
 */
#ifndef RESULTS_CHECK_LAUNCH_H
#define RESULTS_CHECK_LAUNCH_H

#include "loadgen/duet.h"
#include "results/campaign/measure.h"

#define LAUNCH_PAIRS_MAX 64

enum launch_mode { LAUNCH_DUET, LAUNCH_ABBA };

enum launch_metric {
	LAUNCH_THROUGHPUT, /* requests per second; in an open loop it is the schedule's */
	LAUNCH_CPU,        /* of the server, per request */
	LAUNCH_P50,        /* of the response in an open loop, else of the service time */
	LAUNCH_P99,
	LAUNCH_METRICS
};

struct launch_config {
	/* How each would be measured alone; the same but for the server. */
	const struct measure_config *sides[DUET_SIDES];
	enum launch_mode mode;
	int pairs; /* 1 .. LAUNCH_PAIRS_MAX; of slices in ABBA, in a duet a slice is one */
	int64_t slice_ns;
	uint64_t seed; /* of what is drawn */
};

struct launch_pair {
	double value[LAUNCH_METRICS][DUET_SIDES]; /* NAN: not measured */
	uint64_t requests[DUET_SIDES];
	double steal; /* share of the machine's time that the host took, 0 .. 1 */
};

struct launch {
	struct launch_pair pair[LAUNCH_PAIRS_MAX];
	int pairs;
	double whole[LAUNCH_METRICS][DUET_SIDES]; /* over the window */
	double client_busy;                       /* of the generator's CPU, 0 .. 1 */
	double cpu_busy[DUET_SIDES];              /* CPUs that each server used */
	int threads[DUET_SIDES]; /* of all its processes, those at work; 0: not known */
	char problem[2 *
		     OPTION_ERROR_SIZE]; /* of a server, with the side's name; "": none */
};

/* Runs one. A server that does not start, dies or answers wrong is in `problem`. 0; -EINTR
 * when interrupted; -errno when the generator could not run, with one line in `error`
 * (OPTION_ERROR_SIZE bytes). Nothing is left running. */
int launch_run(const struct launch_config *config, struct launch *ret_launch,
	       char *error);

/* The logarithm of the ratio; more than 0: the new one is worse. NAN without both. */
double launch_log_ratio(enum launch_metric metric, double base, double new);

/* The log ratios of its pairs, but of those without both values, or in which the host took more
 * than a fifth of the machine's time. Returns how many, LAUNCH_PAIRS_MAX at most. */
size_t launch_ratios(const struct launch *launch, enum launch_metric metric,
		     double *ret_ratios);

/* What the launch says of a metric: the median of those, with the number of pairs left out.
 * NAN of none. */
double launch_effect(const struct launch *launch, enum launch_metric metric,
		     int *ret_dropped);

/* The side's name in messages and files: "base", "new". */
const char *launch_side_name(int side);

/* "duet", "abba". */
const char *launch_mode_name(enum launch_mode mode);

/* Fills the turns of `count` slices: both of a duet; of ABBA an order for each two pairs, and
 * the reverse. */
void launch_turns(enum launch_mode mode, uint64_t seed, struct duet_slice *slices,
		  int count);

#endif
