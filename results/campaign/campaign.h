/*
 * campaign.h - a plan, measured: every cell as often as the plan says, in rounds of random
 * order, one server at a time, each row kept as it comes.
 */
#ifndef RESULTS_CAMPAIGN_CAMPAIGN_H
#define RESULTS_CAMPAIGN_CAMPAIGN_H

#include "results/calibration/engine_choice.h"
#include "results/campaign/environment.h"
#include "results/campaign/result_dir.h"
#include "results/plan/plan.h"
#include "results/subject/subject.h"

/* A cell with what is needed to measure it. */
struct campaign_cell {
	const struct cell *cell;
	struct subject subject;
	char *shortage;              /* of CPUs or descriptors: subject.reason then */
	bool counted;                /* its system calls, before its first row */
	double syscalls_per_request; /* NAN: not known */
	int64_t left;                /* repetitions without a row */
	int64_t took_ns;             /* the last one measured; 0: none in this session */
};

/* A repetition of a cell, in the order they are measured in. */
struct campaign_step {
	size_t cell; /* index */
	int64_t repetition;
	bool done; /* it has a row */
};

struct campaign {
	const struct plan *plan;
	bool counts_syscalls; /* asked for, and permitted */
	struct cell *cells;
	struct campaign_cell *prepared;
	size_t count;
	struct campaign_step *steps; /* the first one's row has order 1 */
	size_t step_count;
	int64_t max_time_ns; /* no step is begun that would end later; 0: no limit */

	struct result_dir *dir;   /* where rows go; NULL until there is one */
	char run_id[RUN_ID_SIZE]; /* "": not named yet */
	int engine;               /* of all rows; -1: to be chosen on the first server */
	char engine_account[ENGINE_TEXT_SIZE]; /* of that choice; "": there was none */
	const volatile int *cancel;

	struct row *rows; /* so far, those of earlier sessions first */
	size_t row_count;
	size_t kept; /* of them of earlier sessions */

	/* For the progress line. */
	int64_t started_ns; /* of this session */
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

/* How long the drain of a repetition lasts at most. */
int64_t campaign_timeout_ns(const struct campaign *campaign,
			    const struct campaign_cell *one);

/* Takes over a row of an earlier session, and with it what has been decided once: the run's
 * name, the engine, a cell's system calls. 0, or -EINVAL with one line in `error`: it is no
 * row of this campaign, or is there twice; the row stays the caller's then. */
int campaign_keep(struct campaign *campaign, struct row *row, char *error);

/* Measures what has no row. 0, also when max_time_ns left something out; -EINTR when
 * cancelled, -errno with one line in `error` when rows cannot be kept any more: in every
 * case the rows so far stand. What fails at a single cell is its row. */
int campaign_run(struct campaign *campaign, char *error);

#endif
