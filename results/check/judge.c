/* judge.c - from the values of a check's launches to findings. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "results/check/session_private.h"
#include "results/statistics/rank_bounds.h"

/* A percentile of noisy tails is gated only where it finds changes below so many margins. */
#define TAIL_FINDS 2

size_t check_judge_compact(const struct check_values *values, double *ret_values)
{
	size_t count = 0;

	for (size_t i = 0; i < values->count; i++)
		if (isfinite(values->value[i]))
			ret_values[count++] = values->value[i];
	return count;
}

double check_judge_estimate(const struct check_values *values)
{
	double known[DECISION_MAX_LAUNCHES];
	struct rank_bounds bounds;

	if (rank_bounds_of_one(known, check_judge_compact(values, known), &bounds) < 0)
		return NAN;
	const double estimate = rank_bounds_estimate(&bounds);
	rank_bounds_release(&bounds);
	return estimate;
}

static bool undecided(const struct check_metric *metric)
{
	return metric->gated && metric->finding.decision == DECISION_INCONCLUSIVE;
}

static bool flagged(const struct check_metric *metric)
{
	return metric->gated && metric->finding.decision == DECISION_REGRESSION;
}

/* What was decided at a look stays decided: later values do not change it. */
static int look(struct check_metric *metric, bool tail)
{
	double known[DECISION_MAX_LAUNCHES];
	const size_t count = check_judge_compact(&metric->screen, known);
	const int at = decision_look_at(count);

	if (at < 0 || metric->finding.launches == count ||
	    metric->finding.decision != DECISION_INCONCLUSIVE)
		return 0;
	const int rc = decision_take(known, at, metric->limit, &metric->finding);
	if (rc == 0 && tail && undecided(metric) &&
	    metric->finding.detectable >= TAIL_FINDS * metric->limit)
		metric->gated = false;
	return rc;
}

/* A server that answers in the kernel uses no CPU of its own: there is nothing to judge. */
static void ungate_unknown_cpu(struct check_metric *cpu)
{
	double known[DECISION_MAX_LAUNCHES];

	if (cpu->screen.count >= decision_looks[0].launches &&
	    check_judge_compact(&cpu->screen, known) == 0)
		cpu->gated = false;
}

/* One that is flagged is enough: the confirmation decides the row. */
int check_judge_screen(struct check_session *session, size_t row)
{
	struct check_metric *metric = session->report->rows[row].metric;
	bool open = false;
	int rc = 0;

	ungate_unknown_cpu(&metric[LAUNCH_CPU]);
	for (int m = 0; rc == 0 && m < LAUNCH_METRICS; m++) {
		rc = look(&metric[m], m == LAUNCH_P99);
		open = open || undecided(&metric[m]);
	}
	session->rows[row].screening =
		open && !check_judge_flagged(session, row) &&
		metric->screen.count < session->config.max_launches;
	return rc;
}

bool check_judge_flagged(const struct check_session *session, size_t row)
{
	bool any = false;

	for (int m = 0; m < LAUNCH_METRICS; m++)
		any = any || flagged(&session->report->rows[row].metric[m]);
	return any && !session->rows[row].invalid;
}

bool check_judge_confirmed(const struct check_session *session, size_t row)
{
	bool any = false;

	for (int m = 0; m < LAUNCH_METRICS; m++)
		any = any || session->report->rows[row].metric[m].confirmation.confirmed;
	return any && !session->rows[row].invalid;
}

size_t check_judge_fresh(const struct check_session *session)
{
	size_t tests = 0, launches = DECISION_CONFIRM;

	for (size_t row = 0; row < session->report->count; row++)
		for (int m = 0; m < LAUNCH_METRICS; m++)
			tests += flagged(&session->report->rows[row].metric[m]);
	while ((double)tests * exp2(-(double)launches) > DECISION_CONFIRM_ALPHA)
		launches++;
	return launches;
}

/* Those of a row that has all its fresh launches. */
static size_t collect(struct check_session *session, size_t row,
		      struct confirmation *ret_tests)
{
	size_t count = 0;

	for (int m = 0; m < LAUNCH_METRICS; m++) {
		struct check_metric *metric = &session->report->rows[row].metric[m];
		if (!flagged(metric) || metric->confirm.count == 0)
			continue;
		ret_tests[count++] =
			(struct confirmation){.values = metric->confirm.value,
					      .count = metric->confirm.count,
					      .margin = metric->limit};
	}
	return count;
}

static void distribute(struct check_session *session, const struct confirmation *tests,
		       size_t count)
{
	for (size_t row = 0; row < session->report->count; row++)
		for (int m = 0; m < LAUNCH_METRICS; m++) {
			struct check_metric *metric =
				&session->report->rows[row].metric[m];
			for (size_t i = 0; i < count; i++)
				if (tests[i].values == metric->confirm.value)
					metric->confirmation = tests[i];
		}
}

int check_judge_confirm(struct check_session *session)
{
	const size_t rows = session->report->count;
	struct confirmation *tests = calloc(rows * LAUNCH_METRICS + 1, sizeof(*tests));
	const size_t fresh = check_judge_fresh(session);
	size_t count = 0;

	if (!tests)
		return -ENOMEM;
	for (size_t row = 0; row < rows; row++)
		if (check_judge_flagged(session, row) &&
		    session->rows[row].made[CHECK_STAGE_CONFIRM] >= fresh)
			count += collect(session, row, &tests[count]);
	const int rc = decision_confirm(tests, count);
	if (rc == 0)
		distribute(session, tests, count);
	free(tests);
	return rc;
}
