/*
 * nonblocking.c - no selector: every socket is tried in turn, for ever.
 *
 * Each round costs a system call per connection, busy or not. While all are busy none is
 * wasted, and a reply never waits for a processor to wake up: that is why it polls
 * without a pause unless told otherwise. `backoff` makes it sleep after a round that
 * found nothing, twice as long each time, up to what is given.
 */
#include <errno.h>
#include <stdlib.h>

#include "models/edge_loop.h"
#include "server/clock.h"

#define PAUSE_MIN_NS (10 * NS_PER_US)

struct nonblocking_options {
	int64_t backoff_ns;
};

static const struct option_spec nonblocking_options[] = {
	{.name = "backoff",
	 .metavar = "TIME",
	 .help = "longest sleep while nothing happens; 0s: polls without a pause",
	 .type = OPTION_DURATION,
	 .offset = offsetof(struct nonblocking_options, backoff_ns),
	 .fallback = "0s",
	 .max = NS_PER_S},
	{.name = NULL},
};

struct nonblocking {
	struct edge_loop loop;
	int64_t backoff_ns;
	int64_t pause_ns; /* of the last round */
	uint64_t seen;    /* progress at that time */
};

/* A number that changes when something has happened. */
static uint64_t nonblocking_progress(const struct connections *all)
{
	const struct counters_line *line = all->counters;

	return line->accepted + line->refused + line->closed + line->bytes_in +
	       line->bytes_out;
}

static void nonblocking_pause(struct nonblocking *state, int64_t timeout_ns)
{
	uint64_t progress = nonblocking_progress(&state->loop.all);
	int64_t pause_ns = state->pause_ns > 0 ? 2 * state->pause_ns : PAUSE_MIN_NS;

	if (pause_ns > state->backoff_ns)
		pause_ns = state->backoff_ns;
	state->pause_ns = progress == state->seen ? pause_ns : 0;
	state->seen = progress;
	if (timeout_ns >= 0 && timeout_ns < pause_ns)
		pause_ns = timeout_ns;
	if (state->pause_ns > 0 && pause_ns > 0)
		clock_sleep_until(clock_ns() + pause_ns);
}

/* accept(2) says too when the server is to stop, but for a Unix socket only to who blocks
 * in it. */
static void nonblocking_accept(struct edge_loop *loop)
{
	const struct io_server *server = loop->all.server;

	edge_accept(loop);
	if (server->address.transport == TRANSPORT_UNIX && !loop->all.draining &&
	    io_server_stopping(server))
		connections_drain(&loop->all);
}

static int nonblocking_collect(struct edge_loop *loop, int64_t timeout_ns)
{
	struct nonblocking *state = (struct nonblocking *)loop;
	struct edge_connection *c;
	uint32_t number = 0;

	nonblocking_accept(loop);
	while ((c = slots_next(&loop->all.slots, &number)))
		edge_hint(loop, c, SELECTOR_READ | SELECTOR_WRITE);
	if (state->backoff_ns > 0)
		nonblocking_pause(state, timeout_ns);
	return 0;
}

static const struct edge_source nonblocking_source = {.collect = nonblocking_collect};

static int nonblocking_open(struct io_server *server)
{
	const struct nonblocking_options *options = server->options;
	struct nonblocking *state = calloc(1, sizeof(*state));

	if (!state)
		return -ENOMEM;
	server->state = state;
	state->backoff_ns = options->backoff_ns;
	return edge_loop_open(&state->loop, server, &nonblocking_source);
}

static int nonblocking_run(struct io_server *server)
{
	return edge_loop_run(server->state);
}

static void nonblocking_close(struct io_server *server)
{
	struct nonblocking *state = server->state;

	if (!state)
		return;
	edge_loop_close(&state->loop);
	free(state);
	server->state = NULL;
}

const struct io_model io_model_nonblocking = {
	.name = "nonblocking",
	.summary = "one thread tries all its non-blocking sockets in turn, no selector",
	.family = "iterative",
	.flags = IO_MODEL_STREAM | IO_MODEL_BUSY,
	.options = nonblocking_options,
	.options_size = sizeof(struct nonblocking_options),
	.open = nonblocking_open,
	.run = nonblocking_run,
	.close = nonblocking_close,
};
