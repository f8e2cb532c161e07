/*
 * pattern.h - what is sent, and the one right value of every byte that comes back.
 *
 * The payload of a frame is a piece of a read-only pattern of prime length, from a phase
 * that connection and sequence give: frame after frame a step further, from a beginning of
 * the connection's own. The header's tag is connection (12 bits) and sequence (20 bits). So
 * a received byte has one right value: corruption, loss, duplication, reordering, shifts and
 * answers that belong to another connection are all caught by one memcmp, at 2.4 ns per 64
 * bytes.
 *
 *	connection 0    [hdr][pat 0..][hdr][pat s..][hdr][pat 2s..]..
 *	connection 1    [hdr][pat c..][hdr][pat c+s..][hdr][pat c+2s..]..
 *
 * Frames of one connection with the same tag are 2^20 steps apart, which no number of them
 * makes a multiple of the period: they differ too. The pattern is stored twice, so that a
 * span may run over its end. No state but the cursors: nothing is formatted, kept or
 * allocated per request.
 */
#ifndef LOADGEN_PATTERN_H
#define LOADGEN_PATTERN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

#include "loadgen/payload.h"
#include "loadgen/work.h"
#include "server/echo.h"

#define PATTERN_TAG_OFFSET 12      /* in the header */
#define PATTERN_PERIOD     16381U  /* prime, so coprime to every buffer and page size */
#define PATTERN_SEND_MAX   65536UL /* bytes of one pattern_build */
#define PATTERN_IOV_MAX    16      /* spans of one pattern_build */
#define PATTERN_COPY_MAX   16384 /* frames up to this are copied, larger sent in place */
#define PATTERN_MISMATCH   16    /* bytes shown of either side of a mismatch */

struct pattern {
	uint8_t bytes[2 * PATTERN_PERIOD];
};

/* The same bytes in every process; NULL: no memory. Read-only once made: threads share. */
struct pattern *pattern_new(void);
void pattern_free(struct pattern *pattern); /* accepts NULL */

/* What all requests of a target have in common. */
struct pattern_shape {
	const uint8_t *bytes;        /* of the pattern, borrowed */
	const struct payload *sizes; /* drawn per request, borrowed; NULL: `payload` */
	uint32_t payload;
	bool varied; /* something of the header beside the tag is drawn */
	uint8_t header[ECHO_HEADER_SIZE]; /* but for what is drawn, and the tag */
	uint64_t seed;                    /* of the draws */
	struct work work; /* EXP: drawn per request; else it is in the header */
};

/* Requests of one size without work. */
void pattern_shape_init(struct pattern_shape *shape, const struct pattern *pattern,
			uint32_t payload);

/* Gives them sizes (borrowed, unless there is but one) and work; what is drawn belongs to
 * seed, connection and sequence. */
void pattern_shape_draw(struct pattern_shape *shape, const struct payload *sizes,
			const struct work *work, uint64_t seed);

/* A position in one direction of one connection's stream. */
struct pattern_cursor {
	uint32_t sequence; /* of the frame */
	uint32_t offset;   /* in the frame, header included */
	uint32_t phase;    /* in the pattern, of the frame's first payload byte */
};

/* To the start of the stream. Phases are distinct for connections 0 .. 16,380. */
void pattern_start(struct pattern_cursor *cursor, uint32_t connection);

/* The same to the start of a later frame. */
void pattern_seek(struct pattern_cursor *cursor, uint32_t connection, uint32_t sequence);

uint32_t pattern_tag(uint32_t connection, uint32_t sequence);

/*
 * Builds what follows at `cursor`: whole frames up to and without `end_sequence`, as many as
 * fit into PATTERN_SEND_MAX bytes, or the next piece of a frame that is larger. Small
 * frames are copied into `scratch` (PATTERN_SEND_MAX bytes), large ones point into the
 * pattern. Returns the number of spans in iov[PATTERN_IOV_MAX], 0 when nothing is due, and
 * moves the cursor.
 */
int pattern_build(const struct pattern_shape *shape, uint32_t connection,
		  struct pattern_cursor *cursor, uint32_t end_sequence, uint8_t *scratch,
		  struct iovec *ret_iov);

/*
 * Compares received bytes with what is right at `cursor`, up to and without the frame
 * `end_sequence`, and moves the cursor behind them, however they are split. Returns the
 * number of right bytes: less than n when a byte is wrong (the cursor stands on it), or
 * when the cursor has come to end_sequence and the rest is surplus.
 */
size_t pattern_verify(const struct pattern_shape *shape, uint32_t connection,
		      struct pattern_cursor *cursor, uint32_t end_sequence,
		      const uint8_t *data, size_t n);

/* Copies up to n bytes of what is right from `cursor` on; returns how many. Slow: for
 * reports and tests. */
size_t pattern_expect(const struct pattern_shape *shape, uint32_t connection,
		      struct pattern_cursor cursor, uint8_t *ret_bytes, size_t n);

/* One line: connection, place in its stream, expected and actual bytes in hex, `data` being
 * received at `cursor`. */
void pattern_describe(const struct pattern_shape *shape, uint32_t connection,
		      const struct pattern_cursor *cursor, const uint8_t *data, size_t n,
		      char *text, size_t size);

/* The same of bytes that came when none were due. */
void pattern_describe_surplus(const struct pattern_shape *shape, uint32_t connection,
			      const struct pattern_cursor *cursor, const uint8_t *data,
			      size_t n, char *text, size_t size);

/* The same on a connection that has never sent anything. */
void pattern_describe_unasked(const uint8_t *data, size_t n, char *text, size_t size);

/* Bytes of a request's payload. */
static inline uint32_t pattern_payload(const struct pattern_shape *shape,
				       uint32_t connection, uint32_t sequence)
{
	if (__builtin_expect(shape->sizes != NULL, 0))
		return payload_draw(shape->sizes, shape->seed, connection, sequence);
	return shape->payload;
}

/* Bytes of a frame. */
static inline uint32_t pattern_frame_size(const struct pattern_shape *shape,
					  uint32_t connection, uint32_t sequence)
{
	return ECHO_HEADER_SIZE + pattern_payload(shape, connection, sequence);
}

#endif
