/*
 * null.c - the null control: base against a copy of itself, by the same pipeline.
 *
 * An estimate of more than half of what is tested is a bias if it lasts: after so many
 * launches its bound, at the error of a look, excludes that there is none. What is merely
 * noisy leaves the rows undecided, and needs no verdict of its own.
 */
#include <math.h>
#include <stdio.h>

#include "results/check/session_private.h"
#include "results/statistics/rank_bounds.h"

#define NULL_LEAST 4
#define NULL_MOST  12 /* before an estimate is believed */
#define NULL_SHARE 10 /* one launch of so many of a screen that ends at its first look */

static size_t made(const struct check_session *session)
{
	return session->report->null.values[LAUNCH_THROUGHPUT].count;
}

size_t check_null_planned(const struct check_session *session)
{
	const size_t screen = session->report->count * decision_looks[0].launches;
	const size_t share = (screen + NULL_SHARE - 1) / NULL_SHARE;

	if (share > DECISION_MAX_LAUNCHES)
		return DECISION_MAX_LAUNCHES;
	return share > NULL_LEAST ? share : NULL_LEAST;
}

void check_null_put(struct check_session *session, const struct check_outcome *outcome)
{
	for (int m = 0; m < LAUNCH_METRICS; m++)
		check_values_add(&session->report->null.values[m], outcome->effect[m]);
}

static double smallest_limit(const struct check_session *session, int metric)
{
	double limit = INFINITY;

	for (size_t i = 0; i < session->report->count; i++) {
		const struct check_metric *m = &session->report->rows[i].metric[metric];
		if (!session->rows[i].invalid && m->gated)
			limit = fmin(limit, m->limit);
	}
	return limit;
}

static void estimate(struct check_session *session)
{
	struct check_null *null = &session->report->null;

	for (int m = 0; m < LAUNCH_METRICS; m++) {
		null->limit[m] = smallest_limit(session, m) / 2;
		null->estimate[m] = check_judge_estimate(&null->values[m]);
	}
}

static bool beyond(const struct check_null *null, int metric)
{
	return fabs(null->estimate[metric]) > null->limit[metric];
}

static int doubtful(const struct check_null *null)
{
	for (int m = 0; m < LAUNCH_METRICS; m++)
		if (beyond(null, m))
			return m;
	return -1;
}

size_t check_null_wanted(const struct check_session *session)
{
	const size_t planned = session->null_planned;

	if (made(session) < planned || doubtful(&session->report->null) < 0)
		return planned;
	return planned > NULL_MOST ? planned : NULL_MOST;
}

/* More than the limit, and more than noise. */
static bool lasts(const struct check_null *null, int metric)
{
	const struct decision_look *at = &decision_looks[decision_look_at(NULL_MOST)];
	double known[DECISION_MAX_LAUNCHES];
	const size_t count = check_judge_compact(&null->values[metric], known);
	struct rank_bounds bounds;

	if (!beyond(null, metric) || count < NULL_MOST ||
	    rank_bounds_of_one(known, count, &bounds) < 0)
		return false;
	const bool above = rank_bounds_lower(&bounds, at->alpha) > 0;
	const bool below = rank_bounds_upper(&bounds, at->alpha) < 0;
	rank_bounds_release(&bounds);
	return above || below;
}

/* By a look's own rule, after 8 launches or 12. */
static int found(const struct check_null *null, int metric, bool *ret_found)
{
	double known[DECISION_MAX_LAUNCHES];
	const size_t count = check_judge_compact(&null->values[metric], known);
	int rc = 0;

	*ret_found = false;
	for (int look = 0; rc == 0 && look < DECISION_LOOKS; look++) {
		struct finding finding;
		const size_t launches = decision_looks[look].launches;
		if (launches > count || launches > NULL_MOST ||
		    !isfinite(null->limit[metric]))
			break;
		rc = decision_take(known, look, 2 * null->limit[metric], &finding);
		if (rc == 0 && (finding.decision == DECISION_REGRESSION ||
				finding.decision == DECISION_IMPROVED))
			*ret_found = true;
	}
	return rc;
}

static void say(struct check_session *session, int metric, const char *end)
{
	struct check_report *report = session->report;

	report->valid = false;
	snprintf(report->reason, sizeof(report->reason),
		 "base against itself: %s %+.2f %% after %zu launches, where %.2f %% is "
		 "half of what is tested%s",
		 check_metric_name(metric),
		 check_percent(metric, report->null.estimate[metric]), made(session),
		 fabs(check_percent(metric, report->null.limit[metric])), end);
}

int check_null_judge(struct check_session *session)
{
	struct check_null *null = &session->report->null;
	int rc = 0;

	estimate(session);
	null->biased = false;
	for (int m = 0; rc == 0 && m < LAUNCH_METRICS; m++) {
		bool is_found;
		rc = found(null, m, &is_found);
		if (null->biased || rc < 0 || (!is_found && !lasts(null, m)))
			continue;
		null->biased = true;
		say(session, m, "");
	}
	return rc;
}

static bool any_row(const struct check_session *session)
{
	for (size_t i = 0; i < session->report->count; i++)
		if (!session->rows[i].invalid)
			return true;
	return false;
}

int check_null_finish(struct check_session *session)
{
	struct check_report *report = session->report;

	report->valid = true;
	report->reason[0] = '\0';
	const int rc = check_null_judge(session);
	const int doubt = doubtful(&report->null);
	if (rc < 0 || report->null.biased || !any_row(session))
		return rc;
	if (made(session) < NULL_LEAST) {
		report->valid = false;
		snprintf(report->reason, sizeof(report->reason),
			 "the null control has %zu of at least %d launches",
			 made(session), NULL_LEAST);
	} else if (doubt >= 0 && made(session) < NULL_MOST) {
		say(session, doubt, ", and no time was left to believe or deny it");
	}
	return 0;
}
