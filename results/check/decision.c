/* decision.c - see decision.h. */
#include "results/check/decision.h"

#include <errno.h>
#include <stdlib.h>

#include "results/statistics/inference.h"

#define EQUIVALENCE_ALPHA 0.05

const struct decision_look decision_looks[DECISION_LOOKS] = {
	{8, 0.005},
	{12, 0.01},
	{16, 0.01},
	{DECISION_MAX_LAUNCHES, 0.015},
};

const char *decision_name(enum decision decision)
{
	static const char *const names[] = {
		[DECISION_INCONCLUSIVE] = "inconclusive",
		[DECISION_REGRESSION] = "regression",
		[DECISION_IMPROVED] = "improved",
		[DECISION_EQUIVALENT] = "equivalent",
	};

	return names[decision];
}

int decision_look_at(size_t launches)
{
	for (int i = 0; i < DECISION_LOOKS; i++)
		if (decision_looks[i].launches == launches)
			return i;
	return -1;
}

static enum decision decide(const struct finding *finding, double margin)
{
	if (finding->lower > margin)
		return DECISION_REGRESSION;
	if (finding->upper < -margin)
		return DECISION_IMPROVED;
	if (finding->low > -margin && finding->high < margin)
		return DECISION_EQUIVALENT;
	return DECISION_INCONCLUSIVE;
}

int decision_take(const double *values, int look, double margin,
		  struct finding *ret_finding)
{
	struct rank_bounds bounds;

	if (look < 0 || look >= DECISION_LOOKS || !(margin > 0))
		return -EINVAL;
	const struct decision_look *at = &decision_looks[look];
	const int rc = rank_bounds_of_one(values, at->launches, &bounds);
	if (rc < 0)
		return rc;
	*ret_finding = (struct finding){
		.launches = at->launches,
		.estimate = rank_bounds_estimate(&bounds),
		.low = rank_bounds_lower(&bounds, EQUIVALENCE_ALPHA),
		.high = rank_bounds_upper(&bounds, EQUIVALENCE_ALPHA),
		.lower = rank_bounds_lower(&bounds, at->alpha),
		.upper = rank_bounds_upper(&bounds, at->alpha),
	};
	rank_bounds_release(&bounds);
	ret_finding->decision = decide(ret_finding, margin);
	ret_finding->detectable = minimum_detectable_effect(
		margin, (ret_finding->high - ret_finding->low) / 2);
	return 0;
}

static int test_again(struct confirmation *row)
{
	struct rank_bounds bounds;
	const int rc = rank_bounds_of_one(row->values, row->count, &bounds);

	if (rc < 0)
		return rc;
	row->estimate = rank_bounds_estimate(&bounds);
	row->p = rank_bounds_p(&bounds, 0);
	rank_bounds_release(&bounds);
	return 0;
}

int decision_confirm(struct confirmation *rows, size_t count)
{
	double *p = calloc(count + 1, sizeof(*p));
	bool *rejected = calloc(count + 1, sizeof(*rejected));
	int rc = p && rejected ? 0 : -ENOMEM;

	for (size_t i = 0; rc == 0 && i < count; i++) {
		rc = test_again(&rows[i]);
		p[i] = rows[i].p;
	}
	if (rc == 0)
		rc = holm_reject(p, count, DECISION_CONFIRM_ALPHA, rejected);
	for (size_t i = 0; rc == 0 && i < count; i++)
		rows[i].confirmed = rejected[i] && rows[i].estimate > rows[i].margin;
	free(p);
	free(rejected);
	return rc;
}
