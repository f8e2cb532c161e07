/* hdr_block.c - one histogram as a word of text: HdrHistogram's V2 payload. */
#include "loadgen/hdr_block.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "loadgen/base64.h"
#include "loadgen/histogram.h"

#define COMPRESSED_COOKIE 0x1c849314U
#define BLOCK_COOKIE      0x1c849313U
#define RATIO             1.0

#define PREFIX_SIZE 8
#define BLOCK_MOST  (1U << 24) /* of what a text may hold: a million cells and more */

/* As it stands before the counts. */
struct __attribute__((packed)) block_header {
	uint32_t cookie, length, offset, digits;
	uint64_t lowest, highest, ratio;
};

const struct hdr_shape hdr_shape_own = {1, HISTOGRAM_HIGHEST, 3};

/* Values below this have cells of the unit. */
static int64_t single_units(int digits)
{
	int64_t most = 2;

	while (digits-- > 0)
		most *= 10;
	return most;
}

static int log2_up(int64_t value)
{
	return 64 - __builtin_clzll((uint64_t)value - 1);
}

int hdr_layout_init(struct hdr_layout *layout, const struct hdr_shape *shape)
{
	if (shape->digits < 0 || shape->digits > 5 || shape->lowest < 1 ||
	    shape->lowest > INT64_MAX / 2 || shape->highest < 2 * shape->lowest)
		return -EBADMSG;
	layout->unit_magnitude = 63 - __builtin_clzll((uint64_t)shape->lowest);
	layout->half_magnitude = log2_up(single_units(shape->digits)) - 1;
	if (layout->unit_magnitude + layout->half_magnitude > 61)
		return -EBADMSG;
	uint64_t untracked = 1ULL
			     << (layout->unit_magnitude + layout->half_magnitude + 1);
	layout->buckets = 1;
	while (untracked <= (uint64_t)shape->highest) {
		untracked <<= 1;
		layout->buckets++;
	}
	layout->cells = (size_t)(layout->buckets + 1) << layout->half_magnitude;
	return 0;
}

static int bucket_of(const struct hdr_layout *layout, size_t cell)
{
	int bucket = (int)(cell >> layout->half_magnitude) - 1;

	return bucket < 0 ? 0 : bucket;
}

int64_t hdr_layout_lowest(const struct hdr_layout *layout, size_t cell)
{
	int bucket = bucket_of(layout, cell);

	return (int64_t)(cell - ((size_t)bucket << layout->half_magnitude))
	       << (bucket + layout->unit_magnitude);
}

int64_t hdr_layout_highest(const struct hdr_layout *layout, size_t cell)
{
	int64_t size = 1LL << (bucket_of(layout, cell) + layout->unit_magnitude);

	return hdr_layout_lowest(layout, cell) + (size - 1);
}

static uint64_t bits_of(double value)
{
	uint64_t bits;

	memcpy(&bits, &value, sizeof(bits));
	return bits;
}

int hdr_block_build(const struct hdr_shape *shape, const struct hdr_bytes *counts,
		    struct hdr_bytes *block)
{
	const struct block_header header = {
		.cookie = htobe32(BLOCK_COOKIE),
		.length = htobe32((uint32_t)counts->length),
		.digits = htobe32((uint32_t)shape->digits),
		.lowest = htobe64((uint64_t)shape->lowest),
		.highest = htobe64((uint64_t)shape->highest),
		.ratio = htobe64(bits_of(RATIO)),
	};

	block->length = 0;
	if (hdr_bytes_reserve(block, sizeof(header) + counts->length) < 0)
		return -ENOMEM;
	memcpy(block->data, &header, sizeof(header));
	memcpy(block->data + sizeof(header), counts->data, counts->length);
	block->length = sizeof(header) + counts->length;
	return 0;
}

static void put_prefix(uint8_t *bytes, uint32_t length)
{
	const uint32_t prefix[] = {htobe32(COMPRESSED_COOKIE), htobe32(length)};

	memcpy(bytes, prefix, sizeof(prefix));
}

int hdr_block_encode(const struct hdr_bytes *block, char **ret_text)
{
	uLongf length = compressBound(block->length);
	uint8_t *bytes = malloc(PREFIX_SIZE + length);
	char *text = NULL;

	if (bytes &&
	    compress(bytes + PREFIX_SIZE, &length, block->data, block->length) == Z_OK) {
		put_prefix(bytes, (uint32_t)length);
		text = malloc(BASE64_SIZE(PREFIX_SIZE + length));
	}
	if (text)
		base64_encode(bytes, PREFIX_SIZE + length, text);
	free(bytes);
	*ret_text = text;
	return text ? 0 : -ENOMEM;
}

/* The block behind a prefix, uncompressed into `block`. */
static int uncompress_block(const uint8_t *bytes, size_t length, struct hdr_bytes *block)
{
	uint32_t prefix[2];

	if (length < sizeof(prefix))
		return -EBADMSG;
	memcpy(prefix, bytes, sizeof(prefix));
	if (be32toh(prefix[0]) != COMPRESSED_COOKIE ||
	    be32toh(prefix[1]) != length - PREFIX_SIZE)
		return -EBADMSG;
	for (uLongf room = 1U << 16; room <= BLOCK_MOST; room *= 4) {
		if (hdr_bytes_reserve(block, room) < 0)
			return -ENOMEM;
		uLongf got = room;
		int rc = uncompress(block->data, &got, bytes + PREFIX_SIZE,
				    length - PREFIX_SIZE);
		block->length = got;
		if (rc != Z_BUF_ERROR)
			return rc == Z_OK ? 0 : rc == Z_MEM_ERROR ? -ENOMEM : -EBADMSG;
		block->length = 0;
	}
	return -EBADMSG;
}

/* Leaves the counts in `block`. */
static int take_header(struct hdr_bytes *block, struct hdr_shape *ret_shape)
{
	struct block_header header;
	struct hdr_layout layout;

	if (block->length < sizeof(header))
		return -EBADMSG;
	memcpy(&header, block->data, sizeof(header));
	if (be32toh(header.cookie) != BLOCK_COOKIE || header.offset != 0 ||
	    be32toh(header.length) > block->length - sizeof(header))
		return -EBADMSG;
	*ret_shape = (struct hdr_shape){.lowest = (int64_t)be64toh(header.lowest),
					.highest = (int64_t)be64toh(header.highest),
					.digits = (int)be32toh(header.digits)};
	block->length = be32toh(header.length);
	memmove(block->data, block->data + sizeof(header), block->length);
	return hdr_layout_init(&layout, ret_shape);
}

int hdr_block_decode(const char *text, size_t length, struct hdr_shape *ret_shape,
		     struct hdr_bytes *counts)
{
	uint8_t *bytes = malloc(length + 1);
	ptrdiff_t n = bytes ? base64_decode(text, length, bytes) : -1;
	int rc = bytes ? -EBADMSG : -ENOMEM;

	*counts = (struct hdr_bytes){NULL, 0, 0};
	if (n >= 0)
		rc = uncompress_block(bytes, (size_t)n, counts);
	if (rc == 0)
		rc = take_header(counts, ret_shape);
	if (rc < 0)
		hdr_bytes_release(counts);
	free(bytes);
	return rc;
}
