/* bench_executor.c - from submit to complete: what handing a task over costs. */
#include <errno.h>
#include <stdlib.h>

#include "models/executor/executor.h"
#include "tests/micro/bench.h"

#define DEPTH_MAX 64

/* `arg` of a case. */
#define SHAPE(workers, depth) ((workers)*1000 + (depth))

struct handing {
	struct executor *executor;
	unsigned depth;
	struct future *future[DEPTH_MAX];
};

static int nothing(struct task *task)
{
	(void)task;
	return 0;
}

static void handing_free(void *ctx)
{
	struct handing *handing = ctx;

	executor_free(handing->executor);
	free(handing);
}

static int handing_new(void **ret_ctx, const char *kind, int64_t arg)
{
	const struct executor_ops *ops = executor_find(kind);
	const struct executor_config config = {
		.name = "bench", .workers = (unsigned)(arg / 1000), .queue = DEPTH_MAX};
	struct handing *handing = calloc(1, sizeof(*handing));
	int r;

	if (!handing)
		return -ENOMEM;
	handing->depth = (unsigned)(arg % 1000);
	r = ops ? executor_open(ops, &config, &handing->executor) : -ENOENT;
	if (r < 0)
		free(handing);
	else
		*ret_ctx = handing;
	return r;
}

#define EXECUTOR(kind, summary)                              \
	static int kind##_setup(void **ret_ctx, int64_t arg) \
	{                                                    \
		return handing_new(ret_ctx, #kind, arg);     \
	}
#include "models/executor/executors.def"
#undef EXECUTOR

/* `depth` tasks are handed over, then their ends awaited: time per task. */
static void handing_run(void *ctx, uint64_t iters)
{
	struct handing *handing = ctx;

	while (iters > 0) {
		const unsigned depth =
			iters < handing->depth ? (unsigned)iters : handing->depth;
		for (unsigned i = 0; i < depth; i++)
			if (executor_submit(handing->executor, nothing, NULL, 0, -1,
					    &handing->future[i]) < 0)
				abort(); /* a figure for fewer tasks would be wrong */
		for (unsigned i = 0; i < depth; i++) {
			const int r = future_result(handing->future[i], EXECUTOR_NO_LIMIT,
						    NULL, NULL);
			future_free(handing->future[i]);
			BENCH_KEEP(r);
		}
		iters -= depth;
	}
}

#define EXECUTOR(kind, summary)                                                         \
	{"executor/" #kind "/1 worker/depth 1", SHAPE(1, 1), kind##_setup, handing_run, \
	 handing_free},                                                                 \
		{"executor/" #kind "/1 worker/depth 64", SHAPE(1, 64), kind##_setup,    \
		 handing_run, handing_free},                                            \
		{"executor/" #kind "/4 workers/depth 1", SHAPE(4, 1), kind##_setup,     \
		 handing_run, handing_free},                                            \
		{"executor/" #kind "/4 workers/depth 64", SHAPE(4, 64), kind##_setup,   \
		 handing_run, handing_free},
const struct bench_case bench_cases[] = {
#include "models/executor/executors.def"
	{.name = NULL},
};
#undef EXECUTOR
