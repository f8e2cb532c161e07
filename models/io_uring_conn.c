/* io_uring_conn.c - one connection of the io_uring models, from completion to request. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "models/io_uring.h"
#include "server/clock.h"

#define SPINS 16 /* per turn, so that others get theirs */
#define NEVER INT64_MAX

static int bytes_append(struct bytes *bytes, const uint8_t *p, size_t n)
{
	size_t capacity = bytes->capacity ? bytes->capacity : RING_BUFFER_SIZE;

	while (capacity - bytes->length < n)
		capacity *= 2;
	if (capacity > bytes->capacity) {
		uint8_t *grown = realloc(bytes->p, capacity);
		if (!grown)
			return -ENOMEM;
		bytes->p = grown;
		bytes->capacity = capacity;
	}
	memcpy(bytes->p + bytes->length, p, n);
	bytes->length += n;
	return 0;
}

static void bytes_free(struct bytes *bytes)
{
	free(bytes->p);
	*bytes = (struct bytes){0};
}

static bool is_multishot(const struct uring *uring)
{
	return uring->ring.buffers != NULL;
}

/* Behind io_uring_prep_*, which clear the entry. */
static void conn_request(struct uring_conn *c, struct io_uring_sqe *sqe, enum uring_op op)
{
	sqe->user_data = (uintptr_t)c | op;
	c->in_flight++;
}

static void conn_receive(struct uring *uring, struct uring_conn *c)
{
	if (c->receiving) /* still; or its cancellation is, then it comes here again */
		return;
	struct io_uring_sqe *sqe = ring_sqe(&uring->ring);
	if (is_multishot(uring)) {
		io_uring_prep_recv_multishot(sqe, c->fd, NULL, 0, 0);
		sqe->flags |= IOSQE_BUFFER_SELECT;
		sqe->file_index = uring->receive_limit; /* optlen, in later headers */
	} else {
		io_uring_prep_recv(sqe, c->fd, c->buffer,
				   (size_t)uring->server->config.buffer, 0);
		if (!c->more) /* a first try would find nothing */
			sqe->ioprio |= IORING_RECVSEND_POLL_FIRST;
	}
	conn_request(c, sqe, URING_RECEIVE);
	c->receiving = true;
}

/* Back-pressure: a peer that does not read is not read from. What has arrived already is
 * kept: at most receive_limit bytes, or all that the socket had where there is no limit. */
static void conn_stop_receiving(struct uring *uring, struct uring_conn *c)
{
	if (!is_multishot(uring) || !c->receiving || c->cancelling)
		return;
	struct io_uring_sqe *sqe = ring_sqe(&uring->ring);
	io_uring_prep_cancel64(sqe, (uintptr_t)c | URING_RECEIVE, 0);
	conn_request(c, sqe, URING_CANCEL);
	c->cancelling = true;
}

/* What was fed is not needed any more. */
static void conn_drop_fed(struct uring *uring, struct uring_conn *c)
{
	if (c->held != RING_NO_BUFFER)
		ring_return(&uring->ring, c->held);
	c->held = RING_NO_BUFFER;
	bytes_free(&c->feeding);
}

/* What was fed is needed for long: gives the shared buffer back. */
static int conn_keep_fed(struct uring *uring, struct uring_conn *c)
{
	if (c->held == RING_NO_BUFFER)
		return 0;
	c->feeding.p = malloc(RING_BUFFER_SIZE);
	if (!c->feeding.p)
		return -ENOMEM;
	c->feeding.capacity = RING_BUFFER_SIZE;
	c->feeding.length = echo_conn_move(&c->echo, c->feeding.p);
	ring_return(&uring->ring, c->held);
	c->held = RING_NO_BUFFER;
	return 0;
}

/* An armed timer is never put off: it finds out when it is early. */
static void conn_set_deadline(struct uring *uring, struct uring_conn *c,
			      int64_t deadline_ns)
{
	c->deadline_ns = deadline_ns;
	if (deadline_ns == NEVER)
		return;
	if (!timer_armed(&c->timer) || c->timer.deadline_ns > deadline_ns)
		timers_arm(&uring->timers, &c->timer, deadline_ns);
}

static void conn_finish(struct uring *uring, struct uring_conn *c)
{
	struct io_uring_sqe *sqe = ring_sqe(&uring->ring);

	io_uring_prep_close(sqe, c->fd);
	sqe->user_data = URING_CLOSE;
	uring->closes++;
	conn_drop_fed(uring, c);
	bytes_free(&c->waiting);
	counters_bump(&uring->counters->closed, 1);
	slots_give(&uring->slots, c);
}

/* close(2) with a receive under way would leave the peer without an end: the ring holds
 * the socket. A shutdown completes what is under way. */
static void conn_close(struct uring *uring, struct uring_conn *c)
{
	timers_cancel(&uring->timers, &c->timer);
	c->state = CONN_CLOSING;
	if (c->in_flight > 0)
		(void)shutdown(c->fd, SHUT_RDWR);
}

static void conn_fail(struct uring *uring, struct uring_conn *c)
{
	counters_bump(&uring->counters->errors, 1);
	conn_close(uring, c);
}

/* Behind whatever may have closed it. */
static void conn_settle(struct uring *uring, struct uring_conn *c)
{
	if (c->state == CONN_CLOSING && c->in_flight == 0)
		conn_finish(uring, c);
}

void uring_conn_abort(struct uring *uring, struct uring_conn *c)
{
	if (c->state != CONN_CLOSING)
		conn_fail(uring, c);
	conn_settle(uring, c);
}

/* The time runs from the last step that was not a READ. */
static void conn_read(struct uring *uring, struct uring_conn *c, int64_t timeout_ns)
{
	int64_t deadline_ns = c->deadline_ns;

	if (timeout_ns == 0)
		deadline_ns = NEVER;
	else if (c->stepped)
		deadline_ns = clock_ns() + timeout_ns;
	c->stepped = false;
	c->state = CONN_READING;
	conn_receive(uring, c);
	conn_set_deadline(uring, c, deadline_ns);
}

/* Feeds what came while something else was done; false: nothing did. */
static bool conn_feed_waiting(struct uring *uring, struct uring_conn *c)
{
	conn_drop_fed(uring, c);
	if (c->waiting.length > 0) {
		c->feeding = c->waiting;
		c->waiting = (struct bytes){0};
		echo_conn_feed(&c->echo, c->feeding.p, c->feeding.length);
		return true;
	}
	if (c->ended)
		echo_conn_feed(&c->echo, NULL, 0);
	return c->ended;
}

/* One send is under way at a time: two could overtake each other. From a shared buffer it
 * does not wait: what is not taken at once must leave the buffer. */
static void conn_send(struct uring *uring, struct uring_conn *c,
		      const struct echo_want *want)
{
	int flags = MSG_NOSIGNAL | (c->held != RING_NO_BUFFER ? MSG_DONTWAIT : 0);
	struct io_uring_sqe *sqe = ring_sqe(&uring->ring);

	if (!c->stalled) /* else burnt when it was first tried */
		io_server_burn(uring->server, want->frames);
	c->sending = want->iov[0].iov_len;
	if (want->iov_count == 1) {
		io_uring_prep_send(sqe, c->fd, want->iov[0].iov_base, c->sending, flags);
	} else {
		memcpy(c->iov, want->iov, sizeof(c->iov));
		c->message = (struct msghdr){.msg_iov = c->iov, .msg_iovlen = 2};
		c->sending += want->iov[1].iov_len;
		io_uring_prep_sendmsg(sqe, c->fd, &c->message, (unsigned)flags);
	}
	conn_request(c, sqe, URING_SEND);
	c->state = CONN_SENDING;
}

static void conn_rest(struct uring *uring, struct uring_conn *c, int64_t ns,
		      bool sleeping)
{
	if (conn_keep_fed(uring, c) < 0) {
		conn_fail(uring, c);
		return;
	}
	c->state = CONN_RESTING;
	c->sleeping = sleeping;
	conn_set_deadline(uring, c, clock_ns() + ns);
}

/* Goes on until something is to be waited for. */
static void conn_pump(struct uring *uring, struct uring_conn *c)
{
	struct echo_want want;
	int spins = 0;

	for (;;) {
		echo_conn_want(&c->echo, &want);
		c->stepped |= want.kind != ECHO_WANT_READ;
		switch (want.kind) {
		case ECHO_WANT_READ:
			if (conn_feed_waiting(uring, c))
				continue;
			conn_read(uring, c, want.timeout_ns);
			return;
		case ECHO_WANT_WRITE:
			conn_send(uring, c, &want);
			return;
		case ECHO_WANT_SPIN:
			if (spins++ == SPINS) {
				conn_rest(uring, c, 0, false);
				return;
			}
			spin_burn(&uring->server->spin, want.amount_us * NS_PER_US);
			break;
		case ECHO_WANT_SLEEP:
			conn_rest(uring, c, want.amount_us * NS_PER_US, true);
			return;
		case ECHO_WANT_SHUT_WR:
			(void)shutdown(c->fd, SHUT_WR);
			break;
		case ECHO_WANT_CLOSE:
			conn_close(uring, c);
			return;
		}
		echo_conn_done(&c->echo);
	}
}

/* `buffer`: the shared one that holds the bytes, or RING_NO_BUFFER. */
static void conn_take(struct uring *uring, struct uring_conn *c, const uint8_t *p,
		      size_t n, int buffer)
{
	if (c->state == CONN_READING) {
		c->held = buffer;
		echo_conn_feed(&c->echo, p, n);
		conn_pump(uring, c);
		return;
	}
	int result = bytes_append(&c->waiting, p, n);
	ring_return(&uring->ring, buffer);
	if (result < 0)
		conn_fail(uring, c);
	else if (c->waiting.length >= (size_t)uring->server->config.buffer)
		conn_stop_receiving(uring, c);
}

/* A receive that ended without being the connection's fault; it is asked for again when the
 * connection is to read. */
static bool is_to_be_repeated(struct uring *uring, int error)
{
	if (error == -EINVAL && uring->receive_limit > 0) {
		uring->receive_limit = 0; /* the kernel is older than the limit */
		return true;
	}
	return error == -ENOBUFS || error == -ECANCELED;
}

static void conn_received(struct uring *uring, struct uring_conn *c,
			  const struct io_uring_cqe *cqe)
{
	int buffer = RING_NO_BUFFER;
	const uint8_t *p = c->buffer;

	if (cqe->flags & IORING_CQE_F_BUFFER) {
		buffer = (int)(cqe->flags >> IORING_CQE_BUFFER_SHIFT);
		p = ring_buffer(&uring->ring, buffer);
	}
	c->receiving = cqe->flags & IORING_CQE_F_MORE;
	c->more = cqe->flags & IORING_CQE_F_SOCK_NONEMPTY;
	if (c->state != CONN_CLOSING && cqe->res > 0) {
		conn_take(uring, c, p, (size_t)cqe->res, buffer);
		return;
	}
	if (buffer != RING_NO_BUFFER)
		ring_return(&uring->ring, buffer);
	if (c->state == CONN_CLOSING)
		return;
	c->ended |= cqe->res == 0;
	if (cqe->res < 0 && !is_to_be_repeated(uring, cqe->res))
		conn_fail(uring, c);
	else if (c->state == CONN_READING)
		conn_pump(uring, c);
}

static void conn_sent(struct uring *uring, struct uring_conn *c, int result)
{
	if (c->state == CONN_CLOSING)
		return;
	if (result < 0 && result != -EAGAIN) {
		conn_fail(uring, c);
		return;
	}
	if (result > 0)
		echo_conn_wrote(&c->echo, (size_t)result);
	c->stalled = result != (int)c->sending;
	if (c->stalled) {
		conn_stop_receiving(uring, c);
		if (conn_keep_fed(uring, c) < 0) {
			conn_fail(uring, c);
			return;
		}
	}
	conn_pump(uring, c);
}

void uring_conn_complete(struct uring *uring, struct uring_conn *c, enum uring_op op,
			 const struct io_uring_cqe *cqe)
{
	if (!(cqe->flags & IORING_CQE_F_MORE))
		c->in_flight--;
	if (op == URING_RECEIVE)
		conn_received(uring, c, cqe);
	else if (op == URING_SEND)
		conn_sent(uring, c, cqe->res);
	else
		c->cancelling = false;
	conn_settle(uring, c);
}

void uring_conn_expire(struct uring *uring, struct uring_conn *c, int64_t now_ns)
{
	if (c->deadline_ns > now_ns) {
		conn_set_deadline(uring, c, c->deadline_ns);
		return;
	}
	if (c->state == CONN_READING)
		echo_conn_feed(&c->echo, NULL, 0);
	else if (c->state != CONN_RESTING)
		return;
	else if (c->sleeping)
		echo_conn_done(&c->echo);
	conn_pump(uring, c);
	conn_settle(uring, c);
}

int uring_conn_open(struct uring *uring, int fd)
{
	struct uring_conn *c = slots_take(&uring->slots);

	if (!c)
		return -ENOMEM;
	if (timers_reserve(&uring->timers, uring->slots.used + 1) < 0) {
		slots_give(&uring->slots, c);
		return -ENOMEM;
	}
	*c = (struct uring_conn){.slot = c->slot,
				 .fd = fd,
				 .held = RING_NO_BUFFER,
				 .more = true,
				 .stepped = true};
	echo_conn_init(&c->echo, &uring->server->limits, uring->counters);
	if (uring->draining) /* accepted before the stop was seen */
		(void)shutdown(fd, SHUT_RD);
	conn_pump(uring, c);
	return 0;
}

void uring_conn_release(struct uring_conn *c)
{
	bytes_free(&c->feeding);
	bytes_free(&c->waiting);
}
