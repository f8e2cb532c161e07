/* check_script.h - sessions of a check without servers: outcomes are scripted or drawn. */
#ifndef TESTS_UNIT_CHECK_SCRIPT_H
#define TESTS_UNIT_CHECK_SCRIPT_H

#include "results/check/session.h"

#define SCRIPT_ROWS_MAX 128

struct script {
	size_t rows; /* all of them: */
	struct check_session_row is;
	enum launch_mode mode;
	bool same_program[SCRIPT_ROWS_MAX];
	size_t max_launches;
	double max_seconds; /* 0: any */
	double seconds;     /* that a launch takes, in turns twice as many */
	uint64_t seed;

	/* Fills the outcome of an order; it is 0 everywhere, of 10 pairs, before. */
	void (*outcome)(struct script *script, const struct check_order *order,
			struct check_outcome *ret_outcome);

	/* filled */
	struct check_report report;
	size_t made[CHECK_STAGES]; /* launches */
	size_t of_row[SCRIPT_ROWS_MAX][CHECK_STAGES];
	size_t orders;
	double elapsed;
	struct check_order order[4096]; /* the first, as they came */
	struct check_row row[SCRIPT_ROWS_MAX];
};

/* One row in duet mode, 24 launches of a second at most, base can burn. */
void script_init(struct script *script);

/* The whole session, into `script->report`. */
void script_run(struct script *script);

/* Outcomes. Small and different, so that nothing is tied: */
double script_jitter(const struct check_order *order);

/* from -width to width, for 12 launches evenly; */
double script_spread(const struct check_order *order, double width);

/* whether base and new are launched, and not base alone; */
bool script_compares(const struct check_order *order);

/* a duet of which half of a cost shows, and no change; */
void script_even(struct script *script, const struct check_order *order,
		 struct check_outcome *ret_outcome);

/* the same and a regression of the CPU, 0.04, which is 0.08 in turns. */
void script_cpu_worse(struct script *script, const struct check_order *order,
		      struct check_outcome *ret_outcome);

#endif
