/*
 * steps.h - the steps of a search: measurements at one rate after another, of a
 * server that runs somewhere, or each of a fresh one.
 */
#ifndef RESULTS_SEARCH_STEPS_H
#define RESULTS_SEARCH_STEPS_H

#include "results/campaign/measure.h"
#include "results/search/knee.h"
#include "results/search/slo.h"
#include "results/subject/subject.h"

struct search_step {
	struct row row;
	double rate; /* 0: the closed loop before all others */
	int attempt; /* at this rate: 0, 1, .. */
	enum knee_outcome outcome;
	char why[256]; /* it is not kept, or the row not VALID; "": neither */
};

struct search_steps {
	/* To be filled before the first. */
	struct load_config load; /* but for the rate and the window's length */
	struct slos slos;
	bool starts_servers;    /* each step its own, of cell and subject */
	struct address address; /* else of the one that runs */
	struct cell cell;
	struct subject subject;
	const volatile int *cancel;
	/* Optional: before each step with NULL, then as of load_hooks. */
	void (*progress)(void *context, const struct load_progress *progress);
	void *context;

	struct row_column *columns; /* result_columns, and what is a step's */
	struct search_step *items;
	size_t count;
	double now; /* the rate of the step under way */
	char error[OPTION_ERROR_SIZE];
};

/* Afterwards, whatever it returned, search_steps_release. 0 or -ENOMEM. */
int search_steps_init(struct search_steps *steps);
void search_steps_release(struct search_steps *steps);

/* The closed loop on the same connections, whose rate no open loop on them exceeds by much.
 * 0; -EINTR; -ENODATA when it had no reply (the row says why); -EBADMSG when bytes were
 * wrong; or -errno with one line in steps->error. */
int search_steps_closed(struct search_steps *steps, double *ret_rate);

/* One step, as the probe of a knee_search whose context is the steps. A window is as long as
 * the load says, or longer where the objectives need more samples. Returns as
 * search_steps_closed, but a server without replies is a miss. */
int search_steps_probe(void *context, double rate, int attempt,
		       enum knee_outcome *ret_outcome);

/* The lowest rate at which ten times the load's window have the samples that objectives
 * need. */
double search_steps_lowest(const struct search_steps *steps);

/* Whether a rate was kept at least once by a row that is VALID, not only by one whose
 * generator was late. */
bool search_steps_valid(const struct search_steps *steps, double rate);

/* What a row says of the objectives; `why` holds `size` bytes. */
enum knee_outcome search_outcome(const struct row *row, const struct slos *slos,
				 double rate, char *why, size_t size);

#endif
