/*
 * libuv.c - one loop of the library: a uv_poll_t and a uv_timer_t per connection.
 *
 * uv_poll, as its manual says, is for who brings the reading and writing along: that is
 * stream.h, as in the reactor, so what is compared is the loop. The library's own streams
 * were tried in a bare echo server: reading into the same buffer and writing by
 * uv_try_write they took x 1.06 the CPU of uv_poll at 64 connections, x 1.10 at 1000.
 *
 * Its timers count milliseconds: a sleep ends with the first one that is not early.
 * Handles are closed in the loop: a connection's memory is free when both have said so.
 */
#include "build_info.h"
#include "server/io_model.h"

#if HAVE_LIBUV

#include <errno.h>
#include <stdlib.h>
#include <uv.h>

#include "models/connections.h"
#include "models/timers.h"
#include "server/clock.h"

struct libuv {
	struct connections all;
	uv_loop_t loop;
	uv_poll_t listener;
	uv_poll_t stop;
	uv_timer_t drain;
	bool is_open; /* the loop and the three handles */
};

struct libuv_connection {
	struct connection base;
	uv_poll_t poll;
	uv_timer_t timer;    /* may be early: checked against stream.deadline_ns */
	int64_t timer_at_ns; /* when it is active */
	int interest;        /* 0: not polled */
	int handles;         /* that are not closed yet */
	uint8_t buffer[];
};

static void libuv_pump(struct libuv_connection *c, bool readable);

static uv_handle_t *handle_of(void *specific)
{
	return specific;
}

static void on_ready(uv_poll_t *poll, int status, int events)
{
	struct libuv_connection *c = poll->data;

	(void)events;
	if (status < 0)
		c->interest = 0; /* the library has stopped it; the socket knows why */
	if (c->base.stream.wait != STREAM_TIMER) {
		libuv_pump(c, c->base.stream.wait == STREAM_READ);
		return;
	}
	uv_poll_stop(poll); /* until it is to be served again */
	c->interest = 0;
}

static void libuv_set_interest(struct libuv_connection *c, int interest)
{
	if (c->interest == interest)
		return;
	uv_poll_start(&c->poll, interest, on_ready);
	c->interest = interest;
}

static void on_timer(uv_timer_t *timer)
{
	struct libuv_connection *c = timer->data;

	if (c->base.stream.deadline_ns <= clock_ns())
		stream_expire(&c->base.stream);
	libuv_pump(c, false);
}

/* Milliseconds from the loop's present one to the first that is not before the deadline:
 * both count on CLOCK_MONOTONIC. */
static uint64_t libuv_timeout_ms(const uv_loop_t *loop, int64_t deadline_ns)
{
	uint64_t tick_ms = ((uint64_t)deadline_ns + NS_PER_MS - 1) / NS_PER_MS;

	if (deadline_ns <= clock_ns() || tick_ms <= uv_now(loop))
		return 0;
	return tick_ms - uv_now(loop);
}

/* As in the reactor: an active timer is never put off, it finds out when it is early. */
static void libuv_arm(struct libuv_connection *c)
{
	int64_t deadline_ns = c->base.stream.deadline_ns;

	if (deadline_ns == STREAM_NEVER)
		return;
	if (uv_is_active(handle_of(&c->timer)) && c->timer_at_ns <= deadline_ns)
		return;
	uv_timer_start(&c->timer, on_timer, libuv_timeout_ms(c->poll.loop, deadline_ns),
		       0);
	c->timer_at_ns = deadline_ns;
}

static void libuv_pump(struct libuv_connection *c, bool readable)
{
	if (!connection_pump(&c->base, readable))
		return;
	if (c->base.stream.wait == STREAM_READ)
		libuv_set_interest(c, UV_READABLE);
	else if (c->base.stream.wait == STREAM_WRITE)
		libuv_set_interest(c, UV_WRITABLE);
	libuv_arm(c);
}

static int libuv_begin(struct connection *base)
{
	struct libuv_connection *c = (struct libuv_connection *)base;
	struct libuv *libuv = (struct libuv *)base->all;
	int result = uv_poll_init(&libuv->loop, &c->poll, base->stream.fd);

	if (result < 0)
		return result;
	uv_timer_init(&libuv->loop, &c->timer);
	c->poll.data = c->timer.data = c;
	c->interest = 0;
	c->handles = 2;
	libuv_pump(c, false); /* waits to read; an idle time-out runs from here */
	return 0;
}

static void on_closed(uv_handle_t *handle)
{
	struct libuv_connection *c = handle->data;

	if (--c->handles == 0)
		connection_free(&c->base);
}

static bool libuv_end(struct connection *base)
{
	struct libuv_connection *c = (struct libuv_connection *)base;

	uv_close(handle_of(&c->poll), on_closed);
	uv_close(handle_of(&c->timer), on_closed);
	return false;
}

static void on_drain_timeout(uv_timer_t *timer)
{
	connections_cut(timer->data);
}

static void libuv_drain(struct connections *all)
{
	struct libuv *libuv = (struct libuv *)all;
	int64_t deadline_ns = clock_ns() + all->server->config.drain_timeout_ns;

	uv_poll_stop(&libuv->listener);
	uv_poll_stop(&libuv->stop);
	uv_timer_start(&libuv->drain, on_drain_timeout,
		       libuv_timeout_ms(&libuv->loop, deadline_ns), 0);
}

static void libuv_drained(struct connections *all)
{
	uv_timer_stop(&((struct libuv *)all)->drain); /* nothing is left to run for */
}

static const struct connections_ops libuv_connections = {
	.size = sizeof(struct libuv_connection),
	.begin = libuv_begin,
	.end = libuv_end,
	.drain = libuv_drain,
	.drained = libuv_drained,
};

static void on_listener(uv_poll_t *poll, int status, int events)
{
	(void)status; /* accept(2) says what it was */
	(void)events;
	connections_accept(poll->data);
}

static void on_stop(uv_poll_t *poll, int status, int events)
{
	(void)status;
	(void)events;
	connections_drain(poll->data);
}

static int libuv_open(struct io_server *server)
{
	struct libuv *libuv = calloc(1, sizeof(*libuv));

	if (!libuv)
		return -ENOMEM;
	server->state = libuv;
	int result = connections_open(&libuv->all, server, &libuv_connections,
				      &server->counters->line[0]);
	if (result == 0)
		result = uv_loop_init(&libuv->loop);
	if (result < 0)
		return result;
	libuv->is_open = true;
	uv_timer_init(&libuv->loop, &libuv->drain);
	(void)uv_poll_init(&libuv->loop, &libuv->listener, server->listener);
	(void)uv_poll_init(&libuv->loop, &libuv->stop, server->stop_fd);
	libuv->listener.data = libuv->stop.data = libuv->drain.data = libuv;
	return 0;
}

static int libuv_run(struct io_server *server)
{
	struct libuv *libuv = server->state;
	long slack_ns = timer_slack_tighten();
	int result = uv_poll_start(&libuv->listener, UV_READABLE, on_listener);

	if (result == 0)
		result = uv_poll_start(&libuv->stop, UV_READABLE, on_stop);
	if (result == 0)
		uv_run(&libuv->loop, UV_RUN_DEFAULT);
	timer_slack_restore(slack_ns);
	return result < 0 ? result : libuv->all.result;
}

static void libuv_close(struct io_server *server)
{
	struct libuv *libuv = server->state;

	if (!libuv)
		return;
	if (libuv->is_open) {
		uv_close(handle_of(&libuv->listener), NULL);
		uv_close(handle_of(&libuv->stop), NULL);
		uv_close(handle_of(&libuv->drain), NULL);
		uv_run(&libuv->loop, UV_RUN_DEFAULT);
		uv_loop_close(&libuv->loop);
	}
	connections_close(&libuv->all);
	free(libuv);
	server->state = NULL;
}

/* Makes one loop: the first of a process leaves a pipe of the library's behind, for good.
 */
static const char *libuv_probe(void)
{
	uv_loop_t loop;

	if (uv_loop_init(&loop) < 0)
		return "libuv cannot make a loop here";
	uv_loop_close(&loop);
	return NULL;
}

#endif

const struct io_model io_model_libuv = {
	.name = "libuv",
	.summary = "libuv's loop, a uv_poll per connection",
	.family = "library",
	.flags = IO_MODEL_STREAM,
#if HAVE_LIBUV
	.probe = libuv_probe,
	.open = libuv_open,
	.run = libuv_run,
	.close = libuv_close,
#else
	.unavailable = "built without libuv",
#endif
};
