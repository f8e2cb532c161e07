/*
 * campaign.h - a plan, measured: every cell as often as the plan says, in rounds of random
 * order, one server at a time, each row kept as it comes.
 */
#ifndef RESULTS_CAMPAIGN_H
#define RESULTS_CAMPAIGN_H

#include "results/engine_choice.h"
#include "results/plan.h"
#include "results/result_dir.h"
#include "results/subject.h"

/* A cell with what is needed to measure it. */
struct campaign_cell {
	const struct cell *cell;
	struct subject subject;
	char *shortage;              /* of CPUs or descriptors: subject.reason then */
	bool counted;                /* its system calls, before its first row */
	double syscalls_per_request; /* NAN: not known */
};

struct campaign {
	const struct plan *plan;
	bool counts_syscalls; /* asked for, and permitted */
	struct cell *cells;
	struct campaign_cell *prepared;
	size_t count;

	struct result_dir *dir; /* where rows go; NULL until there is one */
	char run_id[48];
	int engine; /* of all rows; -1: to be chosen on the first server */
	char engine_account[ENGINE_TEXT_SIZE]; /* of that choice; "": there was none */
	const volatile int *cancel;

	struct row *rows; /* measured so far */
	size_t row_count;

	/* For the progress line. */
	size_t done;        /* repetitions of cells, unavailable ones included */
	int64_t started_ns; /* of the first */
	const struct campaign_cell *current;
};

/* Everything that can be wrong before a server is started: cells, placements, descriptors,
 * transports. 0, or -EINVAL with one line in `error` (OPTION_ERROR_SIZE bytes); in either
 * case campaign_release. */
int campaign_prepare(struct campaign *campaign, const struct plan *plan, char *error);
void campaign_release(struct campaign *campaign);

/* Warm-up and window of the repetition that counts a cell's system calls. */
void campaign_count_times(const struct campaign *campaign,
			  const struct campaign_cell *one, int64_t *ret_warmup_ns,
			  int64_t *ret_duration_ns);

/* Measures. 0; -EINTR when cancelled, -errno with one line in `error` when iomodels itself
 * failed: in every case the rows so far stand. */
int campaign_run(struct campaign *campaign, char *error);

#endif
