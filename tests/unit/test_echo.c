/*
 * test_echo.c - the protocol against a plain reference, under every split.
 *
 * The reference knows the stream as a list of frames; from it follow the reply (their
 * concatenation), the steps (which work, after how much output), and how much may be
 * written once so and so many bytes were fed. Each fed piece is a block of its own, freed
 * as soon as READ is wanted again, so that ASan sees a byte touched too late.
 */
#include <CUnit/CUnit.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/clock.h"
#include "server/echo.h"
#include "tests/suite.h"

#define STREAM_SIZE 4096
#define FRAMES      40
#define STEPS       64

/* Kinds of frame in a stream; the last two end it. */
enum { ECHO, SPIN, SLEEP, BAD, HALF_HEADER, HALF_PAYLOAD, KINDS };

struct frame {
	int kind;
	uint32_t length;
	uint32_t amount_us;
};

struct step {
	enum echo_want_kind kind;
	uint32_t amount_us;
	size_t written; /* bytes of the reply before it */
};

struct stream {
	uint8_t bytes[STREAM_SIZE];
	size_t size;
	size_t ends[FRAMES]; /* of the frames that are echoed whole */
	size_t starts[FRAMES];
	int frame_count;
	size_t reply_size; /* when all was fed */
	bool rejected;
	struct step steps[STEPS];
	int step_count;
};

/* Which bytes are fed and taken at once. */
struct pieces {
	const size_t *cuts;
	int cut_count;
	size_t write_max; /* 0: whole writes; SIZE_MAX: random ones */
};

static const struct echo_limits limits = {1 << 20, 1000000, 0};

static void add_step(struct stream *stream, enum echo_want_kind kind, uint32_t amount_us)
{
	stream->steps[stream->step_count++] =
		(struct step){kind, amount_us, stream->reply_size};
}

static void add_bytes(struct stream *stream, const void *p, size_t n)
{
	memcpy(stream->bytes + stream->size, p, n);
	stream->size += n;
}

/* Returns the payload bytes that are to follow. */
static uint32_t add_header(struct stream *stream, const struct frame *frame)
{
	static const uint8_t ops[KINDS] = {ECHO_OP_ECHO, ECHO_OP_SPIN, ECHO_OP_SLEEP};
	const struct echo_header header = {.length = frame->length,
					   .op = ops[frame->kind],
					   .amount_us = frame->amount_us,
					   .tag = (uint32_t)stream->size};
	uint8_t p[ECHO_HEADER_SIZE];

	echo_header_encode(&header, p);
	if (frame->kind == BAD)
		p[4] ^= 1;
	add_bytes(stream, p, frame->kind == HALF_HEADER ? sizeof(p) / 2 : sizeof(p));
	if (frame->kind == HALF_HEADER)
		return 0;
	return frame->kind == HALF_PAYLOAD ? frame->length / 2 : frame->length;
}

static void add_frame(struct stream *stream, const struct frame *frame)
{
	const size_t start = stream->size;
	const uint32_t payload = add_header(stream, frame);

	for (uint32_t i = 0; i < payload; i++)
		stream->bytes[stream->size++] = (uint8_t)random();
	if (stream->rejected || frame->kind == HALF_HEADER)
		return;
	if (frame->kind == BAD)
		add_step(stream, ECHO_WANT_SHUT_WR, 0);
	else if (frame->kind == SPIN)
		add_step(stream, ECHO_WANT_SPIN, frame->amount_us);
	else if (frame->kind == SLEEP)
		add_step(stream, ECHO_WANT_SLEEP, frame->amount_us);
	stream->rejected = frame->kind == BAD;
	if (stream->rejected)
		return;
	stream->starts[stream->frame_count] = start;
	stream->ends[stream->frame_count++] = start + ECHO_HEADER_SIZE + frame->length;
	stream->reply_size = stream->size;
}

static void make_stream(struct stream *stream, const struct frame *frames, int count)
{
	memset(stream, 0, sizeof(*stream));
	for (int i = 0; i < count; i++)
		add_frame(stream, &frames[i]);
	add_step(stream, ECHO_WANT_CLOSE, 0);
}

/* How much of the reply is due when `fed` bytes were fed. */
static size_t reply_due(const struct stream *stream, size_t fed)
{
	size_t due = 0;

	for (int i = 0; i < stream->frame_count; i++)
		if (fed >= stream->starts[i] + ECHO_HEADER_SIZE)
			due = fed < stream->ends[i] ? fed : stream->ends[i];
	return due;
}

/* Frames that end in the reply's bytes (from, to]. */
static uint32_t frames_between(const struct stream *stream, size_t from, size_t to)
{
	uint32_t n = 0;

	for (int i = 0; i < stream->frame_count; i++)
		n += stream->ends[i] > from && stream->ends[i] <= to;
	return n;
}

/* One run of a stream through the machine. */
struct run {
	const struct stream *stream;
	const struct pieces *pieces;
	struct echo_conn conn;
	struct counters_line counters;
	uint8_t *piece; /* the fed bytes */
	size_t fed;
	size_t written;
	int cut;
	int step;
	const char *wrong; /* the first deviation from the reference */
};

static void expect(struct run *run, bool holds, const char *what)
{
	if (!holds && !run->wrong)
		run->wrong = what;
}

static void feed_next(struct run *run)
{
	const struct pieces *pieces = run->pieces;
	const size_t end =
		run->cut < pieces->cut_count ? pieces->cuts[run->cut] : run->stream->size;
	const size_t n = end - run->fed;

	uint8_t *piece = malloc(n > 0 ? n : 1);

	free(run->piece);
	memcpy(piece, run->stream->bytes + run->fed, n);
	echo_conn_feed(&run->conn, piece, n);
	run->piece = piece;
	run->cut++;
	run->fed += n;
}

static size_t write_length(const struct pieces *pieces, size_t whole)
{
	if (pieces->write_max == SIZE_MAX)
		return 1 + (size_t)random() % whole;
	return pieces->write_max > 0 && pieces->write_max < whole ? pieces->write_max
								  : whole;
}

static void take_output(struct run *run, const struct echo_want *want)
{
	const struct stream *stream = run->stream;
	uint8_t reply[STREAM_SIZE];
	size_t whole = 0;

	for (int i = 0; i < want->iov_count; i++) {
		expect(run, want->iov[i].iov_len > 0, "an empty span");
		if (whole + want->iov[i].iov_len > sizeof(reply))
			break;
		memcpy(reply + whole, want->iov[i].iov_base, want->iov[i].iov_len);
		whole += want->iov[i].iov_len;
	}
	expect(run, want->iov_count == 1 || want->iov_count == 2, "a number of spans");
	expect(run, run->written + whole <= reply_due(stream, run->fed), "too much");
	if (run->wrong)
		return;
	expect(run, memcmp(reply, stream->bytes + run->written, whole) == 0, "bytes");
	expect(run,
	       want->frames == frames_between(stream, run->written, run->written + whole),
	       "frames in the spans");
	const size_t n = write_length(run->pieces, whole);
	run->written += n;
	echo_conn_wrote(&run->conn, n);
	expect(run, run->counters.bytes_out == run->written, "bytes_out");
	expect(run, run->counters.requests == frames_between(stream, 0, run->written),
	       "requests");
}

static void take_step(struct run *run, const struct echo_want *want)
{
	const struct step *step = &run->stream->steps[run->step++];
	const bool work = want->kind == ECHO_WANT_SPIN || want->kind == ECHO_WANT_SLEEP;

	expect(run, want->kind == step->kind, "the order of steps");
	expect(run, !work || want->amount_us == step->amount_us, "the amount of work");
	expect(run, run->written == step->written, "the output before a step");
	if (want->kind != ECHO_WANT_CLOSE)
		echo_conn_done(&run->conn);
}

static void take_want(struct run *run, const struct echo_want *want)
{
	if (want->kind == ECHO_WANT_READ) {
		expect(run, run->written == reply_due(run->stream, run->fed),
		       "output held back");
		feed_next(run);
	} else if (want->kind == ECHO_WANT_WRITE) {
		take_output(run, want);
	} else {
		take_step(run, want);
	}
}

/* NULL, or what went wrong. */
static const char *run_stream(const struct stream *stream, const struct pieces *pieces)
{
	struct run run = {.stream = stream, .pieces = pieces};
	struct echo_want want = {.kind = ECHO_WANT_READ};
	struct echo_want again = {.kind = ECHO_WANT_READ};

	echo_conn_init(&run.conn, &limits, &run.counters);
	do {
		echo_conn_want(&run.conn, &want);
		echo_conn_want(&run.conn, &again);
		expect(&run, memcmp(&want, &again, sizeof(want)) == 0, "asking twice");
		take_want(&run, &want);
	} while (want.kind != ECHO_WANT_CLOSE && !run.wrong);
	free(run.piece);
	expect(&run, run.counters.bytes_in == stream->size, "bytes_in");
	expect(&run, run.counters.bad_frames == stream->rejected, "bad_frames");
	expect(&run, run.step == stream->step_count, "the number of steps");
	return run.wrong;
}

/* Fails, and names the case, when the stream does not come out as the reference says. */
static void check_stream(const struct stream *stream, const size_t *cuts, int cut_count)
{
	static const size_t write_maxima[] = {0, 1, 7};

	for (size_t i = 0; i < sizeof(write_maxima) / sizeof(write_maxima[0]); i++) {
		const struct pieces pieces = {cuts, cut_count, write_maxima[i]};
		const char *wrong = run_stream(stream, &pieces);

		if (wrong)
			printf("\n%s: cut at %zu, %zu; writes of %zu\n", wrong,
			       cut_count > 0 ? cuts[0] : 0, cut_count > 1 ? cuts[1] : 0,
			       write_maxima[i]);
		CU_ASSERT_PTR_NULL(wrong);
	}
}

static void check_splits(const struct frame *frames, int count)
{
	static struct stream stream;

	make_stream(&stream, frames, count);
	check_stream(&stream, NULL, 0);
	for (size_t first = 1; first < stream.size; first++) {
		check_stream(&stream, &first, 1);
		for (size_t second = first + 1; second < stream.size; second++)
			check_stream(&stream, (const size_t[]){first, second}, 2);
	}
}

#define CHECK_SPLITS(...)                                 \
	check_splits((const struct frame[]){__VA_ARGS__}, \
		     sizeof((const struct frame[]){__VA_ARGS__}) / sizeof(struct frame))

static void echo_frames_come_back(void)
{
	CHECK_SPLITS({ECHO, 0, 0});
	CHECK_SPLITS({ECHO, 5, 0}, {ECHO, 0, 0}, {ECHO, 1, 0});
	CHECK_SPLITS({ECHO, 0, 0}, {ECHO, 0, 0}, {ECHO, 0, 0}, {ECHO, 0, 0});
	CHECK_SPLITS({ECHO, 64, 0}, {ECHO, 1, 0}, {ECHO, 0, 0});
}

static void work_waits_for_finished_replies(void)
{
	CHECK_SPLITS({SPIN, 0, 5});
	CHECK_SPLITS({SLEEP, 5, 0});
	CHECK_SPLITS({ECHO, 5, 0}, {SPIN, 1, 7}, {ECHO, 0, 0}, {SLEEP, 0, 9});
	CHECK_SPLITS({ECHO, 0, 0}, {SLEEP, 0, 3}, {SPIN, 5, 1000000}, {ECHO, 1, 0});
}

static void malformed_frames_end_the_connection(void)
{
	CHECK_SPLITS({BAD, 3, 0});
	CHECK_SPLITS({ECHO, 1, 0}, {BAD, 0, 0}, {ECHO, 5, 0});
	CHECK_SPLITS({ECHO, 0, 0}, {SPIN, 5, 2}, {BAD, 16, 0}, {HALF_HEADER, 0, 0});
}

static void end_inside_a_frame_closes(void)
{
	CHECK_SPLITS({HALF_HEADER, 0, 0});
	CHECK_SPLITS({ECHO, 5, 0}, {HALF_HEADER, 0, 0});
	CHECK_SPLITS({ECHO, 0, 0}, {SLEEP, 1, 2}, {HALF_HEADER, 0, 0});
	CHECK_SPLITS({ECHO, 1, 0}, {HALF_PAYLOAD, 64, 0});
}

static void random_stream(struct stream *stream)
{
	struct frame frames[FRAMES];
	const int count = 1 + (int)(random() % FRAMES);

	for (int i = 0; i < count; i++) {
		static const int kinds[] = {ECHO, ECHO, ECHO, SPIN, SLEEP};
		const bool last = i == count - 1;

		frames[i].kind = last ? (int)(random() % KINDS) : kinds[random() % 5];
		if (random() % 200 == 0)
			frames[i].kind = BAD;
		frames[i].length = random() % 4 ? (uint32_t)(random() % 24)
						: (uint32_t)(random() % 90);
		frames[i].amount_us = frames[i].kind == SPIN || frames[i].kind == SLEEP
					      ? (uint32_t)(random() % 1000001)
					      : 0;
	}
	make_stream(stream, frames, count);
}

static int random_cuts(const struct stream *stream, size_t *cuts, int max)
{
	const size_t step = 1 + (size_t)random() % 100;
	size_t at = 0;
	int count = 0;

	while (count < max) {
		at += 1 + (size_t)random() % step;
		if (at >= stream->size)
			break;
		cuts[count++] = at;
	}
	return count;
}

/* ECHO_SEED repeats a run. */
static void random_streams_come_back(void)
{
	static struct stream stream;
	const char *given = getenv("ECHO_SEED");
	const unsigned seed =
		given ? (unsigned)strtoul(given, NULL, 0) : (unsigned)clock_ns();
	size_t cuts[256];

	printf("\nECHO_SEED=%u ", seed);
	srandom(seed);
	for (int i = 0; i < 10000; i++) {
		random_stream(&stream);
		const struct pieces pieces = {cuts, random_cuts(&stream, cuts, 256),
					      i % 2 ? SIZE_MAX : 0};
		const char *wrong = run_stream(&stream, &pieces);

		if (wrong)
			printf("\nstream %d: %s", i, wrong);
		CU_ASSERT_PTR_NULL(wrong);
	}
}

int main(void)
{
	static const struct test_case cases[] = {
		{"echo frames come back", echo_frames_come_back},
		{"work waits for finished replies", work_waits_for_finished_replies},
		{"malformed frames end the connection",
		 malformed_frames_end_the_connection},
		{"end inside a frame closes", end_inside_a_frame_closes},
		{"random streams come back", random_streams_come_back},
		{NULL, NULL},
	};

	return test_suite_run("echo", cases) != 0;
}
