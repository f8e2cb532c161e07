/* comparison.c - see comparison.h. */
#include "results/compare/comparison.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>

#include "results/statistics/inference.h"
#include "results/statistics/statistics.h"

#define BOUND_ALPHA 0.025 /* of worse? and better? */
#define SAME_ALPHA  0.05  /* of each side of the interval: two one-sided tests */

const char *comparison_name(enum comparison_verdict verdict)
{
	static const char *const names[] = {
		[COMPARISON_WORSE] = "worse?",    [COMPARISON_BETTER] = "better?",
		[COMPARISON_UNCLEAR] = "unclear", [COMPARISON_SAME] = "same",
		[COMPARISON_SHOWN] = "shown",
	};

	return names[verdict];
}

double comparison_percent(double logarithm)
{
	return 100 * expm1(logarithm);
}

/* All of one side above all of the other is the clearest that so many can be: one case of
 * (2n over n). */
size_t comparison_least(void)
{
	double p = 1;
	size_t n = 0;

	while (p > BOUND_ALPHA) {
		n++;
		p *= (double)n / (double)(4 * n - 2);
	}
	return n;
}

/* A change to the worse is positive in what follows. */
struct oriented {
	double low, high, lower, upper;
};

static struct oriented orient(const struct comparison *c, enum view_rank rank)
{
	if (rank == LESS_IS_BETTER)
		return (struct oriented){c->low, c->high, c->lower, c->upper};
	return (struct oriented){-c->high, -c->low, -c->upper, -c->lower};
}

static void give_reason(struct comparison *c, const struct oriented *o, double limit)
{
	const bool clears = o->low > limit || o->high < -limit;

	if (isinf(o->lower) && (clears || isinf(o->low)))
		snprintf(c->reason, sizeof(c->reason),
			 "%zu against %zu repetitions allow no bound; %zu against %zu do",
			 c->base_count, c->new_count, comparison_least(),
			 comparison_least());
	else
		snprintf(c->reason, sizeof(c->reason),
			 "the interval reaches across the margin");
}

static void judge(struct comparison *c, const struct comparison_rule *rule)
{
	const struct oriented o = orient(c, rule->rank);
	const double limit = log1p(rule->margin);

	if (o.lower > limit) {
		c->verdict = COMPARISON_WORSE;
	} else if (o.upper < -limit) {
		c->verdict = COMPARISON_BETTER;
	} else if (o.low > -limit && o.high < limit) {
		c->verdict = COMPARISON_SAME;
	} else {
		c->verdict = COMPARISON_UNCLEAR;
		give_reason(c, &o, limit);
	}
}

static int bound(const double *base, size_t base_count, const double *new,
		 size_t new_count, const struct comparison_rule *rule,
		 struct comparison *c)
{
	struct rank_bounds bounds;
	const int rc = rank_bounds_of_two(base, base_count, new, new_count, &bounds);

	if (rc < 0)
		return rc;
	c->estimate = rank_bounds_estimate(&bounds);
	c->low = rank_bounds_lower(&bounds, SAME_ALPHA);
	c->high = rank_bounds_upper(&bounds, SAME_ALPHA);
	c->lower = rank_bounds_lower(&bounds, BOUND_ALPHA);
	c->upper = rank_bounds_upper(&bounds, BOUND_ALPHA);
	rank_bounds_release(&bounds);
	c->detectable = expm1(
		minimum_detectable_effect(log1p(rule->margin), (c->high - c->low) / 2));
	return 0;
}

static void take_logarithms(double *values, size_t count)
{
	for (size_t i = 0; i < count; i++)
		values[i] = log(values[i]);
}

int comparison_make(double *base, size_t base_count, double *new, size_t new_count,
		    const struct comparison_rule *rule, struct comparison *ret_comparison)
{
	struct comparison *c = ret_comparison;
	int rc;

	*c = (struct comparison){
		.base_count = base_count,
		.new_count = new_count,
		.base = statistics_median(base, base_count),
		.new = statistics_median(new, new_count),
		.estimate = NAN,
		.low = -INFINITY,
		.high = INFINITY,
		.lower = -INFINITY,
		.upper = INFINITY,
		.detectable = INFINITY,
		.verdict = rule->judged ? COMPARISON_UNCLEAR : COMPARISON_SHOWN,
	};
	if (base_count == 0 || new_count == 0) {
		snprintf(c->reason, sizeof(c->reason), "no value in %s",
			 new_count    ? "base"
			 : base_count ? "new"
				      : "either");
		return 0;
	}
	take_logarithms(base, base_count);
	take_logarithms(new, new_count);
	rc = bound(base, base_count, new, new_count, rule, c);
	if (rc == -EINVAL) {
		snprintf(c->reason, sizeof(c->reason),
			 "more than %d repetitions: --where takes some", RANK_BOUNDS_MAX);
		return 0;
	}
	if (rc == 0 && rule->judged && rule->rank != NOT_RANKED)
		judge(c, rule);
	return rc;
}
