/*
 * test_echo_damage.c - damaged streams: whatever comes, the outcome does not depend on
 * how it came.
 *
 * No reference: frames are damaged at random, and the same bytes are fed whole, byte by
 * byte and in random pieces, with whole and partial writes. Output, steps and counters
 * must agree, the bytes written must be a prefix of the bytes fed.
 */
#include <CUnit/CUnit.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/clock.h"
#include "server/echo.h"
#include "tests/suite.h"

#define STREAM_SIZE 600
#define STEPS       64

struct step {
	enum echo_want_kind kind;
	uint32_t amount_us;
	size_t written; /* before it */
};

struct outcome {
	struct counters_line counters;
	size_t written;
	struct step steps[STEPS];
	size_t step_count;
};

static const struct echo_limits limits = {200, 1000, 0};

/* Frames of all kinds, then up to four damaged bytes. */
static size_t damaged_stream(uint8_t *bytes)
{
	size_t size = 0;

	while (size < STREAM_SIZE - 120) {
		const struct echo_header header = {
			.length = (uint32_t)(random() % 90),
			.op = (uint8_t)(random() % 4 ? ECHO_OP_ECHO : random() % 3),
		};
		echo_header_encode(&header, bytes + size);
		size += ECHO_HEADER_SIZE;
		for (uint32_t i = 0; i < header.length; i++)
			bytes[size++] = (uint8_t)random();
	}
	for (long i = random() % 5; i > 0; i--)
		bytes[(size_t)random() % size] = (uint8_t)random();
	return size - (size_t)random() % 40;
}

/* A piece of at most `left`: all of it (0), a byte (1), or at random (2). */
static size_t piece(int manner, size_t left)
{
	if (manner == 0 || left == 0)
		return left;
	return manner == 1 ? 1 : 1 + (size_t)random() % left;
}

/* False when the bytes are not those fed at this place. */
static bool take_output(struct echo_conn *conn, const struct echo_want *want, int manner,
			const uint8_t *expected, size_t *written)
{
	uint8_t reply[STREAM_SIZE + ECHO_HEADER_SIZE];
	size_t whole = 0;

	for (int i = 0; i < want->iov_count; i++) {
		memcpy(reply + whole, want->iov[i].iov_base, want->iov[i].iov_len);
		whole += want->iov[i].iov_len;
	}
	const size_t n = piece(manner, whole);
	const bool same = memcmp(reply, expected + *written, whole) == 0;
	*written += n;
	echo_conn_wrote(conn, n);
	return same;
}

static void take_step(struct echo_conn *conn, const struct echo_want *want,
		      struct outcome *outcome)
{
	const bool work = want->kind == ECHO_WANT_SPIN || want->kind == ECHO_WANT_SLEEP;

	outcome->steps[outcome->step_count++] =
		(struct step){want->kind, work ? want->amount_us : 0, outcome->written};
	echo_conn_done(conn);
}

/* True when every byte written was right. */
static bool run(const uint8_t *bytes, size_t size, int feeds, int writes,
		struct outcome *ret_outcome)
{
	struct echo_conn conn;
	struct echo_want want;
	size_t fed = 0;
	bool right = true;

	memset(ret_outcome, 0, sizeof(*ret_outcome));
	echo_conn_init(&conn, &limits, &ret_outcome->counters);
	for (;;) {
		echo_conn_want(&conn, &want);
		if (want.kind == ECHO_WANT_CLOSE)
			return right;
		if (want.kind == ECHO_WANT_READ) {
			const size_t n = fed < size ? piece(feeds, size - fed) : 0;
			echo_conn_feed(&conn, bytes + fed, n);
			fed += n;
		} else if (want.kind == ECHO_WANT_WRITE) {
			right &= take_output(&conn, &want, writes, bytes,
					     &ret_outcome->written);
		} else {
			take_step(&conn, &want, ret_outcome);
		}
	}
}

static bool same(const struct outcome *a, const struct outcome *b)
{
	return memcmp(&a->counters, &b->counters, sizeof(a->counters)) == 0 &&
	       a->written == b->written && a->step_count == b->step_count &&
	       memcmp(a->steps, b->steps, sizeof(a->steps)) == 0;
}

/* ECHO_SEED repeats a run. */
static void outcome_is_independent_of_pieces(void)
{
	const char *given = getenv("ECHO_SEED");
	const unsigned seed =
		given ? (unsigned)strtoul(given, NULL, 0) : (unsigned)clock_ns();
	static struct outcome whole, other;
	uint8_t bytes[STREAM_SIZE];
	uint64_t rejected = 0;

	printf("\nECHO_SEED=%u ", seed);
	srandom(seed);
	for (int i = 0; i < 5000; i++) {
		const size_t size = damaged_stream(bytes);
		CU_ASSERT_TRUE(run(bytes, size, 0, 0, &whole));
		CU_ASSERT_EQUAL(whole.counters.bytes_in, size);
		CU_ASSERT_EQUAL(whole.counters.bytes_out, whole.written);
		rejected += whole.counters.bad_frames;
		for (int manner = 1; manner < 9; manner++) {
			CU_ASSERT_TRUE(run(bytes, size, manner / 3, manner % 3, &other));
			CU_ASSERT_TRUE(same(&whole, &other));
		}
	}
	/* The damage must reach headers, and must not spoil all of them. */
	CU_ASSERT(rejected > 100 && rejected < 4900);
}

int main(void)
{
	static const struct test_case cases[] = {
		{"outcome is independent of pieces", outcome_is_independent_of_pieces},
		{NULL, NULL},
	};

	return test_suite_run("echo_damage", cases) != 0;
}
