/* reactor_models.c - select, poll and epoll: one reactor, three ways to wait. */
#include <errno.h>
#include <stdlib.h>

#include "models/reactor.h"

/* The model's name is its selector's. */
static int reactor_model_open(struct io_server *server)
{
	struct reactor *reactor = calloc(1, sizeof(*reactor));

	if (!reactor)
		return -ENOMEM;
	server->state = reactor;
	return reactor_open(reactor, server, selector_find(server->model->name),
			    &server->counters->line[0]);
}

static int reactor_model_run(struct io_server *server)
{
	return reactor_run(server->state);
}

static void reactor_model_close(struct io_server *server)
{
	if (server->state)
		reactor_close(server->state);
	free(server->state);
	server->state = NULL;
}

const struct io_model io_model_select = {
	.name = "select",
	.summary = "one loop over non-blocking sockets, select(2), below FD_SETSIZE",
	.family = "reactor",
	.flags = IO_MODEL_STREAM | IO_MODEL_FD_SETSIZE,
	.open = reactor_model_open,
	.run = reactor_model_run,
	.close = reactor_model_close,
};

const struct io_model io_model_poll = {
	.name = "poll",
	.summary = "one loop over non-blocking sockets, poll(2)",
	.family = "reactor",
	.flags = IO_MODEL_STREAM,
	.open = reactor_model_open,
	.run = reactor_model_run,
	.close = reactor_model_close,
};

const struct io_model io_model_epoll = {
	.name = "epoll",
	.summary = "one loop over non-blocking sockets, epoll(7), level-triggered",
	.family = "reactor",
	.flags = IO_MODEL_STREAM,
	.open = reactor_model_open,
	.run = reactor_model_run,
	.close = reactor_model_close,
};
