/* hdr_counts.c - the counts of a histogram's cells as bytes: HdrHistogram's V2 encoding. */
#include "loadgen/hdr_counts.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#define NUMBER_MOST 9 /* bytes of one */

void hdr_bytes_release(struct hdr_bytes *bytes)
{
	free(bytes->data);
	*bytes = (struct hdr_bytes){NULL, 0, 0};
}

int hdr_bytes_reserve(struct hdr_bytes *bytes, size_t more)
{
	size_t needed = bytes->length + more;
	size_t capacity = bytes->capacity * 2 > needed ? bytes->capacity * 2 : needed;

	if (needed <= bytes->capacity)
		return 0;
	uint8_t *data = realloc(bytes->data, capacity);
	if (!data)
		return -ENOMEM;
	bytes->data = data;
	bytes->capacity = capacity;
	return 0;
}

static uint8_t *put(uint8_t *at, int64_t number)
{
	uint64_t rest = ((uint64_t)number << 1) ^ (uint64_t)(number >> 63);

	for (int i = 1; rest >= 0x80 && i < NUMBER_MOST; i++) {
		*at++ = (uint8_t)(rest | 0x80);
		rest >>= 7;
	}
	*at++ = (uint8_t)rest;
	return at;
}

int hdr_counts_append(struct hdr_bytes *bytes, const uint64_t *cells,
		      const uint64_t *before, size_t first, size_t end)
{
	size_t most = (end > first ? end - first : 0) + 1;
	int64_t empty = (int64_t)first;

	if (hdr_bytes_reserve(bytes, (most + 1) * NUMBER_MOST) < 0)
		return -ENOMEM;
	uint8_t *start = bytes->data + bytes->length, *at = start;
	for (size_t i = first; i < end; i++) {
		uint64_t count = before ? cells[i] - before[i] : cells[i];
		if (count == 0) {
			empty++;
			continue;
		}
		if (empty > 0)
			at = put(at, -empty);
		empty = 0;
		at = put(at, (int64_t)count);
	}
	if (at == start)
		at = put(at, -1);
	bytes->length += (size_t)(at - start);
	return 0;
}

/* False where the bytes end within a number. */
static bool get(struct hdr_counts_reader *reader, int64_t *ret_number)
{
	uint64_t value = 0;

	for (int i = 0; reader->at < reader->end; i++) {
		uint64_t byte = *reader->at++;
		bool last = i == NUMBER_MOST - 1 || byte < 0x80;
		value |= (last ? byte : byte & 0x7f) << (7 * i);
		if (last) {
			*ret_number = (int64_t)(value >> 1) ^ -(int64_t)(value & 1);
			return true;
		}
	}
	return false;
}

int hdr_counts_next(struct hdr_counts_reader *reader, size_t cells, size_t *ret_cell,
		    uint64_t *ret_count)
{
	int64_t number;

	while (reader->at < reader->end) {
		if (!get(reader, &number) || number == INT64_MIN)
			return -EBADMSG;
		uint64_t step = number < 0 ? (uint64_t)-number : 1;
		if (step > cells - reader->next)
			return -EBADMSG;
		*ret_cell = reader->next;
		reader->next += step;
		if (number > 0) {
			*ret_count = (uint64_t)number;
			return 1;
		}
	}
	return 0;
}
