/*
 * interval_log.h - what a histogram gained in each second, while it goes on being recorded
 * to.
 *
 * Each piece is kept as the few kilobytes of hdr_counts, so that a long run needs no
 * histogram per second: a cut walks from the least to the greatest sample's cell, and takes
 * some 10 us. Belongs to the thread that records.
 */
#ifndef LOADGEN_INTERVAL_LOG_H
#define LOADGEN_INTERVAL_LOG_H

#include <stdbool.h>

#include "loadgen/hdr_counts.h"
#include "loadgen/histogram.h"

struct interval_log {
	const struct histogram *histogram; /* borrowed; NULL: nothing is logged */
	uint64_t *before;                  /* its cells at the last cut */
	struct hdr_bytes bytes;            /* of all pieces */
	size_t *ends;                      /* of each piece, in bytes */
	size_t count, capacity;
	bool lost; /* memory ran out: pieces are missing at the end */
};

/* 0 or -ENOMEM; in either case interval_log_release. */
int interval_log_open(struct interval_log *log, const struct histogram *histogram);
void interval_log_release(struct interval_log *log); /* accepts a zeroed one */

/* Ends a piece: what has come since the last cut. */
void interval_log_cut(struct interval_log *log);

/* Adds the cells of a piece; nothing where there is no such piece. */
void interval_log_read(const struct interval_log *log, size_t piece, uint64_t *cells);

#endif
