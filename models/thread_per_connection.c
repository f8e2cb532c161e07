/*
 * thread_per_connection.c - a thread for each connection, blocking.
 *
 * The main thread accepts, and owns all memory. A thread that is done puts its connection
 * on `ended` and is joined at the next accept or at the end.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "models/blocking.h"
#include "models/live.h"
#include "models/threads.h"
#include "models/timers.h"
#include "server/acceptor.h"

struct connection {
	struct live_holder holder;
	struct connection *next_ended;
	struct io_server *server;
	pthread_t thread;
	uint8_t buffer[];
};

struct threads {
	struct acceptor acceptor;
	pthread_attr_t attributes;
	struct live live;
	_Atomic(struct connection *) ended; /* to be joined */
};

static void *connection_main(void *argument)
{
	struct connection *c = argument;
	struct threads *t = c->server->state;

	(void)blocking_serve(c->server, c->holder.fd, c->buffer,
			     &c->server->counters->line[0]);
	c->next_ended = atomic_load(&t->ended);
	while (!atomic_compare_exchange_weak(&t->ended, &c->next_ended, c))
		;
	live_leave(&t->live,
		   &c->holder); /* last: `ended` is complete when none is left */
	return NULL;
}

/* Joins who has ended. */
static void threads_reap(struct threads *t)
{
	struct connection *ended = atomic_exchange(&t->ended, NULL);

	while (ended) {
		struct connection *next = ended->next_ended;
		pthread_join(ended->thread, NULL);
		free(ended);
		ended = next;
	}
}

/* 0, or -errno: nothing of it is left but `fd`. */
static int threads_start(struct io_server *server, int fd)
{
	struct threads *t = server->state;
	struct connection *c = malloc(sizeof(*c) + (size_t)server->config.buffer);
	int result = -EMFILE;

	if (!c)
		return -ENOMEM;
	c->server = server;
	if (live_enter(&t->live, &c->holder, fd)) {
		result = -pthread_create(&c->thread, &t->attributes, connection_main, c);
		if (result < 0)
			live_withdraw(&t->live, &c->holder);
	}
	if (result < 0)
		free(c);
	return result;
}

static int thread_per_connection_open(struct io_server *server)
{
	struct threads *t = calloc(1, sizeof(*t));

	if (!t)
		return -ENOMEM;
	server->state = t;
	live_init(&t->live, server->config.max_connections);
	pthread_attr_init(&t->attributes);
	int result = -pthread_attr_setstacksize(&t->attributes, THREAD_STACK_SIZE);
	if (result < 0)
		return result;
	return acceptor_open(&t->acceptor, server, &server->counters->line[0]);
}

static int thread_per_connection_run(struct io_server *server)
{
	struct threads *t = server->state;
	long slack_ns = timer_slack_tighten();
	int fd;

	for (;;) {
		fd = acceptor_accept(&t->acceptor, 0, 0);
		threads_reap(t);
		if (fd >= 0 && threads_start(server, fd) < 0)
			acceptor_refuse(&t->acceptor, fd);
		else if (fd < 0 && fd != -EINTR && fd != -EAGAIN)
			break;
	}
	live_drain(&t->live, server->config.drain_timeout_ns);
	threads_reap(t);
	timer_slack_restore(slack_ns);
	return fd == -ECANCELED ? 0 : fd;
}

static void thread_per_connection_close(struct io_server *server)
{
	struct threads *t = server->state;

	if (!t)
		return;
	acceptor_close(&t->acceptor);
	pthread_attr_destroy(&t->attributes);
	live_release(&t->live);
	free(t);
	server->state = NULL;
}

const struct io_model io_model_thread_per_connection = {
	.name = "thread-per-connection",
	.summary = "a thread per connection, blocking",
	.family = "thread",
	.flags = IO_MODEL_STREAM,
	.open = thread_per_connection_open,
	.run = thread_per_connection_run,
	.close = thread_per_connection_close,
};
