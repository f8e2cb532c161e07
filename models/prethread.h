/*
 * prethread.h - threads that accept on one listener and serve what they have accepted:
 * what the prethread models are, and each process of the hybrid one.
 */
#ifndef MODELS_PRETHREAD_H
#define MODELS_PRETHREAD_H

#include "models/live.h"
#include "server/acceptor.h"

struct prethread_worker;

/* max-connections where others count too: a connection is let in, and leaves. */
struct prethread_gate {
	bool (*enter)(struct io_server *server);
	void (*leave)(struct io_server *server);
};

struct prethread {
	struct io_server *server;
	const struct prethread_gate *gate; /* set before prethread_run; NULL: none */
	struct live live;
	pthread_mutex_t accepting; /* who has it accepts, where that is serialised */
	bool serialised;
	atomic_int result; /* -errno when the listener broke */
	unsigned first_line;
	unsigned count;
	struct prethread_worker *workers;
};

/* `count` workers, which write counters lines `first_line` ff. The threads are made by
 * run. 0 or -errno; prethread_close in either case. */
int prethread_open(struct prethread *p, struct io_server *server, unsigned count,
		   unsigned first_line, bool serialised);

/* The calling thread waits for the stop, and drains. 0 or -errno. */
int prethread_run(struct prethread *p);
void prethread_close(struct prethread *p); /* accepts a zeroed one */

#endif
