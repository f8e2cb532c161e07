/* handler.c - see handler.h. */
#include "models/handler.h"

#include <stdbool.h>

#include "server/clock.h"

/* What a handler knows beside the protocol. */
struct handler {
	struct counters_line batch; /* since the last flush */
	struct io *io;
	void *buffer;
	struct counters_line *counters; /* shared */
	struct echo_conn conn;
	int64_t read_deadline_ns; /* of a READ behind a READ; 0: to be set */
	bool stalled;             /* the kernel did not take a whole reply */
};

/* The time of a READ runs from the last step that was none: the first one gets it whole
 * (and reads no clock), those behind it what is left. */
static int64_t handler_time_left(struct handler *h, int64_t timeout_ns)
{
	if (timeout_ns == 0)
		return 0;
	int64_t now_ns = clock_ns();
	if (h->read_deadline_ns == 0) {
		h->read_deadline_ns = now_ns + timeout_ns;
		return timeout_ns;
	}
	return h->read_deadline_ns > now_ns ? h->read_deadline_ns - now_ns : -1;
}

static int handler_read(struct handler *h, const struct echo_want *want)
{
	int64_t timeout_ns = handler_time_left(h, want->timeout_ns);
	size_t size = (size_t)h->io->server->config.buffer;
	ssize_t n = 0;

	counters_flush(h->counters, &h->batch);
	if (timeout_ns >= 0)
		n = h->io->ops->read(h->io, &h->buffer, size, timeout_ns);
	if (n < 0)
		return (int)n;
	echo_conn_feed(&h->conn, h->buffer, (size_t)n);
	return 0;
}

static int handler_write(struct handler *h, const struct echo_want *want)
{
	size_t length = want->iov[0].iov_len;

	if (want->iov_count == 2)
		length += want->iov[1].iov_len;
	if (!h->stalled) /* else burnt when it was first tried */
		io_server_burn(h->io->server, want->frames);
	ssize_t n = h->io->ops->write(h->io, want->iov, want->iov_count);
	if (n < 0)
		return (int)n;
	h->stalled = (size_t)n < length;
	echo_conn_wrote(&h->conn, (size_t)n);
	return 0;
}

/* SPIN, SLEEP and SHUT_WR. */
static void handler_work(struct handler *h, const struct echo_want *want)
{
	struct io *io = h->io;

	if (want->kind == ECHO_WANT_SPIN)
		io->ops->spin(io, want->amount_us * NS_PER_US);
	else if (want->kind == ECHO_WANT_SLEEP)
		io->ops->sleep(io, want->amount_us * NS_PER_US);
	else
		/* A peer that is gone already is found by the read that follows. */
		(void)io->ops->shut_wr(io);
	echo_conn_done(&h->conn);
}

static int handler_step(struct handler *h, const struct echo_want *want)
{
	if (want->kind == ECHO_WANT_READ)
		return handler_read(h, want);
	h->read_deadline_ns = 0;
	if (want->kind == ECHO_WANT_WRITE)
		return handler_write(h, want);
	handler_work(h, want);
	return 0;
}

int handler_serve(struct io *io, void *buffer, struct counters_line *counters)
{
	struct handler h = {.io = io, .buffer = buffer, .counters = counters};
	struct echo_want want;
	int result = 0;

	echo_conn_init(&h.conn, &io->server->limits, &h.batch);
	echo_conn_want(&h.conn, &want);
	while (result == 0 && want.kind != ECHO_WANT_CLOSE) {
		result = handler_step(&h, &want);
		echo_conn_want(&h.conn, &want);
	}
	h.batch.closed = 1;
	h.batch.errors = result < 0;
	counters_flush(counters, &h.batch);
	return result;
}
