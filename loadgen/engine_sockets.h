/*
 * engine_sockets.h - what the engines over real sockets have in common: a slot for each
 * connection, connects that are tried again, sends that the kernel did not take at once.
 *
 * How to learn that a socket is ready, and how to receive, is the engine's.
 */
#ifndef LOADGEN_ENGINE_SOCKETS_H
#define LOADGEN_ENGINE_SOCKETS_H

#include "loadgen/engine.h"

enum slot_state { SLOT_FREE, SLOT_RETRYING, SLOT_CONNECTING, SLOT_OPEN };

struct slot {
	int fd;              /* -1: none */
	uint32_t generation; /* one more with each close: old events are known by it */
	uint32_t queued;     /* io-uring: bytes of a send that the ring has; 0: none */
	uint8_t state;       /* enum slot_state */
	bool sending;        /* a rest is kept in `rests` */
	bool datagram;       /* the socket keeps the borders of what is sent */
	bool receiving;      /* io-uring: a receive is under way */
};

/* What of a send the kernel has not taken yet. */
struct rest {
	const struct address *address; /* of a connect that is retried */
	int count;
	struct iovec iov[ENGINE_IOV_MAX];
};

struct sockets {
	uint32_t count;
	struct slot *slots;
	struct rest *rests;

	uint32_t *retries; /* connections to be tried again, the first retry_count */
	uint32_t retry_count;
	uint32_t retry_left; /* of them in this round, tried from the end */
	int64_t retry_ns;    /* when the next round begins */
};

/* 0 or -ENOMEM; sockets_release in either case, which closes all. */
int sockets_init(struct sockets *sockets, uint32_t count);
void sockets_release(struct sockets *sockets); /* accepts a zeroed one */

/* Begins to connect: 0 when under way, until the socket is writable; 1 when it is to be
 * tried again in a later round; or -errno. */
int sockets_connect(struct sockets *sockets, uint32_t connection,
		    const struct address *address, const struct address *source);

/* What came of a connect that is over: 0, or -errno and it is closed. */
int sockets_connected(struct sockets *sockets, uint32_t connection);

/* A round of connects that are tried again begins, if it is time. */
bool sockets_begin_retries(struct sockets *sockets, int64_t now);

/* Goes on with this round, through the engine's own slot `connect`; true when one has
 * failed for good, which is the event. */
bool sockets_retry(struct sockets *sockets,
		   int (*connect)(struct engine *engine, uint32_t connection,
				  const struct address *address,
				  const struct address *source),
		   struct engine *engine, struct engine_event *ret_event);

/* `until_ns`, or the beginning of the next round, if that is earlier. */
int64_t sockets_wake_ns(const struct sockets *sockets, int64_t until_ns);

/* 0 when the kernel took all, -EINPROGRESS when the rest is kept until the socket is
 * writable, or -errno. */
int sockets_send(struct sockets *sockets, uint32_t connection, const struct iovec *iov,
		 int iov_count);

/* Keeps all of it as such a rest: -EINPROGRESS. */
int sockets_keep(struct sockets *sockets, uint32_t connection, const struct iovec *iov,
		 int iov_count);

/* sockets_send of the rest, when the socket is writable. */
int sockets_send_rest(struct sockets *sockets, uint32_t connection);

void sockets_shut_wr(struct sockets *sockets, uint32_t connection);
void sockets_close(struct sockets *sockets, uint32_t connection);

/* See the engine's slot. */
uint64_t sockets_dropped(const struct sockets *sockets, uint32_t connection);

#endif
