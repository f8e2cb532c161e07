/* bench_recording.c - what a log of latencies costs: a second's cut inside the window, and
 * its line behind it; and what the progress line costs. */
#include <errno.h>
#include <stdlib.h>

#include "loadgen/hdr_log.h"
#include "loadgen/interval_log.h"
#include "loadgen/watch.h"
#include "loadgen/worker.h"
#include "tests/micro/bench.h"

#define SAMPLES 200000 /* of one second */

/* A second's latencies, from 20 us to 20 ms with most below 100 us. */
struct second {
	struct histogram *histogram;
	struct interval_log log;
	uint64_t *cells; /* that were hit, once each */
	size_t hit;
};

static void second_free(void *ctx)
{
	struct second *second = ctx;

	interval_log_release(&second->log);
	histogram_free(second->histogram);
	free(second->cells);
	free(second);
}

static void fill(struct second *second)
{
	uint32_t x = 1;

	for (int i = 0; i < SAMPLES; i++) {
		x = x * 1664525 + 1013904223;
		int64_t far = (x & 1023) == 0 ? 200 : 1;
		histogram_record(second->histogram, (20000 + (x >> 16)) * far);
	}
	for (size_t i = 0; i < HISTOGRAM_CELLS; i++)
		if (second->histogram->cells[i] > 0)
			second->cells[second->hit++] = i;
}

static int second_new(void **ret_ctx, int64_t arg)
{
	struct second *second = calloc(1, sizeof(*second));

	(void)arg;
	if (!second)
		return -ENOMEM;
	second->histogram = histogram_new();
	second->cells = malloc(HISTOGRAM_CELLS * sizeof(*second->cells));
	if (!second->histogram || !second->cells ||
	    interval_log_open(&second->log, second->histogram) < 0) {
		second_free(second);
		return -ENOMEM;
	}
	fill(second);
	*ret_ctx = second;
	return 0;
}

/* Every cell that a second hits has gained a sample. */
static void cut_run(void *ctx, uint64_t iters)
{
	struct second *second = ctx;

	while (iters-- > 0) {
		for (size_t i = 0; i < second->hit; i++)
			second->histogram->cells[second->cells[i]]++;
		interval_log_cut(&second->log);
		second->log.count = second->log.bytes.length = 0;
	}
}

static void line_run(void *ctx, uint64_t iters)
{
	const struct hdr_log_span span = {0, 1000000000};
	struct hdr_log_writer writer = {{NULL, 0, 0}, {NULL, 0, 0}};
	const struct second *second = ctx;
	FILE *out = fopen("/dev/null", "w");

	while (out && iters-- > 0)
		if (hdr_log_write(&writer, out, "service", &span,
				  second->histogram->cells) < 0)
			abort(); /* a figure for the wrong path would be none */
	if (out)
		fclose(out);
	hdr_log_writer_release(&writer);
}

/* What a look of the progress line takes, of one worker. */
struct look {
	struct watch *watch;
	struct worker worker;
};

static void look_free(void *ctx)
{
	struct look *look = ctx;

	watch_free(look->watch);
	histogram_free(look->worker.target.service);
	free(look);
}

static int look_new(void **ret_ctx, int64_t arg)
{
	struct look *look = calloc(1, sizeof(*look));

	(void)arg;
	if (!look)
		return -ENOMEM;
	look->watch = watch_new();
	look->worker.target.service = histogram_new();
	if (!look->watch || !look->worker.target.service) {
		look_free(look);
		return -ENOMEM;
	}
	*ret_ctx = look;
	return 0;
}

static void look_run(void *ctx, uint64_t iters)
{
	struct load_progress progress;
	struct look *look = ctx;

	for (uint64_t i = 1; i <= iters; i++) {
		histogram_record(look->worker.target.service, 50000);
		watch_begin(look->watch);
		watch_add(look->watch, &look->worker);
		watch_tell(look->watch, (int64_t)i, 0, (int64_t)iters + 1, &progress);
	}
}

const struct bench_case bench_cases[] = {
	{"watch/look", 0, look_new, look_run, look_free},
	{"log/cut", 0, second_new, cut_run, second_free},
	{"log/line", 0, second_new, line_run, second_free},
	{.name = NULL},
};
