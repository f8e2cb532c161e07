/* bench_server.c - counters, spin and option tables. */
#include <errno.h>
#include <stdlib.h>

#include "server/clock.h"
#include "server/io_model.h"
#include "tests/micro/bench.h"

static int line_setup(void **ret_ctx, int64_t arg)
{
	struct counters *counters;
	int r;

	(void)arg;
	r = counters_open(0, &counters);
	*ret_ctx = counters;
	return r;
}

static void line_teardown(void *ctx)
{
	counters_close(ctx);
}

static void bump_run(void *ctx, uint64_t iters)
{
	struct counters *counters = ctx;

	while (iters-- > 0)
		counters_bump(&counters->line[0].requests, 1);
}

/* What a handler adds after a batch: requests, bytes in, bytes out. */
static void flush_run(void *ctx, uint64_t iters)
{
	struct counters *counters = ctx;
	struct counters_line delta = {.requests = 0};

	while (iters-- > 0) {
		delta.requests = 1;
		delta.bytes_in = delta.bytes_out = 80;
		counters_flush(&counters->line[0], &delta);
	}
}

struct burn {
	struct spin spin;
	int64_t ns;
};

static int burn_setup(void **ret_ctx, int64_t arg)
{
	struct burn *burn = malloc(sizeof(*burn));

	if (!burn)
		return -ENOMEM;
	spin_calibrate(&burn->spin);
	burn->ns = arg;
	*ret_ctx = burn;
	return 0;
}

/* Its accuracy: the CPU time printed is to be the time in the name. */
static void burn_run(void *ctx, uint64_t iters)
{
	const struct burn *burn = ctx;

	while (iters-- > 0)
		spin_burn(&burn->spin, burn->ns);
}

static void options_run(void *ctx, uint64_t iters)
{
	const struct option_command command = {.name = "serve",
					       .summary = "as in serve",
					       .operands = "MODEL",
					       .min_operands = 1,
					       .max_operands = 1,
					       .options = io_server_options};
	struct io_server_config config;
	char **operands;

	(void)ctx;
	while (iters-- > 0) {
		char *argv[] = {"serve",       "epoll", "--listen",     "tcp:127.0.0.1:0",
				"--max-frame", "2M",    "--max-work",   "20ms",
				"--pin",       "0",     "--backlog=64", NULL};
		const int r = options_parse(&command, 11, argv, &config, sizeof(config),
					    &operands);
		BENCH_KEEP(r);
	}
}

const struct bench_case bench_cases[] = {
	{"counters/bump", 0, line_setup, bump_run, line_teardown},
	{"counters/flush", 0, line_setup, flush_run, line_teardown},
	{"spin/1us", NS_PER_US, burn_setup, burn_run, free},
	{"spin/10us", 10 * NS_PER_US, burn_setup, burn_run, free},
	{"spin/200us", 200 * NS_PER_US, burn_setup, burn_run, free},
	{"options/serve", 0, NULL, options_run, NULL},
	{.name = NULL},
};
