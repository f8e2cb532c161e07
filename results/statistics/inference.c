/* inference.c - see inference.h. */
#include "results/statistics/inference.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

/* Quantiles of the normal distribution. */
#define Z_975 1.959963984540054
#define Z_99  2.326347874040841
#define Z_95  1.644853626951473
#define Z_80  0.841621233572914

struct ordered_p {
	double p;
	size_t index;
};

static int compare_p(const void *a, const void *b)
{
	const struct ordered_p *x = a, *y = b;

	return (x->p > y->p) - (x->p < y->p);
}

int holm_reject(const double *p, size_t count, double alpha, bool *ret_rejected)
{
	struct ordered_p *ordered = calloc(count ? count : 1, sizeof(*ordered));
	bool rejecting = true;

	if (!ordered)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		ordered[i] = (struct ordered_p){p[i], i};
	qsort(ordered, count, sizeof(*ordered), compare_p);
	for (size_t i = 0; i < count; i++) {
		rejecting = rejecting && ordered[i].p <= alpha / (double)(count - i);
		ret_rejected[ordered[i].index] = rejecting;
	}
	free(ordered);
	return 0;
}

struct rank_interval wilson_interval(size_t successes, size_t trials)
{
	struct rank_interval interval = {0, 1, 0.95};

	if (trials == 0)
		return interval;
	const double n = (double)trials, share = (double)successes / n;
	const double z2 = Z_975 * Z_975;
	const double middle = share + z2 / (2 * n);
	const double half = Z_975 * sqrt(share * (1 - share) / n + z2 / (4 * n * n));

	interval.low = fmax(0, (middle - half) / (1 + z2 / n));
	interval.high = fmin(1, (middle + half) / (1 + z2 / n));
	return interval;
}

double minimum_detectable_effect(double margin, double half_width)
{
	return margin + (Z_99 + Z_80) * half_width / Z_95;
}

double values_needed(double effect, double margin, double half_width, size_t count)
{
	if (effect <= margin)
		return INFINITY;
	const double ratio = (Z_99 + Z_80) * half_width / (Z_95 * (effect - margin));
	return ceil((double)count * ratio * ratio);
}
