/* private.h - what the files of the plan share among themselves. */
#ifndef RESULTS_PLAN_PRIVATE_H
#define RESULTS_PLAN_PRIVATE_H

#include "results/plan/plan.h"
#include "server/socket.h"

/* A line that inih reads whole: its buffer less the terminator. */
#define PLAN_LINE_MAX 199

/* The index of `name` in a table of keys, or -1. */
int plan_key_index(const struct option_spec *table, const char *name);

/* One line for a key that is neither in `table` nor in `more` (NULL: there is none), with
 * the nearest that is; -EINVAL. */
int plan_unknown_key(const struct option_spec *table, const struct option_spec *more,
		     const char *key, char *error);

/* Stands before a model that nobody named: `all` or `family:NAME` stood for it. It has
 * cells only where it serves their transport. */
#define PLAN_IMPLIED '?'

/* A value of the axis without that. */
const char *plan_model_name(const char *text);

/* Whether a model of an axis has cells of `transport`. */
bool plan_model_speaks(const struct plan *plan, const char *text,
		       enum transport transport);

/* What plan_check says of one section; 0, or -EINVAL with one line in `error`. */
int plan_check_cells(const struct plan_cells *cells, char *error);

/* Once a section's transports are known: names the models that serve all of them, and
 * drops who serves none, unless nobody would be left. */
void plan_settle_models(struct plan *plan);

#endif
