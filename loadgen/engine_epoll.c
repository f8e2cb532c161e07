/*
 * engine_epoll.c - the engine `epoll`: sockets by readiness.
 *
 * One receive and one send per request and nothing else: a send is tried at once and waits
 * for EPOLLOUT only when the kernel takes less; sockets are edge-triggered, where a receive
 * shorter than the buffer means drained (epoll(7), Q9). What is received lands in one
 * buffer for all connections, which stays in the cache. The buffer is aligned: a copy to 1
 * to 31 bytes behind the offset in a page that it comes from, as malloc's large blocks are,
 * costs Zen 1.6 times the time.
 *
 * An event carries connection and generation: events of a connection that was closed while
 * they waited in the batch are recognised by it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "loadgen/engine_epoll.h"
#include "loadgen/engines.h"
#include "server/clock.h"

static void engine_epoll_free(struct engine *engine)
{
	if (!engine)
		return;
	sockets_release(&engine->sockets);
	if (engine->epoll_fd >= 0)
		close(engine->epoll_fd);
	engine_epoll_datagram_free(engine);
	free(engine);
}

static int engine_epoll_open(uint32_t connections, struct engine **ret_engine)
{
	struct engine *engine = aligned_alloc(BUFFER_ALIGNMENT, sizeof(*engine));

	if (!engine)
		return -ENOMEM;
	memset(engine, 0, sizeof(*engine));
	engine->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	int rc = engine->epoll_fd < 0 ? -errno
				      : sockets_init(&engine->sockets, connections);
	prctl(PR_SET_TIMERSLACK, 1); /* of this thread: 50 us of lateness otherwise */
	if (rc < 0)
		engine_epoll_free(engine);
	else
		*ret_engine = engine;
	return rc;
}

int engine_epoll_control(struct engine *engine, int op, uint32_t connection,
			 uint32_t events)
{
	const struct slot *slot = &engine->sockets.slots[connection];
	struct epoll_event event = {
		.events = events,
		.data.u64 = (uint64_t)slot->generation << 32 | connection,
	};

	return epoll_ctl(engine->epoll_fd, op, slot->fd, &event) < 0 ? -errno : 0;
}

static void engine_epoll_close(struct engine *engine, uint32_t connection)
{
	if (engine->sockets.slots[connection].datagram)
		engine_epoll_drop_datagrams(engine, connection);
	sockets_close(&engine->sockets, connection);
}

static int engine_epoll_connect(struct engine *engine, uint32_t connection,
				const struct address *address,
				const struct address *source)
{
	int rc = sockets_connect(&engine->sockets, connection, address, source);

	if (rc != 0)
		return rc < 0 ? rc : 0;
	if (engine->sockets.slots[connection].datagram)
		rc = engine_epoll_datagram_prepare(engine);
	if (rc == 0)
		rc = engine_epoll_control(engine, EPOLL_CTL_ADD, connection, EPOLLOUT);
	if (rc < 0)
		sockets_close(&engine->sockets, connection);
	return rc;
}

static void end_connect(struct engine *engine, uint32_t connection,
			struct engine_event *ret_event)
{
	int rc = sockets_connected(&engine->sockets, connection);

	if (rc == 0)
		rc = engine_epoll_control(engine, EPOLL_CTL_MOD, connection, INTEREST);
	if (rc < 0)
		sockets_close(&engine->sockets, connection);
	*ret_event = (struct engine_event){ENGINE_CONNECTED, connection, rc, NULL};
}

static int engine_epoll_send(struct engine *engine, uint32_t connection,
			     const struct iovec *iov, int iov_count)
{
	int rc = sockets_send(&engine->sockets, connection, iov, iov_count);

	if (rc != -EINPROGRESS)
		return rc;
	rc = engine_epoll_control(engine, EPOLL_CTL_MOD, connection, INTEREST | EPOLLOUT);
	return rc < 0 ? rc : -EINPROGRESS;
}

/* True when the send has ended, one way or the other. */
static bool go_on_sending(struct engine *engine, uint32_t connection,
			  struct engine_event *ret_event)
{
	int rc = sockets_send_rest(&engine->sockets, connection);

	if (rc == -EINPROGRESS)
		return false;
	if (rc == 0)
		rc = engine_epoll_control(engine, EPOLL_CTL_MOD, connection, INTEREST);
	*ret_event = (struct engine_event){ENGINE_SENT, connection, rc, NULL};
	return true;
}

static void engine_epoll_shut_wr(struct engine *engine, uint32_t connection)
{
	sockets_shut_wr(&engine->sockets, connection);
}

static int64_t engine_epoll_now(const struct engine *engine)
{
	(void)engine;
	return clock_ns();
}

void engine_epoll_next_event(struct engine *engine)
{
	engine->next++;
	engine->receives = 0;
}

/* Decides whether the connection of the current event has more to receive. */
static void after_receive(struct engine *engine, uint32_t connection, uint32_t events,
			  ssize_t n)
{
	bool more = n == BUFFER_SIZE ||
		    (n > 0 && (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0);

	if (more && ++engine->receives < RECEIVES_AT_ONCE)
		return;
	if (more) /* queues it again behind the others, should it be readable */
		(void)engine_epoll_control(engine, EPOLL_CTL_MOD, connection,
					   engine->sockets.slots[connection].sending
						   ? INTEREST | EPOLLOUT
						   : INTEREST);
	engine_epoll_next_event(engine);
}

static bool receive(struct engine *engine, uint32_t connection, uint32_t events,
		    struct engine_event *ret_event)
{
	ssize_t n = recv(engine->sockets.slots[connection].fd, engine->buffer,
			 BUFFER_SIZE, 0);
	int error = n < 0 ? errno : 0;

	if (error == EINTR)
		return false;
	after_receive(engine, connection, events, n);
	if (error == EAGAIN)
		return false;
	*ret_event = (struct engine_event){ENGINE_RECEIVED, connection,
					   n < 0 ? -error : (int)n, engine->buffer};
	return true;
}

/* One step with the current event; true when there is something to report. */
static bool handle_event(struct engine *engine, struct engine_event *ret_event)
{
	struct epoll_event *event = &engine->events[engine->next];
	uint32_t connection = (uint32_t)event->data.u64;
	const struct slot *slot = &engine->sockets.slots[connection];

	if (slot->generation != event->data.u64 >> 32) {
		engine_epoll_next_event(engine);
		return false;
	}
	if (slot->state == SLOT_CONNECTING) {
		engine_epoll_next_event(engine);
		end_connect(engine, connection, ret_event);
		return true;
	}
	if (slot->sending && (event->events & EPOLLOUT) != 0) {
		event->events &= ~(uint32_t)EPOLLOUT;
		if (go_on_sending(engine, connection, ret_event))
			return true;
	}
	if (slot->datagram && (event->events & ~(uint32_t)EPOLLOUT) != 0)
		return engine_epoll_receive_datagram(engine, connection, ret_event);
	if ((event->events & ~(uint32_t)EPOLLOUT) != 0)
		return receive(engine, connection, event->events, ret_event);
	engine_epoll_next_event(engine);
	return false;
}

/* Waits for at most `timeout_ns`: 1 when something may be ready, 0, or -errno. */
static int poll_sockets(struct engine *engine, int64_t timeout_ns)
{
	const struct timespec timeout = {timeout_ns / NS_PER_S, timeout_ns % NS_PER_S};

	engine->next = 0;
	engine->count =
		epoll_pwait2(engine->epoll_fd, engine->events, BATCH, &timeout, NULL);
	if (engine->count >= 0)
		return engine->count > 0;
	int error = errno;
	engine->count = 0;
	return error == EINTR ? 1 : -error;
}

/* Sleeps, or looks, until something may be ready: 1, or 0 when the deadline has come, or
 * -errno. */
static int fill_batch(struct engine *engine, int64_t deadline_ns, int64_t spin_ns)
{
	int64_t now = clock_ns();
	int64_t until = deadline_ns - spin_ns;

	if (sockets_begin_retries(&engine->sockets, now))
		return 1;
	until = sockets_wake_ns(&engine->sockets, until);
	int rc = poll_sockets(engine, until > now ? until - now : 0);
	if (rc != 0)
		return rc;
	return until < deadline_ns && clock_ns() < deadline_ns;
}

static int engine_epoll_wait(struct engine *engine, int64_t deadline_ns, int64_t spin_ns,
			     struct engine_event *ret_event)
{
	for (;;) {
		while (engine->next < engine->count)
			if (handle_event(engine, ret_event))
				return 1;
		if (sockets_retry(&engine->sockets, engine_epoll_connect, engine,
				  ret_event))
			return 1;
		int rc = fill_batch(engine, deadline_ns, spin_ns);
		if (rc <= 0)
			return rc;
	}
}

static uint64_t engine_epoll_dropped(const struct engine *engine, uint32_t connection)
{
	return sockets_dropped(&engine->sockets, connection);
}

const struct engine_ops engine_epoll = {
	.name = "epoll",
	.summary = "readiness: one receive and one send per request",
	.open = engine_epoll_open,
	.free = engine_epoll_free,
	.connect = engine_epoll_connect,
	.send = engine_epoll_send,
	.shut_wr = engine_epoll_shut_wr,
	.close = engine_epoll_close,
	.dropped = engine_epoll_dropped,
	.now = engine_epoll_now,
	.wait = engine_epoll_wait,
};
