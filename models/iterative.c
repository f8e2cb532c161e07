/*
 * iterative.c - one thread, one connection at a time: accept, serve to the end, close.
 *
 * The others wait in the listen queue: that is what the model is. The connection is named
 * while it may block on it, so that stop can end its input; there is nobody else to cut it, so
 * the operations look after the drain's end themselves.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "models/blocking.h"
#include "models/timers.h"
#include "server/acceptor.h"

struct iterative {
	struct acceptor acceptor;
	void *buffer;
};

static int iterative_open(struct io_server *server)
{
	struct iterative *it = calloc(1, sizeof(*it));

	if (!it)
		return -ENOMEM;
	server->state = it;
	it->buffer = malloc((size_t)server->config.buffer);
	if (!it->buffer)
		return -ENOMEM;
	return acceptor_open(&it->acceptor, server, &server->counters->line[0]);
}

static void iterative_serve(struct io_server *server, int fd)
{
	struct iterative *it = server->state;

	io_server_block_on(server, fd);
	(void)blocking_serve_alone(server, fd, it->buffer, &server->counters->line[0]);
	io_server_block_on(server, -1);
	close(fd);
}

static int iterative_run(struct io_server *server)
{
	struct iterative *it = server->state;
	long slack_ns = timer_slack_tighten();
	int fd;

	for (;;) {
		fd = acceptor_accept(&it->acceptor, 0, 0);
		if (fd >= 0)
			iterative_serve(server, fd);
		else if (fd != -EINTR && fd != -EAGAIN)
			break;
	}
	timer_slack_restore(slack_ns);
	return fd == -ECANCELED ? 0 : fd;
}

static void iterative_close(struct io_server *server)
{
	struct iterative *it = server->state;

	if (!it)
		return;
	acceptor_close(&it->acceptor);
	free(it->buffer);
	free(it);
	server->state = NULL;
}

const struct io_model io_model_iterative = {
	.name = "iterative",
	.summary = "blocking, one connection at a time; the others wait",
	.family = "iterative",
	.flags = IO_MODEL_STREAM | IO_MODEL_ONE,
	.open = iterative_open,
	.run = iterative_run,
	.close = iterative_close,
};
