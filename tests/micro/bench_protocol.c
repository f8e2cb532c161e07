/* bench_protocol.c - a request through the protocol: what every model pays. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "server/echo.h"
#include "tests/micro/bench.h"

/* A connection that is fed the same frames again and again. */
struct echo_round {
	struct counters_line counters;
	struct echo_conn conn;
	struct echo_limits limits;
	size_t size;
	uint8_t bytes[64 * (ECHO_HEADER_SIZE + 64)];
};

/* `arg` frames of 64 bytes in each feed. */
static int echo_setup(void **ret_ctx, int64_t arg)
{
	const struct echo_header header = {.length = 64, .op = ECHO_OP_ECHO};
	struct echo_round *round = aligned_alloc(64, sizeof(*round));

	if (!round)
		return -ENOMEM;
	memset(round, 0, sizeof(*round));
	round->limits.max_frame = ECHO_MAX_FRAME_DEFAULT;
	for (int64_t i = 0; i < arg; i++) {
		echo_header_encode(&header, round->bytes + round->size);
		round->size += ECHO_HEADER_SIZE + header.length;
	}
	echo_conn_init(&round->conn, &round->limits, &round->counters);
	*ret_ctx = round;
	return 0;
}

static size_t write_all(struct echo_conn *conn, struct echo_want *want)
{
	size_t n = 0;

	for (int i = 0; i < want->iov_count; i++)
		n += want->iov[i].iov_len;
	echo_conn_wrote(conn, n);
	return n;
}

static void echo_run(void *ctx, uint64_t iters)
{
	struct echo_round *round = ctx;
	struct echo_want want;

	while (iters-- > 0) {
		echo_conn_feed(&round->conn, round->bytes, round->size);
		echo_conn_want(&round->conn, &want);
		write_all(&round->conn, &want);
		echo_conn_want(&round->conn, &want);
		BENCH_KEEP(want.kind);
	}
}

/* The header in two feeds: the slowest way for a frame to come. */
static void split_run(void *ctx, uint64_t iters)
{
	struct echo_round *round = ctx;
	struct echo_want want;

	while (iters-- > 0) {
		echo_conn_feed(&round->conn, round->bytes, 7);
		echo_conn_want(&round->conn, &want);
		BENCH_KEEP(want.kind);
		echo_conn_feed(&round->conn, round->bytes + 7, round->size - 7);
		echo_conn_want(&round->conn, &want);
		write_all(&round->conn, &want);
		echo_conn_want(&round->conn, &want);
		BENCH_KEEP(want.kind);
	}
}

const struct bench_case bench_cases[] = {
	{"echo/round/64", 1, echo_setup, echo_run, free},
	{"echo/round/16x64", 16, echo_setup, echo_run, free},
	{"echo/round/64/split", 1, echo_setup, split_run, free},
	{.name = NULL},
};
