/* test_pattern.c - every byte has one right value, whatever the fragmentation. */
#include <CUnit/CUnit.h>
#include <stdlib.h>
#include <string.h>

#include "loadgen/pattern.h"
#include "server/options.h"
#include "tests/suite.h"

static struct pattern *pattern;

static size_t stream_length(const struct pattern_shape *shape, uint32_t connection,
			    uint32_t frames)
{
	size_t length = 0;

	for (uint32_t i = 0; i < frames; i++)
		length += pattern_frame_size(shape, connection, i);
	return length;
}

/* The first `frames` frames of a connection, as pattern_build sends them. */
static uint8_t *build_stream(const struct pattern_shape *shape, uint32_t connection,
			     uint32_t frames)
{
	static uint8_t scratch[PATTERN_SEND_MAX];
	struct iovec iov[PATTERN_IOV_MAX];
	struct pattern_cursor cursor;
	uint8_t *stream = calloc(1, stream_length(shape, connection, frames) + 1);
	size_t length = 0;
	int count;

	pattern_start(&cursor, connection);
	while ((count = pattern_build(shape, connection, &cursor, frames, scratch, iov)) >
	       0) {
		size_t sent = 0;
		for (int i = 0; i < count; i++) {
			memcpy(stream + length, iov[i].iov_base, iov[i].iov_len);
			length += iov[i].iov_len;
			sent += iov[i].iov_len;
		}
		if (count > PATTERN_IOV_MAX || sent > PATTERN_SEND_MAX)
			CU_FAIL("a build over its bounds");
	}
	CU_ASSERT_EQUAL(length, stream_length(shape, connection, frames));
	return stream;
}

static const size_t pieces[] = {1, 15, 16, 17, 80, 4096, 65536, 1 << 20};

#define PIECES (sizeof(pieces) / sizeof(pieces[0]))

static void check_fragmented(const struct pattern_shape *shape, uint32_t frames,
			     size_t piece)
{
	size_t length = stream_length(shape, 5, frames);
	uint8_t *stream = build_stream(shape, 5, frames);
	struct pattern_cursor cursor;

	pattern_start(&cursor, 5);
	for (size_t at = 0; at < length; at += piece) {
		size_t n = length - at < piece ? length - at : piece;
		if (pattern_verify(shape, 5, &cursor, frames, stream + at, n) != n)
			CU_FAIL("a right byte refused");
	}
	CU_ASSERT_EQUAL(cursor.sequence, frames);
	CU_ASSERT_EQUAL(cursor.offset, 0);
	free(stream);
}

static void verifies_what_it_builds_in_any_fragments(void)
{
	static const uint32_t payloads[] = {0,     1,     64,    1000,  16364,
					    16365, 16368, 16369, 16381, 32768,
					    65520, 65536, 200000};

	for (size_t i = 0; i < sizeof(payloads) / sizeof(payloads[0]); i++) {
		struct pattern_shape shape;
		pattern_shape_init(&shape, pattern, payloads[i]);
		for (size_t j = 0; j < PIECES; j++)
			check_fragmented(&shape, 7, pieces[j]);
	}
}

/* A shape of drawn sizes; the caller releases them. */
static struct pattern_shape shape_of(const char *size, struct payload *ret_sizes)
{
	static const struct work none = {.kind = WORK_NONE};
	struct pattern_shape shape;
	char error[OPTION_ERROR_SIZE];

	CU_ASSERT_EQUAL_FATAL(payload_parse("--size", size, ret_sizes, error), 0);
	pattern_shape_init(&shape, pattern, ret_sizes->least);
	pattern_shape_draw(&shape, ret_sizes, &none, 3);
	return shape;
}

static void drawn_sizes_too(void)
{
	static const char *const sizes[] = {"uniform:0-40",        "uniform:64-4k",
					    "uniform:16300-16400", "uniform:0-60k",
					    "uniform:65500-65540", "uniform:0-300k"};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct payload drawn;
		struct pattern_shape shape = shape_of(sizes[i], &drawn);
		for (size_t j = 0; j < PIECES; j++)
			check_fragmented(&shape, 60, pieces[j]);
		payload_release(&drawn);
	}
}

static void drawn_sizes_are_in_the_headers(void)
{
	struct payload drawn;
	struct pattern_shape shape = shape_of("uniform:0-1000", &drawn);
	uint8_t *stream = build_stream(&shape, 8, 40);
	struct echo_header header;
	size_t at = 0;

	for (uint32_t i = 0; i < 40; i++) {
		CU_ASSERT_EQUAL(echo_header_decode(stream + at, &header), 0);
		CU_ASSERT_EQUAL(header.length, payload_draw(&drawn, 3, 8, i));
		CU_ASSERT_EQUAL(header.tag, 8u << 20 | i);
		at += ECHO_HEADER_SIZE + header.length;
	}
	free(stream);
	payload_release(&drawn);
}

/* A connection that is made again, and a datagram's slot, begin anywhere. */
static void a_frame_is_the_same_wherever_one_begins(void)
{
	struct payload drawn;
	struct pattern_shape shape = shape_of("uniform:0-1000", &drawn);
	uint8_t *stream = build_stream(&shape, 8, 40);

	for (uint32_t i = 0; i < 40; i++) {
		struct pattern_cursor cursor;
		const uint8_t *from = stream + stream_length(&shape, 8, i);
		size_t n = pattern_frame_size(&shape, 8, i);
		pattern_seek(&cursor, 8, i);
		CU_ASSERT_EQUAL(pattern_verify(&shape, 8, &cursor, i + 1, from, n), n);
		CU_ASSERT_EQUAL(cursor.sequence, i + 1);
	}
	free(stream);
	payload_release(&drawn);
}

static void frames_with_the_same_tag_differ(void)
{
	static const uint32_t payloads[] = {64, PATTERN_PERIOD, 2 * PATTERN_PERIOD};
	uint8_t first[ECHO_HEADER_SIZE + 64], later[sizeof(first)];

	for (size_t i = 0; i < sizeof(payloads) / sizeof(payloads[0]); i++) {
		struct pattern_shape shape;
		struct pattern_cursor cursor;
		pattern_shape_init(&shape, pattern, payloads[i]);
		pattern_seek(&cursor, 3, 7);
		pattern_expect(&shape, 3, cursor, first, sizeof(first));
		pattern_seek(&cursor, 3, 7 + (1 << 20));
		pattern_expect(&shape, 3, cursor, later, sizeof(later));
		CU_ASSERT_EQUAL(memcmp(first, later, ECHO_HEADER_SIZE), 0);
		CU_ASSERT_NOT_EQUAL(memcmp(first, later, sizeof(first)), 0);
	}
}

static void headers_are_frames_of_the_protocol(void)
{
	struct pattern_shape shape;
	struct echo_header header;

	pattern_shape_init(&shape, pattern, 64);
	uint8_t *stream = build_stream(&shape, 4097, 3);
	for (uint32_t i = 0; i < 3; i++) {
		CU_ASSERT_EQUAL(echo_header_decode(stream + (size_t)i * 80, &header), 0);
		CU_ASSERT_EQUAL(header.length, 64);
		CU_ASSERT_EQUAL(header.op, ECHO_OP_ECHO);
		CU_ASSERT_EQUAL(header.tag, 1u << 20 | i);
	}
	free(stream);
}

static uint32_t expected_amount(const struct work *work, uint32_t sequence)
{
	if (work->kind == WORK_EXP)
		return work_draw(work, 3, 6, sequence);
	return work->kind == WORK_MIX && work_draws_sleep(3, 6, sequence)
		       ? work->sleep_us
		       : work->amount_us;
}

static void check_work(enum work_kind kind, uint8_t op, uint32_t amount_us)
{
	const struct payload sizes = {.least = 64, .most = 64};
	const struct work work = {kind, amount_us, WORK_MOST_US, 7000};
	struct pattern_shape shape;
	struct pattern_cursor cursor;
	struct echo_header header;

	pattern_shape_init(&shape, pattern, 64);
	pattern_shape_draw(&shape, &sizes, &work, 3);
	uint8_t *stream = build_stream(&shape, 6, 5);
	for (uint32_t i = 0; i < 5; i++) {
		CU_ASSERT_EQUAL(echo_header_decode(stream + (size_t)i * 80, &header), 0);
		const bool sleeps = kind == WORK_MIX && work_draws_sleep(3, 6, i);
		CU_ASSERT_EQUAL(header.op, sleeps ? ECHO_OP_SLEEP : op);
		CU_ASSERT_EQUAL(header.tag, 6u << 20 | i);
		CU_ASSERT_EQUAL(header.amount_us, expected_amount(&work, i));
	}
	pattern_start(&cursor, 6);
	CU_ASSERT_EQUAL(pattern_verify(&shape, 6, &cursor, 5, stream, 400), 400);
	stream[3 * 80 + 9] ^= 1; /* of the amount */
	pattern_start(&cursor, 6);
	CU_ASSERT_EQUAL(pattern_verify(&shape, 6, &cursor, 5, stream, 400), 3 * 80 + 9);
	free(stream);
}

static void work_is_in_the_header_and_verified(void)
{
	check_work(WORK_NONE, ECHO_OP_ECHO, 0);
	check_work(WORK_SPIN, ECHO_OP_SPIN, 200);
	check_work(WORK_SLEEP, ECHO_OP_SLEEP, 5000);
	check_work(WORK_EXP, ECHO_OP_SPIN, 200);
	check_work(WORK_MIX, ECHO_OP_SPIN, 200);
}

static void small_frames_go_out_together(void)
{
	static uint8_t scratch[PATTERN_SEND_MAX];
	struct pattern_shape shape;
	struct pattern_cursor cursor;
	struct iovec iov[PATTERN_IOV_MAX];

	pattern_shape_init(&shape, pattern, 64);
	pattern_start(&cursor, 0);
	CU_ASSERT_EQUAL(pattern_build(&shape, 0, &cursor, 16, scratch, iov), 1);
	CU_ASSERT_EQUAL(iov[0].iov_len, 1280);
	CU_ASSERT_EQUAL(pattern_build(&shape, 0, &cursor, 16, scratch, iov), 0);
	CU_ASSERT_EQUAL(pattern_build(&shape, 0, &cursor, 16 + 1000, scratch, iov), 1);
	CU_ASSERT_EQUAL(iov[0].iov_len, PATTERN_SEND_MAX / 80 * 80);
}

static void large_frames_are_not_torn_where_one_fits(void)
{
	static uint8_t scratch[PATTERN_SEND_MAX];
	static const size_t expected[] = {2UL * 30016, 2UL * 30016, 30016};
	struct pattern_shape shape;
	struct pattern_cursor cursor;
	struct iovec iov[PATTERN_IOV_MAX];

	pattern_shape_init(&shape, pattern, 30000);
	pattern_start(&cursor, 0);
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		int count = pattern_build(&shape, 0, &cursor, 5, scratch, iov);
		size_t sent = 0;
		for (int j = 0; j < count; j++)
			sent += iov[j].iov_len;
		CU_ASSERT_EQUAL(sent, expected[i]);
	}
}

static void phases_are_distinct(void)
{
	static uint8_t seen[PATTERN_PERIOD];
	struct pattern_cursor cursor;

	for (uint32_t i = 0; i < PATTERN_PERIOD; i++) {
		pattern_start(&cursor, i);
		seen[cursor.phase]++;
	}
	for (uint32_t i = 0; i < PATTERN_PERIOD; i++)
		if (seen[i] != 1)
			CU_FAIL("two connections share a phase");
}

static void check_every_bit(const struct pattern_shape shape)
{
	struct pattern_cursor cursor;
	size_t length = stream_length(&shape, 9, 3);
	uint8_t *stream = build_stream(&shape, 9, 3);
	for (size_t bit = 0; bit < 8 * length; bit++) {
		stream[bit / 8] ^= (uint8_t)(1 << bit % 8);
		pattern_start(&cursor, 9);
		size_t right = pattern_verify(&shape, 9, &cursor, 3, stream, length);
		if (right != bit / 8 ||
		    stream_length(&shape, 9, cursor.sequence) + cursor.offset != bit / 8)
			CU_FAIL("a flipped bit missed or misplaced");
		stream[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	free(stream);
}

static void every_flipped_bit_is_found_at_its_place(void)
{
	struct pattern_shape fixed;
	struct payload drawn;

	pattern_shape_init(&fixed, pattern, 37);
	check_every_bit(fixed);
	check_every_bit(shape_of("uniform:0-60", &drawn));
	payload_release(&drawn);
}

static void check_refused(const struct pattern_shape *shape, uint32_t connection,
			  uint32_t first, const uint8_t *data)
{
	struct pattern_cursor cursor;
	size_t frame = pattern_frame_size(shape, connection, first);

	pattern_seek(&cursor, connection, first);
	CU_ASSERT_TRUE(pattern_verify(shape, connection, &cursor, 100, data, frame) <
		       frame);
}

static void others_answers_repeats_and_losses_are_refused(void)
{
	struct pattern_shape shape;

	pattern_shape_init(&shape, pattern, 64);
	size_t frame = ECHO_HEADER_SIZE + 64;
	uint8_t *stream = build_stream(&shape, 1, 3);
	check_refused(&shape, 2, 0, stream);             /* another connection's */
	check_refused(&shape, 1 + 4096, 0, stream);      /* one with the same tags */
	check_refused(&shape, 1, 1, stream);             /* the first reply again */
	check_refused(&shape, 1, 1, stream + 2 * frame); /* one left out */
	check_refused(&shape, 1, 0, stream + 1);         /* shifted */
	free(stream);
}

static void surplus_is_left_over(void)
{
	struct pattern_shape shape;
	struct pattern_cursor cursor;

	pattern_shape_init(&shape, pattern, 64);
	uint8_t *stream = build_stream(&shape, 1, 3);
	pattern_start(&cursor, 1);
	CU_ASSERT_EQUAL(pattern_verify(&shape, 1, &cursor, 2, stream, 240), 160);
	CU_ASSERT_EQUAL(cursor.sequence, 2);
	free(stream);
}

static void a_mismatch_is_described(void)
{
	struct pattern_shape shape;
	struct pattern_cursor cursor;
	char text[256];

	pattern_shape_init(&shape, pattern, 4);
	uint8_t *stream = build_stream(&shape, 3, 2);
	stream[24] ^= 0x01; /* the magic of the second frame */
	pattern_start(&cursor, 3);
	size_t right = pattern_verify(&shape, 3, &cursor, 2, stream, 40);
	CU_ASSERT_EQUAL(right, 24);
	pattern_describe(&shape, 3, &cursor, stream + right, 4, text, sizeof(text));
	CU_ASSERT_STRING_EQUAL(text,
			       "connection 3, offset 24 of its stream (reply 1, byte 4): "
			       "expected ec 00 00 00, received ed 00 00 00");
	free(stream);
}

static const struct test_case cases[] = {
	{"verifies what it builds in any fragments",
	 verifies_what_it_builds_in_any_fragments},
	{"drawn sizes too", drawn_sizes_too},
	{"drawn sizes are in the headers", drawn_sizes_are_in_the_headers},
	{"a frame is the same wherever one begins",
	 a_frame_is_the_same_wherever_one_begins},
	{"frames with the same tag differ", frames_with_the_same_tag_differ},
	{"headers are frames of the protocol", headers_are_frames_of_the_protocol},
	{"work is in the header and verified", work_is_in_the_header_and_verified},
	{"small frames go out together", small_frames_go_out_together},
	{"large frames are not torn where one fits",
	 large_frames_are_not_torn_where_one_fits},
	{"phases are distinct", phases_are_distinct},
	{"every flipped bit is found at its place",
	 every_flipped_bit_is_found_at_its_place},
	{"others' answers, repeats and losses are refused",
	 others_answers_repeats_and_losses_are_refused},
	{"surplus is left over", surplus_is_left_over},
	{"a mismatch is described", a_mismatch_is_described},
	{NULL, NULL},
};

int main(void)
{
	pattern = pattern_new();
	if (!pattern)
		return 1;
	int failures = test_suite_run("pattern", cases);
	pattern_free(pattern);
	return failures != 0;
}
