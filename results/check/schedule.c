/* schedule.c - which launch of a check comes next. */
#include <stdlib.h>

#include "loadgen/random.h"
#include "results/campaign/order.h"
#include "results/check/session_private.h"

static void add(struct check_session *session, size_t row, enum check_stage stage)
{
	session->round[session->length++] =
		(struct check_order){.row = row, .stage = stage};
}

/* Rows take turns; SIZE_MAX: all are lost. */
static size_t null_row(struct check_session *session)
{
	for (size_t i = 0; i < session->report->count; i++) {
		const size_t row = session->null_turn++ % session->report->count;
		if (!session->rows[row].invalid)
			return row;
	}
	return SIZE_MAX;
}

/* Spread over the rounds up to the first look; what is missing where nothing else is left,
 * at once. */
static void add_nulls(struct check_session *session)
{
	const size_t rounds = decision_looks[0].launches;
	const size_t wanted = check_null_wanted(session);
	const size_t made = session->report->null.values[0].count;
	size_t until = wanted;

	if (session->length > 0 && session->rounds < rounds &&
	    wanted == session->null_planned)
		until = (wanted * (session->rounds + 1) + rounds - 1) / rounds;
	for (size_t i = made; i < until; i++) {
		const size_t row = null_row(session);
		if (row != SIZE_MAX)
			add(session, row, CHECK_STAGE_NULL);
	}
}

static bool is_due(const struct check_session *session, size_t row,
		   enum check_stage stage)
{
	const struct session_row *own = &session->rows[row];
	const bool duet = session->report->rows[row].mode == LAUNCH_DUET;

	if (own->invalid)
		return false;
	switch (stage) {
	case CHECK_STAGE_NULL:
		return true;
	case CHECK_STAGE_BURN:
		return own->screening && own->is.can_burn && duet &&
		       own->burns < CHECK_BURNS;
	case CHECK_STAGE_SCREEN:
		return own->screening;
	case CHECK_STAGE_CONFIRM:
		return own->made[stage] < check_judge_fresh(session) &&
		       check_judge_flagged(session, row);
	default:
		/* An open loop has no turns. */
		return own->made[stage] < CHECK_SIZES && duet && !own->is.open_loop &&
		       check_judge_confirmed(session, row);
	}
}

static void add_rows(struct check_session *session, enum check_stage stage)
{
	for (size_t row = 0; row < session->report->count; row++)
		if (is_due(session, row, stage))
			add(session, row, stage);
}

static void shuffle(struct check_session *session)
{
	struct check_order *const sorted = session->round + session->length;
	size_t *order = session->permutation;

	order_round(session->report->seed, session->rounds, order, session->length);
	for (size_t i = 0; i < session->length; i++)
		sorted[i] = session->round[order[i]];
	for (size_t i = 0; i < session->length; i++)
		session->round[i] = sorted[i];
}

/* False: the stage has no further launches. */
static bool next_round(struct check_session *session)
{
	session->length = session->at = 0;
	add_rows(session, session->stage);
	if (session->stage == CHECK_STAGE_SCREEN) {
		add_rows(session, CHECK_STAGE_BURN);
		add_nulls(session);
	}
	shuffle(session);
	session->rounds++;
	return session->length > 0;
}

static double mean(const struct check_session *session, enum launch_mode mode)
{
	return session->seconds[mode] / (double)session->timed[mode];
}

/* As long as those so far; in turns a launch takes twice as long as a duet. */
static double forecast(const struct check_session *session, enum launch_mode mode)
{
	const enum launch_mode other = mode == LAUNCH_DUET ? LAUNCH_ABBA : LAUNCH_DUET;

	if (session->timed[mode] > 0)
		return mean(session, mode);
	if (session->timed[other] == 0)
		return 0;
	return mean(session, other) * (mode == LAUNCH_ABBA ? 2 : 0.5);
}

/* What has been seen must be confirmed, or it was seen in vain. */
static double reserve(const struct check_session *session)
{
	double seconds = 0;

	for (size_t row = 0; row < session->report->count; row++)
		if (check_judge_flagged(session, row))
			seconds += DECISION_CONFIRM *
				   forecast(session, session->report->rows[row].mode);
	return seconds;
}

static bool fits(const struct check_session *session, const struct check_order *order,
		 double elapsed)
{
	double end = elapsed + forecast(session, order->mode);

	if (session->stage == CHECK_STAGE_SCREEN)
		end += reserve(session);
	return elapsed < session->config.max_seconds &&
	       end <= session->config.max_seconds;
}

/* The next stage; what has been confirmed is known before its size is measured. */
static bool advance(struct check_session *session)
{
	if (session->stage == CHECK_STAGE_CONFIRM && check_judge_confirm(session) < 0)
		session->stage = CHECK_STAGE_SIZE;
	session->stage++;
	session->length = session->at = 0;
	return session->stage < CHECK_STAGES;
}

/* Of what is planned the first that is still due. */
static bool find_due(struct check_session *session)
{
	while (session->stage < CHECK_STAGES) {
		for (; session->at < session->length; session->at++) {
			const struct check_order *order = &session->round[session->at];
			if (is_due(session, order->row, order->stage))
				return true;
		}
		if (!next_round(session) && !advance(session))
			return false;
	}
	return false;
}

static void complete(struct check_session *session, struct check_order *order)
{
	const enum launch_mode mode = session->report->rows[order->row].mode;

	order->mode = order->stage == CHECK_STAGE_SIZE ? LAUNCH_ABBA : mode;
	order->launch = session->rows[order->row].made[order->stage] + 1;
	order->seed = random_mix(random_mix(session->report->seed) + session->ordered);
}

bool check_session_next(struct check_session *session, double elapsed,
			struct check_order *ret_order)
{
	if (session->report->null.biased)
		return false;
	while (find_due(session)) {
		struct check_order *order = &session->round[session->at];
		complete(session, order);
		if (fits(session, order, elapsed)) {
			*ret_order = *order;
			session->at++;
			session->ordered++;
			return true;
		}
		if (session->stage != CHECK_STAGE_SIZE)
			session->report->out_of_time = true;
		advance(session);
	}
	return false;
}
