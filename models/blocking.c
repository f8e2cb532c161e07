/* blocking.c - see blocking.h. */
#include "models/blocking.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>

#include "server/clock.h"

/* How often a server that is alone looks up: from a write that blocks, from reads that
 * do not. */
#define LOOK_UP_NS    (100 * NS_PER_MS)
#define LOOK_UP_READS 64

static struct blocking_io *blocking_of(struct io *io)
{
	return (struct blocking_io *)((char *)io - offsetof(struct blocking_io, io));
}

static int set_timeout(int fd, int option, int64_t timeout_ns)
{
	int64_t timeout_us = (timeout_ns + NS_PER_US - 1) / NS_PER_US;
	struct timeval limit = {timeout_us / 1000000, timeout_us % 1000000};

	return setsockopt(fd, SOL_SOCKET, option, &limit, sizeof(limit)) < 0 ? -errno : 0;
}

/* Alone and past the end of the drain. */
static bool blocking_is_cut(struct blocking_io *b)
{
	if (!b->alone || !io_server_stopping(b->io.server))
		return false;
	if (b->cut_ns == 0)
		b->cut_ns = clock_ns() + b->io.server->config.drain_timeout_ns;
	return clock_ns() >= b->cut_ns;
}

static int limit_receive(struct blocking_io *b, int64_t timeout_ns)
{
	int result = 0;

	if (b->receive_timeout_ns != timeout_ns)
		result = set_timeout(b->io.fd, SO_RCVTIMEO, timeout_ns);
	if (result == 0)
		b->receive_timeout_ns = timeout_ns;
	return result;
}

static ssize_t receive(int fd, void *p, size_t n)
{
	ssize_t got;

	do
		got = recv(fd, p, n, 0);
	while (got < 0 && errno == EINTR);
	return got < 0 ? -errno : got;
}

/* The kernel counts the time in ticks, and ends it early where ticks were late. */
static ssize_t blocking_read(struct io *io, void **p, size_t n, int64_t timeout_ns)
{
	struct blocking_io *b = blocking_of(io);
	const int64_t end_ns = timeout_ns > 0 ? clock_ns() + timeout_ns : 0;

	/* A peer that never stops sending must not outlive the drain. */
	if (b->alone && ++b->reads % LOOK_UP_READS == 0 && blocking_is_cut(b))
		return -ETIMEDOUT;
	do {
		const int result = limit_receive(b, timeout_ns);
		if (result < 0)
			return result;
		const ssize_t got = receive(io->fd, *p, n);
		if (got != -EAGAIN)
			return got;
		timeout_ns = end_ns - clock_ns();
	} while (timeout_ns > 0);
	return 0;
}

/* The first write that would block gives those after it a limit: most connections never
 * see one, and save the call. */
static void look_up_from_writes(struct blocking_io *b)
{
	if (!b->alone || b->looks_up)
		return;
	/* Failing costs but a late cut. */
	(void)set_timeout(b->io.fd, SO_SNDTIMEO, LOOK_UP_NS);
	b->looks_up = true;
}

static ssize_t blocking_write(struct io *io, const struct iovec *iov, int iov_count)
{
	struct blocking_io *b = blocking_of(io);
	struct msghdr message = {.msg_iov = (struct iovec *)iov,
				 .msg_iovlen = (size_t)iov_count};

	for (;;) {
		int flags = MSG_NOSIGNAL | (b->alone && !b->looks_up ? MSG_DONTWAIT : 0);
		ssize_t sent = iov_count == 1
				       ? send(io->fd, iov->iov_base, iov->iov_len, flags)
				       : sendmsg(io->fd, &message, flags);
		if (sent >= 0)
			return sent;
		if (errno != EINTR && errno != EAGAIN)
			return -errno;
		if (blocking_is_cut(b))
			return -ETIMEDOUT;
		look_up_from_writes(b);
	}
}

/* Waits in ppoll, asking for nothing: the hang-up that a cut makes ends it early. Who is
 * alone asks for the stop too, and then cuts by itself. */
static void blocking_sleep(struct io *io, int64_t ns)
{
	struct blocking_io *b = blocking_of(io);
	struct pollfd wait[2] = {
		{.fd = io->fd},
		{.fd = b->alone ? io->server->stop_fd : -1, .events = POLLIN}};
	int64_t end_ns = clock_ns() + ns, left_ns;

	while ((left_ns = end_ns - clock_ns()) > 0) {
		struct timespec limit = {left_ns / NS_PER_S, left_ns % NS_PER_S};
		if (ppoll(wait, 2, &limit, NULL) <= 0)
			continue;
		if (wait[0].revents)
			return;
		wait[1].fd = -1;
		if (blocking_is_cut(b) || b->cut_ns < end_ns)
			end_ns = b->cut_ns;
	}
	if (b->cut_ns != 0 && blocking_is_cut(b))
		(void)shutdown(io->fd, SHUT_RDWR);
}

static void blocking_spin(struct io *io, int64_t ns)
{
	spin_burn(&io->server->spin, ns);
}

static int blocking_shut_wr(struct io *io)
{
	return shutdown(io->fd, SHUT_WR) < 0 ? -errno : 0;
}

const struct io_ops blocking_ops = {
	.read = blocking_read,
	.write = blocking_write,
	.sleep = blocking_sleep,
	.spin = blocking_spin,
	.shut_wr = blocking_shut_wr,
};

int blocking_serve(const struct io_server *server, int fd, void *buffer,
		   struct counters_line *counters)
{
	struct blocking_io b = {.io = {&blocking_ops, server, fd}};

	return handler_serve(&b.io, buffer, counters);
}

int blocking_serve_alone(const struct io_server *server, int fd, void *buffer,
			 struct counters_line *counters)
{
	struct blocking_io b = {.io = {&blocking_ops, server, fd}, .alone = true};

	return handler_serve(&b.io, buffer, counters);
}
