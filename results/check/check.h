/*
 * check.h - whether the new of two servers is slower than the base: what one session of
 * interleaved launches found.
 *
 * A row is a scenario (a cell of a plan, a model of which there are two builds). Its launches
 * (launch.h) give one value per metric; each metric is decided for itself (decision.h), and
 * the row's verdict is the gravest of the metrics that are gated.
 *
 * All values are logarithms of ratios new / base with the sign that makes more than 0 worse;
 * outputs turn them into the percentage by which the metric itself changed.
 */
#ifndef RESULTS_CHECK_CHECK_H
#define RESULTS_CHECK_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "results/check/decision.h"
#include "results/check/exact.h"
#include "results/check/launch.h"

#define CHECK_REASON_SIZE 256

/* In order of gravity: the first is what a session's table begins with. */
enum check_verdict {
	CHECK_REGRESSION, /* seen, and confirmed on fresh launches */
	CHECK_INVALID, /* no verdict: errors on a side, a server died, too few launches */
	CHECK_INCONCLUSIVE, /* not decided, for the reason that is given */
	CHECK_IMPROVED,
	CHECK_EQUIVALENT,
	CHECK_REPORTED /* not gated: a value for information */
};

/* "REGRESSION" .. */
const char *check_verdict_name(enum check_verdict verdict);

/* Values of the launches of one kind, in the order in which they were made. */
struct check_values {
	double value
		[DECISION_MAX_LAUNCHES]; /* NAN: this launch says nothing of the metric */
	size_t count;
};

struct check_metric {
	bool gated;
	enum check_verdict verdict;
	char reason[CHECK_REASON_SIZE]; /* of a verdict that needs one; "": none */
	double margin;                  /* of the real change, as a ratio: 0.05 */
	double attenuation; /* what of a real change the mode shows, 0 .. 1; 1 in ABBA */
	double limit;       /* what is tested: log1p(margin) * attenuation */
	struct check_values screen, confirm,
		size;                     /* size: ABBA launches of a flagged row */
	struct finding finding;           /* of `screen` */
	struct confirmation confirmation; /* of `confirm`; count 0: none was needed */
	double estimate_real;      /* of `size`: not attenuated; NAN: not measured */
	double median[DUET_SIDES]; /* of the launches' whole windows; NAN: none */
};

struct check_row {
	char *name;     /* "epoll", "epoll -> exec:./server" */
	char *scenario; /* the cell's id without the model: "tcp c16 64 B" */
	const struct cell *cell;
	enum launch_mode mode;
	char mode_reason
		[CHECK_REASON_SIZE]; /* why it is not the one asked for; "": it is */
	enum check_verdict verdict;
	char reason[CHECK_REASON_SIZE];
	struct check_metric metric[LAUNCH_METRICS];
	struct exact exact[DUET_SIDES]; /* system calls per request */
	enum check_verdict exact_verdict;
	bool same_program;  /* equivalent by construction: nothing was launched for it */
	bool server_failed; /* INVALID for that: one died, or answered wrong */
	int pairs, dropped; /* of slices, of all launches */
	double seconds;     /* spent on it */
};

/* Base against a copy of itself, in the same session, by the same pipeline. */
struct check_null {
	struct check_values values[LAUNCH_METRICS];
	double estimate[LAUNCH_METRICS];
	double limit
		[LAUNCH_METRICS]; /* half of the smallest limit of a gated row; INFINITY */
	bool biased;
};

struct check_report {
	struct check_row *rows;
	size_t count;
	struct check_null null;
	bool valid;                     /* else the session has no verdict, */
	char reason[CHECK_REASON_SIZE]; /* and why */
	bool strict;                    /* a row that is not decided is no success */
	bool out_of_time;
	uint64_t seed;
	size_t max_launches; /* of the screen, for each row */
	double seconds;
	const char *directory;    /* of --out; NULL: none */
	const char *command_line; /* as typed */
};

enum check_exit { CHECK_PASSED = 0, CHECK_SLOWER = 1, CHECK_NO_VERDICT = 3 };

/* The row makes more system calls per request: this is counted, and no session is too noisy or
 * too short for it. */
bool check_counted_more(const struct check_row *row);

/* The command's exit status, an enum check_exit. A session without rows has no verdict. */
int check_exit_status(const struct check_report *report);

/* Rows without a decision: INCONCLUSIVE and INVALID. */
size_t check_undecided(const struct check_report *report);

/* The change of the metric itself, of a logarithm: 0.05 for throughput is -4.9 %. */
double check_percent(enum launch_metric metric, double value);

/* As --margin and `show --metric` have it: "throughput", "cpu", "p50", "p99". */
const char *check_metric_name(enum launch_metric metric);

/* The column of results.csv, which is another one for an open loop: "response_p50_us". */
const char *check_metric_column(enum launch_metric metric, bool open_loop);

#endif
