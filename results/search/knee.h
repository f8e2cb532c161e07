/*
 * knee.h - the highest rate that keeps an objective: bracket, bisect, measure again.
 *
 * Knows rates and outcomes alone; a probe of the caller's measures. Near the knee one
 * measurement is a coin toss, so a rate counts by the majority of all its measurements,
 * ties as misses:
 *
 *	bracket   up or down from `start`, in steps that grow. A new rate counts as kept at
 *		  once, as missed when it has missed twice
 *	bisect    between the highest rate that kept and the lowest that did not, until they
 *		  are within `precision`
 *	settle    each of the two is measured up to `again` times more, as long as that can
 *		  turn it over; when it does, the bisection goes on from there
 */
#ifndef RESULTS_SEARCH_KNEE_H
#define RESULTS_SEARCH_KNEE_H

#include <stdbool.h>

enum knee_outcome {
	KNEE_KEPT,
	KNEE_MISSED,
	KNEE_UNDECIDED /* the instrument was the limit: nothing is known of the server */
};

struct knee_search {
	double start, lowest, highest; /* rates: 0 < lowest <= start <= highest */
	double precision; /* 0.02: the two ends are to be within 2 % of each other */
	int again;        /* measurements of each end after the bisection */

	/* One measurement at `rate`, the `attempt`-th there (0, 1, ..). 0, or -errno, which
	 * ends the search. */
	int (*probe)(void *context, double rate, int attempt,
		     enum knee_outcome *ret_outcome);
	void *context;
};

/* A rate, and how often it was measured with which outcome. */
struct knee_end {
	double rate; /* 0: there is no such end */
	int kept, missed, undecided;
};

struct knee {
	struct knee_end kept;  /* the highest rate that keeps the objective */
	struct knee_end above; /* the next that does not; none: `highest` is kept */
};

/* 0; -ENOSPC when the rates do not come to an end; or what the probe returned. *ret_knee
 * holds what is known in either case. */
int knee_find(const struct knee_search *search, struct knee *ret_knee);

bool knee_end_kept(const struct knee_end *end);

/* Not kept, and the instrument was the limit more often than the server. */
bool knee_end_undecided(const struct knee_end *end);

#endif
