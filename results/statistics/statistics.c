/* statistics.c - a few numbers out of many. */
#include "results/statistics/statistics.h"

#include <math.h>
#include <stdlib.h>

#define LEVEL      0.95
#define EXACT_MOST 100  /* values, of which there are 5,050 Walsh averages */
#define NORMAL_95  1.96 /* the normal distribution's quantile at 97.5 % */

static int compare_doubles(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double statistics_median(double *values, size_t count)
{
	if (count == 0)
		return NAN;
	qsort(values, count, sizeof(*values), compare_doubles);
	if (count % 2)
		return values[count / 2];
	return (values[count / 2 - 1] + values[count / 2]) / 2;
}

double statistics_mean(const double *values, size_t count)
{
	double sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += values[i];
	return count ? sum / (double)count : NAN;
}

double statistics_cv(const double *values, size_t count)
{
	const double mean = statistics_mean(values, count);
	double squares = 0;

	for (size_t i = 0; i < count; i++)
		squares += (values[i] - mean) * (values[i] - mean);
	if (count == 0 || mean == 0)
		return NAN;
	return sqrt(squares / (double)count) / mean;
}

static bool exact_interval(const double *values, size_t count,
			   struct rank_interval *ret_interval)
{
	struct rank_bounds bounds;

	if (rank_bounds_of_one(values, count, &bounds) < 0)
		return false;
	*ret_interval = rank_bounds_interval(&bounds, LEVEL);
	rank_bounds_release(&bounds);
	return true;
}

bool statistics_interval(double *values, size_t count, struct rank_interval *ret_interval)
{
	if (count < INTERVAL_LEAST)
		return false;
	if (count <= EXACT_MOST)
		return exact_interval(values, count, ret_interval);
	qsort(values, count, sizeof(*values), compare_doubles);
	const size_t cut =
		(size_t)((double)count / 2 - NORMAL_95 / 2 * sqrt((double)count));
	*ret_interval =
		(struct rank_interval){values[cut], values[count - 1 - cut], LEVEL};
	return true;
}
