/*
 * live.h - the connections that the threads of a server hold, so that its main thread can
 * end them at the stop.
 *
 * A thread is a holder; it holds one connection at a time, or none. Only what is held is
 * ever shut down, and what is held is closed under the lock, so no descriptor is touched
 * after its close. From the drain on, a connection is shut down when it is taken.
 */
#ifndef MODELS_LIVE_H
#define MODELS_LIVE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "server/io_model.h"

/* Embedded in what a thread has; it must not move between enter and leave. */
struct live_holder {
	struct live_holder *next;
	struct live_holder **link; /* what points to it */
	int fd;                    /* or -1 */
};

struct live {
	pthread_mutex_t lock;
	pthread_cond_t none_left;
	struct live_holder *first;
	uint64_t holders;
	uint64_t held; /* connections */
	uint64_t max;  /* of these; 0: no limit */
	int how;       /* of shutdown(2), while draining; else -1 */
};

/* `max_connections` 0: no limit. */
void live_init(struct live *live, int64_t max_connections);
void live_release(struct live *live);

/* A thread that is about to be started, holding `fd` (-1: none yet). Called by who starts
 * it. False: as many connections as may be are held; the holder is not in. */
bool live_enter(struct live *live, struct live_holder *holder, int fd);

/* Undoes it where the thread could not be started: `fd` is the caller's. */
void live_withdraw(struct live *live, struct live_holder *holder);

/* The thread is over. Closes what it holds. */
void live_leave(struct live *live, struct live_holder *holder);

/* The holder's thread takes a connection, as live_enter; and closes it. */
bool live_take(struct live *live, struct live_holder *holder, int fd);
void live_close(struct live *live, struct live_holder *holder);

/* Ends the input of every connection; cuts those that are left after `timeout_ns`; returns
 * when every holder has left. */
void live_drain(struct live *live, int64_t timeout_ns);

#endif
