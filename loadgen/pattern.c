/* pattern.c - what is sent, and the one right value of every byte that comes back. */
#include "loadgen/pattern.h"

#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loadgen/random.h"

#define AMOUNT_OFFSET 8
#define SEQUENCE_BITS 20
#define PHASE_STRIDE  6271 /* coprime to the period: neighbours start far apart */

struct pattern *pattern_new(void)
{
	struct pattern *pattern = malloc(sizeof(*pattern));
	uint64_t state = PATTERN_PERIOD;

	if (!pattern)
		return NULL;
	for (size_t i = 0; i < PATTERN_PERIOD; i++)
		pattern->bytes[i] = (uint8_t)random_next(&state);
	memcpy(pattern->bytes + PATTERN_PERIOD, pattern->bytes, PATTERN_PERIOD);
	return pattern;
}

void pattern_free(struct pattern *pattern)
{
	free(pattern);
}

void pattern_shape_init(struct pattern_shape *shape, const struct pattern *pattern,
			uint32_t payload)
{
	const struct echo_header header = {.length = payload, .op = ECHO_OP_ECHO};

	*shape = (struct pattern_shape){.bytes = pattern->bytes, .payload = payload};
	echo_header_encode(&header, shape->header);
}

void pattern_shape_work(struct pattern_shape *shape, const struct work *work,
			uint64_t seed)
{
	static const uint8_t ops[] = {[WORK_NONE] = ECHO_OP_ECHO,
				      [WORK_SPIN] = ECHO_OP_SPIN,
				      [WORK_SLEEP] = ECHO_OP_SLEEP,
				      [WORK_EXP] = ECHO_OP_SPIN};
	const struct echo_header header = {.length = shape->payload,
					   .op = ops[work->kind],
					   .amount_us = work->amount_us};

	shape->mean_us = work->kind == WORK_EXP ? work->amount_us : 0;
	shape->seed = seed;
	echo_header_encode(&header, shape->header);
}

void pattern_start(struct pattern_cursor *cursor, uint32_t connection)
{
	uint64_t phase = (uint64_t)connection * PHASE_STRIDE % PATTERN_PERIOD;

	*cursor = (struct pattern_cursor){.phase = (uint32_t)phase};
}

void pattern_seek(const struct pattern_shape *shape, uint32_t connection,
		  struct pattern_cursor *cursor, uint32_t sequence)
{
	uint64_t walked = (uint64_t)sequence * shape->payload % PATTERN_PERIOD;

	pattern_start(cursor, connection);
	cursor->sequence = sequence;
	cursor->phase = (cursor->phase + (uint32_t)walked) % PATTERN_PERIOD;
}

uint32_t pattern_tag(uint32_t connection, uint32_t sequence)
{
	return connection << SEQUENCE_BITS | (sequence & ((1u << SEQUENCE_BITS) - 1));
}

static void put_be32(uint8_t *p, uint32_t value)
{
	value = htobe32(value);
	memcpy(p, &value, sizeof(value));
}

static void make_header(const struct pattern_shape *shape, uint32_t connection,
			uint32_t sequence, uint8_t header[ECHO_HEADER_SIZE])
{
	memcpy(header, shape->header, ECHO_HEADER_SIZE);
	put_be32(header + PATTERN_TAG_OFFSET, pattern_tag(connection, sequence));
	if (shape->mean_us > 0)
		put_be32(header + AMOUNT_OFFSET,
			 work_draw(shape->mean_us, shape->seed, connection, sequence));
}

static void next_frame(const struct pattern_shape *shape, struct pattern_cursor *cursor)
{
	cursor->sequence++;
	cursor->offset = 0;
	cursor->phase = (cursor->phase + shape->payload) % PATTERN_PERIOD;
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* The payload bytes at the cursor, which stands behind the header: as many of `most` as
 * belong to the frame and lie in one piece. */
static const uint8_t *payload_piece(const struct pattern_shape *shape,
				    const struct pattern_cursor *cursor, size_t most,
				    size_t *ret_length)
{
	uint32_t done = cursor->offset - ECHO_HEADER_SIZE;
	size_t at = (cursor->phase + (size_t)done) % PATTERN_PERIOD;
	size_t length = least(shape->payload - done, 2UL * PATTERN_PERIOD - at);

	*ret_length = least(length, most);
	return shape->bytes + at;
}

static void move(const struct pattern_shape *shape, struct pattern_cursor *cursor,
		 size_t length)
{
	cursor->offset += (uint32_t)length;
	if (cursor->offset == pattern_frame_size(shape))
		next_frame(shape, cursor);
}

/* Copies one whole frame from the cursor, which stands at its start. */
static void copy_frame(const struct pattern_shape *shape, uint32_t connection,
		       struct pattern_cursor *cursor, uint8_t *p)
{
	make_header(shape, connection, cursor->sequence, p);
	memcpy(p + ECHO_HEADER_SIZE, shape->bytes + cursor->phase, shape->payload);
	next_frame(shape, cursor);
}

static int build_small(const struct pattern_shape *shape, uint32_t connection,
		       struct pattern_cursor *cursor, uint32_t end_sequence,
		       uint8_t *scratch, struct iovec *iov)
{
	uint32_t frame = pattern_frame_size(shape);
	size_t filled = 0;

	while (cursor->sequence != end_sequence && filled + frame <= PATTERN_SEND_MAX) {
		copy_frame(shape, connection, cursor, scratch + filled);
		filled += frame;
	}
	iov[0] = (struct iovec){scratch, filled};
	return filled > 0;
}

/* One header into the scratch, then the pattern itself, up to `room` bytes. */
static int build_in_place(const struct pattern_shape *shape, uint32_t connection,
			  struct pattern_cursor *cursor, size_t room, uint8_t *scratch,
			  struct iovec *iov)
{
	uint32_t sequence = cursor->sequence;
	int count = 0;

	if (cursor->offset == 0) {
		make_header(shape, connection, sequence, scratch);
		iov[count++] = (struct iovec){scratch, ECHO_HEADER_SIZE};
		cursor->offset = ECHO_HEADER_SIZE;
		room -= ECHO_HEADER_SIZE;
	}
	while (room > 0 && cursor->sequence == sequence) {
		size_t length;
		const uint8_t *p = payload_piece(shape, cursor, room, &length);
		iov[count++] = (struct iovec){(void *)p, length};
		move(shape, cursor, length);
		room -= length;
	}
	return count;
}

static int build_large(const struct pattern_shape *shape, uint32_t connection,
		       struct pattern_cursor *cursor, uint32_t end_sequence,
		       uint8_t *scratch, struct iovec *iov)
{
	uint32_t frame = pattern_frame_size(shape);
	size_t room = PATTERN_SEND_MAX;
	int count = 0;

	while (cursor->sequence != end_sequence && room > 0) {
		size_t left = frame - cursor->offset;
		if (left > room && count > 0)
			break; /* a frame that fits into one send is not torn */
		size_t piece = least(left, room);
		count += build_in_place(shape, connection, cursor, piece, scratch,
					iov + count);
		scratch += ECHO_HEADER_SIZE;
		room -= piece;
	}
	return count;
}

int pattern_build(const struct pattern_shape *shape, uint32_t connection,
		  struct pattern_cursor *cursor, uint32_t end_sequence, uint8_t *scratch,
		  struct iovec *ret_iov)
{
	if (pattern_frame_size(shape) <= PATTERN_COPY_MAX)
		return build_small(shape, connection, cursor, end_sequence, scratch,
				   ret_iov);
	return build_large(shape, connection, cursor, end_sequence, scratch, ret_iov);
}

/* What is right at the cursor, in one piece of at most `most` bytes; `header` is room for
 * one. */
static const uint8_t *right_piece(const struct pattern_shape *shape, uint32_t connection,
				  const struct pattern_cursor *cursor, size_t most,
				  uint8_t *header, size_t *ret_length)
{
	if (cursor->offset >= ECHO_HEADER_SIZE)
		return payload_piece(shape, cursor, most, ret_length);
	make_header(shape, connection, cursor->sequence, header);
	*ret_length = least(ECHO_HEADER_SIZE - cursor->offset, most);
	return header + cursor->offset;
}

static size_t same_bytes(const uint8_t *a, const uint8_t *b, size_t n)
{
	size_t i = 0;

	while (i < n && a[i] == b[i])
		i++;
	return i;
}

/* A whole frame that lies in one piece, as almost all do. */
static bool whole_frame_right(const struct pattern_shape *shape, uint32_t connection,
			      const struct pattern_cursor *cursor, const uint8_t *data)
{
	uint8_t header[ECHO_HEADER_SIZE];

	make_header(shape, connection, cursor->sequence, header);
	return memcmp(data, header, ECHO_HEADER_SIZE) == 0 &&
	       memcmp(data + ECHO_HEADER_SIZE, shape->bytes + cursor->phase,
		      shape->payload) == 0;
}

size_t pattern_verify(const struct pattern_shape *shape, uint32_t connection,
		      struct pattern_cursor *cursor, uint32_t end_sequence,
		      const uint8_t *data, size_t n)
{
	uint32_t frame = pattern_frame_size(shape);
	bool contiguous = frame <= PATTERN_PERIOD;
	size_t done = 0;

	while (done < n && cursor->sequence != end_sequence) {
		if (contiguous && cursor->offset == 0 && n - done >= frame &&
		    whole_frame_right(shape, connection, cursor, data + done)) {
			next_frame(shape, cursor);
			done += frame;
			continue;
		}
		uint8_t header[ECHO_HEADER_SIZE];
		size_t length;
		const uint8_t *right =
			right_piece(shape, connection, cursor, n - done, header, &length);
		if (memcmp(data + done, right, length) != 0) {
			size_t same = same_bytes(data + done, right, length);
			cursor->offset += (uint32_t)same;
			return done + same;
		}
		move(shape, cursor, length);
		done += length;
	}
	return done;
}

size_t pattern_expect(const struct pattern_shape *shape, uint32_t connection,
		      struct pattern_cursor cursor, uint8_t *ret_bytes, size_t n)
{
	size_t done = 0;

	while (done < n) {
		uint8_t header[ECHO_HEADER_SIZE];
		size_t length;
		const uint8_t *right = right_piece(shape, connection, &cursor, n - done,
						   header, &length);
		memcpy(ret_bytes + done, right, length);
		move(shape, &cursor, length);
		done += length;
	}
	return done;
}

static void to_hex(const uint8_t *bytes, size_t n, char *text)
{
	for (size_t i = 0; i < n; i++)
		sprintf(text + 3 * i, "%02x ", bytes[i]);
	text[n ? 3 * n - 1 : 0] = '\0';
}

void pattern_describe(const struct pattern_shape *shape, uint32_t connection,
		      const struct pattern_cursor *cursor, const uint8_t *data, size_t n,
		      char *text, size_t size)
{
	uint8_t expected[PATTERN_MISMATCH];
	char expected_hex[3 * PATTERN_MISMATCH + 1], actual_hex[3 * PATTERN_MISMATCH + 1];

	n = least(n, PATTERN_MISMATCH);
	to_hex(expected, pattern_expect(shape, connection, *cursor, expected, n),
	       expected_hex);
	to_hex(data, n, actual_hex);
	snprintf(text, size,
		 "connection %u, offset %llu of its stream (reply %u, byte %u): expected "
		 "%s, received %s",
		 connection, (unsigned long long)pattern_position(shape, cursor),
		 cursor->sequence, cursor->offset, expected_hex, actual_hex);
}

void pattern_describe_surplus(const struct pattern_shape *shape, uint32_t connection,
			      const struct pattern_cursor *cursor, const uint8_t *data,
			      size_t n, char *text, size_t size)
{
	char hex[3 * PATTERN_MISMATCH + 1];

	to_hex(data, least(n, PATTERN_MISMATCH), hex);
	snprintf(text, size,
		 "connection %u, offset %llu of its stream (after reply %u): expected "
		 "nothing, received %zu bytes: %s",
		 connection, (unsigned long long)pattern_position(shape, cursor),
		 cursor->sequence - 1, n, hex);
}

void pattern_describe_unasked(const uint8_t *data, size_t n, char *text, size_t size)
{
	char hex[3 * PATTERN_MISMATCH + 1];

	to_hex(data, least(n, PATTERN_MISMATCH), hex);
	snprintf(text, size,
		 "an idle connection: expected nothing, received %zu bytes: %s", n, hex);
}
