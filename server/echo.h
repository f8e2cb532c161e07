/*
 * echo.h - the echo protocol as a state machine that does no I/O and owns no buffer.
 *
 * A stream of frames, integers big-endian; the reply is the frame, byte for byte, in
 * order:
 *
 *	 0       4      5    6         8           12    16
 *	+--------+-------+----+----------+-----------+-----+---------------------+
 *	| length | magic | op | reserved | amount_us | tag | length bytes payload|
 *	+--------+-------+----+----------+-----------+-----+---------------------+
 *	           0xEC                0
 *
 * Every model drives it the same way, whatever its mechanism:
 *
 *	echo_conn_init(&conn, limits, &counters);
 *	for (;;) {
 *		echo_conn_want(&conn, &want);
 *		READ      receive into your buffer, then echo_conn_feed(&conn, p, n)
 *		WRITE     send want.iov, then echo_conn_wrote(&conn, n): n may be less
 *		SPIN      burn want.amount_us of CPU, then echo_conn_done(&conn)
 *		SLEEP     wait want.amount_us the way you wait, then echo_conn_done(&conn)
 *		SHUT_WR   shutdown(fd, SHUT_WR), then echo_conn_done(&conn)
 *		CLOSE     close(fd): the end
 *	}
 *
 * Fed bytes must stay valid and in place until it wants READ again; what it must remember
 * beyond that (a split header, at most 15 bytes) it copies, so nothing is ever moved in
 * the buffer and a frame larger than the buffer streams through. Finished replies are
 * written before work starts, and nothing behind a frame with work is parsed or written
 * until the work is done. A malformed header ends the connection: earlier frames are
 * answered, SHUT_WR, input is discarded to its end for at most 100 ms (a bare close with
 * unread input would reset the answers away), CLOSE.
 */
#ifndef SERVER_ECHO_H
#define SERVER_ECHO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "server/counters.h"

#define ECHO_MAGIC             0xEC
#define ECHO_HEADER_SIZE       16
#define ECHO_MAX_FRAME_DEFAULT (1 << 20)
#define ECHO_MAX_FRAME_LIMIT   (64 << 20)
#define ECHO_MAX_DATAGRAM      65491 /* payload of the largest UDP datagram over IPv4 */
#define ECHO_LINGER_NS         100000000LL

enum echo_op { ECHO_OP_ECHO, ECHO_OP_SPIN, ECHO_OP_SLEEP };

struct echo_header {
	uint32_t length; /* payload bytes behind the header */
	uint8_t op;      /* enum echo_op */
	uint32_t amount_us;
	uint32_t tag;
};

/* What a server accepts; shared by its connections, read-only. */
struct echo_limits {
	uint32_t max_frame;      /* payload bytes */
	uint32_t max_work_us;    /* of spin or sleep */
	int64_t idle_timeout_ns; /* 0: none */
};

enum echo_want_kind {
	ECHO_WANT_READ,
	ECHO_WANT_WRITE,
	ECHO_WANT_SPIN,
	ECHO_WANT_SLEEP,
	ECHO_WANT_SHUT_WR,
	ECHO_WANT_CLOSE
};

struct echo_want {
	enum echo_want_kind kind;
	int iov_count;      /* WRITE: 1 or 2 */
	uint32_t amount_us; /* SPIN, SLEEP */
	uint32_t frames;    /* WRITE: frames that end in these spans */
	int64_t timeout_ns; /* READ: 0 = none, else from the last step that was not a READ
			       (or from init); expiry is fed as end of input */
	struct iovec iov[2]; /* WRITE: kept header bytes, then bytes of the fed buffer */
};

/* One connection; the caller owns the memory, one thread at a time uses it. No release. */
struct echo_conn {
	const struct echo_limits *limits;
	struct counters_line *counters;
	const uint8_t *in; /* fed bytes not yet parsed: [in, in_end) */
	const uint8_t *in_end;
	const uint8_t *out;    /* fed bytes parsed and not yet written: [out, in) */
	uint32_t payload_left; /* of the frame being parsed */
	uint32_t write_left; /* of the frame that `out` lies in; 0: a header is at out */
	uint32_t amount_us;  /* of the work in `state` */
	uint32_t frames;     /* that end in what is to be written */
	uint8_t state;       /* private to echo.c */
	uint8_t kept_length; /* of the header split over feeds */
	uint8_t kept_written;
	uint8_t kept[ECHO_HEADER_SIZE];
};

/* Header codec. Decoding checks magic, op, reserved and that echo has amount 0; returns 0
 * or -EBADMSG. Limits are the caller's. */
void echo_header_encode(const struct echo_header *header, uint8_t p[ECHO_HEADER_SIZE]);
int echo_header_decode(const uint8_t p[ECHO_HEADER_SIZE], struct echo_header *ret_header);

/*
 * One datagram is one frame and needs no machine: its header, when the `length` bytes at p
 * are a whole frame within the limits; else -EBADMSG: drop it. `length` is that of the
 * datagram on the wire; no more than the header is looked at.
 */
int echo_datagram_decode(const uint8_t *p, size_t length,
			 const struct echo_limits *limits,
			 struct echo_header *ret_header);

/* `limits` and `counters` are borrowed for the connection's life. The machine counts
 * requests, bytes_in, bytes_out and bad_frames into `counters` as their only writer
 * (counters_bump). */
void echo_conn_init(struct echo_conn *conn, const struct echo_limits *limits,
		    struct counters_line *counters);

/* What is to be done next. Does not change the connection: asking twice gives the same. */
void echo_conn_want(const struct echo_conn *conn, struct echo_want *ret_want);

/* Answers to a READ: `n` bytes at `p`, or n = 0 for end of input (also for an expired
 * time-out). Only valid when READ is wanted. */
void echo_conn_feed(struct echo_conn *conn, const void *p, size_t n);

/* Answers to a WRITE: the kernel took `n` bytes, 0 < n <= the length of the spans. */
void echo_conn_wrote(struct echo_conn *conn, size_t n);

/* Copies the fed bytes that are still needed to `p` and goes on with them there, for a model
 * that must give the fed memory back before READ is wanted. Returns how many there are: no
 * more than were fed. Not while READ is wanted. */
size_t echo_conn_move(struct echo_conn *conn, void *p);

/* Answers to SPIN, SLEEP and SHUT_WR. */
void echo_conn_done(struct echo_conn *conn);

#endif
