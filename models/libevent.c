/*
 * libevent.c - one base of the library: an event and a timer per connection.
 *
 * The events are what memcached builds on; what is read and written is stream.h, as in
 * the reactor, so what is compared is the loop. Bufferevents, the library's own streams,
 * were tried in a bare echo server: they served x 0.64 the requests per CPU second of
 * plain events at 64 connections, since they read into chains of buffers that they
 * allocate, and write from the next turn of the loop.
 *
 * The base has no locks (one thread) and takes nothing from the environment. Without
 * PRECISE_TIMER it would read a clock that ticks with the kernel (4 ms at 250 Hz) and wait
 * in milliseconds; with it, it sets a timerfd in each turn that has a timer.
 */
#include "build_info.h"
#include "server/io_model.h"

#if HAVE_LIBEVENT

#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdlib.h>

#include "models/connections.h"
#include "models/timers.h"
#include "server/clock.h"

struct libevent {
	struct connections all;
	struct event_base *base;
	struct event listener;
	struct event stop;
	struct event drain;
};

struct libevent_connection {
	struct connection base;
	struct event_base *events;
	struct event io;
	struct event timer;  /* may be early: checked against stream.deadline_ns */
	int64_t timer_at_ns; /* when it is pending */
	short interest;      /* 0: not in the base */
	uint8_t buffer[];
};

static void libevent_pump(struct libevent_connection *c, bool readable);

static void on_ready(evutil_socket_t fd, short events, void *data)
{
	struct libevent_connection *c = data;

	(void)fd;
	(void)events;
	if (c->base.stream.wait != STREAM_TIMER) {
		libevent_pump(c, c->base.stream.wait == STREAM_READ);
		return;
	}
	event_del(&c->io); /* until it is to be served again */
	c->interest = 0;
}

static void libevent_set_interest(struct libevent_connection *c, short interest)
{
	if (c->interest == interest)
		return;
	if (c->interest)
		event_del(&c->io);
	event_assign(&c->io, c->events, c->base.stream.fd, (short)(interest | EV_PERSIST),
		     on_ready, c);
	c->interest = 0;
	if (event_add(&c->io, NULL) == 0)
		c->interest = interest;
}

static void libevent_start_timer(struct event_base *base, struct event *timer,
				 int64_t deadline_ns)
{
	/* The library counts from the time it took when it last woke up. */
	event_base_update_cache_time(base);
	int64_t left_us = (deadline_ns - clock_ns() + NS_PER_US - 1) / NS_PER_US;
	if (left_us < 0)
		left_us = 0;
	struct timeval left = {left_us / 1000000, left_us % 1000000};
	event_add(timer, &left);
}

/* As in the reactor: a pending timer is never put off, it finds out when it is early. */
static void libevent_arm(struct libevent_connection *c)
{
	int64_t deadline_ns = c->base.stream.deadline_ns;

	if (deadline_ns == STREAM_NEVER || c->timer_at_ns <= deadline_ns)
		return;
	libevent_start_timer(c->events, &c->timer, deadline_ns);
	c->timer_at_ns = deadline_ns;
}

static void on_timer(evutil_socket_t fd, short events, void *data)
{
	struct libevent_connection *c = data;

	(void)fd;
	(void)events;
	c->timer_at_ns = STREAM_NEVER;
	if (c->base.stream.deadline_ns <= clock_ns())
		stream_expire(&c->base.stream);
	libevent_pump(c, false);
}

static void libevent_pump(struct libevent_connection *c, bool readable)
{
	if (!connection_pump(&c->base, readable))
		return;
	if (c->base.stream.wait == STREAM_READ)
		libevent_set_interest(c, EV_READ);
	else if (c->base.stream.wait == STREAM_WRITE)
		libevent_set_interest(c, EV_WRITE);
	libevent_arm(c);
}

static int libevent_begin(struct connection *base)
{
	struct libevent_connection *c = (struct libevent_connection *)base;

	c->events = ((struct libevent *)base->all)->base;
	c->timer_at_ns = STREAM_NEVER;
	c->interest = 0;
	evtimer_assign(&c->timer, c->events, on_timer, c);
	libevent_set_interest(c, EV_READ);
	if (c->interest == 0)
		return -ENOMEM;
	libevent_pump(c, false); /* an idle time-out runs from here */
	return 0;
}

static bool libevent_end(struct connection *base)
{
	struct libevent_connection *c = (struct libevent_connection *)base;

	if (c->interest)
		event_del(&c->io);
	if (c->timer_at_ns != STREAM_NEVER)
		event_del(&c->timer);
	return true;
}

static void libevent_drain(struct connections *all)
{
	struct libevent *libevent = (struct libevent *)all;

	event_del(&libevent->listener);
	event_del(&libevent->stop);
	libevent_start_timer(libevent->base, &libevent->drain,
			     clock_ns() + all->server->config.drain_timeout_ns);
}

static void libevent_drained(struct connections *all)
{
	event_base_loopbreak(((struct libevent *)all)->base);
}

static const struct connections_ops libevent_connections = {
	.size = sizeof(struct libevent_connection),
	.begin = libevent_begin,
	.end = libevent_end,
	.drain = libevent_drain,
	.drained = libevent_drained,
};

static void on_listener(evutil_socket_t fd, short events, void *data)
{
	(void)fd;
	(void)events;
	connections_accept(data);
}

static void on_stop(evutil_socket_t fd, short events, void *data)
{
	(void)fd;
	(void)events;
	connections_drain(data);
}

static void on_drain_timeout(evutil_socket_t fd, short events, void *data)
{
	(void)fd;
	(void)events;
	connections_cut(data);
}

static struct event_base *libevent_base(void)
{
	struct event_config *config = event_config_new();
	struct event_base *base = NULL;

	if (config &&
	    event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK |
						  EVENT_BASE_FLAG_IGNORE_ENV |
						  EVENT_BASE_FLAG_PRECISE_TIMER) == 0)
		base = event_base_new_with_config(config);
	if (config)
		event_config_free(config);
	return base;
}

static int libevent_open(struct io_server *server)
{
	struct libevent *libevent = calloc(1, sizeof(*libevent));

	if (!libevent)
		return -ENOMEM;
	server->state = libevent;
	int result = connections_open(&libevent->all, server, &libevent_connections,
				      &server->counters->line[0]);
	if (result < 0)
		return result;
	libevent->base = libevent_base();
	if (!libevent->base) {
		server->refusal = "libevent cannot make a base here";
		return -ENOTSUP;
	}
	event_assign(&libevent->listener, libevent->base, server->listener,
		     EV_READ | EV_PERSIST, on_listener, libevent);
	event_assign(&libevent->stop, libevent->base, server->stop_fd,
		     EV_READ | EV_PERSIST, on_stop, libevent);
	evtimer_assign(&libevent->drain, libevent->base, on_drain_timeout, libevent);
	return 0;
}

static int libevent_run(struct io_server *server)
{
	struct libevent *libevent = server->state;
	long slack_ns = timer_slack_tighten();
	int result = -ENOMEM;

	if (event_add(&libevent->listener, NULL) == 0 &&
	    event_add(&libevent->stop, NULL) == 0 &&
	    event_base_dispatch(libevent->base) >= 0)
		result = libevent->all.result;
	event_del(&libevent->drain);
	timer_slack_restore(slack_ns);
	return result;
}

static void libevent_close(struct io_server *server)
{
	struct libevent *libevent = server->state;

	if (!libevent)
		return;
	connections_close(&libevent->all);
	if (libevent->base)
		event_base_free(libevent->base);
	free(libevent);
	server->state = NULL;
}

#endif

const struct io_model io_model_libevent = {
	.name = "libevent",
	.summary = "libevent's loop, an event per connection",
	.family = "library",
	.flags = IO_MODEL_STREAM,
#if HAVE_LIBEVENT
	.open = libevent_open,
	.run = libevent_run,
	.close = libevent_close,
#else
	.unavailable = "built without libevent",
#endif
};
