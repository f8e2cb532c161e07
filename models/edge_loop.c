/* edge_loop.c - see edge_loop.h. */
#include "models/edge_loop.h"

#include <errno.h>
#include <stddef.h>

#include "server/clock.h"

static void ready_add(struct edge_loop *loop, struct edge_connection *c)
{
	if (!c->is_ready)
		TAILQ_INSERT_TAIL(&loop->ready, c, ready);
	c->is_ready = true;
}

static void ready_remove(struct edge_loop *loop, struct edge_connection *c)
{
	if (c->is_ready)
		TAILQ_REMOVE(&loop->ready, c, ready);
	c->is_ready = false;
}

/* As in the reactor: an armed timer is never put off, it finds out when it is early. */
static void edge_arm(struct edge_loop *loop, struct edge_connection *c)
{
	int64_t deadline_ns = c->base.stream.deadline_ns;

	if (deadline_ns == STREAM_NEVER)
		return;
	if (!timer_armed(&c->timer) || c->timer.deadline_ns > deadline_ns)
		timers_arm(&loop->timers, &c->timer, deadline_ns);
}

static void edge_pump(struct edge_loop *loop, struct edge_connection *c)
{
	struct stream *stream = &c->base.stream;

	if (!connection_pump(&c->base, stream->readable))
		return;
	if (stream->wait == STREAM_READ && stream->readable)
		ready_add(loop, c);
	edge_arm(loop, c);
}

/* Remembers a hint. True: there is something that it can do now. */
static bool edge_note(struct stream *stream, unsigned ready)
{
	/* Of two hints for one read the second may be an end behind the first's data. */
	if (ready & SELECTOR_HANGUP || (ready & SELECTOR_READ && stream->readable))
		stream->thorough = true;
	if (ready & SELECTOR_READ)
		stream->readable = true;
	if (stream->wait == STREAM_READ)
		return stream->readable;
	return stream->wait == STREAM_WRITE && ready & (SELECTOR_WRITE | SELECTOR_HANGUP);
}

void edge_hint(struct edge_loop *loop, struct edge_connection *c, unsigned ready)
{
	/* One in the ready list has its turn anyway. */
	if (edge_note(&c->base.stream, ready) && !c->is_ready)
		edge_pump(loop, c);
}

void edge_put_off(struct edge_loop *loop, struct edge_connection *c, unsigned ready)
{
	if (edge_note(&c->base.stream, ready))
		ready_add(loop, c);
}

void edge_accept(struct edge_loop *loop)
{
	if (!loop->all.draining)
		loop->accepting = connections_accept(&loop->all);
}

static int edge_begin(struct connection *base)
{
	struct edge_connection *c = (struct edge_connection *)base;
	struct edge_loop *loop = (struct edge_loop *)base->all;

	c->timer = (struct timer){0};
	c->is_ready = false;
	int result = timers_reserve(&loop->timers, loop->all.slots.used + 1);
	if (result == 0 && loop->source->watch)
		result = loop->source->watch(loop, c);
	if (result == 0 && loop->all.server->config.idle_timeout_ns > 0)
		edge_pump(loop, c); /* the time runs from here */
	return result;
}

static bool edge_end(struct connection *base)
{
	struct edge_connection *c = (struct edge_connection *)base;
	struct edge_loop *loop = (struct edge_loop *)base->all;

	if (loop->source->unwatch)
		loop->source->unwatch(loop, c);
	timers_cancel(&loop->timers, &c->timer);
	ready_remove(loop, c);
	return true;
}

/* Not every source reports that the input was ended on this side. */
static void edge_drain(struct connections *all)
{
	struct edge_loop *loop = (struct edge_loop *)all;
	struct edge_connection *c;
	uint32_t number = 0;

	loop->accepting = false;
	if (loop->source->unwatch_listener)
		loop->source->unwatch_listener(loop);
	timers_arm(&loop->timers, &loop->drain_timer,
		   clock_ns() + all->server->config.drain_timeout_ns);
	while ((c = slots_next(&all->slots, &number)))
		edge_put_off(loop, c, SELECTOR_READ | SELECTOR_HANGUP);
}

static const struct connections_ops edge_connections_ops = {
	.size = sizeof(struct edge_connection),
	.begin = edge_begin,
	.end = edge_end,
	.drain = edge_drain,
};

/* Each that stands in the list now, once. */
static void edge_pump_ready(struct edge_loop *loop)
{
	struct edge_connection *last = TAILQ_LAST(&loop->ready, edge_connections), *c;

	do {
		c = TAILQ_FIRST(&loop->ready);
		if (!c)
			return;
		ready_remove(loop, c);
		edge_pump(loop, c);
	} while (c != last);
}

static void edge_expire(struct edge_loop *loop)
{
	struct timer *timer;

	if (timers_next(&loop->timers) == TIMERS_NEVER)
		return;
	int64_t now_ns = clock_ns();
	while ((timer = timers_expire(&loop->timers, now_ns))) {
		if (timer == &loop->drain_timer) {
			connections_cut(&loop->all);
			return;
		}
		struct edge_connection *c =
			(void *)((char *)timer - offsetof(struct edge_connection, timer));
		if (c->base.stream.deadline_ns > now_ns) {
			edge_arm(loop, c);
			continue;
		}
		stream_expire(&c->base.stream);
		ready_remove(loop, c);
		edge_pump(loop, c);
	}
}

int edge_loop_run(struct edge_loop *loop)
{
	struct connections *all = &loop->all;
	long slack_ns = timer_slack_tighten();
	int result = 0;

	while (result == 0 && !(all->draining && all->slots.used == 0)) {
		bool is_busy = loop->accepting || !TAILQ_EMPTY(&loop->ready);
		result = loop->source->collect(
			loop, is_busy ? 0 : timers_left_ns(&loop->timers));
		edge_pump_ready(loop);
		edge_expire(loop);
		if (loop->accepting)
			edge_accept(loop);
	}
	timer_slack_restore(slack_ns);
	return result < 0 ? result : all->result;
}

int edge_loop_open(struct edge_loop *loop, struct io_server *server,
		   const struct edge_source *source)
{
	loop->source = source;
	TAILQ_INIT(&loop->ready);
	timers_init(&loop->timers);
	int result = connections_open(&loop->all, server, &edge_connections_ops,
				      &server->counters->line[0]);
	return result < 0 ? result : timers_reserve(&loop->timers, 1);
}

void edge_loop_close(struct edge_loop *loop)
{
	if (!loop->source)
		return;
	connections_close(&loop->all);
	timers_release(&loop->timers);
}
