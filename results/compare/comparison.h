/*
 * comparison.h - what two sets of repetitions, each from a session of its own, say about one
 * metric of one cell.
 *
 * The sets are not paired: the Hodges-Lehmann estimate is the median of all logarithms of
 * ratios new / base, its bounds are those of Mann and Whitney's statistic (rank_bounds.h).
 * They hold for what varies from one repetition to the next. What differs between the two
 * sessions as a whole is in the ratio and not in its bounds; so a worsening is a question
 * (`worse?`), and to answer it both servers are run in one session (`iomodels check`).
 */
#ifndef RESULTS_COMPARE_COMPARISON_H
#define RESULTS_COMPARE_COMPARISON_H

#include <stdbool.h>
#include <stddef.h>

#include "results/show/view.h"

#define COMPARISON_REASON_SIZE 128

/* In the order in which they are listed. */
enum comparison_verdict {
	COMPARISON_WORSE,   /* the bound at 2.5 % clears the margin, to the worse */
	COMPARISON_BETTER,  /* likewise, to the better */
	COMPARISON_UNCLEAR, /* none of these; the reason says what was missing */
	COMPARISON_SAME,    /* the 90 % interval lies within the margin */
	COMPARISON_SHOWN    /* a value for information, not judged */
};

#define COMPARISON_VERDICTS 5

struct comparison_rule {
	double margin; /* more than 0: 0.1 is a ratio of 1.1, to the worse or the better */
	enum view_rank rank; /* NOT_RANKED: shown only */
	bool judged;
};

/* `estimate` .. `upper` are logarithms of new / base, whichever way the metric is better;
 * comparison_percent turns them into the change of the metric. */
struct comparison {
	size_t base_count, new_count;
	double base, new; /* medians; NAN of none */
	double estimate;  /* NAN where a side has no value */
	double low, high; /* the 90 % interval; -INFINITY, INFINITY: so few allow none */
	double lower, upper; /* one-sided bounds at 2.5 % */
	double detectable; /* the change that 8 of 10 such comparisons would find, as the
			       ratio it is: 0.14; INFINITY: none */
	enum comparison_verdict verdict;
	char reason[COMPARISON_REASON_SIZE]; /* of `unclear`; "" otherwise */
};

/* The values are more than 0; either count may be 0. Sorts them. 0 or -ENOMEM. */
int comparison_make(double *base, size_t base_count, double *new, size_t new_count,
		    const struct comparison_rule *rule,
		    struct comparison *ret_comparison);

/* "worse?" .. */
const char *comparison_name(enum comparison_verdict verdict);

/* The change in per cent: 0.0953 is +10. */
double comparison_percent(double logarithm);

/* The fewest repetitions, on each side as many, that allow a bound at 2.5 %. */
size_t comparison_least(void);

#endif
