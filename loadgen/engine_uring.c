/*
 * engine_uring.c - the engine `io-uring`: sockets by completions.
 *
 * A connection's receive is asked for once and brings all that arrives (multishot), in
 * buffers that the connections share: the kernel receives for many of them in the one
 * call that waits, which takes their small sends along.
 *
 * A completion carries connection and generation, as the ring outlives a connection: what
 * is under way ends after its close, in silence.
 */
#include "loadgen/engine_uring.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "loadgen/engines.h"
#include "server/clock.h"

static void engine_uring_free(struct engine *engine)
{
	if (!engine)
		return;
	/* Before the ring lets go of the sockets, which is later than it says. */
	for (uint32_t i = 0; i < engine->sockets.count; i++)
		if (engine->sockets.slots[i].receiving)
			(void)shutdown(engine->sockets.slots[i].fd, SHUT_RDWR);
	uring_ring_close(engine);
	sockets_release(&engine->sockets);
	free(engine->outgoing);
	free(engine);
}

static int engine_uring_open(uint32_t connections, struct engine **ret_engine)
{
	struct engine *engine = calloc(1, sizeof(*engine));

	if (!engine)
		return -ENOMEM;
	engine->lent = URING_NO_BUFFER;
	int rc = sockets_init(&engine->sockets, connections);
	if (rc == 0)
		rc = uring_outgoing_open(engine);
	if (rc == 0)
		rc = uring_ring_open(engine, connections);
	prctl(PR_SET_TIMERSLACK, 1); /* of this thread: 50 us of lateness otherwise */
	if (rc < 0)
		engine_uring_free(engine);
	else
		*ret_engine = engine;
	return rc;
}

static void receive(struct engine *engine, uint32_t connection)
{
	struct io_uring_sqe *sqe = uring_request(engine);

	io_uring_prep_recv_multishot(sqe, engine->sockets.slots[connection].fd, NULL, 0,
				     0);
	sqe->flags |= IOSQE_BUFFER_SELECT;
	sqe->user_data = uring_tag(engine, connection, OP_RECEIVE);
	engine->sockets.slots[connection].receiving = true;
}

/* The ring holds the socket as long as something is under way for it. A shutdown ends that,
 * and tells the peer; the receive of a datagram goes on and has to be cancelled. What
 * waits to be submitted names a descriptor that will soon be another's. */
static void end_requests(struct engine *engine, uint32_t connection)
{
	const struct slot *slot = &engine->sockets.slots[connection];

	if (slot->datagram) {
		struct io_uring_sqe *sqe = uring_request(engine);
		io_uring_prep_cancel_fd(sqe, slot->fd, IORING_ASYNC_CANCEL_ALL);
		sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
		sqe->user_data = uring_tag(engine, connection, OP_NONE);
	}
	(void)io_uring_submit(&engine->ring);
	(void)shutdown(slot->fd, SHUT_RDWR);
}

static void engine_uring_close(struct engine *engine, uint32_t connection)
{
	const struct slot *slot = &engine->sockets.slots[connection];

	if (slot->receiving || slot->sending || slot->queued > 0 ||
	    slot->state == SLOT_CONNECTING)
		end_requests(engine, connection);
	sockets_close(&engine->sockets, connection);
}

static int engine_uring_connect(struct engine *engine, uint32_t connection,
				const struct address *address,
				const struct address *source)
{
	int rc = sockets_connect(&engine->sockets, connection, address, source);
	int nonblocking = 0;

	if (rc != 0)
		return rc < 0 ? rc : 0;
	/* Of one that does not block the ring would not wait for what arrives. */
	if (ioctl(engine->sockets.slots[connection].fd, FIONBIO, &nonblocking) < 0) {
		rc = -errno;
		sockets_close(&engine->sockets, connection);
		return rc;
	}
	uring_await_writable(engine, connection, OP_CONNECT);
	return 0;
}

static bool end_connect(struct engine *engine, uint32_t connection,
			struct engine_event *ret_event)
{
	int rc = sockets_connected(&engine->sockets, connection);

	if (rc == 0)
		receive(engine, connection);
	*ret_event = (struct engine_event){ENGINE_CONNECTED, connection, rc, NULL};
	return true;
}

static void engine_uring_shut_wr(struct engine *engine, uint32_t connection)
{
	if (engine->sockets.slots[connection].queued > 0)
		(void)io_uring_submit(&engine->ring);
	sockets_shut_wr(&engine->sockets, connection);
}

/* A receive that ended for a reason of our own; nothing has been lost. */
static bool is_ours(int result)
{
	return result == -ENOBUFS || result == -EINTR || result == -EAGAIN;
}

/* What a receive has brought; true when it is to be reported. A datagram may be empty, and
 * its errors are of one of those sent: neither ends the input. */
static bool received(struct engine *engine, uint32_t connection,
		     const struct io_uring_cqe *cqe, struct engine_event *ret_event)
{
	struct slot *slot = &engine->sockets.slots[connection];

	slot->receiving = (cqe->flags & IORING_CQE_F_MORE) != 0;
	if (cqe->res == -ENOBUFS)
		uring_add_buffers(engine);
	if (!slot->receiving && (cqe->res > 0 || slot->datagram || is_ours(cqe->res)))
		receive(engine, connection);
	if (is_ours(cqe->res))
		return false;
	*ret_event = (struct engine_event){ENGINE_RECEIVED, connection, cqe->res,
					   (const uint8_t *)""};
	if (engine->lent != URING_NO_BUFFER)
		ret_event->data = uring_buffer(engine, engine->lent);
	return true;
}

static void take_back(struct engine *engine)
{
	if (engine->lent != URING_NO_BUFFER)
		uring_return_buffer(engine, engine->lent);
	engine->lent = URING_NO_BUFFER;
}

/* One step with a completion; true when there is something to report. */
static bool complete(struct engine *engine, const struct io_uring_cqe *cqe,
		     struct engine_event *ret_event)
{
	uint32_t connection = (uint32_t)cqe->user_data;
	enum uring_operation op = uring_operation(cqe->user_data);

	if (cqe->flags & IORING_CQE_F_BUFFER)
		engine->lent = (int)(cqe->flags >> IORING_CQE_BUFFER_SHIFT);
	if (cqe->user_data != uring_tag(engine, connection, op)) {
		take_back(engine);
		return false;
	}
	switch (op) {
	case OP_RECEIVE:
		return received(engine, connection, cqe, ret_event);
	case OP_SEND:
		return uring_sent(engine, connection, cqe->res, ret_event);
	case OP_WRITABLE:
		return uring_go_on_sending(engine, connection, ret_event);
	case OP_CONNECT:
		return end_connect(engine, connection, ret_event);
	case OP_NONE:
		break;
	}
	return false;
}

static bool next_completion(struct engine *engine, struct io_uring_cqe *ret_cqe)
{
	struct io_uring_cqe *cqe;

	if (__io_uring_peek_cqe(&engine->ring, &cqe, NULL) < 0 || !cqe)
		return false;
	*ret_cqe = *cqe;
	io_uring_cq_advance(&engine->ring, 1);
	return true;
}

/* Submits, and sleeps for a completion, at most `timeout_ns`; 0: looks. 0 or -errno. */
static int enter(struct engine *engine, int64_t timeout_ns)
{
	struct __kernel_timespec timeout = {.tv_sec = timeout_ns / NS_PER_S,
					    .tv_nsec = timeout_ns % NS_PER_S};
	struct io_uring_cqe *cqe;
	int rc = timeout_ns > 0 ? io_uring_submit_and_wait_timeout(&engine->ring, &cqe, 1,
								   &timeout, NULL)
				: io_uring_submit(&engine->ring);

	if (rc == -ETIME || rc == -EINTR || rc == -EAGAIN || rc == -EBUSY)
		return 0;
	return rc < 0 ? rc : 0;
}

/* Sleeps, or looks, until something has completed: 1, or 0 when the deadline has come, or
 * -errno. */
static int gather(struct engine *engine, int64_t deadline_ns, int64_t spin_ns)
{
	int64_t now = clock_ns();
	int64_t until = deadline_ns - spin_ns;

	if (sockets_begin_retries(&engine->sockets, now))
		return 1;
	until = sockets_wake_ns(&engine->sockets, until);
	int rc = enter(engine, until > now ? until - now : 0);
	if (rc < 0)
		return rc;
	return io_uring_cq_ready(&engine->ring) > 0 || clock_ns() < deadline_ns;
}

static int engine_uring_wait(struct engine *engine, int64_t deadline_ns, int64_t spin_ns,
			     struct engine_event *ret_event)
{
	struct io_uring_cqe cqe;

	take_back(engine);
	for (;;) {
		while (next_completion(engine, &cqe))
			if (complete(engine, &cqe, ret_event))
				return 1;
		if (sockets_retry(&engine->sockets, engine_uring_connect, engine,
				  ret_event))
			return 1;
		int rc = gather(engine, deadline_ns, spin_ns);
		if (rc <= 0)
			return rc;
	}
}

static int64_t engine_uring_now(const struct engine *engine)
{
	(void)engine;
	return clock_ns();
}

static uint64_t engine_uring_dropped(const struct engine *engine, uint32_t connection)
{
	return sockets_dropped(&engine->sockets, connection);
}

const struct engine_ops engine_io_uring = {
	.name = "io-uring",
	.summary = ENGINE_IO_URING_SUMMARY,
	.probe = engine_uring_probe,
	.open = engine_uring_open,
	.free = engine_uring_free,
	.borrow = uring_borrow,
	.connect = engine_uring_connect,
	.send = uring_send,
	.shut_wr = engine_uring_shut_wr,
	.close = engine_uring_close,
	.dropped = engine_uring_dropped,
	.now = engine_uring_now,
	.wait = engine_uring_wait,
};
