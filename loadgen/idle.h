/* idle.h - connections that never send: established before the load, and open to its end,
 * which is all that is asked of the server. */
#ifndef LOADGEN_IDLE_H
#define LOADGEN_IDLE_H

#include "loadgen/connection.h"

/* An event of the engine; returns the time at which it was dealt with. */
int64_t idle_event(struct target *target, struct connection *c,
		   const struct engine_event *event);

#endif
