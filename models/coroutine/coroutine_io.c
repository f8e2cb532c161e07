/* coroutine_io.c - see coroutine_io.h. */
#include "models/coroutine/coroutine_io.h"

#include <errno.h>
#include <sys/socket.h>

#include "server/clock.h"

#define ROUNDS 16 /* reads, or pieces of work, before others get their turn */

struct coroutine_io {
	struct io io;
	struct watch watch;
	struct buffers *buffers;
	void *buffer; /* held: there are bytes under way */
	unsigned rounds;
};

static struct coroutine_io *coroutine_io_of(struct io *io)
{
	return (struct coroutine_io *)io;
}

static size_t buffer_size(const struct io *io)
{
	return (size_t)io->server->config.buffer;
}

static void drop_buffer(struct coroutine_io *c)
{
	buffers_give(c->buffers, c->buffer, buffer_size(&c->io));
	c->buffer = NULL;
}

/* Until there is something to read; 0 or -errno. */
static int await_input(struct coroutine_io *c, int64_t deadline_ns)
{
	if (c->watch.ready & SELECTOR_READ) {
		if (c->rounds++ < ROUNDS)
			return 0;
		scheduler_yield(c->watch.scheduler);
		c->rounds = 0;
		return 0;
	}
	drop_buffer(c);
	c->rounds = 0;
	return watch_wait(&c->watch, SELECTOR_READ, deadline_ns);
}

/* A read that found less than it asked for has drained the socket, but for the end of
 * input that a hang-up announces. */
static void note_drained(struct coroutine_io *c, ssize_t got, size_t n)
{
	if (got < 0)
		c->watch.ready &= ~(unsigned)(SELECTOR_READ | SELECTOR_HANGUP);
	else if ((size_t)got < n && !(c->watch.ready & SELECTOR_HANGUP))
		c->watch.ready &= ~(unsigned)SELECTOR_READ;
}

static ssize_t coroutine_read(struct io *io, void **p, size_t n, int64_t timeout_ns)
{
	struct coroutine_io *c = coroutine_io_of(io);
	int64_t deadline_ns = timeout_ns ? clock_ns() + timeout_ns : SCHEDULER_NEVER;

	for (;;) {
		int result = await_input(c, deadline_ns);
		if (result < 0)
			return result == -ETIMEDOUT ? 0 : result;
		if (!c->buffer)
			c->buffer = buffers_take(c->buffers, buffer_size(io));
		if (!c->buffer)
			return -ENOMEM;
		ssize_t got = recv(io->fd, c->buffer, n, MSG_DONTWAIT);
		if (got < 0 && errno != EAGAIN)
			return -errno;
		note_drained(c, got, n);
		*p = c->buffer;
		if (got >= 0)
			return got;
	}
}

static ssize_t coroutine_send(int fd, const struct iovec *iov, int iov_count)
{
	struct msghdr message = {.msg_iov = (struct iovec *)iov,
				 .msg_iovlen = (size_t)iov_count};
	ssize_t sent = iov_count == 1
			       ? send(fd, iov->iov_base, iov->iov_len,
				      MSG_NOSIGNAL | MSG_DONTWAIT)
			       : sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);

	return sent < 0 ? -errno : sent;
}

static ssize_t coroutine_write(struct io *io, const struct iovec *iov, int iov_count)
{
	struct coroutine_io *c = coroutine_io_of(io);
	size_t length = iov[0].iov_len + (iov_count == 2 ? iov[1].iov_len : 0);

	for (;;) {
		int result = watch_wait(&c->watch, SELECTOR_WRITE, SCHEDULER_NEVER);
		if (result < 0)
			return result;
		ssize_t sent = coroutine_send(io->fd, iov, iov_count);
		if (sent < (ssize_t)length)
			c->watch.ready &= ~(unsigned)SELECTOR_WRITE;
		if (sent != -EAGAIN)
			return sent;
	}
}

static void coroutine_sleep(struct io *io, int64_t ns)
{
	struct coroutine_io *c = coroutine_io_of(io);

	c->rounds = 0;
	scheduler_sleep(c->watch.scheduler, clock_ns() + ns);
}

static void coroutine_spin(struct io *io, int64_t ns)
{
	struct coroutine_io *c = coroutine_io_of(io);

	if (c->rounds++ >= ROUNDS) {
		scheduler_yield(c->watch.scheduler);
		c->rounds = 0;
	}
	spin_burn(&io->server->spin, ns);
}

static int coroutine_shut_wr(struct io *io)
{
	return shutdown(io->fd, SHUT_WR) < 0 ? -errno : 0;
}

static const struct io_ops coroutine_ops = {
	.read = coroutine_read,
	.write = coroutine_write,
	.sleep = coroutine_sleep,
	.spin = coroutine_spin,
	.shut_wr = coroutine_shut_wr,
};

int coroutine_serve(struct scheduler *scheduler, struct buffers *buffers,
		    const struct io_server *server, int fd,
		    struct counters_line *counters)
{
	struct coroutine_io c = {.io = {&coroutine_ops, server, fd}, .buffers = buffers};
	int result = watch_open(&c.watch, scheduler, fd, scheduler->edge);

	c.watch.ready |= SELECTOR_WRITE; /* found out by trying */
	if (result == 0)
		result = handler_serve(&c.io, NULL, counters);
	watch_close(&c.watch);
	drop_buffer(&c);
	return result;
}
