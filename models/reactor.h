/*
 * reactor.h - one thread that serves many connections on one selector.
 *
 * Waits for readiness, pumps the connections that are ready (stream.h), then those whose
 * time has come. Interest is changed only when it must: a connection that sleeps keeps
 * its interest until something does arrive; no system call is made per request beside
 * the read and the write.
 */
#ifndef MODELS_REACTOR_H
#define MODELS_REACTOR_H

#include <stdbool.h>

#include "models/selector/selector.h"
#include "models/slots.h"
#include "models/timers.h"
#include "server/acceptor.h"
#include "server/io_model.h"

struct reactor {
	struct io_server *server;
	const struct selector *selector;
	struct selector_set *set;
	struct counters_line *counters;
	struct acceptor acceptor;
	struct slots slots; /* of struct connection, private to reactor.c */
	struct timers timers;
	struct timer drain_timer;
	bool draining;
};

/* Watches server->listener (made non-blocking) and stop_fd. `counters` has this thread as
 * its one writer. 0 or -errno; call reactor_close in either case. */
int reactor_open(struct reactor *reactor, struct io_server *server,
		 const struct selector *selector, struct counters_line *counters);

/* Until stop_fd is readable and the connections are drained; 0 or -errno. */
int reactor_run(struct reactor *reactor);

/* Accepts a zeroed, or a half-open one. */
void reactor_close(struct reactor *reactor);

#endif
