/* check_script.c - see check_script.h. */
#include "tests/unit/check_script.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "server/options.h"

void script_init(struct script *script)
{
	memset(script, 0, offsetof(struct script, order));
	script->rows = 1;
	script->is.can_burn = true;
	script->max_launches = DECISION_MAX_LAUNCHES;
	script->seconds = 1;
	script->seed = 1;
}

static struct check_session *begin(struct script *script, struct check_session_row *rows)
{
	struct check_session_config config = {
		.rows = rows,
		.max_launches = script->max_launches,
		.max_seconds = script->max_seconds > 0 ? script->max_seconds : INFINITY};
	char error[OPTION_ERROR_SIZE];
	struct check_session *session = NULL;

	memcpy(config.margin, check_default_margins, sizeof(config.margin));
	script->report = (struct check_report){
		.rows = script->row, .count = script->rows, .seed = script->seed};
	for (size_t i = 0; i < script->rows; i++) {
		script->row[i] = (struct check_row){
			.mode = script->mode, .same_program = script->same_program[i]};
		rows[i] = script->is;
	}
	CU_ASSERT_EQUAL_FATAL(
		check_session_new(&config, &script->report, &session, error), 0);
	return session;
}

static void note(struct script *script, const struct check_order *order)
{
	script->made[order->stage]++;
	script->of_row[order->row][order->stage]++;
	if (script->orders < sizeof(script->order) / sizeof(script->order[0]))
		script->order[script->orders++] = *order;
}

void script_run(struct script *script)
{
	struct check_session_row rows[SCRIPT_ROWS_MAX];
	struct check_session *session = begin(script, rows);
	struct check_order order;

	while (check_session_next(session, script->elapsed, &order)) {
		struct check_outcome outcome = {
			.pairs = 10,
			.expected = order.stage == CHECK_STAGE_BURN ? 0.2 : NAN,
			.seconds = script->seconds * (order.mode == LAUNCH_ABBA ? 2 : 1)};
		note(script, &order);
		script->outcome(script, &order, &outcome);
		script->elapsed += outcome.seconds;
		CU_ASSERT_EQUAL_FATAL(check_session_put(session, &order, &outcome), 0);
	}
	CU_ASSERT_EQUAL_FATAL(check_session_finish(session), 0);
	check_session_free(session);
}

double script_jitter(const struct check_order *order)
{
	static const double noise[] = {0.001, -0.0012, 0.0004, -0.0003, 0.0007, -0.0008};

	return noise[order->launch % 6] + (double)order->launch * 1e-6;
}

void script_even(struct script *s, const struct check_order *order,
		 struct check_outcome *outcome)
{
	const double shift =
		order->stage == CHECK_STAGE_BURN ? 0.5 * outcome->expected : 0;

	(void)s;
	for (int m = 0; m < LAUNCH_METRICS; m++) {
		outcome->effect[m] = shift + script_jitter(order);
		outcome->whole[m][0] = 100;
		outcome->whole[m][1] = 100 + (double)order->launch;
	}
}

double script_spread(const struct check_order *order, double width)
{
	return ((double)(order->launch * 5 % 12) - 5.5) / 5.5 * width;
}

bool script_compares(const struct check_order *order)
{
	return order->stage != CHECK_STAGE_NULL && order->stage != CHECK_STAGE_BURN;
}

void script_cpu_worse(struct script *s, const struct check_order *order,
		      struct check_outcome *outcome)
{
	script_even(s, order, outcome);
	if (script_compares(order))
		outcome->effect[LAUNCH_CPU] +=
			order->stage == CHECK_STAGE_SIZE ? 0.08 : 0.04;
}
