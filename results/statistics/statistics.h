/* statistics.h - a few numbers out of many. */
#ifndef RESULTS_STATISTICS_STATISTICS_H
#define RESULTS_STATISTICS_STATISTICS_H

#include <stdbool.h>
#include <stddef.h>

#include "results/statistics/rank_bounds.h"

/* The middle value, or the mean of the two middle ones; NAN of none. Sorts `values`. */
double statistics_median(double *values, size_t count);

/* NAN of none. */
double statistics_mean(const double *values, size_t count);

/* Coefficient of variation: population standard deviation / mean; NAN of none, or where
 * the mean is 0. */
double statistics_cv(const double *values, size_t count);

/* The fewest values that have an interval: of fewer its level would stay below 90 %. */
#define INTERVAL_LEAST 5

/*
 * The exact Hodges-Lehmann interval (rank_bounds.h) of 95 %, or as much as few values attain
 * (5: 93.75 %). Of more than 100 values the sign interval of their median, whose level is
 * approximate; that sorts `values`. False: fewer than INTERVAL_LEAST, or no memory.
 */
bool statistics_interval(double *values, size_t count,
			 struct rank_interval *ret_interval);

#endif
