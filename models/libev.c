/*
 * libev.c - one loop of the library: a watcher per connection, started and stopped only
 * when its interest changes, a library timer where it sleeps.
 *
 * What a connection does is stream.h, as in the reactor: what is compared is the loop.
 */
#include "build_info.h"
#include "server/io_model.h"

struct libev_options {
	int backend; /* index of backend_names */
};

static const char *const backend_names[] = {"select", "poll", "epoll", "iouring", NULL};

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

#if HAVE_LIBEV

#include <errno.h>
#include <ev.h>
#include <stdlib.h>

#include "models/connections.h"
#include "models/timers.h"
#include "server/clock.h"

#define CANNOT_WAIT_WITH(name) \
	"backend '" name       \
	"' is refused by this libev or this kernel; epoll is always there"

static const char *const backend_refusals[] = {
	CANNOT_WAIT_WITH("select"), CANNOT_WAIT_WITH("poll"), CANNOT_WAIT_WITH("epoll"),
	CANNOT_WAIT_WITH("iouring")};

/* libev's iouring backend has the number 0x80 since 4.33; older headers lack the name. */
static const unsigned backend_flags[] = {EVBACKEND_SELECT, EVBACKEND_POLL,
					 EVBACKEND_EPOLL, 0x80U};

struct libev {
	struct connections all;
	struct ev_loop *loop;
	ev_io listener;
	ev_io stop;
	ev_timer drain;
};

struct libev_connection {
	struct connection base;
	struct ev_loop *loop;
	ev_io io;
	ev_timer timer;      /* may be early: checked against stream.deadline_ns */
	int64_t timer_at_ns; /* when it is active */
	uint8_t buffer[];
};

static void libev_set_interest(struct libev_connection *c, int interest)
{
	if (ev_is_active(&c->io) && c->io.events == interest)
		return;
	ev_io_stop(c->loop, &c->io);
	ev_io_set(&c->io, c->base.stream.fd, interest);
	ev_io_start(c->loop, &c->io);
}

/* As in the reactor: an active timer is never put off, it finds out when it is early. */
static void libev_arm(struct libev_connection *c)
{
	int64_t deadline_ns = c->base.stream.deadline_ns;

	if (deadline_ns == STREAM_NEVER)
		return;
	if (ev_is_active(&c->timer) && c->timer_at_ns <= deadline_ns)
		return;
	/* The library counts from the time it took when it last woke up. */
	ev_now_update(c->loop);
	ev_timer_stop(c->loop, &c->timer);
	ev_timer_set(&c->timer, (double)(deadline_ns - clock_ns()) / 1e9, 0.);
	ev_timer_start(c->loop, &c->timer);
	c->timer_at_ns = deadline_ns;
}

static void libev_pump(struct libev_connection *c, bool readable)
{
	if (!connection_pump(&c->base, readable))
		return;
	if (c->base.stream.wait == STREAM_READ)
		libev_set_interest(c, EV_READ);
	else if (c->base.stream.wait == STREAM_WRITE)
		libev_set_interest(c, EV_WRITE);
	libev_arm(c);
}

static void on_ready(struct ev_loop *loop, ev_io *watcher, int events)
{
	struct libev_connection *c = watcher->data;

	(void)events;
	if (c->base.stream.wait == STREAM_TIMER)
		ev_io_stop(loop, watcher); /* until it is to be served again */
	else
		libev_pump(c, c->base.stream.wait == STREAM_READ);
}

static void on_timer(struct ev_loop *loop, ev_timer *watcher, int events)
{
	struct libev_connection *c = watcher->data;

	(void)loop;
	(void)events;
	if (c->base.stream.deadline_ns > clock_ns()) {
		libev_arm(c);
		return;
	}
	stream_expire(&c->base.stream);
	libev_pump(c, false);
}

static int libev_begin(struct connection *base)
{
	struct libev_connection *c = (struct libev_connection *)base;

	c->loop = ((struct libev *)base->all)->loop;
	ev_io_init(&c->io, on_ready, base->stream.fd, EV_READ);
	ev_timer_init(&c->timer, on_timer, 0., 0.);
	c->io.data = c->timer.data = c;
	libev_pump(c, false); /* waits to read; an idle time-out runs from here */
	return 0;
}

static bool libev_end(struct connection *base)
{
	struct libev_connection *c = (struct libev_connection *)base;

	ev_io_stop(c->loop, &c->io);
	ev_timer_stop(c->loop, &c->timer);
	return true;
}

static void libev_drain(struct connections *all)
{
	struct libev *libev = (struct libev *)all;

	ev_io_stop(libev->loop, &libev->listener);
	ev_io_stop(libev->loop, &libev->stop);
	ev_timer_set(&libev->drain, (double)all->server->config.drain_timeout_ns / 1e9,
		     0.);
	ev_now_update(libev->loop);
	ev_timer_start(libev->loop, &libev->drain);
}

static void libev_drained(struct connections *all)
{
	ev_break(((struct libev *)all)->loop, EVBREAK_ALL);
}

static const struct connections_ops libev_connections = {
	.size = sizeof(struct libev_connection),
	.begin = libev_begin,
	.end = libev_end,
	.drain = libev_drain,
	.drained = libev_drained,
};

static void on_listener(struct ev_loop *loop, ev_io *watcher, int events)
{
	(void)loop;
	(void)events;
	connections_accept(watcher->data);
}

static void on_stop(struct ev_loop *loop, ev_io *watcher, int events)
{
	(void)loop;
	(void)events;
	connections_drain(watcher->data);
}

static void on_drain_timeout(struct ev_loop *loop, ev_timer *watcher, int events)
{
	(void)loop;
	(void)events;
	connections_cut(watcher->data);
}

static int libev_open(struct io_server *server)
{
	const struct libev_options *options = server->options;
	unsigned backend = backend_flags[options->backend];
	struct libev *libev = calloc(1, sizeof(*libev));

	if (!libev)
		return -ENOMEM;
	server->state = libev;
	int result = connections_open(&libev->all, server, &libev_connections,
				      &server->counters->line[0]);
	if (result < 0)
		return result;
	/* LIBEV_FLAGS of the environment would measure something else. */
	if (ev_supported_backends() & backend)
		libev->loop = ev_loop_new(backend | EVFLAG_NOENV);
	if (!libev->loop) {
		server->refusal = backend_refusals[options->backend];
		return -ENOTSUP;
	}
	ev_io_init(&libev->listener, on_listener, server->listener, EV_READ);
	ev_io_init(&libev->stop, on_stop, server->stop_fd, EV_READ);
	ev_timer_init(&libev->drain, on_drain_timeout, 0., 0.);
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
	return libev->all.result;
}

static void libev_close(struct io_server *server)
{
	struct libev *libev = server->state;

	if (!libev)
		return;
	connections_close(&libev->all);
	if (libev->loop)
		ev_loop_destroy(libev->loop);
	free(libev);
	server->state = NULL;
}

#endif

const struct io_model io_model_libev = {
	.name = "libev",
	.summary = "libev's loop, a watcher per connection",
	.family = "library",
	.flags = IO_MODEL_STREAM,
	.options = libev_model_options,
	.options_size = sizeof(struct libev_options),
#if HAVE_LIBEV
	.open = libev_open,
	.run = libev_run,
	.close = libev_close,
#else
	.unavailable = "built without libev",
#endif
};
