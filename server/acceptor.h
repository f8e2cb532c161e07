/*
 * acceptor.h - accepts without ever spinning or failing: the answers to accept(2)'s
 * errors, in one place for every model.
 *
 * A reserve descriptor is held so that, at EMFILE or ENFILE, the waiting connection can
 * still be taken off the backlog and refused (closed and counted) instead of waking the
 * model for ever. It may be lost to a descriptor that another thread opens for a moment (so does
 * libc: pthread_setname_np, the first malloc of a thread): then it is had back before anything is
 * accepted, and while it cannot be, accept is left alone for 10 ms at a time.
 *
 * A worker that holds one connection at a time needs no more than the reserve: it may
 * keep a connection that took it (`spends_reserve`), and has it back when it accepts next.
 * So each of N workers can always serve, however few descriptors the others left.
 */
#ifndef SERVER_ACCEPTOR_H
#define SERVER_ACCEPTOR_H

#include <pthread.h>

#include "server/io_model.h"

struct acceptor {
	struct io_server *server;
	int listener; /* the server's; a model with several sets it after acceptor_open */
	struct counters_line *counters; /* accepted, refused: counted here, one writer */
	int reserve_fd;
	pthread_rwlock_t
		*others;     /* where several threads accept without blocking: one lock
				     for their acceptors, set after acceptor_open, so
				     that none loses its reserve to another; else NULL */
	bool spends_reserve; /* set by the model after acceptor_open */
	bool more; /* the last -EAGAIN did not say that nothing waits: who hears of each
		      connection once only has to come back */
};

/* 0 or -errno. */
int acceptor_open(struct acceptor *acceptor, struct io_server *server,
		  struct counters_line *counters);
void acceptor_close(struct acceptor *acceptor); /* accepts a zeroed or closed one */

/*
 * Accepts one connection with accept4 `flags` (SOCK_NONBLOCK or 0; SOCK_CLOEXEC is
 * added). Returns a descriptor >= 0, counted as accepted; or
 *	-EAGAIN      nothing waits (non-blocking listener), or one was refused: go back to
 *		     waiting
 *	-EINTR       a signal: reap and come back
 *	-ECANCELED   the server is stopping
 *	-errno       anything else: the listener is broken
 * ECONNABORTED and other errors of the one connection (accept(2)) are skipped. `active`
 * is the number of connections held: at config.max_connections the connection is refused.
 */
int acceptor_accept(struct acceptor *acceptor, int flags, uint64_t active);

/*
 * The same for a connection that the kernel accepted by itself, for a model that completes:
 * `result` is the descriptor or the -errno that it reported. Returns as acceptor_accept;
 * or -EMFILE when descriptors have run out. As accept takes one before it looks at the
 * backlog, asking the kernel again would fail again at once: wait until the listener is
 * readable, and call acceptor_accept.
 */
int acceptor_take(struct acceptor *acceptor, int result, uint64_t active);

/* Closes a just accepted connection that the model cannot hold: accepted becomes refused. */
void acceptor_refuse(struct acceptor *acceptor, int fd);

#endif
