/* bench_load.c - what the load generator adds to each reply: verification, histogram. */
#include <errno.h>
#include <stdlib.h>

#include "loadgen/histogram.h"
#include "loadgen/pattern.h"
#include "tests/micro/bench.h"

#define FRAMES 64

/* Replies as they come back, verified over and over. */
struct replies {
	struct pattern *pattern;
	struct pattern_shape shape;
	struct pattern_cursor cursor;
	size_t frame_size;
	uint8_t bytes[];
};

static void replies_free(void *ctx)
{
	struct replies *replies = ctx;

	pattern_free(replies->pattern);
	free(replies);
}

static int replies_new(void **ret_ctx, int64_t arg)
{
	const size_t frame_size = ECHO_HEADER_SIZE + (size_t)arg;
	struct replies *replies = malloc(sizeof(*replies) + FRAMES * frame_size);

	if (!replies)
		return -ENOMEM;
	replies->pattern = pattern_new();
	if (!replies->pattern) {
		free(replies);
		return -ENOMEM;
	}
	replies->frame_size = frame_size;
	pattern_shape_init(&replies->shape, replies->pattern, (uint32_t)arg);
	pattern_start(&replies->cursor, 0);
	pattern_expect(&replies->shape, 0, replies->cursor, replies->bytes,
		       FRAMES * frame_size);
	*ret_ctx = replies;
	return 0;
}

/* One reply in each call, as one receive brings it. */
static void verify_run(void *ctx, uint64_t iters)
{
	struct replies *replies = ctx;
	struct pattern_cursor cursor = replies->cursor;
	const uint8_t *p = replies->bytes;

	for (uint64_t i = 0; i < iters; i++) {
		if (cursor.sequence == FRAMES) {
			cursor = replies->cursor;
			p = replies->bytes;
		}
		const size_t n = pattern_verify(&replies->shape, 0, &cursor, FRAMES, p,
						replies->frame_size);
		if (n != replies->frame_size)
			abort(); /* a figure for the wrong path would be none */
		p += n;
	}
}

static int histogram_setup(void **ret_ctx, int64_t arg)
{
	(void)arg;
	*ret_ctx = histogram_new();
	return *ret_ctx ? 0 : -ENOMEM;
}

static void histogram_teardown(void *ctx)
{
	histogram_free(ctx);
}

/* Latencies around 50 us, as they would come: neighbours, not one cell. */
static void record_run(void *ctx, uint64_t iters)
{
	struct histogram *histogram = ctx;
	uint32_t x = 1;

	while (iters-- > 0) {
		x = x * 1664525 + 1013904223;
		histogram_record(histogram, 50000 + (x >> 16));
	}
}

const struct bench_case bench_cases[] = {
	{"pattern/verify/64", 64, replies_new, verify_run, replies_free},
	{"pattern/verify/16k", 16 << 10, replies_new, verify_run, replies_free},
	{"histogram/record", 0, histogram_setup, record_run, histogram_teardown},
	{.name = NULL},
};
