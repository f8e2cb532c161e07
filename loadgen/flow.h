/*
 * flow.h - the requests on a connection that is a stream of bytes: sends, verifies,
 * takes the stamps.
 *
 * `depth` requests are in flight from the moment a connection is open; each verified reply
 * makes room for the next, until the drain, or, in churn, until the connection has carried
 * its share: requests k * churn .. k * churn + churn - 1 of its number go out on the k-th.
 */
#ifndef LOADGEN_FLOW_H
#define LOADGEN_FLOW_H

#include "loadgen/connection.h"

/* Hands over every request that is due, in as few sends as there can be. Returns the
 * stamp taken immediately before the first. */
int64_t flow_fill(struct target *target, struct connection *c);

/* An event of the engine; returns the time at which it was dealt with. */
int64_t flow_event(struct target *target, struct connection *c,
		   const struct engine_event *event);

#endif
