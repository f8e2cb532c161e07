/*
 * session.h - the plan of a check: which launch comes next, and what all of them say.
 *
 * Pure: it launches nothing and reads no clock. The caller asks for the next launch, makes it,
 * puts its outcome, and so on until there is none; then the report is complete. The same seed
 * and outcomes give the same orders and the same report.
 *
 * Screen: in each round every row that is not decided is launched once, in random order, so
 * that a bad minute touches many rows a little. Among the first rounds lie the launches of the
 * null control (base against a copy of itself) and of base against base with a known burden,
 * which tell what of a real change the mode shows. Confirm: what was seen to be a regression is
 * tested again on fresh launches alone. Size: ABBA launches of what is confirmed.
 */
#ifndef RESULTS_CHECK_SESSION_H
#define RESULTS_CHECK_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "results/check/check.h"

enum check_stage {
	CHECK_STAGE_NULL,   /* base and base */
	CHECK_STAGE_BURN,   /* base and base with a burden of known size */
	CHECK_STAGE_SCREEN, /* here and below: base and new */
	CHECK_STAGE_CONFIRM,
	CHECK_STAGE_SIZE,
	CHECK_STAGES
};

/* The word in files: "null", "burn", "screen", "confirm", "size". */
const char *check_stage_name(enum check_stage stage);

struct check_order {
	size_t row;
	enum check_stage stage;
	enum launch_mode mode;
	uint64_t seed; /* of what the launch draws */
	size_t launch; /* which of this row and stage, from 1 */
};

struct check_outcome {
	double effect[LAUNCH_METRICS]; /* of launch_effect; NAN: none */
	double whole[LAUNCH_METRICS][DUET_SIDES];
	int pairs, dropped[LAUNCH_METRICS];
	double expected; /* BURN: the logarithm of the real ratio of CPU, (c + burn) / c */
	const char *asymmetry; /* in a duet: why the sides do not share the CPUs evenly, a
				  sentence with numbers; NULL: they do */
	bool client_limited;   /* of the screen: what came through was the generator's */
	const char *problem;   /* of a server; NULL or "": none */
	double seconds;        /* that the launch took */
};

/* The outcome of a launch but for what only the caller knows: `expected`, `asymmetry` and
 * `seconds`. Its texts are the launch's. */
void check_outcome_of(const struct launch *launch, struct check_outcome *ret_outcome);

struct check_session_row {
	bool open_loop; /* else throughput is gated, and latency is for information */
	bool split;     /* the generator has CPUs of its own */
	bool can_burn;  /* base can be given a burden */
};

struct check_session_config {
	const struct check_session_row *rows; /* as many as the report's */
	double margin[LAUNCH_METRICS];        /* of the real change, as ratios */
	size_t max_launches;                  /* of the screen, 8 .. 24 */
	double max_seconds;                   /* INFINITY: any */
};

/* Of METHOD.md: 0.03 for throughput and CPU, 0.1 and 0.25 for the percentiles. */
extern const double check_default_margins[LAUNCH_METRICS];

struct check_session;

/*
 * Of a report whose rows have their name, scenario, cell, mode and same_program, and which has
 * its seed and strict; it is the session's to fill until the end, but for the rest of its
 * fields and `exact`, `exact_verdict` (at first REPORTED: not gated), which the caller may set
 * until check_session_finish. 0; -EINVAL of a plan that could decide nothing, with one line in
 * `error` (OPTION_ERROR_SIZE bytes); -ENOMEM.
 */
int check_session_new(const struct check_session_config *config,
		      struct check_report *report, struct check_session **ret_session,
		      char *error);
void check_session_free(struct check_session *session);

/* False: there is none; all is decided, or `elapsed` seconds since the beginning leave no time
 * for a launch as long as those so far. */
bool check_session_next(struct check_session *session, double elapsed,
			struct check_order *ret_order);

/* Takes the outcome of an order. A problem makes its row INVALID, and the others go on. 0 or
 * -ENOMEM. */
int check_session_put(struct check_session *session, const struct check_order *order,
		      const struct check_outcome *outcome);

/* Completes the report: verdicts, reasons, medians, the null control. May be called at any
 * time: what is not decided then is INCONCLUSIVE or INVALID. 0 or -ENOMEM. */
int check_session_finish(struct check_session *session);

#endif
