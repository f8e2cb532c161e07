/*
 * schedule.h - when the requests of an open loop are due: `--rate` and `--arrivals`.
 *
 * When arrival k is due, counted from the schedule's beginning, is a function of rate,
 * kind, seed and k alone: the same for every server and any number of threads, each of
 * which walks the whole schedule (10 ns an arrival) and keeps its own. Constant arrivals
 * stand in the slots k / rate; Poisson's are the sums of exponential gaps, gap k being the
 * k-th number of a counter-based generator.
 */
#ifndef LOADGEN_SCHEDULE_H
#define LOADGEN_SCHEDULE_H

#include <stdint.h>

enum arrivals { ARRIVALS_POISSON, ARRIVALS_CONSTANT };

/* Their names, for OPTION_CHOICE; ends with NULL. */
extern const char *const arrivals_names[];

struct schedule {
	enum arrivals arrivals;
	uint64_t random; /* the generator's counter */
	uint64_t next;   /* arrival */
	double per_second;
	double at_ns; /* Poisson: of the arrival before `next` */
};

void schedule_init(struct schedule *schedule, double per_second, enum arrivals arrivals,
		   uint64_t seed);

/* Leaves out `skip` arrivals; returns when the one behind them is due, in ns from the
 * beginning. */
int64_t schedule_next(struct schedule *schedule, uint64_t skip);

/* How long a window must be that begins `from_ns` behind the beginning to hold exactly so
 * many arrivals: it ends when the next one is due. Walks a schedule of its own. */
int64_t schedule_window(struct schedule schedule, int64_t from_ns, uint64_t arrivals);

#endif
