/* connecting.h - the connect phase of a worker: every connection made at a bounded rate, or
 * tried once. */
#ifndef LOADGEN_CONNECTING_H
#define LOADGEN_CONNECTING_H

#include "loadgen/worker.h"

/* Begins the connects that are due. */
void connecting_start(struct worker *worker, int64_t now);

/* Some are not begun, or have no outcome yet. */
bool connecting_goes_on(const struct worker *worker);

/* The latest end of the phase: the last one has had its time-out. */
int64_t connecting_deadline(const struct worker *worker);

/* What has no outcome by then is lost. */
void connecting_give_up(struct worker *worker);

#endif
