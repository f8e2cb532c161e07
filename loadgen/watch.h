/*
 * watch.h - what is told of a run while it goes on.
 *
 * A look adds up the cells of every worker's histogram, which takes tens of microseconds: a
 * few are taken each second, and only where somebody watches. One thread looks; the
 * workers may go on recording meanwhile.
 */
#ifndef LOADGEN_WATCH_H
#define LOADGEN_WATCH_H

#include "loadgen/load.h"

#define WATCH_PERIOD_NS 250000000LL /* from look to look */

struct watch;
struct worker;

/* Remembers the look before; NULL: no memory. */
struct watch *watch_new(void);
void watch_free(struct watch *watch); /* accepts NULL */

/* One look: begin, add each worker, tell. `progress` says what came since the look before,
 * and what is left of the window start_ns .. end_ns. */
void watch_begin(struct watch *watch);
void watch_add(struct watch *watch, const struct worker *worker);
void watch_tell(struct watch *watch, int64_t now, int64_t start_ns, int64_t end_ns,
		struct load_progress *ret_progress);

/* In the window, by each worker: publishes its counts, and where it is the one that calls
 * the hooks, tells them when it is time. */
void watch_worker(struct worker *worker, int64_t now);

#define WATCH_TEXT_SIZE 120

/* "171000 requests/s  p50 355 us  p99 1.20 ms  0 errors". */
void watch_format(const struct load_progress *progress, char *text);

#endif
