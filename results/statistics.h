/* statistics.h - a few numbers out of many. */
#ifndef RESULTS_STATISTICS_H
#define RESULTS_STATISTICS_H

#include <stddef.h>

/* The middle value, or the mean of the two middle ones; NAN of none. Sorts `values`. */
double statistics_median(double *values, size_t count);

/* NAN of none. */
double statistics_mean(const double *values, size_t count);

/* Coefficient of variation: population standard deviation / mean; NAN of none, or where
 * the mean is 0. */
double statistics_cv(const double *values, size_t count);

#endif
