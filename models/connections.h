/*
 * connections.h - the connections of one thread's loop, whatever the loop waits with: they
 * are accepted, held in slots, pumped (stream.h), drained at the stop and cut at its end.
 *
 * The loop brings a table of what only it can do; its own struct of a connection begins
 * with struct connection:
 *
 *	connections_accept ──▶ ops.begin        the loop watches a new one
 *	connection_pump    ──▶ true: watch for stream.wait; false: it is over
 *	connections_drain  ──▶ ops.drain        no listener any more; a timer for the cut
 *	connection_close   ──▶ ops.end          the loop forgets it
 *	                       ops.drained      the last one has ended: leave the loop
 */
#ifndef MODELS_CONNECTIONS_H
#define MODELS_CONNECTIONS_H

#include <stdbool.h>

#include "models/slots.h"
#include "models/stream.h"
#include "server/acceptor.h"

struct connections;

/* First member of the loop's own struct. */
struct connection {
	struct slot slot;
	struct connections *all;
	struct stream stream; /* its fd is -1 once it is closed */
};

struct connections_ops {
	size_t size; /* of the loop's own struct; the buffer lies behind it */

	/* A new connection, as left by stream_init. 0, or -errno: it is refused, and
	 * nothing of it is left. It may be over when this returns. */
	int (*begin)(struct connection *c);

	/* Undoes begin. Its descriptor is closed next, unless stream.fd is -1 by now.
	 * True: the memory is given back too; false: the loop still needs it, and calls
	 * connection_free later. */
	bool (*end)(struct connection *c);

	/* The input of all connections has been ended: leaves listener and stop_fd
	 * alone, and calls connections_cut after config.drain_timeout_ns. */
	void (*drain)(struct connections *all);

	/* While draining: none is left. Optional. */
	void (*drained)(struct connections *all);
};

struct connections {
	struct io_server *server;
	const struct connections_ops *ops;
	struct counters_line *counters;
	struct acceptor acceptor;
	struct slots slots;
	bool draining;
	int result; /* of the loop: -errno when the listener broke */
};

/* Makes server->listener non-blocking. `counters` has the loop's thread as its one writer.
 * 0 or -errno; connections_close in either case. */
int connections_open(struct connections *all, struct io_server *server,
		     const struct connections_ops *ops, struct counters_line *counters);

/* Cuts what is left (nothing but after an error). Accepts a zeroed one. */
void connections_close(struct connections *all);

/* Takes what waits at the listener, some 64 at most so that those who are in are served.
 * True: more may be waiting. Drains when the server stops or the listener is broken. */
bool connections_accept(struct connections *all);

/* Ends the input of all; nothing when it is draining already. */
void connections_drain(struct connections *all);

/* Ends all at once, as errors. */
void connections_cut(struct connections *all);

void connection_close(struct connection *c);

/* Lost to an error of ours. */
void connection_abort(struct connection *c);

/* After an end that was false. */
void connection_free(struct connection *c);

/* stream_pump, and the close when it is over: then false, and `c` is gone. */
static inline bool connection_pump(struct connection *c, bool readable)
{
	if (stream_pump(&c->stream, readable) != STREAM_END)
		return true;
	connection_close(c);
	return false;
}

#endif
