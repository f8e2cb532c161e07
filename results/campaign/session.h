/*
 * session.h - the sessions of a run in its environment.json: when it was at work, and that it
 * was the same machine and program each time.
 *
 *	"sessions": [{"started_at", "ended_at", "command_line", "rows_before",
 *		      "rows_after", "left_out": [{"cell", "repetitions"}]}]
 *
 * A session that was killed has no ended_at and no rows_after (null).
 */
#ifndef RESULTS_CAMPAIGN_SESSION_H
#define RESULTS_CAMPAIGN_SESSION_H

#include <jansson.h>

#include "results/campaign/campaign.h"

/* A session begins with so many rows. 0 or -ENOMEM. */
int session_begin(json_t *environment, const char *command_line, size_t rows);

/* Ends the last one; what has no row was left out if `complete`, else interrupted. */
void session_end(json_t *environment, const struct campaign *campaign, bool complete);

/*
 * Whether rows measured under `before` and under `now` may stand in one table: the same
 * machine, kernel, settings and program, and where there are Python peers the same interpreter. False with the first fact that differs, and both
 * values, in `difference` (OPTION_ERROR_SIZE bytes).
 */
bool session_comparable(const json_t *before, const json_t *now, char *difference);

/* The same with what DIRECTORY/environment.json says, which *ret_environment receives, the
 * caller's. 0, or -EINVAL with one line in `error` (OPTION_ERROR_SIZE bytes). */
int session_go_on(const char *directory, const json_t *now, json_t **ret_environment,
		  char *error);

#endif
