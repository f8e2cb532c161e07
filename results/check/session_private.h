/* session_private.h - what the parts of a check's session share. */
#ifndef RESULTS_CHECK_SESSION_PRIVATE_H
#define RESULTS_CHECK_SESSION_PRIVATE_H

#include "results/check/session.h"

#define CHECK_BURNS   3   /* per row */
#define CHECK_UNEVEN  2   /* launches of a row: one may be the machine's doing */
#define CHECK_SIZES   4   /* per row that is confirmed */
#define CHECK_DROPPED 0.5 /* more of the slices, and the row says nothing */
#define CHECK_MODES   (LAUNCH_ABBA + 1)

struct session_row {
	struct check_session_row is;
	bool screening;            /* it wants further launches of the screen */
	bool invalid;              /* the reason is in the report */
	size_t made[CHECK_STAGES]; /* launches whose outcome is known */
	int dropped[LAUNCH_METRICS];
	double cpu_share[CHECK_BURNS]; /* of the burden's cost, what the mode showed */
	double throughput_share[CHECK_BURNS];
	size_t burns, uneven;
	size_t screened, client_limited; /* launches */
	char note[CHECK_REASON_SIZE];    /* on the mode or the attenuation; "": none */
	struct check_values whole[LAUNCH_METRICS][DUET_SIDES];
};

struct check_session {
	struct check_session_config config;
	struct check_report *report;
	struct session_row *rows;

	enum check_stage stage;    /* SCREEN, CONFIRM, SIZE; CHECK_STAGES: at its end */
	struct check_order *round; /* and as much again, for the shuffle */
	size_t *permutation;
	size_t length, at; /* of the round */
	uint64_t rounds, ordered;
	double seconds[CHECK_MODES]; /* of all launches so far */
	size_t timed[CHECK_MODES];
	size_t null_planned, null_turn;
};

/* margin.c: what is gated, and by how much. */
void check_margin_init(struct check_session *session, size_t row);
void check_margin_burn(struct check_session *session, size_t row,
		       const struct check_outcome *outcome);
void check_margin_alternate(struct check_session *session, size_t row);

/* judge.c: from values to findings. 0 or -ENOMEM. */
int check_judge_screen(struct check_session *session, size_t row);
int check_judge_confirm(struct check_session *session);
/* The launches that confirm: DECISION_CONFIRM, more where so many are flagged that these could
 * never pass Holm's procedure. */
size_t check_judge_fresh(const struct check_session *session);
bool check_judge_flagged(const struct check_session *session, size_t row);
bool check_judge_confirmed(const struct check_session *session, size_t row);
/* Without the NANs, their number. */
size_t check_judge_compact(const struct check_values *values, double *ret_values);
/* The Hodges-Lehmann estimate; NAN of none. */
double check_judge_estimate(const struct check_values *values);

/* null.c */
size_t check_null_planned(const struct check_session *session);
size_t check_null_wanted(const struct check_session *session);
void check_null_put(struct check_session *session, const struct check_outcome *outcome);
int check_null_judge(struct check_session *session);
int check_null_finish(struct check_session *session);

/* report.c: verdicts and their sentences. */
/* The generator was the limit of more than half of the row's launches. */
bool check_report_limited(const struct session_row *row);
void check_report_row(struct check_session *session, size_t row);

/* session.c */
void check_values_add(struct check_values *values, double value);

#endif
