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
#include "models/stream.h"
#include "models/timers.h"
#include "server/acceptor.h"
#include "server/io_model.h"

struct reactor;

/* What a model with more than the one loop puts in. Every slot is optional. */
struct reactor_hooks {
	/* Takes an accepted connection in place of reactor_adopt: 0, or -errno: it is
	 * refused. */
	int (*place)(struct reactor *reactor, int fd);

	/* The reactor accepts no more, and those it has are drained. */
	void (*drain)(struct reactor *reactor);

	/* Has work done elsewhere, as stream->work_us says: then reactor_worked is owed in any
	 * case, and stream->fd stays open until then. 0, or -errno: the connection is
	 * lost. */
	int (*work)(struct reactor *reactor, const struct stream *stream, uint64_t key);

	/* The drain is over: what is still owed is for connections that were shut down. */
	void (*cut)(struct reactor *reactor);

	/* The descriptor given to reactor_watch is readable. */
	void (*mail)(struct reactor *reactor);
};

struct reactor {
	struct io_server *server;
	const struct reactor_hooks *hooks; /* set before reactor_run; NULL: none */
	const struct selector *selector;
	struct selector_set *set;
	struct counters_line *counters;
	struct acceptor acceptor;
	int listener;       /* -1: it has none */
	struct slots slots; /* of struct connection, private to reactor.c */
	struct timers timers;
	struct timer drain_timer;
	bool watches_stop;
	bool draining;
};

/* With server->listener and stop_fd. `counters` has this thread as its one writer. 0 or
 * -errno; call reactor_close in either case. */
int reactor_open(struct reactor *reactor, struct io_server *server,
		 const struct selector *selector, struct counters_line *counters);

/* The same in pieces: without descriptors to watch; then what is to be watched. */
int reactor_open_bare(struct reactor *reactor, struct io_server *server,
		      const struct selector *selector, struct counters_line *counters);

/* `listener` is made non-blocking, and stays the caller's. `how`: SELECTOR_EXCLUSIVE where
 * other threads wait for it too, else 0. */
int reactor_listen(struct reactor *reactor, int listener, unsigned how);
int reactor_watch_stop(struct reactor *reactor);
int reactor_watch(struct reactor *reactor, int fd); /* for hooks->mail */

/* In the reactor's thread: serves a non-blocking socket that was counted as accepted. 0, or
 * -errno: it is the caller's still. */
int reactor_adopt(struct reactor *reactor, int fd);

/* In the reactor's thread: the work of the connection with this key is done. */
void reactor_worked(struct reactor *reactor, uint64_t key);

/* In the reactor's thread: accepts no more and drains, where stop_fd is not watched. */
void reactor_drain(struct reactor *reactor);

/* Until it drains, and has no connection left; 0 or -errno. */
int reactor_run(struct reactor *reactor);

/* Accepts a zeroed, or a half-open one. */
void reactor_close(struct reactor *reactor);

#endif
