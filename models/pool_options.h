/*
 * pool_options.h - the options that models over an executor share.
 */
#ifndef MODELS_POOL_OPTIONS_H
#define MODELS_POOL_OPTIONS_H

#include "models/executor/executor.h"
#include "models/workers.h"

struct pool_options {
	struct workers_options base;
	int grow; /* index of pool_grow_names */
	int64_t queue;
	int64_t max_tasks;
};

extern const char *const pool_grow_names[];

#define GROW_OPTION                                                                   \
	{                                                                             \
		.name = "grow", .metavar = "HOW",                                     \
		.help = "fixed: all workers at start; lazy: one when it is wanted "   \
			"and none is idle",                                           \
		.type = OPTION_CHOICE, .offset = offsetof(struct pool_options, grow), \
		.fallback = "fixed", .choices = pool_grow_names                       \
	}

#define QUEUE_OPTION                                                                  \
	{                                                                             \
		.name = "queue", .metavar = "N",                                      \
		.help = "how many may wait for a worker; the others wait in the "     \
			"kernel",                                                     \
		.type = OPTION_COUNT, .offset = offsetof(struct pool_options, queue), \
		.fallback = "128", .min = 1, .max = 65536                             \
	}

#define MAX_TASKS_OPTION                                                             \
	{                                                                            \
		.name = "max-tasks", .metavar = "N",                                 \
		.help = "replace a worker after so many connections; 0: never",      \
		.type = OPTION_COUNT,                                                \
		.offset = offsetof(struct pool_options, max_tasks), .fallback = "0", \
		.max = 1000000000                                                    \
	}

/* These options, as an executor of `workers` takes them; named as the model is. */
struct executor_config pool_config(const struct io_server *server, unsigned workers);

#endif
