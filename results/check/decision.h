/*
 * decision.h - what the launches of two servers say about one metric.
 *
 * A launch is a fresh pair of processes and gives one value: the median over its slices of
 * the logarithm of the ratio new / base, with the sign that makes more than 0 worse. Launches
 * are the only independent values; slices of one launch are not (as if they were, 7 to 37 % of
 * comparisons of a server with itself were false alarms).
 *
 * The plan is sequential: looks after 8, 12, 16 and 24 launches with one-sided errors of
 * 0.005, 0.01, 0.01 and 0.015, 0.04 together whatever is decided when. A regression is one
 * whose lower bound clears the margin, not one that differs from nothing. Equivalence is two
 * one-sided tests at 0.05: D. J. Schuirmann, Journal of Pharmacokinetics and
 * Biopharmaceutics 15 (1987).
 */
#ifndef RESULTS_CHECK_DECISION_H
#define RESULTS_CHECK_DECISION_H

#include <stdbool.h>
#include <stddef.h>

#define DECISION_LOOKS         4
#define DECISION_MAX_LAUNCHES  24
#define DECISION_CONFIRM       12 /* fresh launches for each regression that is seen */
#define DECISION_CONFIRM_ALPHA 0.05

enum decision {
	DECISION_INCONCLUSIVE, /* none of the others, so far or at the end */
	DECISION_REGRESSION,
	DECISION_IMPROVED,
	DECISION_EQUIVALENT,
};

struct decision_look {
	size_t launches;
	double alpha;
};

/* In order of launches. */
extern const struct decision_look decision_looks[DECISION_LOOKS];

/* Logarithms of ratios, all of them. */
struct finding {
	enum decision decision;
	size_t launches;
	double estimate;
	double low, high; /* the 90 % interval */
	double lower;     /* the bounds of this look, which clear the margin or do not; */
	double upper;     /* -INFINITY, INFINITY: so few launches allow none */
	double detectable; /* the effect that is found in 8 of 10 such sessions */
};

/* The name in tables and files: "regression" .. */
const char *decision_name(enum decision decision);

/* The look that these launches complete: its index, or -1. */
int decision_look_at(size_t launches);

/* Judges the values of the launches of look `look`, `decision_looks[look].launches` of them.
 * `margin` is more than 0. 0, -EINVAL, -ENOMEM. */
int decision_take(const double *values, int look, double margin,
		  struct finding *ret_finding);

/* One row that was seen to be a regression, launched again. */
struct confirmation {
	const double *values; /* of fresh launches */
	size_t count;
	double margin;
	double estimate, p; /* filled; p: of such values where there is no regression */
	bool confirmed;     /* filled */
};

/* Confirms those whose p passes Holm's procedure over all of them at DECISION_CONFIRM_ALPHA
 * and whose estimate clears the margin. 0, -EINVAL, -ENOMEM. */
int decision_confirm(struct confirmation *rows, size_t count);

#endif
