/*
 * engine_uring_send.c - the engine `io-uring`: sends.
 *
 * A small message is copied, and left to the ring until the thread enters the kernel
 * anyway: a call of its own would cost more than the copy. Not for long: a message waits for
 * a few others at most, as its stamp has been taken. One send of a connection is under way
 * at a time, for two could overtake each other.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "loadgen/engine_uring.h"

#define SMALL        1024         /* bytes */
#define SMALL_STRIDE (SMALL + 64) /* neighbours do not share cache sets */
#define TOGETHER     16U          /* sends that go out in one call, at most */

int uring_small_open(struct engine *engine)
{
	engine->small = aligned_alloc(64, engine->sockets.count * (size_t)SMALL_STRIDE);
	return engine->small ? 0 : -ENOMEM;
}

void uring_await_writable(struct engine *engine, uint32_t connection,
			  enum uring_operation operation)
{
	struct io_uring_sqe *sqe = uring_request(engine);

	io_uring_prep_poll_add(sqe, engine->sockets.slots[connection].fd, POLLOUT);
	sqe->user_data = uring_tag(engine, connection, operation);
}

static void queue(struct engine *engine, uint32_t connection, const struct iovec *iov)
{
	struct slot *slot = &engine->sockets.slots[connection];
	uint8_t *bytes = engine->small + (size_t)connection * SMALL_STRIDE;
	struct io_uring_sqe *sqe = uring_request(engine);

	memcpy(bytes, iov->iov_base, iov->iov_len);
	io_uring_prep_send(sqe, slot->fd, bytes, iov->iov_len,
			   MSG_NOSIGNAL | MSG_WAITALL);
	sqe->user_data = uring_tag(engine, connection, OP_SEND);
	slot->queued = (uint16_t)iov->iov_len;
	if (io_uring_sq_ready(&engine->ring) >= TOGETHER)
		(void)io_uring_submit(&engine->ring);
}

/* Sees whether the ring's send of this connection is over, before its turn comes. */
static void settle(struct engine *engine, uint32_t connection)
{
	struct slot *slot = &engine->sockets.slots[connection];
	uint64_t tag = uring_tag(engine, connection, OP_SEND);
	struct io_uring_cqe *cqe;
	unsigned head;

	(void)io_uring_submit(&engine->ring);
	io_uring_for_each_cqe(&engine->ring, head, cqe)
	{
		if (cqe->user_data != tag || cqe->res != slot->queued)
			continue;
		cqe->user_data = uring_tag(engine, connection, OP_NONE);
		slot->queued = 0;
		return;
	}
}

int uring_send(struct engine *engine, uint32_t connection, const struct iovec *iov,
	       int iov_count)
{
	const struct slot *slot = &engine->sockets.slots[connection];

	if (slot->queued > 0)
		settle(engine, connection);
	if (slot->queued > 0)
		return sockets_keep(&engine->sockets, connection, iov, iov_count);
	if (iov_count == 1 && iov[0].iov_len <= SMALL) {
		queue(engine, connection, &iov[0]);
		return 0;
	}
	int rc = sockets_send(&engine->sockets, connection, iov, iov_count);
	if (rc == -EINPROGRESS)
		uring_await_writable(engine, connection, OP_WRITABLE);
	return rc;
}

bool uring_go_on_sending(struct engine *engine, uint32_t connection,
			 struct engine_event *ret_event)
{
	int rc = sockets_send_rest(&engine->sockets, connection);

	if (rc == -EINPROGRESS) {
		uring_await_writable(engine, connection, OP_WRITABLE);
		return false;
	}
	*ret_event = (struct engine_event){ENGINE_SENT, connection, rc, NULL};
	return true;
}

/* It waits for all to go out; what it could not send it does not try again. */
bool uring_sent(struct engine *engine, uint32_t connection, int result,
		struct engine_event *ret_event)
{
	struct slot *slot = &engine->sockets.slots[connection];
	bool all = result == slot->queued;

	slot->queued = 0;
	if (all)
		return slot->sending &&
		       uring_go_on_sending(engine, connection, ret_event);
	slot->sending = false;
	*ret_event = (struct engine_event){ENGINE_SENT, connection,
					   result < 0 ? result : -EPIPE, NULL};
	return true;
}
