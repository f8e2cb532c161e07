/*
 * connection.h - one connection of a closed loop: sends, verifies, takes the stamps.
 *
 *	     target_connect       CONNECTED          target_begin
 *	IDLE --------> CONNECTING --------> OPEN --- `depth` requests in flight ---+
 *	                   |                  ^                                    |
 *	                   |                  +--- reply verified, next one sent --+
 *	                   v                  |
 *	                 LOST <---------------+  refused, reset, end of input, time-out,
 *	                   (stays so)         |  wrong byte, surplus byte, own shortage
 *	                                      v
 *	                                   ENDING    drained and half-closed: any byte that
 *	                                      |      still comes is surplus
 *	                                      v
 *	                                    ENDED
 *
 * Hot state and stamps of one connection lie together: one cache line at depth 1.
 */
#ifndef LOADGEN_CONNECTION_H
#define LOADGEN_CONNECTION_H

#include <stdbool.h>
#include <stdint.h>

#include "loadgen/engine.h"
#include "loadgen/pattern.h"

struct target;

enum connection_state {
	CONNECTION_IDLE,
	CONNECTION_CONNECTING,
	CONNECTION_OPEN,
	CONNECTION_ENDING,
	CONNECTION_ENDED,
	CONNECTION_LOST
};

struct connection {
	struct pattern_cursor in;  /* verified up to here */
	struct pattern_cursor out; /* given to the engine up to here */
	uint64_t replies;          /* in the window */
	uint8_t *scratch;          /* bytes of the send under way, or NULL */
	uint32_t number;           /* in the whole run */
	uint8_t state;             /* enum connection_state */
	bool answered;             /* has had a reply */
	int64_t handed_ns[];       /* a ring: stamp of request s at s & slot_mask; of a
				connecting one, [0] is the moment it began */
};

/* Requests whose first byte was handed to the engine and whose reply is not verified. */
static inline uint32_t connection_begun(const struct connection *c)
{
	return c->out.sequence + (c->out.offset > 0);
}

static inline uint32_t connection_in_flight(const struct connection *c)
{
	return connection_begun(c) - c->in.sequence;
}

/* Starts to connect. */
void connection_connect(struct target *target, struct connection *c);

/* Hands over every request that is due, in as few sends as there can be. Returns the
 * stamp taken immediately before the first. */
int64_t connection_fill(struct target *target, struct connection *c);

/* An event of the engine; returns the time at which it was dealt with. */
int64_t connection_event(struct target *target, struct connection *c,
			 const struct engine_event *event);

/* Half-closes a connection that has nothing in flight any more. */
void connection_end(struct target *target, struct connection *c);

/* Closes it, counted under `error` (enum load_error). */
void connection_lose(struct target *target, struct connection *c, int error);

#endif
