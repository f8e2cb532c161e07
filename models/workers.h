/*
 * workers.h - how many workers a model has: its option `workers`, or so many per CPU that
 * this process may use.
 *
 * For the options of a model: a struct that begins with struct workers_options, and a
 * table whose first line is WORKERS_OPTION.
 */
#ifndef MODELS_WORKERS_H
#define MODELS_WORKERS_H

#include "server/io_model.h"

#define WORKERS_MAX 1024

struct workers_options {
	int64_t workers; /* 0: not given */
};

/* `default_text` says what happens when it is not given. */
#define WORKERS_OPTION(what, default_text)                                         \
	{                                                                          \
		.name = "workers", .metavar = "N", .help = what "; " default_text, \
		.type = OPTION_COUNT,                                              \
		.offset = offsetof(struct workers_options, workers), .min = 1,     \
		.max = WORKERS_MAX                                                 \
	}

#define WORKERS_PER_CPU     "1 per CPU if not given"
#define WORKERS_TWO_PER_CPU "2 per CPU if not given"

/* The CPUs that the calling thread may run on, at least 1. */
unsigned cpus_usable(void);

/* The options of a model that begin with struct workers_options, as `workers` of struct
 * io_model: loops and processes have one worker per CPU, threads that block two. */
unsigned workers_per_cpu(const struct io_server *server);
unsigned workers_two_per_cpu(const struct io_server *server);

/* One line of the table, for models with nothing else to choose. */
extern const struct option_spec workers_options_per_cpu[];
extern const struct option_spec workers_options_two_per_cpu[];

#endif
