/*
 * engine_epoll.c - the engine `epoll`: sockets by readiness.
 *
 * One receive and one send per request and nothing else: a send is tried at once and waits
 * for EPOLLOUT only when the kernel takes less; sockets are edge-triggered, where a receive
 * shorter than the buffer means drained (epoll(7), Q9). What is received lands in one
 * buffer for all connections, which stays in the cache.
 *
 * An event carries connection and generation: events of a connection that was closed while
 * they waited in the batch are recognised by it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "loadgen/engine.h"
#include "server/clock.h"

#define BATCH            128
#define BUFFER_SIZE      65536
#define RECEIVES_AT_ONCE 16 /* of one connection, before the others have their turn */
#define RETRY_NS         NS_PER_MS

#define INTEREST (EPOLLIN | EPOLLRDHUP | EPOLLET)

enum slot_state { SLOT_FREE, SLOT_RETRYING, SLOT_CONNECTING, SLOT_OPEN };

struct slot {
	int fd;
	uint32_t generation;
	enum slot_state state;
	bool sending; /* a rest is kept in `rests` */
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

	int next, count; /* events[next .. count) are to be handled */
	int receives;    /* of the event `next` so far */
	struct epoll_event events[BATCH];
	uint8_t buffer[BUFFER_SIZE];
};

static void engine_epoll_free(struct engine *engine)
{
	if (!engine)
		return;
	for (uint32_t i = 0; engine->slots && i < engine->connections; i++)
		if (engine->slots[i].fd >= 0)
			close(engine->slots[i].fd);
	if (engine->epoll_fd >= 0)
		close(engine->epoll_fd);
	free(engine->slots);
	free(engine->rests);
	free(engine->retries);
	free(engine);
}

static int engine_epoll_open(uint32_t connections, struct engine **ret_engine)
{
	struct engine *engine = calloc(1, sizeof(*engine));
	int rc = -ENOMEM;

	if (!engine)
		return rc;
	engine->epoll_fd = -1;
	engine->slots = calloc(connections, sizeof(*engine->slots));
	engine->rests = calloc(connections, sizeof(*engine->rests));
	engine->retries = calloc(connections, sizeof(*engine->retries));
	if (!engine->slots || !engine->rests || !engine->retries)
		goto out;
	engine->connections = connections;
	for (uint32_t i = 0; i < connections; i++)
		engine->slots[i].fd = -1;
	engine->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	rc = engine->epoll_fd < 0 ? -errno : 0;
	prctl(PR_SET_TIMERSLACK, 1); /* of this thread: 50 us of lateness otherwise */
out:
	if (rc < 0)
		engine_epoll_free(engine);
	else
		*ret_engine = engine;
	return rc;
}

static int control(struct engine *engine, int op, uint32_t connection, uint32_t events)
{
	const struct slot *slot = &engine->slots[connection];
	struct epoll_event event = {
		.events = events,
		.data.u64 = (uint64_t)slot->generation << 32 | connection,
	};

	return epoll_ctl(engine->epoll_fd, op, slot->fd, &event) < 0 ? -errno : 0;
}

static void engine_epoll_close(struct engine *engine, uint32_t connection)
{
	struct slot *slot = &engine->slots[connection];

	if (slot->fd >= 0)
		close(slot->fd);
	*slot = (struct slot){.fd = -1, .generation = slot->generation + 1};
}

/* 0: under way. */
static int begin_connect(struct engine *engine, uint32_t connection,
			 const struct address *address, const struct address *source)
{
	struct slot *slot = &engine->slots[connection];
	int rc = socket_connect_from(address, source, &slot->fd);

	if (rc < 0 && rc != -EINPROGRESS) {
		slot->fd = -1;
		return rc;
	}
	slot->state = SLOT_CONNECTING;
	rc = control(engine, EPOLL_CTL_ADD, connection, EPOLLOUT);
	if (rc < 0)
		engine_epoll_close(engine, connection);
	return rc;
}

static int engine_epoll_connect(struct engine *engine, uint32_t connection,
				const struct address *address,
				const struct address *source)
{
	int rc = begin_connect(engine, connection, address, source);

	if (rc != -EAGAIN || address->transport != TRANSPORT_UNIX)
		return rc;
	if (engine->retry_count == 0)
		engine->retry_ns = clock_ns() + RETRY_NS;
	engine->slots[connection].state = SLOT_RETRYING;
	engine->rests[connection].address = address;
	for (uint32_t i = 0; i < engine->retry_count; i++)
		if (engine->retries[i] == connection)
			return 0; /* of an earlier connect that was closed */
	engine->retries[engine->retry_count++] = connection;
	return 0;
}

/* Tries the connections of this round again; true when one has failed for good. */
static bool retry_connects(struct engine *engine, struct engine_event *ret_event)
{
	while (engine->retry_left > 0) {
		uint32_t at = --engine->retry_left;
		uint32_t connection = engine->retries[at];
		bool waits = engine->slots[connection].state == SLOT_RETRYING;
		int rc = 0;
		if (waits)
			rc = begin_connect(engine, connection,
					   engine->rests[connection].address, NULL);
		if (rc == -EAGAIN)
			continue;
		engine->retries[at] = engine->retries[--engine->retry_count];
		if (rc < 0) {
			engine_epoll_close(engine, connection);
			*ret_event = (struct engine_event){ENGINE_CONNECTED, connection,
							   rc, NULL};
			return true;
		}
	}
	return false;
}

/* How much the kernel took of the spans: bytes, or -errno. */
static ssize_t send_spans(int fd, const struct iovec *iov, int iov_count)
{
	const struct msghdr message = {.msg_iov = (struct iovec *)iov,
				       .msg_iovlen = (size_t)iov_count};
	ssize_t n;

	do {
		n = iov_count == 1
			    ? send(fd, iov[0].iov_base, iov[0].iov_len, MSG_NOSIGNAL)
			    : sendmsg(fd, &message, MSG_NOSIGNAL);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EAGAIN ? 0 : -errno;
	return n;
}

/* Keeps what follows the first `sent` bytes; false when nothing does. */
static bool keep_rest(struct rest *rest, const struct iovec *iov, int iov_count,
		      size_t sent)
{
	int first = 0;

	while (first < iov_count && sent >= iov[first].iov_len)
		sent -= iov[first++].iov_len;
	rest->count = iov_count - first;
	memmove(rest->iov, iov + first, (size_t)rest->count * sizeof(*iov));
	if (rest->count == 0)
		return false;
	rest->iov[0].iov_base = (uint8_t *)rest->iov[0].iov_base + sent;
	rest->iov[0].iov_len -= sent;
	return true;
}

static int engine_epoll_send(struct engine *engine, uint32_t connection,
			     const struct iovec *iov, int iov_count)
{
	struct slot *slot = &engine->slots[connection];
	ssize_t sent = send_spans(slot->fd, iov, iov_count);

	if (sent < 0)
		return (int)sent;
	if (iov_count == 1 && (size_t)sent == iov[0].iov_len)
		return 0;
	if (!keep_rest(&engine->rests[connection], iov, iov_count, (size_t)sent))
		return 0;
	int rc = control(engine, EPOLL_CTL_MOD, connection, INTEREST | EPOLLOUT);
	if (rc < 0)
		return rc;
	slot->sending = true;
	return -EINPROGRESS;
}

/* True when the send has ended, one way or the other. */
static bool go_on_sending(struct engine *engine, uint32_t connection,
			  struct engine_event *ret_event)
{
	struct slot *slot = &engine->slots[connection];
	struct rest *rest = &engine->rests[connection];
	ssize_t sent = send_spans(slot->fd, rest->iov, rest->count);
	int rc = (int)sent;

	if (sent >= 0) {
		if (keep_rest(rest, rest->iov, rest->count, (size_t)sent))
			return false;
		rc = control(engine, EPOLL_CTL_MOD, connection, INTEREST);
	}
	slot->sending = false;
	*ret_event = (struct engine_event){ENGINE_SENT, connection, rc, NULL};
	return true;
}

static void engine_epoll_shut_wr(struct engine *engine, uint32_t connection)
{
	/* Of a peer that is gone already the next receive tells. */
	(void)shutdown(engine->slots[connection].fd, SHUT_WR);
}

static int64_t engine_epoll_now(const struct engine *engine)
{
	(void)engine;
	return clock_ns();
}

static void end_connect(struct engine *engine, uint32_t connection,
			struct engine_event *ret_event)
{
	struct slot *slot = &engine->slots[connection];
	int rc = socket_error(slot->fd);

	if (rc == 0)
		rc = control(engine, EPOLL_CTL_MOD, connection, INTEREST);
	if (rc == 0)
		slot->state = SLOT_OPEN;
	else
		engine_epoll_close(engine, connection);
	*ret_event = (struct engine_event){ENGINE_CONNECTED, connection, rc, NULL};
}

static void next_event(struct engine *engine)
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
		(void)control(engine, EPOLL_CTL_MOD, connection,
			      engine->slots[connection].sending ? INTEREST | EPOLLOUT
								: INTEREST);
	next_event(engine);
}

static bool receive(struct engine *engine, uint32_t connection, uint32_t events,
		    struct engine_event *ret_event)
{
	ssize_t n = recv(engine->slots[connection].fd, engine->buffer, BUFFER_SIZE, 0);
	int error = errno;

	if (n < 0 && error == EINTR)
		return false;
	after_receive(engine, connection, events, n);
	if (n < 0 && error == EAGAIN)
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
	const struct slot *slot = &engine->slots[connection];

	if (slot->generation != event->data.u64 >> 32) {
		next_event(engine);
		return false;
	}
	if (slot->state == SLOT_CONNECTING) {
		next_event(engine);
		end_connect(engine, connection, ret_event);
		return true;
	}
	if (slot->sending && (event->events & EPOLLOUT) != 0) {
		event->events &= ~(uint32_t)EPOLLOUT;
		if (go_on_sending(engine, connection, ret_event))
			return true;
	}
	if ((event->events & ~(uint32_t)EPOLLOUT) != 0)
		return receive(engine, connection, event->events, ret_event);
	next_event(engine);
	return false;
}

/* Sleeps until something is ready: 1, or 0 when the deadline has come, or -errno. */
static int fill_batch(struct engine *engine, int64_t deadline_ns)
{
	int64_t now = clock_ns();
	int64_t until = deadline_ns;

	if (engine->retry_count > 0 && now >= engine->retry_ns) {
		engine->retry_left = engine->retry_count;
		engine->retry_ns = now + RETRY_NS;
		return 1;
	}
	if (engine->retry_count > 0 && engine->retry_ns < until)
		until = engine->retry_ns;
	int64_t left = until > now ? until - now : 0;
	const struct timespec timeout = {left / NS_PER_S, left % NS_PER_S};
	engine->next = 0;
	engine->count =
		epoll_pwait2(engine->epoll_fd, engine->events, BATCH, &timeout, NULL);
	if (engine->count < 0) {
		int error = errno;
		engine->count = 0;
		return error == EINTR ? clock_ns() < deadline_ns : -error;
	}
	return engine->count > 0 || until < deadline_ns;
}

static int engine_epoll_wait(struct engine *engine, int64_t deadline_ns,
			     struct engine_event *ret_event)
{
	for (;;) {
		while (engine->next < engine->count)
			if (handle_event(engine, ret_event))
				return 1;
		if (retry_connects(engine, ret_event))
			return 1;
		int rc = fill_batch(engine, deadline_ns);
		if (rc <= 0)
			return rc;
	}
}

const struct engine_ops engine_epoll = {
	.name = "epoll",
	.open = engine_epoll_open,
	.free = engine_epoll_free,
	.connect = engine_epoll_connect,
	.send = engine_epoll_send,
	.shut_wr = engine_epoll_shut_wr,
	.close = engine_epoll_close,
	.now = engine_epoll_now,
	.wait = engine_epoll_wait,
};
