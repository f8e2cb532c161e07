/*
 * steady.h - whether a window was in a steady state.
 *
 * MSER-5 (White 1997) finds where a transient ends: the series is averaged in batches of
 * five, and the cut is the one that leaves the least standard error of the mean of the rest.
 * Noise moves that cut about, and a shared machine is noisy for seconds on end. So neither a
 * late cut nor two halves that differ are held against a window by themselves: the medians
 * on either side must differ by a tolerance, and the batches must lie apart: of all pairs
 * across the border 95 % in the same order.
 */
#ifndef LOADGEN_STEADY_H
#define LOADGEN_STEADY_H

#include <stddef.h>

#define STEADY_BATCH           5
#define STEADY_LEAST_BATCHES   10
#define STEADY_LEAST_INTERVALS (STEADY_LEAST_BATCHES * STEADY_BATCH)

enum steady_state {
	STEADY,
	STEADY_SHORT,    /* too few batches to say */
	STEADY_DRIFTING, /* the second half differs from the first */
	STEADY_LATE      /* else: the transient takes more than half of the window */
};

struct steady {
	enum steady_state state;
	double cut; /* what MSER-5 leaves out, 0 .. 1 */
	double before,
		after; /* medians of the halves, or of what is before and after it */
};

/* The batch at which MSER-5 cuts: those from there on are the steady ones. The last
 * `least` are never cut. */
size_t steady_cut(const double *batches, size_t count, size_t least);

/* Judges a series of batches; `tolerance` 0.2: the smaller of two medians that differ is
 * less than 0.8 of the larger. */
void steady_judge(const double *batches, size_t count, double tolerance,
		  struct steady *ret_steady);

#endif
