/* report.c - a check's verdicts, each with a sentence that says why. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "results/check/session_private.h"
#include "results/statistics/inference.h"

#define WANTED_MARGINS 2 /* the launches that are said to be needed find so many */

__attribute__((format(printf, 2, 3))) static void say(char *reason, const char *format,
						      ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(reason, CHECK_REASON_SIZE, format, arguments);
	va_end(arguments);
}

/* The real change in percent of what the mode showed. */
static double real(const struct check_metric *metric, int m, double value)
{
	return check_percent(m, value / metric->attenuation);
}

static size_t known(const struct check_values *values)
{
	double compact[DECISION_MAX_LAUNCHES];

	return check_judge_compact(values, compact);
}

static void regression(const struct check_session *session, size_t row, int m)
{
	struct check_metric *metric = &session->report->rows[row].metric[m];
	const struct confirmation *again = &metric->confirmation;
	const size_t made = session->rows[row].made[CHECK_STAGE_CONFIRM];

	if (again->confirmed) {
		metric->verdict = CHECK_REGRESSION;
		say(metric->reason,
		    "seen in %zu launches and confirmed on %zu fresh ones: p %.2g",
		    metric->finding.launches, again->count, again->p);
		return;
	}
	metric->verdict = CHECK_INCONCLUSIVE;
	if (again->count > 0)
		say(metric->reason,
		    "seen, not confirmed on %zu fresh launches: p %.2g, estimate %+.1f %%",
		    again->count, again->p, real(metric, m, again->estimate));
	else
		say(metric->reason,
		    "seen in %zu launches, and time was up after %zu of the %zu that "
		    "would confirm it",
		    metric->finding.launches, made, check_judge_fresh(session));
}

/* Percentages are of the real change, as far as the mode tells it. */
static void inconclusive(const struct check_session *session, struct check_metric *metric,
			 int m)
{
	const struct finding *f = &metric->finding;
	const size_t launches = known(&metric->screen);
	const double half = (f->high - f->low) / 2;
	const double wanted = WANTED_MARGINS * metric->limit;
	const bool cut = metric->screen.count < session->config.max_launches;
	const char *const end = session->report->out_of_time ? "time is up" : "ended";

	metric->verdict = CHECK_INCONCLUSIVE;
	say(metric->reason,
	    "%s%s%zu launches: %+.1f to %+.1f %%; %.1f %% would be found in 8 of 10 such "
	    "checks, and %.1f %% with %.0f launches",
	    cut ? end : "", cut ? " after " : "", launches, real(metric, m, f->low),
	    real(metric, m, f->high), fabs(real(metric, m, f->detectable)),
	    fabs(real(metric, m, wanted)),
	    values_needed(wanted, metric->limit, half, f->launches));
}

static void gated(const struct check_session *session, size_t row, int m)
{
	struct check_metric *metric = &session->report->rows[row].metric[m];
	const size_t least = decision_looks[0].launches;

	if (metric->finding.launches < least) {
		metric->verdict = CHECK_INVALID;
		say(metric->reason, "too few launches: %zu of at least %zu%s",
		    known(&metric->screen), least,
		    session->report->out_of_time ? ", and time is up" : "");
		return;
	}
	switch (metric->finding.decision) {
	case DECISION_REGRESSION:
		regression(session, row, m);
		break;
	case DECISION_IMPROVED:
		metric->verdict = CHECK_IMPROVED;
		break;
	case DECISION_EQUIVALENT:
		metric->verdict = CHECK_EQUIVALENT;
		break;
	default:
		inconclusive(session, metric, m);
	}
}

static void reported(const struct check_session *session, size_t row, int m)
{
	struct check_metric *metric = &session->report->rows[row].metric[m];

	metric->verdict = CHECK_REPORTED;
	if (m == LAUNCH_CPU)
		say(metric->reason, "not gated: no CPU time of the servers was measured");
	if (m == LAUNCH_P99 && session->rows[row].is.open_loop &&
	    metric->finding.launches > 0)
		say(metric->reason,
		    "not gated: only %.0f %% would be found, twice its margin of %g %% or "
		    "more",
		    fabs(real(metric, m, metric->finding.detectable)),
		    100 * metric->margin);
}

static void judge_metric(struct check_session *session, size_t row, int m)
{
	struct check_row *r = &session->report->rows[row];
	struct check_metric *metric = &r->metric[m];

	metric->reason[0] = '\0';
	if (!metric->gated) {
		reported(session, row, m);
	} else if (session->rows[row].invalid) {
		metric->verdict = CHECK_INVALID;
		say(metric->reason, "%s", r->reason);
	} else if (r->same_program) {
		metric->verdict = CHECK_EQUIVALENT;
		say(metric->reason, "the same program, arguments and environment");
	} else {
		gated(session, row, m);
	}
}

/* Begins with the metric's name where the metrics differ in what they say. */
static void take_reason(struct check_row *r, int m)
{
	const char *reason = r->metric[m].reason;

	if (reason[0] && !r->same_program)
		say(r->reason, "%s: %.*s", check_metric_name(m), CHECK_REASON_SIZE - 16,
		    reason);
	else
		say(r->reason, "%s", reason);
}

static void judge_exact(struct check_row *r)
{
	if (r->exact_verdict >= r->verdict)
		return;
	r->verdict = r->exact_verdict;
	say(r->reason, "system calls per request: %.3f to %.3f", r->exact[0].per_request,
	    r->exact[1].per_request);
}

static void append(char *reason, const char *note)
{
	const size_t used = strlen(reason);

	if (note[0])
		snprintf(reason + used, CHECK_REASON_SIZE - used, "%s%s",
			 used > 0 ? "; " : "", note);
}

bool check_report_limited(const struct session_row *row)
{
	return 2 * row->client_limited > row->screened;
}

void check_report_row(struct check_session *session, size_t row)
{
	struct check_row *r = &session->report->rows[row];
	const bool invalid = session->rows[row].invalid;

	for (int m = 0; m < LAUNCH_METRICS; m++)
		judge_metric(session, row, m);
	r->verdict = invalid ? CHECK_INVALID : CHECK_REPORTED;
	if (!invalid)
		r->reason[0] = '\0';
	for (int m = 0; m < LAUNCH_METRICS; m++)
		if (r->metric[m].verdict < r->verdict) {
			r->verdict = r->metric[m].verdict;
			take_reason(r, m);
		}
	judge_exact(r);
	append(r->reason, session->rows[row].note);
	if (check_report_limited(&session->rows[row]))
		append(r->reason,
		       "the generator was the limit: throughput is insensitive, "
		       "rely on CPU per request");
}
