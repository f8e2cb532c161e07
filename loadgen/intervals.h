/*
 * intervals.h - the window in pieces of 50 ms: the replies that came in each, and the sum of
 * their latencies.
 *
 * Each worker has a series of its own; all begin with the window, so they are merged piece
 * by piece. A last piece that is shorter is left out.
 */
#ifndef LOADGEN_INTERVALS_H
#define LOADGEN_INTERVALS_H

#include <stdbool.h>
#include <stdint.h>

#include "loadgen/steady.h"

#define INTERVAL_NS 50000000LL

struct interval {
	uint64_t replies;
	double latency_ns; /* summed over them */
};

struct intervals {
	struct interval *items;
	size_t count, capacity;
	bool lost; /* memory ran out: the series ends too early */
};

void intervals_release(struct intervals *intervals); /* accepts a zeroed one */

void intervals_append(struct intervals *intervals, const struct interval *interval);

/* Adds piece by piece. */
void intervals_add(struct intervals *into, const struct intervals *from);

/* Whether their throughput was steady: what says it in a closed loop, where throughput and
 * latency are each the inverse of the other. */
void intervals_judge_replies(const struct intervals *intervals,
			     struct steady *ret_steady);

/* Whether their mean latency was steady: of requests that come whether or not the server
 * keeps up. */
void intervals_judge_latency(const struct intervals *intervals,
			     struct steady *ret_steady);

#endif
