/* test_echo_conn.c - the protocol's limits, time-outs and header, one by one. */
#include <CUnit/CUnit.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "server/echo.h"
#include "tests/suite.h"

#define BUFFER_SIZE (16 << 10)

static const struct echo_limits limits = {1000, 2000, 0};

static enum echo_want_kind kind_of(const struct echo_conn *conn)
{
	struct echo_want want;

	echo_conn_want(conn, &want);
	return want.kind;
}

/* What a connection wants after this header as its first input. */
static enum echo_want_kind want_after(const struct echo_header *header)
{
	struct counters_line counters = {0};
	struct echo_conn conn;
	uint8_t p[ECHO_HEADER_SIZE];

	echo_header_encode(header, p);
	echo_conn_init(&conn, &limits, &counters);
	echo_conn_feed(&conn, p, sizeof(p));
	const enum echo_want_kind kind = kind_of(&conn);
	CU_ASSERT_EQUAL(counters.bad_frames, kind == ECHO_WANT_SHUT_WR);
	return kind;
}

static void header_is_what_the_table_says(void)
{
	static const uint8_t expected[ECHO_HEADER_SIZE] = {
		0x01, 0x02, 0x03, 0x04, 0xEC, 0x02, 0,    0,
		0x0A, 0x0B, 0x0C, 0x0D, 0xFE, 0xDC, 0xBA, 0x98};
	const struct echo_header header = {0x01020304, ECHO_OP_SLEEP, 0x0A0B0C0D,
					   0xFEDCBA98};
	struct echo_header decoded = {0};
	uint8_t p[ECHO_HEADER_SIZE];

	echo_header_encode(&header, p);
	CU_ASSERT_EQUAL(memcmp(p, expected, sizeof(p)), 0);
	CU_ASSERT_EQUAL(echo_header_decode(p, &decoded), 0);
	CU_ASSERT_EQUAL(decoded.length, header.length);
	CU_ASSERT_EQUAL(decoded.op, header.op);
	CU_ASSERT_EQUAL(decoded.amount_us, header.amount_us);
	CU_ASSERT_EQUAL(decoded.tag, header.tag);
}

static void every_malformed_field_is_found(void)
{
	const struct echo_header header = {5, ECHO_OP_ECHO, 0, 7};
	struct echo_header decoded;
	uint8_t p[ECHO_HEADER_SIZE];

	/* magic, op, reserved: any wrong bit, but for the ops that exist */
	for (int bit = 4 * 8; bit < 8 * 8; bit++) {
		echo_header_encode(&header, p);
		p[bit / 8] ^= (uint8_t)(1 << bit % 8);
		const bool is_op = p[5] == ECHO_OP_SPIN || p[5] == ECHO_OP_SLEEP;
		CU_ASSERT_EQUAL(echo_header_decode(p, &decoded), is_op ? 0 : -EBADMSG);
	}
	echo_header_encode(&header, p);
	p[5] = 3;
	CU_ASSERT_EQUAL(echo_header_decode(p, &decoded), -EBADMSG);
	echo_header_encode(&(struct echo_header){5, ECHO_OP_ECHO, 1, 7}, p);
	CU_ASSERT_EQUAL(echo_header_decode(p, &decoded), -EBADMSG);
}

static void limits_are_inclusive(void)
{
	CU_ASSERT_EQUAL(want_after(&(struct echo_header){1000, ECHO_OP_ECHO, 0, 0}),
			ECHO_WANT_WRITE);
	CU_ASSERT_EQUAL(want_after(&(struct echo_header){1001, ECHO_OP_ECHO, 0, 0}),
			ECHO_WANT_SHUT_WR);
	CU_ASSERT_EQUAL(want_after(&(struct echo_header){UINT32_MAX, ECHO_OP_ECHO, 0, 0}),
			ECHO_WANT_SHUT_WR);
	CU_ASSERT_EQUAL(want_after(&(struct echo_header){0, ECHO_OP_SPIN, 2000, 0}),
			ECHO_WANT_SPIN);
	CU_ASSERT_EQUAL(want_after(&(struct echo_header){0, ECHO_OP_SPIN, 2001, 0}),
			ECHO_WANT_SHUT_WR);
	CU_ASSERT_EQUAL(want_after(&(struct echo_header){0, ECHO_OP_SLEEP, 2001, 0}),
			ECHO_WANT_SHUT_WR);
}

static void read_carries_the_idle_timeout(void)
{
	const struct echo_limits idle = {1000, 2000, 12345};
	struct counters_line counters = {0};
	struct echo_conn conn;
	struct echo_want want;

	echo_conn_init(&conn, &idle, &counters);
	echo_conn_want(&conn, &want);
	CU_ASSERT_EQUAL(want.kind, ECHO_WANT_READ);
	CU_ASSERT_EQUAL(want.timeout_ns, 12345);
	echo_conn_feed(&conn, "abc", 3); /* part of a header does not lift it */
	echo_conn_want(&conn, &want);
	CU_ASSERT_EQUAL(want.kind, ECHO_WANT_READ);
	CU_ASSERT_EQUAL(want.timeout_ns, 12345);
	echo_conn_feed(&conn, NULL, 0); /* expired */
	CU_ASSERT_EQUAL(kind_of(&conn), ECHO_WANT_CLOSE);
	CU_ASSERT_EQUAL(counters.bad_frames, 0);
}

static void rejected_peer_lingers(void)
{
	struct counters_line counters = {0};
	struct echo_conn conn;
	struct echo_want want;

	echo_conn_init(&conn, &limits, &counters);
	echo_conn_feed(&conn, "GET / HTTP/1.1\r\n", 16);
	CU_ASSERT_EQUAL(kind_of(&conn), ECHO_WANT_SHUT_WR);
	echo_conn_done(&conn);
	for (int i = 0; i < 3; i++) {
		echo_conn_want(&conn, &want);
		CU_ASSERT_EQUAL(want.kind, ECHO_WANT_READ);
		CU_ASSERT_EQUAL(want.timeout_ns, ECHO_LINGER_NS);
		echo_conn_feed(&conn, "Host: localhost\r\n", 17);
	}
	echo_conn_feed(&conn, NULL, 0);
	CU_ASSERT_EQUAL(kind_of(&conn), ECHO_WANT_CLOSE);
	CU_ASSERT_EQUAL(counters.bad_frames, 1);
	CU_ASSERT_EQUAL(counters.requests, 0);
	CU_ASSERT_EQUAL(counters.bytes_in, 16 + 3 * 17);
	CU_ASSERT_EQUAL(counters.bytes_out, 0);
}

/* Writes all that is wanted; the bytes written, the last of each span being `last`. */
static size_t drain(struct echo_conn *conn, int last)
{
	struct echo_want want;
	size_t total = 0;

	for (;;) {
		echo_conn_want(conn, &want);
		if (want.kind != ECHO_WANT_WRITE)
			return total;
		const struct iovec *span = &want.iov[0];
		CU_ASSERT_EQUAL(((uint8_t *)span->iov_base)[span->iov_len - 1], last);
		total += span->iov_len;
		echo_conn_wrote(conn, span->iov_len);
	}
}

static void huge_frame_streams_through_a_small_buffer(void)
{
	const struct echo_limits large = {ECHO_MAX_FRAME_LIMIT, 0, 0};
	const struct echo_header header = {ECHO_MAX_FRAME_LIMIT, ECHO_OP_ECHO, 0, 1};
	uint8_t *buffer = malloc(BUFFER_SIZE);
	struct counters_line counters = {0};
	struct echo_conn conn;
	uint8_t p[ECHO_HEADER_SIZE];

	echo_header_encode(&header, p);
	echo_conn_init(&conn, &large, &counters);
	echo_conn_feed(&conn, p, 7);
	CU_ASSERT_EQUAL(kind_of(&conn), ECHO_WANT_READ);
	echo_conn_feed(&conn, p + 7, 9);
	CU_ASSERT_EQUAL(drain(&conn, 1), ECHO_HEADER_SIZE);
	for (int i = 0; i < ECHO_MAX_FRAME_LIMIT / BUFFER_SIZE; i++) {
		CU_ASSERT_EQUAL(counters.requests, 0);
		CU_ASSERT_EQUAL(kind_of(&conn), ECHO_WANT_READ);
		memset(buffer, i, BUFFER_SIZE);
		echo_conn_feed(&conn, buffer, BUFFER_SIZE);
		CU_ASSERT_EQUAL(drain(&conn, i & 0xff), BUFFER_SIZE);
	}
	CU_ASSERT_EQUAL(counters.requests, 1);
	CU_ASSERT_EQUAL(counters.bytes_in, ECHO_HEADER_SIZE + ECHO_MAX_FRAME_LIMIT);
	CU_ASSERT_EQUAL(counters.bytes_out, counters.bytes_in);
	free(buffer);
}

static void frames_of_one_feed_are_one_write(void)
{
	uint8_t p[20 * (ECHO_HEADER_SIZE + 5)];
	struct counters_line counters = {0};
	struct echo_conn conn;
	struct echo_want want;

	for (uint32_t i = 0; i < 20; i++) {
		uint8_t *at = p + (size_t)i * (ECHO_HEADER_SIZE + 5);

		echo_header_encode(&(struct echo_header){5, ECHO_OP_ECHO, 0, i}, at);
		memset(at + ECHO_HEADER_SIZE, 'x', 5);
	}
	echo_conn_init(&conn, &limits, &counters);
	echo_conn_feed(&conn, p, 10);
	echo_conn_feed(&conn, p + 10, sizeof(p) - 10 - 2);
	echo_conn_want(&conn, &want);
	CU_ASSERT_EQUAL(want.kind, ECHO_WANT_WRITE);
	CU_ASSERT_EQUAL(want.iov_count, 2);
	CU_ASSERT_EQUAL(want.iov[0].iov_len, ECHO_HEADER_SIZE);
	CU_ASSERT_PTR_EQUAL(want.iov[1].iov_base, p + ECHO_HEADER_SIZE);
	CU_ASSERT_EQUAL(want.iov[1].iov_len, sizeof(p) - ECHO_HEADER_SIZE - 2);
	CU_ASSERT_EQUAL(want.frames, 19);
}

/* Writes at most `n` bytes of what is wanted, behind what `out` has. */
static size_t write_some(struct echo_conn *conn, uint8_t *out, size_t n)
{
	struct echo_want want;

	echo_conn_want(conn, &want);
	CU_ASSERT_EQUAL(want.kind, ECHO_WANT_WRITE);
	if (n > want.iov[0].iov_len)
		n = want.iov[0].iov_len;
	memcpy(out, want.iov[0].iov_base, n);
	echo_conn_wrote(conn, n);
	return n;
}

/* In the middle of a write, and with work and a frame behind it still to be parsed. */
static void moved_bytes_go_on_elsewhere(void)
{
	static const uint8_t payload[] = {'a', 'b', 'c', 'd', 'e'};
	const size_t two_headers = 2 * (size_t)ECHO_HEADER_SIZE;
	uint8_t fed[3 * (size_t)ECHO_HEADER_SIZE + sizeof(payload)],
		elsewhere[sizeof(fed)], out[sizeof(fed)];
	uint8_t expected[sizeof(fed)];
	struct counters_line counters = {0};
	struct echo_conn conn;
	size_t written;

	echo_header_encode(&(struct echo_header){5, ECHO_OP_ECHO, 0, 1}, fed);
	memcpy(fed + ECHO_HEADER_SIZE, payload, sizeof(payload));
	echo_header_encode(&(struct echo_header){0, ECHO_OP_SLEEP, 9, 2}, fed + 21);
	echo_header_encode(&(struct echo_header){0, ECHO_OP_ECHO, 0, 3}, fed + 37);
	memcpy(expected, fed, sizeof(fed));
	echo_conn_init(&conn, &limits, &counters);
	echo_conn_feed(&conn, fed, sizeof(fed));
	written = write_some(&conn, out, 7);
	CU_ASSERT_EQUAL(echo_conn_move(&conn, elsewhere), sizeof(fed) - 7);
	memset(fed, 0, sizeof(fed));
	written += write_some(&conn, out + written, sizeof(out));
	CU_ASSERT_EQUAL(kind_of(&conn), ECHO_WANT_SLEEP);
	CU_ASSERT_EQUAL(echo_conn_move(&conn, fed), two_headers);
	echo_conn_done(&conn);
	written += write_some(&conn, out + written, sizeof(out) - written);
	CU_ASSERT_EQUAL(written, sizeof(out));
	CU_ASSERT_EQUAL(memcmp(out, expected, sizeof(out)), 0);
	CU_ASSERT_EQUAL(kind_of(&conn), ECHO_WANT_READ);
	CU_ASSERT_EQUAL(counters.requests, 3);
}

int main(void)
{
	static const struct test_case cases[] = {
		{"header is what the table says", header_is_what_the_table_says},
		{"every malformed field is found", every_malformed_field_is_found},
		{"limits are inclusive", limits_are_inclusive},
		{"read carries the idle time-out", read_carries_the_idle_timeout},
		{"rejected peer lingers", rejected_peer_lingers},
		{"huge frame streams through a small buffer",
		 huge_frame_streams_through_a_small_buffer},
		{"frames of one feed are one write", frames_of_one_feed_are_one_write},
		{"moved bytes go on elsewhere", moved_bytes_go_on_elsewhere},
		{NULL, NULL},
	};

	return test_suite_run("echo_conn", cases) != 0;
}
