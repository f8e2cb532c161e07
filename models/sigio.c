/*
 * sigio.c - signal-driven I/O: the kernel queues a real-time signal for each change of a
 * socket, with the descriptor and what happened to it.
 *
 * The signals are blocked and taken off the queue in batches, by signalfd(2). Each is one
 * change, so this is an edge-triggered loop; it differs in three ways:
 *
 *  - A signal names a descriptor, not a connection: a late one may mean a former owner of
 *    the number. So it is a hint, looked up in a table and tried, never believed.
 *  - Data, and the end, may have come before the socket was armed: each new one is tried.
 *  - The queue is bounded (RLIMIT_SIGPENDING, per user). When it is full the kernel sends
 *    one plain SIGIO and forgets what it was: then the queue is emptied, and every
 *    connection and the listener are tried.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "models/edge_loop.h"
#include "server/clock.h"

#define BATCH     128
#define IO_SIGNAL (SIGRTMIN + 4) /* one number: signals come in the order of numbers */

struct sigio {
	struct edge_loop loop;
	struct edge_connection **owner; /* of a descriptor; NULL: none of ours */
	int owner_count;
	int signal_fd;
	bool is_lost; /* signals were, since the connections were tried last */
	sigset_t former_mask;
};

/* Both signals, of this thread. */
static void sigio_set(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, IO_SIGNAL);
	sigaddset(set, SIGIO);
}

static int sigio_arm(int fd)
{
	struct f_owner_ex owner = {.type = F_OWNER_TID, .pid = gettid()};

	if (fcntl(fd, F_SETOWN_EX, &owner) < 0 || fcntl(fd, F_SETSIG, IO_SIGNAL) < 0 ||
	    fcntl(fd, F_SETFL, O_RDWR | O_NONBLOCK | O_ASYNC) < 0)
		return -errno;
	return 0;
}

static int sigio_reserve_owner(struct sigio *state, int fd)
{
	int count = state->owner_count ? state->owner_count : 64;

	if (fd < state->owner_count)
		return 0;
	while (count <= fd)
		count *= 2;
	void *owner =
		realloc(state->owner, (size_t)count * sizeof(struct edge_connection *));
	if (!owner)
		return -ENOMEM;
	state->owner = owner;
	while (state->owner_count < count)
		state->owner[state->owner_count++] = NULL;
	return 0;
}

static int sigio_watch(struct edge_loop *loop, struct edge_connection *c)
{
	struct sigio *state = (struct sigio *)loop;
	int fd = c->base.stream.fd;
	int result = sigio_reserve_owner(state, fd);

	if (result == 0)
		result = sigio_arm(fd);
	if (result < 0)
		return result;
	state->owner[fd] = c;
	edge_put_off(loop, c, SELECTOR_READ | SELECTOR_HANGUP);
	return 0;
}

static void sigio_unwatch(struct edge_loop *loop, struct edge_connection *c)
{
	((struct sigio *)loop)->owner[c->base.stream.fd] = NULL;
}

static void sigio_unwatch_listener(struct edge_loop *loop)
{
	(void)fcntl(loop->all.server->listener, F_SETFL, O_RDWR | O_NONBLOCK);
}

static void sigio_signal(struct sigio *state, const struct signalfd_siginfo *signal)
{
	int fd = signal->ssi_fd;
	unsigned ready = 0;

	if (signal->ssi_signo == SIGIO) {
		state->is_lost = true;
		return;
	}
	if (fd == state->loop.all.server->listener)
		edge_accept(&state->loop);
	if (fd < 0 || fd >= state->owner_count || !state->owner[fd])
		return;
	if (signal->ssi_band & (POLLIN | POLLERR | POLLHUP))
		ready |= SELECTOR_READ;
	if (signal->ssi_band & (POLLOUT | POLLERR | POLLHUP))
		ready |= SELECTOR_WRITE;
	edge_hint(&state->loop, state->owner[fd], ready);
}

/* Takes one batch; returns how many signals it was. */
static int sigio_take(struct sigio *state)
{
	struct signalfd_siginfo batch[BATCH];
	ssize_t n = read(state->signal_fd, batch, sizeof(batch));
	int count = n > 0 ? (int)((size_t)n / sizeof(batch[0])) : 0;

	for (int i = 0; i < count; i++)
		sigio_signal(state, &batch[i]);
	return count;
}

/* What the lost signals were about may be anything. */
static void sigio_try_all(struct sigio *state)
{
	struct edge_connection *c;
	uint32_t number = 0;

	while (sigio_take(state) > 0)
		;
	state->is_lost = false;
	edge_accept(&state->loop);
	while ((c = slots_next(&state->loop.all.slots, &number)))
		edge_hint(&state->loop, c,
			  SELECTOR_READ | SELECTOR_WRITE | SELECTOR_HANGUP);
}

static int sigio_wait(struct sigio *state, int64_t timeout_ns)
{
	struct pollfd wait[] = {
		{.fd = state->signal_fd, .events = POLLIN},
		{.fd = state->loop.all.server->stop_fd, .events = POLLIN},
	};
	struct timespec limit = {timeout_ns / NS_PER_S, timeout_ns % NS_PER_S};
	nfds_t count = state->loop.all.draining ? 1 : 2;

	if (ppoll(wait, count, timeout_ns < 0 ? NULL : &limit, NULL) < 0)
		return errno == EINTR ? 0 : -errno;
	if (wait[1].revents)
		connections_drain(&state->loop.all);
	if (wait[0].revents)
		sigio_take(state);
	return 0;
}

static int sigio_collect(struct edge_loop *loop, int64_t timeout_ns)
{
	struct sigio *state = (struct sigio *)loop;
	int result = sigio_wait(state, timeout_ns);

	if (state->is_lost)
		sigio_try_all(state);
	return result;
}

static const struct edge_source sigio_source = {
	.watch = sigio_watch,
	.unwatch = sigio_unwatch,
	.unwatch_listener = sigio_unwatch_listener,
	.collect = sigio_collect,
};

static int sigio_open(struct io_server *server)
{
	struct sigio *state = calloc(1, sizeof(*state));
	sigset_t set;

	if (!state)
		return -ENOMEM;
	server->state = state;
	state->signal_fd = -1;
	int result = edge_loop_open(&state->loop, server, &sigio_source);
	if (result < 0)
		return result;
	sigio_set(&set);
	state->signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	return state->signal_fd < 0 ? -errno : 0;
}

/* Signals that nobody will take would end the process once they are unblocked. */
static void sigio_unblock(struct sigio *state)
{
	struct timespec now = {0, 0};
	sigset_t set;

	sigio_set(&set);
	while (sigtimedwait(&set, NULL, &now) > 0)
		;
	pthread_sigmask(SIG_SETMASK, &state->former_mask, NULL);
}

static int sigio_run(struct io_server *server)
{
	struct sigio *state = server->state;
	sigset_t set;

	sigio_set(&set);
	pthread_sigmask(SIG_BLOCK, &set, &state->former_mask);
	int result = sigio_arm(server->listener);
	if (result == 0) {
		state->loop.accepting = true; /* some may have come before */
		result = edge_loop_run(&state->loop);
	}
	connections_cut(&state->loop.all); /* none but after an error */
	sigio_unwatch_listener(&state->loop);
	sigio_unblock(state);
	return result;
}

static void sigio_close(struct io_server *server)
{
	struct sigio *state = server->state;

	if (!state)
		return;
	edge_loop_close(&state->loop);
	if (state->signal_fd >= 0)
		close(state->signal_fd);
	free(state->owner);
	free(state);
	server->state = NULL;
}

const struct io_model io_model_sigio = {
	.name = "sigio",
	.summary = "one loop, a real-time signal per change of a socket (signalfd)",
	.family = "signal",
	.flags = IO_MODEL_STREAM,
	.open = sigio_open,
	.run = sigio_run,
	.close = sigio_close,
};
