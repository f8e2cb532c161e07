/* queue.c - what theory says of M/M/1 and M/D/1. */
#include "tests/bench/queue.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "loadgen/random.h"

#define RUNS 1000 /* of the simulation */
#define TAIL 5    /* of them on either side of the interval */

double queue_mean_wait(const struct queue *q)
{
	double load = q->arrivals / q->service;

	return load / (q->service * (1 - load)) / (q->exponential ? 1 : 2);
}

double queue_mean_response(const struct queue *q)
{
	return queue_mean_wait(q) + 1 / q->service;
}

double queue_p99_response(const struct queue *q)
{
	return log(100) / (q->service - q->arrivals);
}

static double exponential(uint64_t *state, double rate)
{
	return -log1p(-random_unit(random_next(state))) / rate;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* One run: its mean wait; its responses are left sorted. */
static double simulate(const struct queue *q, size_t n, size_t before, uint64_t *state,
		       double *responses)
{
	double wait = 0, sum = 0;

	for (size_t i = 0; i < before + n; i++) {
		double service =
			q->exponential ? exponential(state, q->service) : 1 / q->service;
		if (i >= before) {
			sum += wait;
			responses[i - before] = wait + service;
		}
		wait = fmax(0, wait + service - exponential(state, q->arrivals));
	}
	qsort(responses, n, sizeof(*responses), compare);
	return sum / (double)n;
}

static struct interval interval_of(double *runs)
{
	qsort(runs, RUNS, sizeof(*runs), compare);
	return (struct interval){runs[TAIL], runs[RUNS - 1 - TAIL]};
}

bool queue_intervals(const struct queue *q, size_t n, size_t before,
		     struct interval *ret_wait, struct interval *ret_p99)
{
	double *responses = calloc(n, sizeof(*responses));
	double waits[RUNS], p99s[RUNS];
	uint64_t state = 1;

	if (!responses)
		return false;
	for (size_t i = 0; i < RUNS; i++) {
		waits[i] = simulate(q, n, before, &state, responses);
		p99s[i] = responses[(size_t)ceil(0.99 * (double)n) - 1];
	}
	free(responses);
	*ret_wait = interval_of(waits);
	*ret_p99 = interval_of(p99s);
	return true;
}
