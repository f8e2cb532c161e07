/*
 * calibration.h - what the load generator costs, engine by engine and workload by workload.
 *
 * Every engine drives the same server process in turn, forwards in one round and backwards
 * in the next, so that what drifts drifts over all of them; a round has a fresh server for
 * each workload.
 */
#ifndef RESULTS_CALIBRATION_CALIBRATION_H
#define RESULTS_CALIBRATION_CALIBRATION_H

#include "results/calibration/engine_cost.h"
#include "results/plan/plan.h"
#include "results/subject/subject.h"
#include "server/row.h"

#define CALIBRATION_WORDS       16 /* of a list */
#define CALIBRATION_REPETITIONS 100

/* What is to be measured; the lists are separated by commas. */
struct calibration_config {
	const char *server, *connections, *payload_bytes;
	int64_t depth, duration_ns, warmup_ns, repetitions, seed;
	int placement;
};

/* The values of a list; their texts live as long as it does. */
struct calibration_words {
	char *copy;
	char *items[CALIBRATION_WORDS];
	int count;
};

struct calibration_workload {
	struct cell cell;
	struct engine_cost *costs; /* [engine * repetitions + repetition] */
};

struct calibration {
	const struct calibration_config *config;
	struct subject subject;
	struct calibration_words connections, payload_bytes;
	struct calibration_workload workloads[CALIBRATION_WORDS * CALIBRATION_WORDS];
	int count, engines;
	int done; /* measurements */
};

extern const struct row_column calibration_columns[];

/* Everything that can be wrong before a server is started. `config` is borrowed. 0, or
 * -EINVAL or -ENOMEM with one line in `error` (OPTION_ERROR_SIZE bytes); in either case
 * calibration_release. */
int calibration_prepare(struct calibration *c, const struct calibration_config *config,
			const struct io_catalogue *catalogue, char *error);
void calibration_release(struct calibration *c);

/* 0; -EINTR when cancelled; -errno with one line in `error`. `progress` is called before
 * each measurement. */
int calibration_run(struct calibration *c, const volatile int *cancel,
		    void (*progress)(int done, int all), char *error);

/* The rows, one for each workload and engine. */
int calibration_row_count(const struct calibration *c);

/* Fills a row of calibration_columns: medians over the repetitions, the gravest verdict.
 * 0 or -ENOMEM. */
int calibration_to_row(const struct calibration *c, int index, struct row *row);

#endif
