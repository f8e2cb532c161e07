/* session.c - see session.h. */
#include "results/check/session.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "results/check/session_private.h"
#include "results/statistics/statistics.h"
#include "server/options.h"

const char *check_stage_name(enum check_stage stage)
{
	static const char *const names[] = {
		[CHECK_STAGE_NULL] = "null",     [CHECK_STAGE_BURN] = "burn",
		[CHECK_STAGE_SCREEN] = "screen", [CHECK_STAGE_CONFIRM] = "confirm",
		[CHECK_STAGE_SIZE] = "size",
	};

	return names[stage];
}

void check_outcome_of(const struct launch *launch, struct check_outcome *ret_outcome)
{
	*ret_outcome = (struct check_outcome){
		.pairs = launch->pairs, .expected = NAN, .problem = launch->problem};
	for (int m = 0; m < LAUNCH_METRICS; m++) {
		ret_outcome->effect[m] =
			launch_effect(launch, m, &ret_outcome->dropped[m]);
		for (int side = 0; side < DUET_SIDES; side++)
			ret_outcome->whole[m][side] = launch->whole[m][side];
	}
}

void check_values_add(struct check_values *values, double value)
{
	if (values->count < DECISION_MAX_LAUNCHES)
		values->value[values->count++] = value;
}

/* A gate that can never close is no gate: the last look must be able to find something. */
static bool can_decide(const struct check_session_config *config, char *error)
{
	const struct decision_look *last = NULL;

	for (int i = 0; i < DECISION_LOOKS; i++)
		if (decision_looks[i].launches <= config->max_launches)
			last = &decision_looks[i];
	if (last && exp2(-(double)last->launches) <= last->alpha)
		return true;
	snprintf(error, OPTION_ERROR_SIZE,
		 "%zu launches can decide nothing: give at least %zu",
		 config->max_launches, decision_looks[0].launches);
	return false;
}

static void begin_row(struct check_session *session, size_t row)
{
	struct check_row *r = &session->report->rows[row];
	struct session_row *own = &session->rows[row];

	own->is = session->config.rows[row];
	own->screening = !r->same_program;
	r->verdict = CHECK_REPORTED;
	r->exact_verdict = CHECK_REPORTED;
	for (int m = 0; m < LAUNCH_METRICS; m++)
		r->metric[m] = (struct check_metric){.verdict = CHECK_REPORTED,
						     .estimate_real = NAN,
						     .median = {NAN, NAN}};
	check_margin_init(session, row);
}

int check_session_new(const struct check_session_config *config,
		      struct check_report *report, struct check_session **ret_session,
		      char *error)
{
	const size_t rows = report->count;
	const size_t most = 2 * rows + DECISION_MAX_LAUNCHES; /* orders in a round */
	struct check_session *session;

	if (!can_decide(config, error))
		return -EINVAL;
	session = calloc(1, sizeof(*session));
	if (!session)
		return -ENOMEM;
	*session = (struct check_session){
		.config = *config,
		.report = report,
		.rows = calloc(rows + 1, sizeof(*session->rows)),
		.stage = CHECK_STAGE_SCREEN,
		.round = calloc(2 * most, sizeof(*session->round)),
		.permutation = calloc(most, sizeof(*session->permutation)),
	};
	if (!session->rows || !session->round || !session->permutation) {
		check_session_free(session);
		return -ENOMEM;
	}
	report->null = (struct check_null){0};
	report->max_launches = config->max_launches;
	session->null_planned = check_null_planned(session);
	for (size_t row = 0; row < rows; row++)
		begin_row(session, row);
	*ret_session = session;
	return 0;
}

void check_session_free(struct check_session *session)
{
	if (!session)
		return;
	free(session->rows);
	free(session->round);
	free(session->permutation);
	free(session);
}

static void invalidate(struct check_session *session, size_t row, const char *reason)
{
	struct check_row *r = &session->report->rows[row];

	session->rows[row].invalid = true;
	session->rows[row].screening = false;
	snprintf(r->reason, sizeof(r->reason), "%s", reason);
}

static void add_pairs(struct check_session *session, size_t row,
		      const struct check_outcome *outcome)
{
	struct session_row *own = &session->rows[row];

	session->report->rows[row].pairs += outcome->pairs;
	for (int m = 0; m < LAUNCH_METRICS; m++)
		own->dropped[m] += outcome->dropped[m];
}

static void judge_pairs(struct check_session *session, size_t row)
{
	const struct session_row *own = &session->rows[row];
	struct check_row *r = &session->report->rows[row];
	char reason[CHECK_REASON_SIZE];

	r->dropped = 0;
	for (int m = 0; m < LAUNCH_METRICS; m++)
		if (r->metric[m].gated && own->dropped[m] > r->dropped)
			r->dropped = own->dropped[m];
	if (own->invalid || r->dropped <= CHECK_DROPPED * r->pairs)
		return;
	snprintf(reason, sizeof(reason),
		 "%d of %d slices could not be compared, more than %g %%", r->dropped,
		 r->pairs, 100 * CHECK_DROPPED);
	invalidate(session, row, reason);
}

/* What a duet of uneven sides has measured is not what is asked for. */
static void fall_back(struct check_session *session, size_t row, const char *asymmetry)
{
	struct session_row *own = &session->rows[row];
	struct check_row *r = &session->report->rows[row];

	r->mode = LAUNCH_ABBA;
	snprintf(r->mode_reason, sizeof(r->mode_reason), "%s", asymmetry);
	r->pairs = r->dropped = 0;
	own->screened = own->client_limited = 0;
	own->note[0] = '\0';
	for (int m = 0; m < LAUNCH_METRICS; m++) {
		own->dropped[m] = 0;
		r->metric[m].screen.count = 0;
		r->metric[m].finding = (struct finding){0};
		for (int side = 0; side < DUET_SIDES; side++)
			own->whole[m][side].count = 0;
	}
	check_margin_init(session, row);
}

static int put_screen(struct check_session *session, size_t row,
		      const struct check_outcome *outcome)
{
	struct session_row *own = &session->rows[row];
	struct check_row *r = &session->report->rows[row];

	if (outcome->asymmetry && r->mode == LAUNCH_DUET) {
		own->uneven++;
		if (own->is.open_loop) {
			snprintf(own->note, sizeof(own->note),
				 "%s, and an open loop has no turns", outcome->asymmetry);
		} else if (own->uneven == CHECK_UNEVEN) {
			fall_back(session, row, outcome->asymmetry);
			return 0;
		}
	}
	for (int m = 0; m < LAUNCH_METRICS; m++) {
		check_values_add(&r->metric[m].screen, outcome->effect[m]);
		for (int side = 0; side < DUET_SIDES; side++)
			check_values_add(&own->whole[m][side], outcome->whole[m][side]);
	}
	own->screened++;
	own->client_limited += outcome->client_limited;
	add_pairs(session, row, outcome);
	const int rc = check_judge_screen(session, row);
	if (rc == 0 && !own->screening)
		judge_pairs(session, row);
	return rc;
}

static void put_again(struct check_session *session, size_t row, enum check_stage stage,
		      const struct check_outcome *outcome)
{
	struct check_row *r = &session->report->rows[row];

	for (int m = 0; m < LAUNCH_METRICS; m++)
		if (isfinite(outcome->effect[m]))
			check_values_add(stage == CHECK_STAGE_SIZE
						 ? &r->metric[m].size
						 : &r->metric[m].confirm,
					 outcome->effect[m]);
	if (stage == CHECK_STAGE_CONFIRM)
		add_pairs(session, row, outcome);
}

static int put_valid(struct check_session *session, const struct check_order *order,
		     const struct check_outcome *outcome)
{
	switch (order->stage) {
	case CHECK_STAGE_NULL:
		check_null_put(session, outcome);
		return check_null_judge(session);
	case CHECK_STAGE_BURN:
		check_margin_burn(session, order->row, outcome);
		return 0;
	case CHECK_STAGE_SCREEN:
		return put_screen(session, order->row, outcome);
	default:
		put_again(session, order->row, order->stage, outcome);
		return 0;
	}
}

static bool has_problem(const struct check_outcome *outcome)
{
	return outcome->problem && outcome->problem[0];
}

int check_session_put(struct check_session *session, const struct check_order *order,
		      const struct check_outcome *outcome)
{
	static const struct check_outcome nothing = {.effect = {NAN, NAN, NAN, NAN},
						     .expected = NAN};

	session->seconds[order->mode] += outcome->seconds;
	session->timed[order->mode]++;
	session->rows[order->row].made[order->stage]++;
	if (order->stage != CHECK_STAGE_NULL)
		session->report->rows[order->row].seconds += outcome->seconds;
	if (!has_problem(outcome))
		return put_valid(session, order, outcome);
	/* Not of the servers that are compared as they are compared. */
	if (order->stage == CHECK_STAGE_BURN || order->stage == CHECK_STAGE_SIZE)
		return put_valid(session, order, &nothing);
	invalidate(session, order->row, outcome->problem);
	session->report->rows[order->row].server_failed = true;
	return 0;
}

static void finish_values(struct check_session *session, size_t row)
{
	struct check_row *r = &session->report->rows[row];

	for (int m = 0; m < LAUNCH_METRICS; m++) {
		r->metric[m].estimate_real = check_judge_estimate(&r->metric[m].size);
		for (int side = 0; side < DUET_SIDES; side++) {
			double known[DECISION_MAX_LAUNCHES];
			const size_t count = check_judge_compact(
				&session->rows[row].whole[m][side], known);
			r->metric[m].median[side] = statistics_median(known, count);
		}
	}
}

/* What came through was the generator's, and says nothing of the servers, unless it is less
 * in spite of that. */
static void ungate_throughput(struct check_session *session, size_t row)
{
	struct check_metric *throughput =
		&session->report->rows[row].metric[LAUNCH_THROUGHPUT];

	if (check_report_limited(&session->rows[row]) &&
	    throughput->finding.decision != DECISION_REGRESSION)
		throughput->gated = false;
}

int check_session_finish(struct check_session *session)
{
	int rc = 0;

	for (size_t row = 0; row < session->report->count; row++)
		ungate_throughput(session, row);
	if (session->stage <= CHECK_STAGE_CONFIRM)
		rc = check_judge_confirm(session);
	for (size_t row = 0; rc == 0 && row < session->report->count; row++) {
		judge_pairs(session, row);
		finish_values(session, row);
		check_report_row(session, row);
	}
	return rc < 0 ? rc : check_null_finish(session);
}
