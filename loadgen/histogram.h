/*
 * histogram.h - latencies in cells of an HdrHistogram: 3 significant digits, 1 ns .. 1 h.
 *
 * The cell layout is HdrHistogram's own (V2 payload, docs/METHOD.md), so that cells of
 * several threads are merged by adding, and written to its formats as they are. 33,792
 * cells, 264 KiB.
 *
 * Source: Gil Tene's HdrHistogram, the index arithmetic of AbstractHistogram.
 */
#ifndef LOADGEN_HISTOGRAM_H
#define LOADGEN_HISTOGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HISTOGRAM_HIGHEST \
	3600000000000LL /* 1 h in ns; larger values are recorded as this */
#define HISTOGRAM_CELLS 33792

struct histogram {
	uint64_t count;
	int64_t min, max; /* exact; of an empty one INT64_MAX and 0 */
	double sum; /* exact enough for a mean: of the recorded values, not of cells */
	uint64_t cells[HISTOGRAM_CELLS];
};

/* Zeroed; NULL: no memory. */
struct histogram *histogram_new(void);
void histogram_free(struct histogram *histogram); /* accepts NULL */
void histogram_reset(struct histogram *histogram);

/* Values below 1 are recorded as 1, above HISTOGRAM_HIGHEST as that. One thread records;
 * another may read the cells meanwhile, by atomic loads. */
void histogram_record(struct histogram *histogram, int64_t value);

/* Adds cell by cell. */
void histogram_add(struct histogram *into, const struct histogram *from);

/* The highest value that shares a cell with the value at the quantile (0 .. 1), at most
 * max; 0 when empty. */
int64_t histogram_quantile(const struct histogram *histogram, double quantile);
double histogram_mean(const struct histogram *histogram); /* 0 when empty */

/* True when at least 10 samples lie beyond the quantile: below that it is not printed. */
bool histogram_supports(const struct histogram *histogram, double quantile);

/* The cell of a value, and the lowest and highest value of a cell. */
size_t histogram_index(int64_t value);
int64_t histogram_lowest(size_t index);
int64_t histogram_highest(size_t index);

#endif
