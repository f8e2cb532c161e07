/*
 * hdr_counts.h - the counts of a histogram's cells as bytes: HdrHistogram's V2 encoding.
 *
 * Cell by cell from the first to the last that is not empty, each a ZigZag LEB128 number of
 * at most 9 bytes, the ninth being whole; n empty cells in a row are the one number -n.
 * A histogram without any sample is one empty cell.
 *
 * Source: HdrHistogram's ZigZagEncoding and AbstractHistogram.fillBufferFromCountsArray.
 */
#ifndef LOADGEN_HDR_COUNTS_H
#define LOADGEN_HDR_COUNTS_H

#include <stddef.h>
#include <stdint.h>

struct hdr_bytes {
	uint8_t *data;
	size_t length, capacity;
};

void hdr_bytes_release(struct hdr_bytes *bytes); /* accepts a zeroed one */

/* Room for `more` bytes behind those there are. 0 or -ENOMEM. */
int hdr_bytes_reserve(struct hdr_bytes *bytes, size_t more);

/* Appends cells[i] - before[i] of the cells 0 .. end-1, where those below `first` are known
 * to be equal; `before` NULL: all 0. 0 or -ENOMEM (then nothing is appended). */
int hdr_counts_append(struct hdr_bytes *bytes, const uint64_t *cells,
		      const uint64_t *before, size_t first, size_t end);

struct hdr_counts_reader {
	const uint8_t *at, *end;
	size_t next; /* cell */
};

/* The next cell that is not empty: 1; 0 at the end; -EBADMSG where the bytes are no counts
 * or name a cell from `cells` on. */
int hdr_counts_next(struct hdr_counts_reader *reader, size_t cells, size_t *ret_cell,
		    uint64_t *ret_count);

#endif
