/*
 * margin.c - what a launch can show of a real change.
 *
 * In a duet both servers share the generator and, but in placement split, its CPUs: a server
 * that costs 5 % more may show 2 to 3 %. A margin bounds the real change, so what is tested is
 * the margin times the share that the mode shows, measured with base against base and a
 * burden of known size.
 */
#include <math.h>
#include <stdio.h>

#include "results/check/session_private.h"
#include "results/statistics/statistics.h"

#define CPU_SHARED        0.45 /* what is assumed where nobody knows */
#define THROUGHPUT_SHARED 0.5
#define SPLIT             1
#define CPU_LEAST         0.2 /* below it is no measurement */
#define THROUGHPUT_LEAST  0.5

const double check_default_margins[LAUNCH_METRICS] = {
	[LAUNCH_THROUGHPUT] = 0.03,
	[LAUNCH_CPU] = 0.03,
	[LAUNCH_P50] = 0.1,
	[LAUNCH_P99] = 0.25,
};

static void set_attenuation(struct check_metric *metric, double attenuation)
{
	metric->attenuation = attenuation;
	metric->limit = log1p(metric->margin) * attenuation;
}

void check_margin_alternate(struct check_session *session, size_t row)
{
	for (int m = 0; m < LAUNCH_METRICS; m++)
		set_attenuation(&session->report->rows[row].metric[m], 1);
}

/* Latency follows throughput where the loop is closed, and throughput the schedule where it
 * is open. */
static bool gated(enum launch_metric metric, bool open_loop)
{
	switch (metric) {
	case LAUNCH_CPU:
		return true;
	case LAUNCH_THROUGHPUT:
		return !open_loop;
	default:
		return open_loop;
	}
}

static double assumed_cpu(const struct session_row *own)
{
	return own->is.split ? SPLIT : CPU_SHARED;
}

void check_margin_init(struct check_session *session, size_t row)
{
	struct check_row *r = &session->report->rows[row];

	for (int m = 0; m < LAUNCH_METRICS; m++) {
		r->metric[m].gated = gated(m, session->rows[row].is.open_loop);
		r->metric[m].margin = session->config.margin[m];
	}
	check_margin_alternate(session, row);
	if (r->mode == LAUNCH_ABBA)
		return;
	const struct session_row *own = &session->rows[row];
	set_attenuation(&r->metric[LAUNCH_CPU], assumed_cpu(own));
	set_attenuation(&r->metric[LAUNCH_THROUGHPUT],
			own->is.split ? SPLIT : THROUGHPUT_SHARED);
}

/* The median of those that are numbers. */
static double middle(const double *shares, size_t count)
{
	double values[CHECK_BURNS];
	size_t used = 0;

	for (size_t i = 0; i < count; i++)
		if (isfinite(shares[i]))
			values[used++] = shares[i];
	return statistics_median(values, used);
}

static void set_cpu(struct session_row *own, struct check_metric *cpu)
{
	const double share = middle(own->cpu_share, own->burns);
	const double unknown = assumed_cpu(own);

	own->note[0] = '\0';
	if (share >= CPU_LEAST) {
		set_attenuation(cpu, fmin(share, 1));
		return;
	}
	set_attenuation(cpu, unknown);
	if (isnan(share))
		snprintf(own->note, sizeof(own->note),
			 "what a duet shows of a cost could not be measured: %g assumed",
			 unknown);
	else
		snprintf(own->note, sizeof(own->note),
			 "of a known cost %.2f was seen, below %g is no measurement: %g "
			 "assumed",
			 share, CPU_LEAST, unknown);
}

void check_margin_burn(struct check_session *session, size_t row,
		       const struct check_outcome *outcome)
{
	struct session_row *own = &session->rows[row];
	struct check_row *r = &session->report->rows[row];

	if (r->mode == LAUNCH_ABBA || own->burns == CHECK_BURNS)
		return;
	const bool known = outcome->expected > 0;
	own->cpu_share[own->burns] =
		known ? outcome->effect[LAUNCH_CPU] / outcome->expected : NAN;
	own->throughput_share[own->burns] =
		known ? outcome->effect[LAUNCH_THROUGHPUT] / outcome->expected : NAN;
	own->burns++;
	set_cpu(own, &r->metric[LAUNCH_CPU]);
	/* A change that only delays shows whole in a closed loop's throughput, and one of
	 * cost in the CPU, too: below half the margin noise would decide. */
	const double share = middle(own->throughput_share, own->burns);
	set_attenuation(&r->metric[LAUNCH_THROUGHPUT],
			share > THROUGHPUT_LEAST ? fmin(share, 1) : THROUGHPUT_LEAST);
}
