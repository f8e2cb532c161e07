/*
 * epoll_et.c - edge-triggered epoll(7): a change of state is reported once.
 *
 * Each connection is told to the kernel once in its life, for input, output and hang-up:
 * an edge costs nothing where there is none, so that not even a stalled reply needs a
 * system call of its own. In return the loop must not forget an edge (edge_loop.h). A
 * read that was shorter than the buffer has emptied the socket, and what comes behind it
 * is a new edge; only an end that was reported together with data is read for at once.
 */
#include <errno.h>
#include <stdlib.h>

#include "models/edge_loop.h"

#define BATCH 256

enum { KEY_LISTENER, KEY_STOP }; /* generation 0: never a connection's key */

struct epoll_et {
	struct edge_loop loop;
	const struct selector *epoll;
	struct selector_set *set;
};

static int epoll_et_watch(struct edge_loop *loop, struct edge_connection *c)
{
	struct epoll_et *state = (struct epoll_et *)loop;

	return state->epoll->add(state->set, c->base.stream.fd,
				 SELECTOR_READ | SELECTOR_WRITE | SELECTOR_EDGE,
				 c->base.slot.key);
}

static void epoll_et_unwatch_listener(struct edge_loop *loop)
{
	struct epoll_et *state = (struct epoll_et *)loop;

	state->epoll->del(state->set, loop->all.server->listener);
	state->epoll->del(state->set, loop->all.server->stop_fd);
}

static void epoll_et_event(struct edge_loop *loop, const struct selector_event *event)
{
	/* NULL: closed earlier in this batch; its successor has another key. */
	struct edge_connection *c = slots_find(&loop->all.slots, event->data);

	if (event->data == KEY_LISTENER)
		edge_accept(loop);
	else if (event->data == KEY_STOP)
		connections_drain(&loop->all);
	else if (c)
		edge_hint(loop, c, event->ready);
}

static int epoll_et_collect(struct edge_loop *loop, int64_t timeout_ns)
{
	struct epoll_et *state = (struct epoll_et *)loop;
	struct selector_event events[BATCH];
	int count = state->epoll->wait(state->set, events, BATCH, timeout_ns);

	for (int i = 0; i < count; i++)
		epoll_et_event(loop, &events[i]);
	return count < 0 && count != -EINTR ? count : 0;
}

/* No unwatch: what is closed leaves the set. */
static const struct edge_source epoll_et_source = {
	.watch = epoll_et_watch,
	.unwatch_listener = epoll_et_unwatch_listener,
	.collect = epoll_et_collect,
};

static int epoll_et_open(struct io_server *server)
{
	struct epoll_et *state = calloc(1, sizeof(*state));

	if (!state)
		return -ENOMEM;
	server->state = state;
	state->epoll = selector_find("epoll");
	int result = edge_loop_open(&state->loop, server, &epoll_et_source);
	if (result == 0)
		result = state->epoll->open(&state->set);
	/* Level-triggered: who is left in the backlog is reported again. */
	if (result == 0)
		result = state->epoll->add(state->set, server->listener, SELECTOR_READ,
					   KEY_LISTENER);
	if (result == 0)
		result = state->epoll->add(state->set, server->stop_fd, SELECTOR_READ,
					   KEY_STOP);
	return result;
}

static int epoll_et_run(struct io_server *server)
{
	return edge_loop_run(server->state);
}

static void epoll_et_close(struct io_server *server)
{
	struct epoll_et *state = server->state;

	if (!state)
		return;
	edge_loop_close(&state->loop);
	state->epoll->close(state->set);
	free(state);
	server->state = NULL;
}

const struct io_model io_model_epoll_et = {
	.name = "epoll-et",
	.summary = "one loop over non-blocking sockets, epoll(7), edge-triggered",
	.family = "reactor",
	.flags = IO_MODEL_STREAM,
	.open = epoll_et_open,
	.run = epoll_et_run,
	.close = epoll_et_close,
};
