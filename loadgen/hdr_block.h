/*
 * hdr_block.h - one histogram as a word of text: HdrHistogram's V2 payload, compressed by
 * zlib, in base64. What a line of a log holds.
 *
 *	"HISTFAAA.."  base64 of  [cookie][length][zlib stream of the block]
 *	block                    [cookie][length][0][digits][lowest][highest][ratio][counts]
 *
 * Integers are big-endian. The counts are those of hdr_counts.h.
 *
 * Source: HdrHistogram's AbstractHistogram.encodeIntoCompressedByteBuffer (V2).
 */
#ifndef LOADGEN_HDR_BLOCK_H
#define LOADGEN_HDR_BLOCK_H

#include "loadgen/hdr_counts.h"

/* How a histogram's values are spread over its cells. */
struct hdr_shape {
	int64_t lowest, highest;
	int digits;
};

/* Where each cell of a shape lies. 0, or -EBADMSG for one that cannot be. */
struct hdr_layout {
	int unit_magnitude, half_magnitude, buckets;
	size_t cells;
};
int hdr_layout_init(struct hdr_layout *layout, const struct hdr_shape *shape);
int64_t hdr_layout_lowest(const struct hdr_layout *layout, size_t cell);
int64_t hdr_layout_highest(const struct hdr_layout *layout, size_t cell);

/* The shape of struct histogram. */
extern const struct hdr_shape hdr_shape_own;

/* The block before it is compressed. 0 or -ENOMEM. */
int hdr_block_build(const struct hdr_shape *shape, const struct hdr_bytes *counts,
		    struct hdr_bytes *block);

/* The text of such a block; the caller frees it. 0 or -ENOMEM. */
int hdr_block_encode(const struct hdr_bytes *block, char **ret_text);

/* The shape and counts that a text of `length` characters holds; the caller releases
 * `counts`. 0, -ENOMEM, or -EBADMSG for what is no V2 histogram, or one whose cells are
 * shifted. Counts are checked by whoever walks them. */
int hdr_block_decode(const char *text, size_t length, struct hdr_shape *ret_shape,
		     struct hdr_bytes *counts);

#endif
