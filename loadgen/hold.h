/*
 * hold.h - a moment behind the window at which the server still holds every connection and
 * has nothing to do: the only one at which its memory per connection can be read without
 * a request paying for it.
 *
 * Between the window and the drain, where a hook asks for it: nothing new starts, and no
 * connection is half-closed until every request on those that are served has its reply.
 * Starved connections are not waited for: they wait for others to be closed.
 */
#ifndef LOADGEN_HOLD_H
#define LOADGEN_HOLD_H

#include "loadgen/worker.h"

/* Whether there is a hold: a hook asks for it, and connections do not end by themselves as in
 * churn, where one that is held may keep others from being served. */
bool hold_wanted(const struct load_config *config, const struct load_hooks *hooks);

/* Looks whether the hold is over: every worker has come this far, and the hook has been
 * called, here or, where somebody else watches, by hold_watch. */
bool hold_over(struct worker *worker, int64_t now);

/* Half-closes what has nothing to do; returns where the drain's time begins, which the hook
 * has taken nothing of. */
int64_t hold_end(struct worker *worker, int64_t now);

/* In the thread that calls the hooks of several workers: true when it is time to call
 * `loaded`; then hold_release. */
bool hold_reached(const struct run *run);
void hold_release(struct run *run);

#endif
