/* steady.c - whether a window was in a steady state. */
#include "loadgen/steady.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define LEAST_STEADY 5 /* batches that are never cut: a variance of fewer says nothing */
#define LEAST_Z      2.6 /* standard normal; one in a hundred by chance */

size_t steady_cut(const double *batches, size_t count, size_t least)
{
	double sum = 0, squares = 0, best = INFINITY;
	size_t cut = 0;

	for (size_t n = 1; n <= count; n++) {
		double value = batches[count - n];
		sum += value;
		squares += value * value;
		double size = (double)n;
		double error = (squares - sum * sum / size) / (size * size);
		if (n >= least && error <= best) {
			best = error;
			cut = count - n;
		}
	}
	return cut;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(const double *values, size_t count, double *scratch)
{
	memcpy(scratch, values, count * sizeof(*values));
	qsort(scratch, count, sizeof(*scratch), by_value);
	return (scratch[(count - 1) / 2] + scratch[count / 2]) / 2;
}

/* Of Mann and Whitney's U, ties counted half; their correction of the variance, which would
 * make z larger, is left out. */
static double rank_z(const double *values, size_t at, size_t count)
{
	double u = 0, left = (double)at, right = (double)(count - at);

	for (size_t i = 0; i < at; i++)
		for (size_t j = at; j < count; j++)
			u += values[i] < values[j] ? 1 : values[i] > values[j] ? 0 : 0.5;
	return (u - left * right / 2) / sqrt(left * right * (left + right + 1) / 12);
}

/* Whether what lies before and after `at` are two different levels. */
static bool differ(const double *values, size_t at, size_t count, double tolerance,
		   double *scratch, struct steady *steady)
{
	steady->before = median(values, at, scratch);
	steady->after = median(values + at, count - at, scratch);
	double larger = fmax(steady->before, steady->after);
	double smaller = fmin(steady->before, steady->after);
	return smaller < (1 - tolerance) * larger &&
	       fabs(rank_z(values, at, count)) >= LEAST_Z;
}

void steady_judge(const double *batches, size_t count, double tolerance,
		  struct steady *ret_steady)
{
	*ret_steady = (struct steady){.state = STEADY_SHORT};
	double *scratch =
		count < STEADY_LEAST_BATCHES ? NULL : malloc(count * sizeof(*scratch));
	if (!scratch)
		return;
	size_t cut = steady_cut(batches, count, LEAST_STEADY);
	ret_steady->cut = (double)cut / (double)count;
	ret_steady->state = STEADY;
	if (differ(batches, count / 2, count, tolerance, scratch, ret_steady))
		ret_steady->state = STEADY_DRIFTING;
	else if (cut > count / 2 &&
		 differ(batches, cut, count, tolerance, scratch, ret_steady))
		ret_steady->state = STEADY_LATE;
	free(scratch);
}
