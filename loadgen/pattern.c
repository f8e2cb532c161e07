/* pattern.c - what is sent, and the one right value of every byte that comes back. */
#include "loadgen/pattern.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "loadgen/random.h"

#define OP_OFFSET     5
#define AMOUNT_OFFSET 8
#define SEQUENCE_BITS 20
#define PHASE_STRIDE  6271 /* coprime to the period: neighbours start far apart */
#define PHASE_STEP    67   /* small, so that a connection's next piece is in the cache */

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

void pattern_shape_draw(struct pattern_shape *shape, const struct payload *sizes,
			const struct work *work, uint64_t seed)
{
	static const uint8_t ops[] = {[WORK_NONE] = ECHO_OP_ECHO,
				      [WORK_SPIN] = ECHO_OP_SPIN,
				      [WORK_SLEEP] = ECHO_OP_SLEEP,
				      [WORK_EXP] = ECHO_OP_SPIN,
				      [WORK_MIX] = ECHO_OP_SPIN};
	const struct echo_header header = {.length = sizes->least,
					   .op = ops[work->kind],
					   .amount_us = work->amount_us};

	shape->payload = sizes->least;
	shape->sizes = sizes->least == sizes->most ? NULL : sizes;
	shape->work = *work;
	shape->seed = seed;
	shape->varied = shape->sizes || work->kind >= WORK_EXP;
	echo_header_encode(&header, shape->header);
}

void pattern_start(struct pattern_cursor *cursor, uint32_t connection)
{
	pattern_seek(cursor, connection, 0);
}

void pattern_seek(struct pattern_cursor *cursor, uint32_t connection, uint32_t sequence)
{
	uint64_t phase =
		(uint64_t)connection * PHASE_STRIDE + (uint64_t)sequence * PHASE_STEP;

	*cursor = (struct pattern_cursor){.sequence = sequence,
					  .phase = (uint32_t)(phase % PATTERN_PERIOD)};
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

static void vary_op(const struct pattern_shape *shape, uint32_t connection,
		    uint32_t sequence, uint8_t header[ECHO_HEADER_SIZE])
{
	if (!work_draws_sleep(shape->seed, connection, sequence))
		return;
	header[OP_OFFSET] = ECHO_OP_SLEEP;
	put_be32(header + AMOUNT_OFFSET, shape->work.sleep_us);
}

/* What is drawn of a header. */
static void __attribute__((noinline))
vary_header(const struct pattern_shape *shape, uint32_t connection, uint32_t sequence,
	    uint32_t payload, uint8_t header[ECHO_HEADER_SIZE])
{
	put_be32(header, payload);
	if (shape->work.kind == WORK_EXP)
		put_be32(header + AMOUNT_OFFSET,
			 work_draw(&shape->work, shape->seed, connection, sequence));
	else if (shape->work.kind == WORK_MIX)
		vary_op(shape, connection, sequence, header);
}

static void make_header(const struct pattern_shape *shape, uint32_t connection,
			uint32_t sequence, uint32_t payload,
			uint8_t header[ECHO_HEADER_SIZE])
{
	memcpy(header, shape->header, ECHO_HEADER_SIZE);
	put_be32(header + PATTERN_TAG_OFFSET, pattern_tag(connection, sequence));
	if (shape->varied)
		vary_header(shape, connection, sequence, payload, header);
}

static void next_frame(struct pattern_cursor *cursor)
{
	cursor->sequence++;
	cursor->offset = 0;
	cursor->phase += PHASE_STEP;
	if (cursor->phase >= PATTERN_PERIOD)
		cursor->phase -= PATTERN_PERIOD;
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* The payload bytes at the cursor, which stands behind the header: as many of `most` as
 * belong to the frame and lie in one piece. */
static const uint8_t *payload_piece(const struct pattern_shape *shape,
				    const struct pattern_cursor *cursor, uint32_t payload,
				    size_t most, size_t *ret_length)
{
	uint32_t done = cursor->offset - ECHO_HEADER_SIZE;
	size_t at = (cursor->phase + (size_t)done) % PATTERN_PERIOD;
	size_t length = least(payload - done, 2UL * PATTERN_PERIOD - at);

	*ret_length = least(length, most);
	return shape->bytes + at;
}

static void move(struct pattern_cursor *cursor, uint32_t payload, size_t length)
{
	cursor->offset += (uint32_t)length;
	if (cursor->offset == ECHO_HEADER_SIZE + payload)
		next_frame(cursor);
}

/* Copies one whole frame from the cursor, which stands at its start. */
static void copy_frame(const struct pattern_shape *shape, uint32_t connection,
		       struct pattern_cursor *cursor, uint32_t payload, uint8_t *p)
{
	make_header(shape, connection, cursor->sequence, payload, p);
	memcpy(p + ECHO_HEADER_SIZE, shape->bytes + cursor->phase, payload);
	next_frame(cursor);
}

/* Small frames of one size. */
static int build_small(const struct pattern_shape *shape, uint32_t connection,
		       struct pattern_cursor *cursor, uint32_t end_sequence,
		       uint8_t *scratch, struct iovec *iov)
{
	uint32_t payload = shape->payload;
	size_t filled = 0, frame = ECHO_HEADER_SIZE + payload;

	while (cursor->sequence != end_sequence && filled + frame <= PATTERN_SEND_MAX) {
		copy_frame(shape, connection, cursor, payload, scratch + filled);
		filled += frame;
	}
	iov[0] = (struct iovec){scratch, filled};
	return filled > 0;
}

/* A send as it grows. */
struct build {
	const struct pattern_shape *shape;
	uint32_t connection;
	uint8_t *scratch; /* not used yet */
	size_t room;
	struct iovec *iov;
	int count;
};

/* Bytes of the scratch that stand side by side are one span. */
static void add_span(struct build *b, const uint8_t *p, size_t length)
{
	struct iovec *last = b->iov + b->count - 1;

	if (b->count > 0 && (const uint8_t *)last->iov_base + last->iov_len == p)
		last->iov_len += length;
	else
		b->iov[b->count++] = (struct iovec){(void *)p, length};
	b->room -= length;
}

static void add_scratch(struct build *b, size_t length)
{
	add_span(b, b->scratch, length);
	b->scratch += length;
}

/* The header into the scratch, then the pattern itself, until the frame or the room is at
 * its end. */
static void add_in_place(struct build *b, struct pattern_cursor *cursor, uint32_t payload)
{
	uint32_t sequence = cursor->sequence;

	if (cursor->offset == 0) {
		make_header(b->shape, b->connection, sequence, payload, b->scratch);
		add_scratch(b, ECHO_HEADER_SIZE);
		cursor->offset = ECHO_HEADER_SIZE;
	}
	while (b->room > 0 && cursor->sequence == sequence) {
		size_t length;
		const uint8_t *p =
			payload_piece(b->shape, cursor, payload, b->room, &length);
		add_span(b, p, length);
		move(cursor, payload, length);
	}
}

/* Frames of any size. PATTERN_IOV_MAX spans are enough: all but the last piece of a frame
 * in place are longer than the period, and all but the first such frame longer than
 * PATTERN_COPY_MAX. */
static int build_any(struct build *b, struct pattern_cursor *cursor,
		     uint32_t end_sequence)
{
	while (cursor->sequence != end_sequence && b->room > 0) {
		uint32_t payload =
			pattern_payload(b->shape, b->connection, cursor->sequence);
		size_t left = ECHO_HEADER_SIZE + payload - cursor->offset;
		if (left > b->room && b->count > 0)
			break; /* a frame that fits into one send is not torn */
		if (cursor->offset > 0 || left > PATTERN_COPY_MAX) {
			add_in_place(b, cursor, payload);
			continue;
		}
		copy_frame(b->shape, b->connection, cursor, payload, b->scratch);
		add_scratch(b, left);
	}
	return b->count;
}

int pattern_build(const struct pattern_shape *shape, uint32_t connection,
		  struct pattern_cursor *cursor, uint32_t end_sequence, uint8_t *scratch,
		  struct iovec *ret_iov)
{
	if (!shape->sizes && ECHO_HEADER_SIZE + shape->payload <= PATTERN_COPY_MAX)
		return build_small(shape, connection, cursor, end_sequence, scratch,
				   ret_iov);
	struct build b = {shape, connection, scratch, PATTERN_SEND_MAX, ret_iov, 0};
	return build_any(&b, cursor, end_sequence);
}

/* What is right at the cursor, in one piece of at most `most` bytes; `header` is room for
 * one. */
static const uint8_t *right_piece(const struct pattern_shape *shape, uint32_t connection,
				  const struct pattern_cursor *cursor, uint32_t payload,
				  size_t most, uint8_t *header, size_t *ret_length)
{
	if (cursor->offset >= ECHO_HEADER_SIZE)
		return payload_piece(shape, cursor, payload, most, ret_length);
	make_header(shape, connection, cursor->sequence, payload, header);
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
			      const struct pattern_cursor *cursor, uint32_t payload,
			      const uint8_t *data)
{
	uint8_t header[ECHO_HEADER_SIZE];

	make_header(shape, connection, cursor->sequence, payload, header);
	return memcmp(data, header, ECHO_HEADER_SIZE) == 0 &&
	       memcmp(data + ECHO_HEADER_SIZE, shape->bytes + cursor->phase, payload) ==
		       0;
}

size_t pattern_verify(const struct pattern_shape *shape, uint32_t connection,
		      struct pattern_cursor *cursor, uint32_t end_sequence,
		      const uint8_t *data, size_t n)
{
	size_t done = 0;

	while (done < n && cursor->sequence != end_sequence) {
		uint32_t payload = pattern_payload(shape, connection, cursor->sequence);
		size_t frame = ECHO_HEADER_SIZE + payload;
		if (frame <= PATTERN_PERIOD && cursor->offset == 0 && n - done >= frame &&
		    whole_frame_right(shape, connection, cursor, payload, data + done)) {
			next_frame(cursor);
			done += frame;
			continue;
		}
		uint8_t header[ECHO_HEADER_SIZE];
		size_t length;
		const uint8_t *right = right_piece(shape, connection, cursor, payload,
						   n - done, header, &length);
		if (memcmp(data + done, right, length) != 0) {
			size_t same = same_bytes(data + done, right, length);
			cursor->offset += (uint32_t)same;
			return done + same;
		}
		move(cursor, payload, length);
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
		uint32_t payload = pattern_payload(shape, connection, cursor.sequence);
		size_t length;
		const uint8_t *right = right_piece(shape, connection, &cursor, payload,
						   n - done, header, &length);
		memcpy(ret_bytes + done, right, length);
		move(&cursor, payload, length);
		done += length;
	}
	return done;
}
