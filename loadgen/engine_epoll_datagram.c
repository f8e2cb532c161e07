/*
 * engine_epoll_datagram.c - the engine `epoll`: receives datagrams, many in one call.
 *
 * One call takes all that waits on a socket, so with one request in flight per socket it
 * costs no more than recv, and needs no second call to learn that the socket is drained.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "loadgen/engine_epoll.h"

#define DATAGRAMS 16 /* per call */

/* What the last call brought, for the connection of the current event. */
struct datagrams {
	uint32_t connection;
	int next, count; /* messages[next .. count) are to be handed out */
	struct mmsghdr messages[DATAGRAMS];
	struct iovec spans[DATAGRAMS];
	uint8_t buffers[DATAGRAMS][BUFFER_SIZE];
};

int engine_epoll_datagram_prepare(struct engine *engine)
{
	struct datagrams *d = engine->datagrams;

	if (d)
		return 0;
	d = calloc(1, sizeof(*d));
	if (!d)
		return -ENOMEM;
	for (int i = 0; i < DATAGRAMS; i++) {
		d->spans[i] = (struct iovec){d->buffers[i], BUFFER_SIZE};
		d->messages[i].msg_hdr.msg_iov = &d->spans[i];
		d->messages[i].msg_hdr.msg_iovlen = 1;
	}
	engine->datagrams = d;
	return 0;
}

void engine_epoll_datagram_free(struct engine *engine)
{
	free(engine->datagrams);
}

void engine_epoll_drop_datagrams(struct engine *engine, uint32_t connection)
{
	if (engine->datagrams->connection == connection)
		engine->datagrams->next = engine->datagrams->count;
}

/* True with more of them; false at the end of the event, *ret_error being -errno then, or
 * 0 when there is nothing more. */
static bool fetch(struct engine *engine, uint32_t connection, int *ret_error)
{
	struct datagrams *d = engine->datagrams;
	int n;

	do {
		n = recvmmsg(engine->sockets.slots[connection].fd, d->messages, DATAGRAMS,
			     MSG_DONTWAIT, NULL);
	} while (n < 0 && errno == EINTR);
	*ret_error = n < 0 && errno != EAGAIN ? -errno : 0;
	d->connection = connection;
	d->next = 0;
	d->count = n < 0 ? 0 : n;
	return n > 0;
}

/* The socket may have more than was fetched: the others have their turn first. */
static void yield_to_others(struct engine *engine, uint32_t connection)
{
	(void)engine_epoll_control(engine, EPOLL_CTL_MOD, connection,
				   engine->sockets.slots[connection].sending
					   ? INTEREST | EPOLLOUT
					   : INTEREST);
	engine_epoll_next_event(engine);
}

bool engine_epoll_receive_datagram(struct engine *engine, uint32_t connection,
				   struct engine_event *ret_event)
{
	struct datagrams *d = engine->datagrams;
	int error;

	if (d->next == d->count && !fetch(engine, connection, &error)) {
		engine_epoll_next_event(engine);
		*ret_event =
			(struct engine_event){ENGINE_RECEIVED, connection, error, NULL};
		return error < 0;
	}
	const struct mmsghdr *message = &d->messages[d->next];
	*ret_event = (struct engine_event){ENGINE_RECEIVED, connection,
					   (int)message->msg_len, d->buffers[d->next]};
	if (++d->next < d->count)
		return true;
	if (d->count < DATAGRAMS)
		engine_epoll_next_event(engine);
	else
		yield_to_others(engine, connection);
	return true;
}
