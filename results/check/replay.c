/* replay.c - see replay.h. */
#include "results/check/replay.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "results/plan/plan.h"
#include "server/options.h"

/* Whose launch it is, of a check that did not say so. Rows of one cell differ in their mode;
 * only a duet has launches that measure a size, in turns. SIZE_MAX: nobody's, or it could be
 * several rows'. */
static size_t guess_row(const struct check_report *recorded,
			const struct check_recorded *item)
{
	const enum launch_mode mode =
		item->stage == CHECK_STAGE_SIZE ? LAUNCH_DUET : item->mode;
	size_t cells = 0, modes = 0, any = SIZE_MAX, fitting = SIZE_MAX;

	for (size_t i = 0; i < recorded->count; i++) {
		if (strcmp(recorded->rows[i].cell->id, item->cell) != 0)
			continue;
		cells++;
		any = i;
		if (recorded->rows[i].mode != mode)
			continue;
		modes++;
		fitting = i;
	}
	if (cells == 1)
		return any;
	return modes == 1 ? fitting : SIZE_MAX;
}

/* Whose launch it is. SIZE_MAX: nobody's. */
static size_t row_of(const struct check_report *recorded,
		     const struct check_recorded *item)
{
	if (item->row == 0)
		return guess_row(recorded, item);
	if (item->row > recorded->count ||
	    strcmp(recorded->rows[item->row - 1].cell->id, item->cell) != 0)
		return SIZE_MAX;
	return item->row - 1;
}

/* A row that fell back to turns began as a duet. */
static enum launch_mode first_mode(const struct check_report *recorded, size_t row,
				   const struct check_recorded *items, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (items[i].stage != CHECK_STAGE_SIZE &&
		    row_of(recorded, &items[i]) == row)
			return items[i].mode;
	return recorded->rows[row].mode;
}

static void begin_rows(const struct check_report *recorded,
		       const struct check_recorded *items, size_t count,
		       struct check_row *rows, struct check_session_row *session_rows)
{
	for (size_t i = 0; i < recorded->count; i++) {
		const struct check_row *was = &recorded->rows[i];
		rows[i] = (struct check_row){
			.name = was->name,
			.scenario = was->scenario,
			.cell = was->cell,
			.mode = first_mode(recorded, i, items, count),
			.same_program = was->same_program,
		};
		session_rows[i].open_loop = was->cell->offered_rps > 0;
		session_rows[i].split = was->cell->placement == PLACEMENT_SPLIT;
	}
}

/* The margins are the session's: every row has the same. */
static void take_margins(const struct check_report *recorded,
			 struct check_session_config *config)
{
	for (int m = 0; m < LAUNCH_METRICS; m++) {
		const double margin =
			recorded->count > 0 ? recorded->rows[0].metric[m].margin : NAN;
		config->margin[m] = margin > 0 ? margin : check_default_margins[m];
	}
}

static int put(struct check_session *session, const struct check_report *recorded,
	       const struct check_recorded *item, char *error)
{
	const struct check_order order = {.row = row_of(recorded, item),
					  .stage = item->stage,
					  .mode = item->mode,
					  .launch = (size_t)item->number};
	struct check_outcome outcome;

	if (order.row == SIZE_MAX) {
		snprintf(error, OPTION_ERROR_SIZE,
			 "launch %lld of '%.200s' is of no row of check.json, or of two",
			 (long long)item->number, item->cell);
		return -EINVAL;
	}
	check_outcome_of(&item->launch, &outcome);
	outcome.expected = item->expected;
	outcome.asymmetry = item->asymmetry;
	outcome.client_limited = item->client_limited;
	outcome.seconds = item->seconds;
	return check_session_put(session, &order, &outcome);
}

static void take_system_calls(const struct check_row *was, struct check_row *row)
{
	memcpy(row->exact, was->exact, sizeof(row->exact));
	row->exact_verdict = was->exact_verdict;
}

static void take_row(const struct check_row *was, struct check_row *row)
{
	row->seconds = was->seconds;
	row->server_failed = was->server_failed;
	for (int m = 0; m < LAUNCH_METRICS; m++)
		memcpy(row->metric[m].median, was->metric[m].median,
		       sizeof(row->metric[m].median));
}

/* What the launches do not tell. */
static void take_over(const struct check_report *recorded, struct check_report *derived)
{
	derived->seconds = recorded->seconds;
	if (!recorded->valid && derived->valid) {
		derived->valid = false;
		memcpy(derived->reason, recorded->reason, sizeof(derived->reason));
	}
	for (size_t i = 0; i < derived->count; i++)
		take_row(&recorded->rows[i], &derived->rows[i]);
}

static int derive(const struct check_report *recorded, const struct check_recorded *items,
		  size_t count, const struct check_session_config *config,
		  struct check_report *derived, char *error)
{
	struct check_session *session = NULL;
	int rc = check_session_new(config, derived, &session, error);

	for (size_t i = 0; rc == 0 && i < derived->count; i++)
		take_system_calls(&recorded->rows[i], &derived->rows[i]);
	for (size_t i = 0; rc == 0 && i < count; i++)
		rc = put(session, recorded, &items[i], error);
	derived->out_of_time = recorded->out_of_time;
	if (rc == 0)
		rc = check_session_finish(session);
	check_session_free(session);
	return rc;
}

int check_replay(const struct check_report *recorded, const struct check_recorded *items,
		 size_t count, struct check_report *ret_derived, char *error)
{
	struct check_session_row *rows = calloc(recorded->count + 1, sizeof(*rows));
	struct check_session_config config = {.rows = rows,
					      .max_launches = recorded->max_launches,
					      .max_seconds = INFINITY};
	struct check_report derived = {
		.rows = calloc(recorded->count + 1, sizeof(*derived.rows)),
		.count = recorded->count,
		.strict = recorded->strict,
		.seed = recorded->seed,
	};
	int rc = rows && derived.rows ? 0 : -ENOMEM;

	if (rc == 0) {
		begin_rows(recorded, items, count, derived.rows, rows);
		take_margins(recorded, &config);
		rc = derive(recorded, items, count, &config, &derived, error);
	}
	free(rows);
	if (rc == -ENOMEM)
		snprintf(error, OPTION_ERROR_SIZE, "out of memory");
	if (rc < 0) {
		free(derived.rows);
		return rc;
	}
	take_over(recorded, &derived);
	*ret_derived = derived;
	return 0;
}
