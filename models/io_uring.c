/*
 * io_uring.c - one loop over a ring: submits all requests of a turn and waits for the next
 * completion in one system call.
 */
#include "models/io_uring.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "models/io_uring_models.h"
#include "server/clock.h"

#define BATCH   256 /* completions per turn */
#define OP_MASK 7U

static struct io_uring_sqe *uring_sqe(struct uring *uring)
{
	return ring_sqe(&uring->ring);
}

static void uring_poll(struct uring *uring, int fd, enum uring_op op)
{
	struct io_uring_sqe *sqe = uring_sqe(uring);

	io_uring_prep_poll_add(sqe, fd, POLLIN);
	sqe->user_data = op;
}

/* Asks for the next connection; multishot: for all that come. */
static void uring_accept(struct uring *uring)
{
	struct io_uring_sqe *sqe = uring_sqe(uring);
	int listener = uring->server->listener;

	if (uring->ring.buffers)
		io_uring_prep_multishot_accept(sqe, listener, NULL, NULL, SOCK_CLOEXEC);
	else
		io_uring_prep_accept(sqe, listener, NULL, NULL, SOCK_CLOEXEC);
	sqe->user_data = URING_ACCEPT;
}

/* A Unix listener that was shut down says "not now" to who does not wait for it, for ever:
 * an accept of the kernel's would miss the stop, or block in a thread made for it. */
static void uring_listen(struct uring *uring, bool out_of_descriptors)
{
	const struct io_server *server = uring->server;

	if (out_of_descriptors || server->address.transport == TRANSPORT_UNIX)
		uring_poll(uring, server->listener, URING_LISTENER);
	else
		uring_accept(uring);
	uring->listening = true;
}

static void uring_drain(struct uring *uring)
{
	uint32_t number = 0;
	struct uring_conn *c;

	if (uring->draining)
		return;
	uring->draining = true;
	timers_arm(&uring->timers, &uring->drain_timer,
		   clock_ns() + uring->server->config.drain_timeout_ns);
	while ((c = slots_next(&uring->slots, &number)))
		(void)shutdown(c->fd, SHUT_RD);
}

static void uring_cut(struct uring *uring)
{
	uint32_t number = 0;
	struct uring_conn *c;

	while ((c = slots_next(&uring->slots, &number)))
		uring_conn_abort(uring, c);
}

/* Goes on after what an accept came to. */
static void uring_listen_again(struct uring *uring, int result)
{
	uring->listening = false;
	if (result < 0 && result != -EAGAIN && result != -EINTR && result != -EMFILE) {
		if (result != -ECANCELED)
			uring->result = result;
		uring_drain(uring);
	}
	if (!uring->draining)
		uring_listen(uring, result == -EMFILE);
}

static void uring_adopt(struct uring *uring, int fd)
{
	if (fd >= 0 && uring_conn_open(uring, fd) < 0)
		acceptor_refuse(&uring->acceptor, fd);
}

static void uring_accepted(struct uring *uring, const struct io_uring_cqe *cqe)
{
	int fd = acceptor_take(&uring->acceptor, cqe->res, uring->slots.used);

	uring_adopt(uring, fd);
	if (!(cqe->flags & IORING_CQE_F_MORE))
		uring_listen_again(uring, fd);
}

/* One is accepted by a call of our own, which has a reserve. */
static void uring_readable(struct uring *uring)
{
	int fd = acceptor_accept(&uring->acceptor, 0, uring->slots.used);

	uring_adopt(uring, fd);
	uring_listen_again(uring, fd == -EAGAIN ? -EMFILE : fd);
}

static void uring_complete(struct uring *uring, const struct io_uring_cqe *cqe)
{
	enum uring_op op = cqe->user_data & OP_MASK;

	switch (op) {
	case URING_ACCEPT:
		uring_accepted(uring, cqe);
		break;
	case URING_LISTENER:
		uring_readable(uring);
		break;
	case URING_STOP:
		uring_drain(uring);
		break;
	case URING_CLOSE:
		uring->closes--;
		break;
	default: {
		uintptr_t connection = cqe->user_data & ~(uint64_t)OP_MASK;
		uring_conn_complete(uring, (struct uring_conn *)connection, op, cqe);
	}
	}
}

static void uring_reap(struct uring *uring)
{
	struct io_uring_cqe *cqe;
	unsigned head, count = 0;

	io_uring_for_each_cqe(&uring->ring.uring, head, cqe)
	{
		uring_complete(uring, cqe);
		if (++count == BATCH)
			break;
	}
	io_uring_cq_advance(&uring->ring.uring, count);
}

static void uring_expire(struct uring *uring)
{
	struct timer *timer;

	if (timers_next(&uring->timers) == TIMERS_NEVER)
		return;
	int64_t now_ns = clock_ns();
	while ((timer = timers_expire(&uring->timers, now_ns))) {
		if (timer == &uring->drain_timer) {
			uring_cut(uring);
			return;
		}
		char *c = (char *)timer - offsetof(struct uring_conn, timer);
		uring_conn_expire(uring, (struct uring_conn *)c, now_ns);
	}
}

static bool uring_is_done(const struct uring *uring)
{
	return uring->draining && !uring->listening && uring->slots.used == 0 &&
	       uring->closes == 0;
}

int uring_run(struct io_server *server)
{
	struct uring *uring = server->state;
	int result = ring_enable(&uring->ring);

	if (result < 0)
		return result;
	uring_poll(uring, server->stop_fd, URING_STOP);
	uring_listen(uring, false);
	while (result == 0 && !uring_is_done(uring)) {
		result = ring_wait(&uring->ring, timers_left_ns(&uring->timers));
		uring_reap(uring);
		uring_expire(uring);
	}
	return result < 0 ? result : uring->result;
}

/* The submitting kernel thread takes no notice of --pin, which the caller follows. */
static unsigned default_sq_cpu(void)
{
	cpu_set_t cpus;
	int cpu = CPU_SETSIZE - 1;

	if (sched_getaffinity(0, sizeof(cpus), &cpus) < 0)
		return 0;
	while (cpu > 0 && !CPU_ISSET(cpu, &cpus))
		cpu--;
	return (unsigned)cpu;
}

static int configure(struct io_server *server, struct ring_config *ret_config)
{
	const struct uring_options *options = server->options;
	const cpu_set_t *cpus = &options->sq_cpu;

	if (options->buffers & (options->buffers - 1)) {
		server->refusal = "option buffers: a power of two is accepted";
		return -EINVAL;
	}
	if (CPU_COUNT(cpus) > 1) {
		server->refusal = "option sq-cpu: one CPU is accepted";
		return -EINVAL;
	}
	*ret_config = (struct ring_config){
		.entries = (unsigned)options->entries,
		.buffers = (unsigned)options->buffers,
		.sqpoll = options->sq_idle_ns > 0,
		.sq_cpu = default_sq_cpu(),
		.sq_idle_ms =
			(unsigned)((options->sq_idle_ns + NS_PER_MS - 1) / NS_PER_MS),
	};
	for (unsigned cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, cpus))
			ret_config->sq_cpu = cpu;
	return 0;
}

int uring_open(struct io_server *server)
{
	struct uring *uring = calloc(1, sizeof(*uring));
	struct ring_config config;

	if (!uring)
		return -ENOMEM;
	server->state = uring;
	uring->server = server;
	uring->counters = &server->counters->line[0];
	uring->receive_limit = (uint32_t)server->config.buffer;
	timers_init(&uring->timers);
	int result = configure(server, &config);
	if (result < 0)
		return result;
	slots_init(&uring->slots,
		   sizeof(struct uring_conn) +
			   (config.buffers ? 0 : (size_t)server->config.buffer));
	result = timers_reserve(&uring->timers, 1);
	if (result == 0)
		result = acceptor_open(&uring->acceptor, server, uring->counters);
	if (result == 0)
		result = ring_open(&uring->ring, &config);
	return result;
}

/* Connections are left after an error only. */
static void uring_abandon(struct uring *uring)
{
	uint32_t number = 0;
	struct uring_conn *c;

	while ((c = slots_next(&uring->slots, &number))) {
		close(c->fd);
		uring_conn_release(c);
	}
}

void uring_close(struct io_server *server)
{
	struct uring *uring = server->state;

	if (!uring)
		return;
	ring_close(&uring->ring);
	uring_abandon(uring);
	acceptor_close(&uring->acceptor);
	slots_release(&uring->slots);
	timers_release(&uring->timers);
	free(uring);
	server->state = NULL;
}

const char *uring_probe_single(void)
{
	return ring_probe(&(struct ring_config){.entries = 8});
}

const char *uring_probe_multishot(void)
{
	return ring_probe(&(struct ring_config){.entries = 8, .buffers = 8});
}

const char *uring_probe_sqpoll(void)
{
	return ring_probe(&(struct ring_config){.entries = 8,
						.buffers = 8,
						.sqpoll = true,
						.sq_cpu = default_sq_cpu(),
						.sq_idle_ms = 1});
}
