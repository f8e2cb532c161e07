/* steady.c - whether a window was in a steady state. */
#include "loadgen/steady.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define LEAST_STEADY 8    /* batches that are never cut: the variance of few is chance */
#define APART        0.95 /* of all pairs from either side, in the same order */

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

/* The part of the pairs of a batch before `at` and one from there on in which the later is
 * the greater: 1 or 0 when the two lie apart, 0.5 when they are alike. */
static double rising(const double *values, size_t at, size_t count)
{
	double pairs = (double)at * (double)(count - at), greater = 0;

	for (size_t i = 0; i < at; i++)
		for (size_t j = at; j < count; j++)
			greater += values[i] < values[j]    ? 1
				   : values[i] == values[j] ? 0.5
							    : 0;
	return greater / pairs;
}

/* Whether what lies before and after `at` are two different levels. */
static bool differ(const double *values, size_t at, size_t count, double tolerance,
		   double *scratch, struct steady *steady)
{
	steady->before = median(values, at, scratch);
	steady->after = median(values + at, count - at, scratch);
	double larger = fmax(steady->before, steady->after);
	double smaller = fmin(steady->before, steady->after);
	double order = rising(values, at, count);
	return smaller < (1 - tolerance) * larger && fmax(order, 1 - order) >= APART;
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
