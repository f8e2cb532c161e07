/*
 * libev.c - one loop of the library: a watcher per connection, started and stopped only
 * when its interest changes, a library timer where it sleeps.
 *
 * What a connection does is stream.h, as in the reactor: what is compared is the loop.
 */
#include <errno.h>
#include <ev.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "models/slots.h"
#include "models/stream.h"
#include "models/timers.h"
#include "server/acceptor.h"
#include "server/clock.h"

#define ACCEPT_BUDGET 64 /* per wake, so that those who are in are served */

struct libev_options {
	int backend; /* index of backend_names */
};

static const char *const backend_names[] = {"select", "poll", "epoll", "iouring", NULL};

#define CANNOT_WAIT_WITH(name) \
	"backend '" name       \
	"' is refused by this libev or this kernel; epoll is always there"

static const char *const backend_refusals[] = {
	CANNOT_WAIT_WITH("select"), CANNOT_WAIT_WITH("poll"), CANNOT_WAIT_WITH("epoll"),
	CANNOT_WAIT_WITH("iouring")};

/* libev's iouring backend has the number 0x80 since 4.33; older headers lack the name. */
static const unsigned backend_flags[] = {EVBACKEND_SELECT, EVBACKEND_POLL,
					 EVBACKEND_EPOLL, 0x80U};

static const struct option_spec libev_model_options[] = {
	{.name = "backend",
	 .metavar = "NAME",
	 .help = "what libev waits with, if library and kernel have it; epoll is recommended",
	 .type = OPTION_CHOICE,
	 .offset = offsetof(struct libev_options, backend),
	 .fallback = "epoll",
	 .choices = backend_names},
	{.name = NULL},
};

struct libev {
	struct io_server *server;
	struct ev_loop *loop;
	struct acceptor acceptor;
	struct slots slots; /* of struct connection */
	ev_io listener;
	ev_io stop;
	ev_timer drain;
	int result;
	bool draining;
};

struct connection {
	struct slot slot;
	struct libev *libev;
	ev_io io;
	ev_timer timer;      /* may be early: checked against stream.deadline_ns */
	int64_t timer_at_ns; /* when it is active */
	struct stream stream;
	uint8_t buffer[];
};

static void connection_close(struct connection *c)
{
	struct libev *libev = c->libev;

	ev_io_stop(libev->loop, &c->io);
	ev_timer_stop(libev->loop, &c->timer);
	close(c->stream.fd);
	counters_bump(&c->stream.counters->closed, 1);
	slots_give(&libev->slots, c);
	if (libev->draining && libev->slots.used == 0)
		ev_break(libev->loop, EVBREAK_ALL);
}

static void connection_set_interest(struct connection *c, int interest)
{
	if (ev_is_active(&c->io) && c->io.events == interest)
		return;
	ev_io_stop(c->libev->loop, &c->io);
	ev_io_set(&c->io, c->stream.fd, interest);
	ev_io_start(c->libev->loop, &c->io);
}

/* As in the reactor: an active timer is never put off, it finds out when it is early. */
static void connection_arm(struct connection *c)
{
	int64_t deadline_ns = c->stream.deadline_ns;

	if (deadline_ns == STREAM_NEVER)
		return;
	if (ev_is_active(&c->timer) && c->timer_at_ns <= deadline_ns)
		return;
	/* The library counts from the time it took when it last woke up. */
	ev_now_update(c->libev->loop);
	ev_timer_stop(c->libev->loop, &c->timer);
	ev_timer_set(&c->timer, (double)(deadline_ns - clock_ns()) / 1e9, 0.);
	ev_timer_start(c->libev->loop, &c->timer);
	c->timer_at_ns = deadline_ns;
}

static void connection_pump(struct connection *c, bool readable)
{
	switch (stream_pump(&c->stream, readable)) {
	case STREAM_READ:
		connection_set_interest(c, EV_READ);
		break;
	case STREAM_WRITE:
		connection_set_interest(c, EV_WRITE);
		break;
	case STREAM_TIMER:
		break;
	case STREAM_END:
		connection_close(c);
		return;
	}
	connection_arm(c);
}

static void on_ready(struct ev_loop *loop, ev_io *watcher, int events)
{
	struct connection *c = watcher->data;

	(void)events;
	if (c->stream.wait == STREAM_TIMER)
		ev_io_stop(loop, watcher); /* until it is to be served again */
	else
		connection_pump(c, c->stream.wait == STREAM_READ);
}

static void on_timer(struct ev_loop *loop, ev_timer *watcher, int events)
{
	struct connection *c = watcher->data;

	(void)loop;
	(void)events;
	if (c->stream.deadline_ns > clock_ns()) {
		connection_arm(c);
		return;
	}
	stream_expire(&c->stream);
	connection_pump(c, false);
}

static int libev_adopt(struct libev *libev, int fd)
{
	struct connection *c = slots_take(&libev->slots);

	if (!c)
		return -ENOMEM;
	c->libev = libev;
	stream_init(&c->stream, libev->server, fd, c->buffer,
		    &libev->server->counters->line[0]);
	ev_io_init(&c->io, on_ready, fd, EV_READ);
	ev_timer_init(&c->timer, on_timer, 0., 0.);
	c->io.data = c->timer.data = c;
	connection_pump(c, false); /* waits to read; an idle time-out runs from here */
	return 0;
}

static void libev_drain(struct libev *libev)
{
	uint32_t number = 0;
	struct connection *c;

	if (libev->draining)
		return;
	libev->draining = true;
	ev_io_stop(libev->loop, &libev->listener);
	ev_io_stop(libev->loop, &libev->stop);
	ev_timer_set(&libev->drain, (double)libev->server->config.drain_timeout_ns / 1e9,
		     0.);
	ev_now_update(libev->loop);
	ev_timer_start(libev->loop, &libev->drain);
	while ((c = slots_next(&libev->slots, &number)))
		(void)shutdown(c->stream.fd, SHUT_RD);
	if (libev->slots.used == 0)
		ev_break(libev->loop, EVBREAK_ALL);
}

static void on_connections(struct ev_loop *loop, ev_io *watcher, int events)
{
	struct libev *libev = watcher->data;

	(void)events;
	for (int i = 0; i < ACCEPT_BUDGET; i++) {
		int fd = acceptor_accept(&libev->acceptor, SOCK_NONBLOCK,
					 libev->slots.used);
		if (fd == -EAGAIN || fd == -EINTR)
			return;
		if (fd < 0) {
			libev->result = fd == -ECANCELED ? 0 : fd;
			libev_drain(libev);
			return;
		}
		if (libev_adopt(libev, fd) < 0)
			acceptor_refuse(&libev->acceptor, fd);
	}
	(void)loop;
}

static void on_stop(struct ev_loop *loop, ev_io *watcher, int events)
{
	(void)loop;
	(void)events;
	libev_drain(watcher->data);
}

/* The end of the drain. */
static void on_drain(struct ev_loop *loop, ev_timer *watcher, int events)
{
	struct libev *libev = watcher->data;
	uint32_t number = 0;
	struct connection *c;

	(void)loop;
	(void)events;
	while ((c = slots_next(&libev->slots, &number))) {
		(void)shutdown(c->stream.fd, SHUT_RDWR);
		counters_bump(&c->stream.counters->errors, 1);
		connection_close(c);
	}
}

static int libev_open(struct io_server *server)
{
	const struct libev_options *options = server->options;
	unsigned backend = backend_flags[options->backend];
	struct libev *libev = calloc(1, sizeof(*libev));

	if (!libev)
		return -ENOMEM;
	server->state = libev;
	libev->server = server;
	slots_init(&libev->slots,
		   sizeof(struct connection) + (size_t)server->config.buffer);
	int result = acceptor_open(&libev->acceptor, server, &server->counters->line[0]);
	if (result == 0)
		result = socket_set_nonblocking(server->listener);
	if (result < 0)
		return result;
	/* LIBEV_FLAGS of the environment would measure something else. */
	if (ev_supported_backends() & backend)
		libev->loop = ev_loop_new(backend | EVFLAG_NOENV);
	if (!libev->loop) {
		server->refusal = backend_refusals[options->backend];
		return -ENOTSUP;
	}
	ev_io_init(&libev->listener, on_connections, server->listener, EV_READ);
	ev_io_init(&libev->stop, on_stop, server->stop_fd, EV_READ);
	ev_timer_init(&libev->drain, on_drain, 0., 0.);
	libev->listener.data = libev->stop.data = libev->drain.data = libev;
	return 0;
}

static int libev_run(struct io_server *server)
{
	struct libev *libev = server->state;
	long slack_ns = timer_slack_tighten();

	ev_io_start(libev->loop, &libev->listener);
	ev_io_start(libev->loop, &libev->stop);
	ev_run(libev->loop, 0);
	ev_timer_stop(libev->loop, &libev->drain);
	timer_slack_restore(slack_ns);
	return libev->result;
}

static void libev_close(struct io_server *server)
{
	struct libev *libev = server->state;

	if (!libev)
		return;
	if (libev->loop)
		ev_loop_destroy(libev->loop);
	acceptor_close(&libev->acceptor);
	slots_release(&libev->slots);
	free(libev);
	server->state = NULL;
}

const struct io_model io_model_libev = {
	.name = "libev",
	.summary = "libev's loop, a watcher per connection",
	.family = "library",
	.flags = IO_MODEL_STREAM,
	.options = libev_model_options,
	.options_size = sizeof(struct libev_options),
	.open = libev_open,
	.run = libev_run,
	.close = libev_close,
};
