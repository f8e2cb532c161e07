/*
 * queue.h - what theory says of a server that takes one request at a time, first come first
 * served, when requests arrive at random: M/M/1 and M/D/1.
 *
 * Expectations are the textbook's. How far a run of n requests may be from them follows from
 * Lindley's recursion, simulated many times with the same n: requests that wait for each
 * other are no independent samples, so the width is far more than a standard error.
 * Sources: Lindley, Proc. Camb. Phil. Soc. 48 (1952); Kleinrock, Queueing Systems (1975).
 */
#ifndef TESTS_BENCH_QUEUE_H
#define TESTS_BENCH_QUEUE_H

#include <stdbool.h>
#include <stddef.h>

struct queue {
	double arrivals, service; /* per second */
	bool exponential;         /* service; else constant */
};

struct interval {
	double least, most;
};

/* Seconds: of the response, mean and 99th percentile (M/M/1 only), and of the wait. */
double queue_mean_response(const struct queue *queue);
double queue_p99_response(const struct queue *queue);
double queue_mean_wait(const struct queue *queue);

/* Where the mean wait, and the response's 99th percentile, of 99 of 100 runs lie: of n
 * requests each, behind `before` that are not counted. False: no memory. */
bool queue_intervals(const struct queue *queue, size_t n, size_t before,
		     struct interval *ret_wait, struct interval *ret_p99);

#endif
