/*
 * rank_bounds.h - an estimate of a shift with exact bounds, of a few values and whatever
 * their distribution.
 *
 * Of one sample (differences of pairs, or repetitions of one thing): the Hodges-Lehmann
 * estimate is the median of all Walsh averages (a + b) / 2, and the bounds are order
 * statistics of them, as many from the end as Wilcoxon's signed-rank statistic allows; exact
 * where the values lie symmetric about the shift.
 * Of two samples: the same with all differences b - a and the statistic of Mann and Whitney;
 * exact where the samples differ by a shift.
 *
 * Sources: J. L. Hodges, E. L. Lehmann, Estimates of location based on rank tests, Annals of
 * Mathematical Statistics 34 (1963); M. Hollander, D. A. Wolfe, E. Chicken, Nonparametric
 * Statistical Methods, 3rd ed. (2014), chapters 3 and 4.
 */
#ifndef RESULTS_STATISTICS_RANK_BOUNDS_H
#define RESULTS_STATISTICS_RANK_BOUNDS_H

#include <stddef.h>

#define RANK_BOUNDS_MAX 300 /* values in a sample */

struct rank_bounds {
	double *value;       /* the pairwise values, in order */
	double *probability; /* [t]: that the statistic is at most t where there is no shift */
	size_t count;        /* of the pairwise values; the statistic is 0 .. count */
};

struct rank_interval {
	double low, high;
	double level; /* what it attains: at least what was asked for, where the sample allows */
};

/* All take finite values. 0; -EINVAL of no values or more than RANK_BOUNDS_MAX; -ENOMEM.
 * On failure nothing is left. */
int rank_bounds_of_one(const double *values, size_t count,
		       struct rank_bounds *ret_bounds);
int rank_bounds_of_two(const double *a, size_t a_count, const double *b, size_t b_count,
		       struct rank_bounds *ret_bounds);
void rank_bounds_release(struct rank_bounds *bounds);

/* The Hodges-Lehmann estimate. */
double rank_bounds_estimate(const struct rank_bounds *bounds);

/* One-sided: the shift is less (more) with a probability of at most `alpha`. -INFINITY
 * (INFINITY) where so few values allow no bound. */
double rank_bounds_lower(const struct rank_bounds *bounds, double alpha);
double rank_bounds_upper(const struct rank_bounds *bounds, double alpha);

/* The narrowest two-sided interval of at least `level`, or the widest that there is, with
 * the level that it attains. */
struct rank_interval rank_bounds_interval(const struct rank_bounds *bounds, double level);

/* How probable so large a statistic is where the shift is `shift` or less. Ties count
 * against it. */
double rank_bounds_p(const struct rank_bounds *bounds, double shift);

#endif
