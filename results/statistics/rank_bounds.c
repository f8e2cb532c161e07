/* rank_bounds.c - see rank_bounds.h. */
#include "results/statistics/rank_bounds.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static int compare_doubles(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static int allocate(struct rank_bounds *bounds, size_t count)
{
	*bounds = (struct rank_bounds){
		.value = calloc(count, sizeof(*bounds->value)),
		.probability = calloc(count + 1, sizeof(*bounds->probability)),
		.count = count,
	};
	if (bounds->value && bounds->probability)
		return 0;
	rank_bounds_release(bounds);
	return -ENOMEM;
}

void rank_bounds_release(struct rank_bounds *bounds)
{
	free(bounds->value);
	free(bounds->probability);
	*bounds = (struct rank_bounds){0};
}

/* From probabilities of each t to those of at most t. */
static void accumulate(struct rank_bounds *bounds)
{
	qsort(bounds->value, bounds->count, sizeof(*bounds->value), compare_doubles);
	for (size_t t = 1; t <= bounds->count; t++)
		bounds->probability[t] += bounds->probability[t - 1];
}

/* Each rank 1 .. n is in the sum or not, with the same probability. */
static void signed_rank_distribution(double *probability, size_t n)
{
	size_t largest = 0;

	probability[0] = 1;
	for (size_t rank = 1; rank <= n; rank++) {
		largest += rank;
		for (size_t t = largest + 1; t-- > 0;)
			probability[t] = (probability[t] +
					  (t >= rank ? probability[t - rank] : 0)) /
					 2;
	}
}

int rank_bounds_of_one(const double *values, size_t count, struct rank_bounds *ret_bounds)
{
	size_t k = 0;

	if (count == 0 || count > RANK_BOUNDS_MAX)
		return -EINVAL;
	const int rc = allocate(ret_bounds, count * (count + 1) / 2);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < count; i++)
		for (size_t j = i; j < count; j++)
			ret_bounds->value[k++] = (values[i] + values[j]) / 2;
	signed_rank_distribution(ret_bounds->probability, count);
	accumulate(ret_bounds);
	return 0;
}

/*
 * The distribution of U for m and n values is the product of (1 - x^(n+i)) / (1 - x^i) over
 * i = 1 .. m, divided by the number of ways: multiply and divide one factor after the other,
 * scaled as it grows so that all stays a probability.
 */
static void rank_sum_distribution(double *probability, size_t m, size_t n)
{
	const size_t largest = m * n;

	probability[0] = 1;
	for (size_t i = 1; i <= m; i++) {
		for (size_t t = largest + 1; t-- > n + i;)
			probability[t] -= probability[t - n - i];
		for (size_t t = i; t <= largest; t++)
			probability[t] += probability[t - i];
		for (size_t t = 0; t <= largest; t++)
			probability[t] *= (double)i / (double)(n + i);
	}
}

int rank_bounds_of_two(const double *a, size_t a_count, const double *b, size_t b_count,
		       struct rank_bounds *ret_bounds)
{
	size_t k = 0;

	if (a_count == 0 || b_count == 0 || a_count > RANK_BOUNDS_MAX ||
	    b_count > RANK_BOUNDS_MAX)
		return -EINVAL;
	const int rc = allocate(ret_bounds, a_count * b_count);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < a_count; i++)
		for (size_t j = 0; j < b_count; j++)
			ret_bounds->value[k++] = b[j] - a[i];
	rank_sum_distribution(ret_bounds->probability, a_count, b_count);
	accumulate(ret_bounds);
	return 0;
}

double rank_bounds_estimate(const struct rank_bounds *bounds)
{
	const size_t middle = bounds->count / 2;

	if (bounds->count % 2)
		return bounds->value[middle];
	return (bounds->value[middle - 1] + bounds->value[middle]) / 2;
}

/* How many of the ordered values lie outside a bound. */
static size_t outside(const struct rank_bounds *bounds, double alpha)
{
	size_t k = 0;

	while (k < bounds->count && bounds->probability[k] <= alpha)
		k++;
	return k;
}

double rank_bounds_lower(const struct rank_bounds *bounds, double alpha)
{
	const size_t k = outside(bounds, alpha);

	return k ? bounds->value[k - 1] : -INFINITY;
}

double rank_bounds_upper(const struct rank_bounds *bounds, double alpha)
{
	const size_t k = outside(bounds, alpha);

	return k ? bounds->value[bounds->count - k] : INFINITY;
}

struct rank_interval rank_bounds_interval(const struct rank_bounds *bounds, double level)
{
	size_t k = outside(bounds, (1 - level) / 2);

	if (k == 0)
		k = 1;
	return (struct rank_interval){
		.low = bounds->value[k - 1],
		.high = bounds->value[bounds->count - k],
		.level = 1 - 2 * bounds->probability[k - 1],
	};
}

double rank_bounds_p(const struct rank_bounds *bounds, double shift)
{
	size_t above = 0;

	while (above < bounds->count && bounds->value[bounds->count - 1 - above] > shift)
		above++;
	return fmin(fmax(bounds->probability[bounds->count - above], 0), 1);
}
