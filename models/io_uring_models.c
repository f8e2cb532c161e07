/* io_uring_models.c - the tables of the three, also for a build without liburing. */
#include "models/io_uring_models.h"

#include "build_info.h"
#include "server/clock.h"

#if HAVE_LIBURING
#define RUNS_WITH(probe_slot) \
	.probe = (probe_slot), .open = uring_open, .run = uring_run, .close = uring_close
#else
#define RUNS_WITH(probe_slot) .unavailable = "built without liburing"
#endif

#define ENTRIES                                                                          \
	{                                                                                \
		.name = "entries", .metavar = "N",                                       \
		.help = "requests that fit into one submission; the kernel rounds up"    \
			" to a power of two",                                            \
		.type = OPTION_COUNT, .offset = offsetof(struct uring_options, entries), \
		.fallback = "1024", .min = 8, .max = 32768                               \
	}

#define BUFFERS                                                                          \
	{                                                                                \
		.name = "buffers", .metavar = "N",                                       \
		.help = "receive buffers of 16 KiB that the connections share, a"        \
			" power of two",                                                 \
		.type = OPTION_COUNT, .offset = offsetof(struct uring_options, buffers), \
		.fallback = "1024", .min = 8, .max = 32768                               \
	}

static const struct option_spec single_options[] = {ENTRIES, {.name = NULL}};
static const struct option_spec multishot_options[] = {ENTRIES, BUFFERS, {.name = NULL}};

static const struct option_spec sqpoll_options[] = {
	ENTRIES,
	BUFFERS,
	{.name = "sq-cpu",
	 .metavar = "CPU",
	 .help = "where the kernel's thread runs; the last of the server's if not given",
	 .type = OPTION_CPUS,
	 .offset = offsetof(struct uring_options, sq_cpu)},
	{.name = "sq-idle",
	 .metavar = "TIME",
	 .help = "how long the kernel's thread polls for requests before it sleeps",
	 .type = OPTION_DURATION,
	 .offset = offsetof(struct uring_options, sq_idle_ns),
	 .fallback = "10ms",
	 .min = NS_PER_MS,
	 .max = 60 * NS_PER_S},
	{.name = NULL},
};

const struct io_model io_model_io_uring = {
	.name = "io-uring",
	.summary = "one loop over a ring: one receive, then one send, per connection",
	.family = "completion",
	.flags = IO_MODEL_STREAM,
	.options = single_options,
	.options_size = sizeof(struct uring_options),
	RUNS_WITH(uring_probe_single),
};

const struct io_model io_model_io_uring_multishot = {
	.name = "io-uring-multishot",
	.summary = "the same with requests that stay, and receive buffers shared by all",
	.family = "completion",
	.flags = IO_MODEL_STREAM,
	.options = multishot_options,
	.options_size = sizeof(struct uring_options),
	RUNS_WITH(uring_probe_multishot),
};

const struct io_model io_model_io_uring_sqpoll = {
	.name = "io-uring-sqpoll",
	.summary = "multishot, submitted by a kernel thread that keeps a CPU busy",
	.family = "completion",
	.flags = IO_MODEL_STREAM | IO_MODEL_TWO_CPUS,
	.options = sqpoll_options,
	.options_size = sizeof(struct uring_options),
	RUNS_WITH(uring_probe_sqpoll),
};
