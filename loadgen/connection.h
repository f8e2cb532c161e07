/*
 * connection.h - the life of one connection: made, lost, made again, ended.
 *
 *	        connect         CONNECTED
 *	NEW ----------> CONNECTING ----> OPEN      carries requests, or none if idle
 *	                  ^  ^  |          |
 *	          back-off|  |  +----------+--> LOST     refused, reset, end of input,
 *	                  +--|------------------+        time-out, wrong or surplus byte,
 *	                     |             |             own shortage
 *	   its end of input  |  --churn    |
 *	   has come          +-- TURNING <-+             half-closed: a byte that still
 *	                                   |             comes is surplus
 *	                        ENDING <---+  the drain; half-closed as well
 *	                           |
 *	                           v
 *	                         ENDED
 *
 * The stream of a number goes on over all its connections: what was sent on one never
 * comes again on the next, so bytes of an old one would be noticed. Hot state and stamps of
 * one connection lie together: one cache line at depth 1.
 */
#ifndef LOADGEN_CONNECTION_H
#define LOADGEN_CONNECTION_H

#include <stdbool.h>
#include <stdint.h>

#include "loadgen/engine.h"
#include "loadgen/pattern.h"

struct target;

enum connection_state {
	CONNECTION_NEW,
	CONNECTION_CONNECTING,
	CONNECTION_OPEN,
	CONNECTION_TURNING,
	CONNECTION_ENDING,
	CONNECTION_ENDED,
	CONNECTION_LOST, /* until it is its turn to try again */
	CONNECTION_STATES
};

struct connection {
	struct pattern_cursor in;  /* verified up to here */
	struct pattern_cursor out; /* given to the engine up to here */
	uint64_t replies;          /* in the window */
	uint8_t *scratch;          /* bytes of the send under way, or NULL */
	uint32_t number;           /* in the whole run; of an idle one, in the group */
	uint8_t state;             /* enum connection_state */
	bool answered;             /* has had a reply since it was lost last */
	bool down;                 /* was lost and is not back yet */
	uint8_t attempts;          /* to come back, without a reply since */
	int64_t handed_ns[];       /* a ring: stamp of request s at s & slot_mask; of one
				without requests [0] is the moment its state began, of a
				lost one that of its next attempt */
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

/* The outcome of that: it is open, or lost. */
void connection_connected(struct target *target, struct connection *c, int result,
			  int64_t now);

/* There is a server behind it: it is lost no more. */
void connection_up(struct target *target, struct connection *c);

/* A send that the kernel did not take at once (-EINPROGRESS) keeps the target's scratch;
 * any other -errno is a loss. */
void connection_blocked(struct target *target, struct connection *c, int rc);

/* Half-closes a connection that has nothing in flight any more: at the end of the run, or
 * to make room for its successor. While the target is held, connection_end leaves it open. */
void connection_end(struct target *target, struct connection *c);
void connection_turn(struct target *target, struct connection *c, int64_t now);

/* Closes one whose requests are unanswered when the run is over; counts nothing. */
void connection_drop(struct target *target, struct connection *c);

/* End of input (0) or -errno: the end of one that was half-closed, else a loss. */
void connection_ended(struct target *target, struct connection *c, int result,
		      int64_t now);

/* Closes it, counted under `error` (enum load_error), a socket of datagrams once for each
 * request in flight, and sets its next attempt: after
 * 10 ms, twice that each time up to 500 ms, less up to half of it at random. */
void connection_lose(struct target *target, struct connection *c, int error);

/* The same, by the class of -errno; 0 is an end of input. */
void connection_fail(struct target *target, struct connection *c, int rc);

#endif
