/* interval_log.c - what a histogram gained in each second. */
#include "loadgen/interval_log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int interval_log_open(struct interval_log *log, const struct histogram *histogram)
{
	*log = (struct interval_log){.histogram = histogram};
	log->before = calloc(HISTOGRAM_CELLS, sizeof(*log->before));
	return log->before ? 0 : -ENOMEM;
}

void interval_log_release(struct interval_log *log)
{
	free(log->before);
	free(log->ends);
	hdr_bytes_release(&log->bytes);
	memset(log, 0, sizeof(*log));
}

static bool reserve_end(struct interval_log *log)
{
	size_t capacity = log->capacity ? 2 * log->capacity : 64;

	if (log->count < log->capacity)
		return true;
	size_t *ends = realloc(log->ends, capacity * sizeof(*ends));
	if (!ends)
		return false;
	log->ends = ends;
	log->capacity = capacity;
	return true;
}

void interval_log_cut(struct interval_log *log)
{
	const struct histogram *h = log->histogram;
	size_t first = h->count > 0 ? histogram_index(h->min) : 0;
	size_t end = h->count > 0 ? histogram_index(h->max) + 1 : 0;

	if (log->lost)
		return;
	if (!reserve_end(log) ||
	    hdr_counts_append(&log->bytes, h->cells, log->before, first, end) < 0) {
		log->lost = true;
		return;
	}
	log->ends[log->count++] = log->bytes.length;
	if (end > first)
		memcpy(log->before + first, h->cells + first,
		       (end - first) * sizeof(*log->before));
}

void interval_log_read(const struct interval_log *log, size_t piece, uint64_t *cells)
{
	size_t cell;
	uint64_t count;

	if (piece >= log->count)
		return;
	struct hdr_counts_reader reader = {
		.at = log->bytes.data + (piece > 0 ? log->ends[piece - 1] : 0),
		.end = log->bytes.data + log->ends[piece],
	};
	while (hdr_counts_next(&reader, HISTOGRAM_CELLS, &cell, &count) > 0)
		cells[cell] += count;
}
