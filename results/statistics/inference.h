/* inference.h - what several tests and their intervals allow to conclude. */
#ifndef RESULTS_STATISTICS_INFERENCE_H
#define RESULTS_STATISTICS_INFERENCE_H

#include <stdbool.h>
#include <stddef.h>

#include "results/statistics/rank_bounds.h"

/*
 * Which of `count` hypotheses are rejected so that the probability of rejecting any true one
 * is at most `alpha`, however they depend on each other. Source: S. Holm, A simple
 * sequentially rejective multiple test procedure, Scandinavian Journal of Statistics 6
 * (1979). 0 or -ENOMEM.
 */
int holm_reject(const double *p, size_t count, double alpha, bool *ret_rejected);

/* The two-sided 95 % interval of a probability of which `successes` of `trials` were seen;
 * 0 .. 1 of none. Source: E. B. Wilson, Journal of the American Statistical Association 22
 * (1927). */
struct rank_interval wilson_interval(size_t successes, size_t trials);

/*
 * What a comparison can see. `half_width` is half the 90 % interval of its estimate, which
 * feels the tails as the values have them; margins and effects are in the values' unit
 * (logarithms of ratios). A test of "more than `margin`" at 1 % finds
 */

/* the effect of this size in 8 of 10 cases; */
double minimum_detectable_effect(double margin, double half_width);

/* an effect (more than the margin) in 8 of 10 cases after so many values, when `count` gave
 * that half width; INFINITY of an effect within the margin. */
double values_needed(double effect, double margin, double half_width, size_t count);

#endif
