/* engine_epoll.h - what the parts of the engine `epoll` share; private to them. */
#ifndef LOADGEN_ENGINE_EPOLL_H
#define LOADGEN_ENGINE_EPOLL_H

#include <sys/epoll.h>

#include "loadgen/engine.h"

#define BATCH            128
#define BUFFER_SIZE      65536
#define RECEIVES_AT_ONCE 16 /* of one connection, before the others have their turn */

#define INTEREST (EPOLLIN | EPOLLRDHUP | EPOLLET)

enum slot_state { SLOT_FREE, SLOT_RETRYING, SLOT_CONNECTING, SLOT_OPEN };

struct slot {
	int fd;
	uint32_t generation;
	enum slot_state state;
	bool sending;  /* a rest is kept in `rests` */
	bool datagram; /* the socket keeps the borders of what is sent */
};

/* What of a send the kernel has not taken yet. */
struct rest {
	const struct address *address; /* of a connect that is retried */
	int count;
	struct iovec iov[ENGINE_IOV_MAX];
};

struct engine {
	int epoll_fd;
	uint32_t connections;
	struct slot *slots;
	struct rest *rests;

	uint32_t *retries; /* connections to be tried again, the first retry_count */
	uint32_t retry_count;
	uint32_t retry_left; /* of them in this round, tried from the end */
	int64_t retry_ns;    /* when the next round begins */

	struct datagrams *datagrams; /* NULL: no socket has needed it yet */

	int next, count; /* events[next .. count) are to be handled */
	int receives;    /* of the event `next` so far */
	struct epoll_event events[BATCH];
	uint8_t buffer[BUFFER_SIZE];
};

/* The interest of a connection's socket. 0 or -errno. */
int engine_epoll_control(struct engine *engine, int op, uint32_t connection,
			 uint32_t events);
void engine_epoll_close(struct engine *engine, uint32_t connection);

/* The current event has been dealt with. */
void engine_epoll_next_event(struct engine *engine);

/* engine_epoll_connect.c */
int engine_epoll_connect(struct engine *engine, uint32_t connection,
			 const struct address *address, const struct address *source);
void engine_epoll_end_connect(struct engine *engine, uint32_t connection,
			      struct engine_event *ret_event);

/* A new round of connects that are tried again begins at retry_ns. */
void engine_epoll_begin_retries(struct engine *engine, int64_t now);

/* Tries the connections of this round again; true when one has failed for good. */
bool engine_epoll_retry(struct engine *engine, struct engine_event *ret_event);

/* engine_epoll_send.c */
int engine_epoll_send(struct engine *engine, uint32_t connection, const struct iovec *iov,
		      int iov_count);

/* True when the send has ended, one way or the other. */
bool engine_epoll_go_on_sending(struct engine *engine, uint32_t connection,
				struct engine_event *ret_event);

/* engine_epoll_datagram.c */
int engine_epoll_datagram_prepare(struct engine *engine);
bool engine_epoll_receive_datagram(struct engine *engine, uint32_t connection,
				   struct engine_event *ret_event);
void engine_epoll_drop_datagrams(struct engine *engine, uint32_t connection);
void engine_epoll_datagram_free(struct engine *engine);

#endif
