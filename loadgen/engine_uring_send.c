/*
 * engine_uring_send.c - the engine `io-uring`: sends.
 *
 * A message is left to the ring until the thread enters the kernel anyway, if little of it
 * has to be copied: a call of its own would cost more. Not for long: it waits for a few
 * others at most, as its stamp has been taken. One send of a connection is under way at a
 * time, for two could overtake each other.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "loadgen/engine_uring.h"

#define COPIED   4352 /* bytes at most: 4 KiB and the header. Beyond, copying costs more */
#define SPANS    4
#define TOGETHER 16U /* sends that go out in one call, at most */

/* What the ring sends of a connection. */
struct uring_outgoing {
	uint8_t bytes[COPIED];
	struct msghdr message;
	struct iovec iov[SPANS];
};

int uring_outgoing_open(struct engine *engine)
{
	engine->outgoing = malloc(engine->sockets.count * sizeof(*engine->outgoing));
	return engine->outgoing ? 0 : -ENOMEM;
}

void uring_borrow(struct engine *engine, const uint8_t *data, size_t length)
{
	engine->borrowed = data;
	engine->borrowed_length = length;
}

void uring_await_writable(struct engine *engine, uint32_t connection,
			  enum uring_operation operation)
{
	struct io_uring_sqe *sqe = uring_request(engine);

	io_uring_prep_poll_add(sqe, engine->sockets.slots[connection].fd, POLLOUT);
	sqe->user_data = uring_tag(engine, connection, operation);
}

static bool is_borrowed(const struct engine *engine, const struct iovec *span)
{
	return (uintptr_t)span->iov_base - (uintptr_t)engine->borrowed <
	       engine->borrowed_length;
}

/* Makes spans that stay; the length of all, or 0 when too much would have to be copied. */
static uint32_t keep_spans(const struct engine *engine, struct uring_outgoing *out,
			   const struct iovec *iov, int iov_count)
{
	size_t copied = 0, length = 0;

	if (iov_count > SPANS)
		return 0;
	for (int i = 0; i < iov_count; i++) {
		out->iov[i] = iov[i];
		length += iov[i].iov_len;
		if (is_borrowed(engine, &iov[i]))
			continue;
		if (iov[i].iov_len > COPIED - copied)
			return 0;
		out->iov[i].iov_base =
			memcpy(out->bytes + copied, iov[i].iov_base, iov[i].iov_len);
		copied += iov[i].iov_len;
	}
	return (uint32_t)length;
}

/* False when it is not worth while. */
static bool queue(struct engine *engine, uint32_t connection, const struct iovec *iov,
		  int iov_count)
{
	struct slot *slot = &engine->sockets.slots[connection];
	struct uring_outgoing *out = &engine->outgoing[connection];
	const int flags = MSG_NOSIGNAL | MSG_WAITALL;

	slot->queued = keep_spans(engine, out, iov, iov_count);
	if (slot->queued == 0)
		return false;
	struct io_uring_sqe *sqe = uring_request(engine);
	if (iov_count == 1) {
		io_uring_prep_send(sqe, slot->fd, out->iov[0].iov_base, slot->queued,
				   flags);
	} else {
		out->message = (struct msghdr){.msg_iov = out->iov,
					       .msg_iovlen = (size_t)iov_count};
		io_uring_prep_sendmsg(sqe, slot->fd, &out->message, (unsigned)flags);
	}
	sqe->user_data = uring_tag(engine, connection, OP_SEND);
	if (io_uring_sq_ready(&engine->ring) >= TOGETHER)
		(void)io_uring_submit(&engine->ring);
	return true;
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
		if (cqe->user_data != tag || cqe->res != (int)slot->queued)
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
	if (queue(engine, connection, iov, iov_count))
		return 0;
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
	bool all = result == (int)slot->queued;

	slot->queued = 0;
	if (all)
		return slot->sending &&
		       uring_go_on_sending(engine, connection, ret_event);
	slot->sending = false;
	*ret_event = (struct engine_event){ENGINE_SENT, connection,
					   result < 0 ? result : -EPIPE, NULL};
	return true;
}
