/*
 * state_threads.c - State Threads: a user thread of the library per connection.
 *
 * The handler is the blocking one over st_netfd_poll, st_read and st_sendmsg; what is
 * compared is the library's scheduler and its switch (setjmp and longjmp of its own). It
 * waits with epoll where it was built with it, and adds and removes the descriptor at each
 * wait; else with poll (Debian's). Known to be drained, a socket is polled before it is
 * read, which saves the read that only says EAGAIN.
 *
 * The library keeps its scheduler in globals and has no end: it is set up once per process
 * (by the probe), what it then has stays, and one server at a time may use it.
 */
#include "build_info.h"
#include "server/io_model.h"

#if HAVE_LIBST

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <st.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "models/buffers.h"
#include "models/coroutine/fiber.h"
#include "models/handler.h"
#include "models/slots.h"
#include "server/acceptor.h"
#include "server/clock.h"

#define ACCEPT_BUDGET 64 /* per wake, so that those who are in are served */
#define ROUNDS        16 /* reads, or pieces of work, before others get their turn */
#define STACK_SIZE    (128 * 1024)

/* Whether a server has the library's globals. */
static atomic_flag in_use = ATOMIC_FLAG_INIT;

struct state_threads {
	struct io_server *server;
	struct acceptor acceptor;
	struct buffers buffers;
	struct slots slots; /* of struct connection */
	st_cond_t none_left;
	bool claimed;
};

struct connection {
	struct slot slot;
	struct io io;
	struct state_threads *st;
	st_netfd_t netfd;
	st_thread_t thread;
	void *buffer; /* held: there are bytes under way */
	unsigned rounds;
	bool drained; /* the last read found less than it asked for */
	bool sleeping;
	bool cut; /* while it slept */
};

static struct connection *connection_of(struct io *io)
{
	return (struct connection *)((char *)io - offsetof(struct connection, io));
}

static void connection_drop_buffer(struct connection *c)
{
	buffers_give(&c->st->buffers, c->buffer, (size_t)c->io.server->config.buffer);
	c->buffer = NULL;
}

static void connection_count_round(struct connection *c)
{
	if (c->rounds++ < ROUNDS)
		return;
	(void)st_usleep(0);
	c->rounds = 0;
}

/* Until there may be something to read: 0, -ETIME or -errno. */
static int connection_await_input(struct connection *c, int64_t timeout_ns)
{
	st_utime_t timeout_us =
		timeout_ns ? (st_utime_t)(timeout_ns + 999) / 1000 : ST_UTIME_NO_TIMEOUT;

	if (!c->drained) {
		connection_count_round(c);
		return 0;
	}
	connection_drop_buffer(c);
	c->rounds = 0;
	return st_netfd_poll(c->netfd, POLLIN, timeout_us) < 0 ? -errno : 0;
}

static ssize_t state_threads_read(struct io *io, void **p, size_t n, int64_t timeout_ns)
{
	struct connection *c = connection_of(io);
	int result = connection_await_input(c, timeout_ns);

	if (result < 0)
		return result == -ETIME ? 0 : result;
	if (!c->buffer)
		c->buffer = buffers_take(&c->st->buffers, n);
	if (!c->buffer)
		return -ENOMEM;
	ssize_t got = st_read(c->netfd, c->buffer, n, ST_UTIME_NO_TIMEOUT);
	if (got < 0)
		return -errno;
	c->drained = (size_t)got < n;
	*p = c->buffer;
	return got;
}

static ssize_t state_threads_write(struct io *io, const struct iovec *iov, int iov_count)
{
	struct msghdr message = {.msg_iov = (struct iovec *)iov,
				 .msg_iovlen = (size_t)iov_count};
	int sent = st_sendmsg(connection_of(io)->netfd, &message, MSG_NOSIGNAL,
			      ST_UTIME_NO_TIMEOUT);

	return sent < 0 ? -errno : sent;
}

static void state_threads_sleep(struct io *io, int64_t ns)
{
	struct connection *c = connection_of(io);

	c->rounds = 0;
	c->sleeping = true;
	(void)st_usleep((st_utime_t)ns / 1000);
	c->sleeping = false;
}

static void state_threads_spin(struct io *io, int64_t ns)
{
	connection_count_round(connection_of(io));
	spin_burn(&io->server->spin, ns);
}

static int state_threads_shut_wr(struct io *io)
{
	return shutdown(io->fd, SHUT_WR) < 0 ? -errno : 0;
}

static const struct io_ops state_threads_ops = {
	.read = state_threads_read,
	.write = state_threads_write,
	.sleep = state_threads_sleep,
	.spin = state_threads_spin,
	.shut_wr = state_threads_shut_wr,
};

static void *connection_main(void *argument)
{
	struct connection *c = argument;
	struct state_threads *st = c->st;

	(void)handler_serve(&c->io, NULL, &st->server->counters->line[0]);
	connection_drop_buffer(c);
	st_netfd_close(c->netfd);
	slots_give(&st->slots, c);
	if (st->slots.used == 0)
		st_cond_signal(st->none_left);
	return NULL;
}

static int state_threads_adopt(struct state_threads *st, int fd)
{
	struct connection *c = slots_take(&st->slots);

	if (!c)
		return -ENOMEM;
	*c = (struct connection){.slot = c->slot,
				 .io = {&state_threads_ops, st->server, fd},
				 .st = st,
				 .drained = true};
	c->netfd = st_netfd_open_socket(fd);
	if (c->netfd)
		c->thread = st_thread_create(connection_main, c, 0, STACK_SIZE);
	if (c->thread)
		return 0;
	if (c->netfd)
		st_netfd_free(c->netfd);
	slots_give(&st->slots, c);
	return -ENOMEM;
}

/* 0, or what acceptor_accept says is the end. */
static int state_threads_accept(struct state_threads *st)
{
	for (int i = 0; i < ACCEPT_BUDGET; i++) {
		int fd = acceptor_accept(&st->acceptor, SOCK_NONBLOCK, st->slots.used);
		if (fd == -EAGAIN || fd == -EINTR)
			return 0;
		if (fd < 0)
			return fd;
		if (state_threads_adopt(st, fd) < 0)
			acceptor_refuse(&st->acceptor, fd);
	}
	return 0;
}

static void state_threads_shutdown(struct state_threads *st, int how)
{
	uint32_t number = 0;
	struct connection *c;

	while ((c = slots_next(&st->slots, &number))) {
		(void)shutdown(c->io.fd, how);
		if (how == SHUT_RDWR && c->sleeping)
			st_thread_interrupt(c->thread);
	}
}

static void state_threads_drain(struct state_threads *st, int64_t timeout_ns)
{
	state_threads_shutdown(st, SHUT_RD);
	if (st->slots.used > 0)
		(void)st_cond_timedwait(st->none_left, (st_utime_t)timeout_ns / 1000);
	while (st->slots.used > 0) {
		state_threads_shutdown(st, SHUT_RDWR);
		(void)st_cond_wait(st->none_left);
	}
}

static int state_threads_run(struct io_server *server)
{
	struct state_threads *st = server->state;
	struct pollfd wait[2] = {{.fd = server->listener, .events = POLLIN},
				 {.fd = server->stop_fd, .events = POLLIN}};
	int result = 0;

	while (result == 0 && !io_server_stopping(server)) {
		if (st_poll(wait, 2, ST_UTIME_NO_TIMEOUT) < 0 && errno != EINTR)
			result = -errno;
		else
			result = state_threads_accept(st);
	}
	state_threads_drain(st, server->config.drain_timeout_ns);
	return result == -ECANCELED ? 0 : result;
}

static int state_threads_open(struct io_server *server)
{
	struct state_threads *st = calloc(1, sizeof(*st));

	if (!st)
		return -ENOMEM;
	server->state = st;
	st->server = server;
	slots_init(&st->slots, sizeof(struct connection));
	if (atomic_flag_test_and_set(&in_use)) {
		server->refusal =
			"State Threads has one scheduler per process, and it is in use";
		return -EBUSY;
	}
	st->claimed = true;
	st->none_left = st_cond_new();
	if (!st->none_left)
		return -ENOMEM;
	int result = acceptor_open(&st->acceptor, server, &server->counters->line[0]);
	return result < 0 ? result : socket_set_nonblocking(server->listener);
}

static void state_threads_close(struct io_server *server)
{
	struct state_threads *st = server->state;

	if (!st)
		return;
	acceptor_close(&st->acceptor);
	buffers_release(&st->buffers);
	slots_release(&st->slots);
	if (st->none_left)
		st_cond_destroy(st->none_left);
	if (st->claimed)
		atomic_flag_clear(&in_use);
	free(st);
	server->state = NULL;
}

static st_utime_t clock_us(void)
{
	return (st_utime_t)(clock_ns() / NS_PER_US);
}

/* Sets the library up, and undoes what st_init changes of the process beside. */
static const char *state_threads_probe(void)
{
	struct sigaction pipe_action;
	struct rlimit limit;

	sigaction(SIGPIPE, NULL, &pipe_action);
	getrlimit(RLIMIT_NOFILE, &limit);
	(void)st_set_utime_function(clock_us); /* which is refused when it is set up */
	/* epoll; what it was not built with changes nothing. Both are refused later on. */
	(void)st_set_eventsys(ST_EVENTSYS_ALT);
	(void)st_set_eventsys(ST_EVENTSYS_POLL);
	fiber_leaks(true); /* what only a stack of the library knows */
	bool ready = st_init() == 0;
	fiber_leaks(false);
	(void)st_randomize_stacks(1); /* their tops get into different cache sets */
	setrlimit(RLIMIT_NOFILE, &limit);
	sigaction(SIGPIPE, &pipe_action, NULL);
	return ready ? NULL : "State Threads could not be set up";
}

#endif

const struct io_model io_model_state_threads = {
	.name = "state-threads",
	.summary = "a user thread per connection, scheduled by State Threads",
	.family = "library",
	.flags = IO_MODEL_STREAM,
#if HAVE_LIBST
	.probe = state_threads_probe,
	.open = state_threads_open,
	.run = state_threads_run,
	.close = state_threads_close,
#else
	.unavailable = "built without State Threads",
#endif
};
