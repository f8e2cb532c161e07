/* intervals.c - the window in pieces of 50 ms. */
#include "loadgen/intervals.h"

#include <stdlib.h>

/* What a steady throughput may lose or gain from half to half: then each half is 10 % off
 * the whole, which is what a table calls a tie. The batches of a mean latency scatter more. */
#define REPLIES_TOLERANCE 0.2
#define LATENCY_TOLERANCE 0.5

#define BATCHES_MOST 400

void intervals_release(struct intervals *intervals)
{
	free(intervals->items);
	*intervals = (struct intervals){NULL, 0, 0, false};
}

static bool reserve(struct intervals *intervals, size_t count)
{
	size_t capacity = intervals->capacity ? intervals->capacity : 256;

	while (capacity < count)
		capacity *= 2;
	if (capacity == intervals->capacity)
		return true;
	struct interval *items = realloc(intervals->items, capacity * sizeof(*items));
	if (!items) {
		intervals->lost = true;
		return false;
	}
	intervals->items = items;
	intervals->capacity = capacity;
	return true;
}

void intervals_append(struct intervals *intervals, const struct interval *interval)
{
	if (!intervals->lost && reserve(intervals, intervals->count + 1))
		intervals->items[intervals->count++] = *interval;
}

void intervals_add(struct intervals *into, const struct intervals *from)
{
	static const struct interval none;

	into->lost = into->lost || from->lost;
	for (size_t i = 0; i < from->count; i++) {
		if (i == into->count)
			intervals_append(into, &none);
		if (i == into->count)
			return;
		into->items[i].replies += from->items[i].replies;
		into->items[i].latency_ns += from->items[i].latency_ns;
	}
}

/* Sums of so many intervals each. */
struct batches {
	const struct intervals *intervals;
	size_t size, count;
};

/* Of five, or of more where there would be too many for a comparison of all pairs. */
static struct batches in_batches(const struct intervals *intervals)
{
	size_t size = STEADY_BATCH;

	while (intervals->count / size > BATCHES_MOST)
		size *= 2;
	return (struct batches){intervals, size, intervals->count / size};
}

static struct interval batch(const struct batches *batches, size_t index)
{
	const struct interval *first = &batches->intervals->items[index * batches->size];
	struct interval sum = {0, 0};

	for (size_t i = 0; i < batches->size; i++) {
		sum.replies += first[i].replies;
		sum.latency_ns += first[i].latency_ns;
	}
	return sum;
}

/* Writes a series, as long as there are batches at most; returns its length. */
typedef size_t make_series(const struct batches *batches, double *ret_series);

static size_t replies(const struct batches *batches, double *ret_series)
{
	for (size_t i = 0; i < batches->count; i++)
		ret_series[i] = (double)batch(batches, i).replies;
	return batches->count;
}

/* A batch without replies has none. */
static size_t latencies(const struct batches *batches, double *ret_series)
{
	size_t count = 0;

	for (size_t i = 0; i < batches->count; i++) {
		struct interval sum = batch(batches, i);
		if (sum.replies > 0)
			ret_series[count++] = sum.latency_ns / (double)sum.replies;
	}
	return count;
}

static void judge(const struct intervals *intervals, make_series *make, double tolerance,
		  struct steady *ret_steady)
{
	struct batches batches = in_batches(intervals);
	double *series =
		intervals->lost ? NULL : malloc((batches.count + 1) * sizeof(*series));
	size_t count = series ? make(&batches, series) : 0;

	steady_judge(series, count, tolerance, ret_steady);
	free(series);
}

void intervals_judge_replies(const struct intervals *intervals, struct steady *ret_steady)
{
	judge(intervals, replies, REPLIES_TOLERANCE, ret_steady);
}

void intervals_judge_latency(const struct intervals *intervals, struct steady *ret_steady)
{
	judge(intervals, latencies, LATENCY_TOLERANCE, ret_steady);
}
