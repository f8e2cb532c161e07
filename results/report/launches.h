/*
 * launches.h - what the launches of a check measured, from its slices.csv.
 *
 *	[{launch, cell, mode, stage, seconds, problem, steal,
 *	  base [requests/s], new [requests/s], first [side]}]
 *
 * In the order of the session. A pair of slices has one value in `base`, `new` and `first`,
 * which is 0 where base had the first turn, 1 where new had it, -1 where both ran at once;
 * a value is null where nothing was measured. `steal` is the greatest of its slices, in per cent.
 */
#ifndef RESULTS_REPORT_LAUNCHES_H
#define RESULTS_REPORT_LAUNCHES_H

#include "results/report/source.h"

/* The caller owns the reference; null: no slices.csv; NULL: no memory. A file that is damaged
 * is said in source->missing. */
json_t *report_launches_new(struct report_source *source);

#endif
