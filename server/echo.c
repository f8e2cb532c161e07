/*
 * echo.c - the echo protocol as a state machine that does no I/O and owns no buffer.
 *
 *	fed buffer   | written | out: to be written | in: not yet parsed | in_end
 *
 * In front of `out` lies kept[], once a header that was split over feeds is complete.
 * Parsing stops in front of a header that asks for work or is malformed, so what lies
 * before `in` can always be written; in those states it ends with a frame's last byte,
 * and `frames` alone says whether anything is left of it.
 */
#include "server/echo.h"

#include <assert.h>
#include <endian.h>
#include <errno.h>
#include <string.h>

enum echo_state {
	STREAMING, /* also waiting for input */
	SPINNING,  /* the work header is kept[] when that is complete, else at `in` */
	SLEEPING,
	REJECTED, /* a malformed header: answer what came before it, then SHUT_WR */
	DISCARDING,
	ENDED
};

static uint32_t load_be32(const uint8_t *p)
{
	uint32_t word;

	memcpy(&word, p, sizeof(word));
	return be32toh(word);
}

static void store_be32(uint8_t *p, uint32_t value)
{
	const uint32_t word = htobe32(value);

	memcpy(p, &word, sizeof(word));
}

void echo_header_encode(const struct echo_header *header, uint8_t p[ECHO_HEADER_SIZE])
{
	store_be32(p, header->length);
	store_be32(p + 4, (uint32_t)ECHO_MAGIC << 24 | (uint32_t)header->op << 16);
	store_be32(p + 8, header->amount_us);
	store_be32(p + 12, header->tag);
}

int echo_header_decode(const uint8_t p[ECHO_HEADER_SIZE], struct echo_header *ret_header)
{
	const uint32_t kind = load_be32(p + 4);
	const uint32_t op = kind >> 16 & 0xff;
	const uint32_t amount_us = load_be32(p + 8);

	if ((kind & 0xff00ffff) != (uint32_t)ECHO_MAGIC << 24 || op > ECHO_OP_SLEEP)
		return -EBADMSG;
	if (op == ECHO_OP_ECHO && amount_us != 0)
		return -EBADMSG;
	*ret_header = (struct echo_header){
		.length = load_be32(p),
		.op = (uint8_t)op,
		.amount_us = amount_us,
		.tag = load_be32(p + 12),
	};
	return 0;
}

static int decode_within(const uint8_t *p, const struct echo_limits *limits,
			 struct echo_header *ret_header)
{
	struct echo_header header;

	if (echo_header_decode(p, &header) < 0 || header.length > limits->max_frame ||
	    header.amount_us > limits->max_work_us)
		return -EBADMSG;
	*ret_header = header;
	return 0;
}

int echo_datagram_decode(const uint8_t *p, size_t length,
			 const struct echo_limits *limits, struct echo_header *ret_header)
{
	struct echo_header header;

	if (length < ECHO_HEADER_SIZE || decode_within(p, limits, &header) < 0 ||
	    header.length != length - ECHO_HEADER_SIZE ||
	    header.length > ECHO_MAX_DATAGRAM)
		return -EBADMSG;
	*ret_header = header;
	return 0;
}

void echo_conn_init(struct echo_conn *conn, const struct echo_limits *limits,
		    struct counters_line *counters)
{
	*conn = (struct echo_conn){.limits = limits, .counters = counters};
}

/* Takes what was fed of the payload. */
static void take_payload(struct echo_conn *conn)
{
	const size_t fed = (size_t)(conn->in_end - conn->in);

	if (conn->payload_left > fed) {
		conn->in = conn->in_end;
		conn->payload_left -= (uint32_t)fed;
		return;
	}
	conn->in += conn->payload_left;
	conn->payload_left = 0;
	conn->frames++;
}

/* The state in which a complete header puts the connection. */
static enum echo_state start_frame(struct echo_conn *conn, const uint8_t *p)
{
	static const enum echo_state states[] = {STREAMING, SPINNING, SLEEPING};
	struct echo_header header;

	if (decode_within(p, conn->limits, &header) < 0) {
		counters_bump(&conn->counters->bad_frames, 1);
		conn->state = REJECTED;
		return REJECTED;
	}
	conn->payload_left = header.length;
	conn->amount_us = header.amount_us;
	conn->state = (uint8_t)states[header.op];
	return states[header.op];
}

/* Parses up to the end of the fed bytes, or to a header that cannot simply be echoed. */
static void parse(struct echo_conn *conn)
{
	while (conn->in_end - conn->in >= ECHO_HEADER_SIZE) {
		if (start_frame(conn, conn->in) != STREAMING)
			return;
		conn->in += ECHO_HEADER_SIZE;
		take_payload(conn);
	}
}

static bool has_output(const struct echo_conn *conn)
{
	if (conn->state != STREAMING)
		return conn->frames > 0;
	return conn->out != conn->in || conn->kept_length == ECHO_HEADER_SIZE;
}

/* Before READ is wanted: keeps the start of a header that is all that was not parsed.
 * Not earlier, since kept[] may hold a header that waits to be written. */
static void keep_rest(struct echo_conn *conn)
{
	if (conn->in == conn->in_end || conn->state != STREAMING || has_output(conn))
		return;
	conn->kept_length = (uint8_t)(conn->in_end - conn->in);
	memcpy(conn->kept, conn->in, conn->kept_length);
	conn->in = conn->out = conn->in_end;
}

/* Completes the header in kept[]; true when an echo frame's payload follows. */
static bool complete_kept(struct echo_conn *conn)
{
	const size_t fed = (size_t)(conn->in_end - conn->in);
	const size_t missing = ECHO_HEADER_SIZE - (size_t)conn->kept_length;
	const size_t n = fed < missing ? fed : missing;

	memcpy(conn->kept + conn->kept_length, conn->in, n);
	conn->kept_length += (uint8_t)n;
	conn->in += n;
	conn->out = conn->in;
	if (conn->kept_length < ECHO_HEADER_SIZE ||
	    start_frame(conn, conn->kept) == REJECTED)
		return false;
	conn->write_left = conn->payload_left;
	return conn->state == STREAMING;
}

void echo_conn_feed(struct echo_conn *conn, const void *p, size_t n)
{
	if (n == 0) {
		conn->state = ENDED; /* all replies are out, else READ was not wanted */
		return;
	}
	counters_bump(&conn->counters->bytes_in, n);
	if (conn->state == DISCARDING)
		return;
	conn->in = conn->out = p;
	conn->in_end = conn->in + n;
	conn->write_left = conn->payload_left;
	if (conn->payload_left > 0)
		take_payload(conn);
	else if (conn->kept_length > 0) {
		if (!complete_kept(conn))
			return;
		take_payload(conn);
	}
	parse(conn);
	keep_rest(conn);
}

static void want_read(int64_t timeout_ns, struct echo_want *ret_want)
{
	ret_want->kind = ECHO_WANT_READ;
	ret_want->timeout_ns = timeout_ns;
}

static void want_write(const struct echo_conn *conn, struct echo_want *ret_want)
{
	struct iovec *iov = ret_want->iov;

	if (conn->kept_length > 0) {
		/* writev(2) only reads, yet its struct has no const. */
		iov->iov_base = (void *)(uintptr_t)(conn->kept + conn->kept_written);
		iov->iov_len = (size_t)(conn->kept_length - conn->kept_written);
		iov++;
	}
	if (conn->out != conn->in) {
		iov->iov_base = (void *)(uintptr_t)conn->out;
		iov->iov_len = (size_t)(conn->in - conn->out);
		iov++;
	}
	ret_want->kind = ECHO_WANT_WRITE;
	ret_want->iov_count = (int)(iov - ret_want->iov);
	ret_want->frames = conn->frames;
}

void echo_conn_want(const struct echo_conn *conn, struct echo_want *ret_want)
{
	if (has_output(conn)) {
		want_write(conn, ret_want);
		return;
	}
	switch ((enum echo_state)conn->state) {
	case STREAMING:
		want_read(conn->limits->idle_timeout_ns, ret_want);
		return;
	case SPINNING:
	case SLEEPING:
		ret_want->kind =
			conn->state == SPINNING ? ECHO_WANT_SPIN : ECHO_WANT_SLEEP;
		ret_want->amount_us = conn->amount_us;
		return;
	case REJECTED:
		ret_want->kind = ECHO_WANT_SHUT_WR;
		return;
	case DISCARDING:
		want_read(ECHO_LINGER_NS, ret_want);
		return;
	case ENDED:
		ret_want->kind = ECHO_WANT_CLOSE;
	}
}

static void frame_written(struct echo_conn *conn)
{
	counters_bump(&conn->counters->requests, 1);
	conn->frames--;
}

/* Takes written bytes off kept[]; returns what is left of `n` for the fed bytes. */
static size_t wrote_kept(struct echo_conn *conn, size_t n)
{
	const size_t left = (size_t)(conn->kept_length - conn->kept_written);

	if (n < left) {
		conn->kept_written += (uint8_t)n;
		return 0;
	}
	conn->kept_length = conn->kept_written = 0;
	if (conn->write_left == 0)
		frame_written(conn); /* it has no payload */
	return n - left;
}

/* A partial write: walks the frames to count those whose last byte is out. */
static void wrote_some(struct echo_conn *conn, size_t n)
{
	if (conn->kept_length > 0)
		n = wrote_kept(conn, n);
	while (n > 0) {
		if (conn->write_left == 0)
			conn->write_left = ECHO_HEADER_SIZE + load_be32(conn->out);
		const uint32_t step =
			n < conn->write_left ? (uint32_t)n : conn->write_left;
		conn->out += step;
		conn->write_left -= step;
		n -= step;
		if (conn->write_left == 0)
			frame_written(conn);
	}
}

void echo_conn_wrote(struct echo_conn *conn, size_t n)
{
	const size_t whole = (size_t)(conn->kept_length - conn->kept_written) +
			     (size_t)(conn->in - conn->out);

	assert(n > 0 && n <= whole);
	counters_bump(&conn->counters->bytes_out, n);
	if (n < whole) {
		wrote_some(conn, n);
		return;
	}
	counters_bump(&conn->counters->requests, conn->frames);
	conn->frames = 0;
	conn->kept_length = conn->kept_written = 0;
	conn->out = conn->in;
	conn->write_left = 0;
	keep_rest(conn);
}

size_t echo_conn_move(struct echo_conn *conn, void *p)
{
	const size_t parsed = (size_t)(conn->in - conn->out);
	const size_t rest = (size_t)(conn->in_end - conn->out);

	memcpy(p, conn->out, rest);
	conn->out = p;
	conn->in = conn->out + parsed;
	conn->in_end = conn->out + rest;
	return rest;
}

void echo_conn_done(struct echo_conn *conn)
{
	if (conn->state == REJECTED) {
		conn->state = DISCARDING;
		return;
	}
	assert(conn->state == SPINNING || conn->state == SLEEPING);
	conn->state = STREAMING;
	if (conn->kept_length == 0)
		conn->in += ECHO_HEADER_SIZE;
	take_payload(conn);
	parse(conn);
	keep_rest(conn);
}
