/* engine_epoll.h - what the parts of the engine `epoll` share; private to them. */
#ifndef LOADGEN_ENGINE_EPOLL_H
#define LOADGEN_ENGINE_EPOLL_H

#include <sys/epoll.h>

#include "loadgen/engine_sockets.h"

#define BATCH            128
#define BUFFER_SIZE      65536
#define BUFFER_ALIGNMENT 64 /* where rep movsb is never slow; see engine_epoll.c */
#define RECEIVES_AT_ONCE 16 /* of one connection, before the others have their turn */

#define INTEREST (EPOLLIN | EPOLLRDHUP | EPOLLET)

struct engine {
	int epoll_fd;
	struct sockets sockets;
	struct datagrams *datagrams; /* NULL: no socket has needed it yet */

	int next, count; /* events[next .. count) are to be handled */
	int receives;    /* of the event `next` so far */
	struct epoll_event events[BATCH];
	_Alignas(BUFFER_ALIGNMENT) uint8_t buffer[BUFFER_SIZE];
};

/* The interest of a connection's socket. 0 or -errno. */
int engine_epoll_control(struct engine *engine, int op, uint32_t connection,
			 uint32_t events);

/* The current event has been dealt with. */
void engine_epoll_next_event(struct engine *engine);

/* engine_epoll_datagram.c */
int engine_epoll_datagram_prepare(struct engine *engine);
bool engine_epoll_receive_datagram(struct engine *engine, uint32_t connection,
				   struct engine_event *ret_event);
void engine_epoll_drop_datagrams(struct engine *engine, uint32_t connection);
void engine_epoll_datagram_free(struct engine *engine);

#endif
