/*
 * thread_per_connection.c - a thread for each connection, blocking.
 *
 * The main thread accepts, and owns all memory. Connections being served are in `live`,
 * under the lock; a thread that is done moves its own to `ended`, closes it, and is
 * joined at the next accept or at the end. Only what is in `live` is ever shut down by
 * the main thread, so no descriptor is touched after its close.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "models/blocking.h"
#include "models/timers.h"
#include "server/acceptor.h"
#include "server/clock.h"

/* A handler needs 2 KiB; the rest is room for a sanitizer's frames. */
#define STACK_SIZE ((size_t)(128 * 1024))

struct connection {
	struct connection *next;
	struct connection **link; /* live: what points to it */
	struct io_server *server;
	pthread_t thread;
	int fd;
	uint8_t buffer[];
};

struct threads {
	struct acceptor acceptor;
	pthread_attr_t attributes;
	pthread_mutex_t lock;
	pthread_cond_t none_live;
	struct connection *live;
	uint64_t live_count;
	struct connection *ended; /* to be joined */
};

static void threads_insert(struct threads *t, struct connection *c)
{
	c->next = t->live;
	c->link = &t->live;
	if (c->next)
		c->next->link = &c->next;
	t->live = c;
	t->live_count++;
}

static void threads_remove(struct threads *t, struct connection *c)
{
	*c->link = c->next;
	if (c->next)
		c->next->link = c->link;
	t->live_count--;
}

static void *connection_main(void *argument)
{
	struct connection *c = argument;
	struct threads *t = c->server->state;

	(void)blocking_serve(c->server, c->fd, c->buffer, &c->server->counters->line[0]);
	pthread_mutex_lock(&t->lock);
	threads_remove(t, c);
	c->next = t->ended;
	t->ended = c;
	close(c->fd);
	if (t->live_count == 0)
		pthread_cond_signal(&t->none_live);
	pthread_mutex_unlock(&t->lock);
	return NULL;
}

/* Joins who has ended. Returns how many are live. */
static uint64_t threads_reap(struct threads *t)
{
	pthread_mutex_lock(&t->lock);
	struct connection *ended = t->ended;
	uint64_t live = t->live_count;
	t->ended = NULL;
	pthread_mutex_unlock(&t->lock);
	while (ended) {
		struct connection *next = ended->next;
		pthread_join(ended->thread, NULL);
		free(ended);
		ended = next;
	}
	return live;
}

/* 0, or -errno: nothing of it is left but `fd`. */
static int threads_start(struct io_server *server, int fd)
{
	struct threads *t = server->state;
	struct connection *c = malloc(sizeof(*c) + (size_t)server->config.buffer);

	if (!c)
		return -ENOMEM;
	c->server = server;
	c->fd = fd;
	pthread_mutex_lock(&t->lock);
	int result = -pthread_create(&c->thread, &t->attributes, connection_main, c);
	if (result == 0)
		threads_insert(t, c);
	pthread_mutex_unlock(&t->lock);
	if (result < 0)
		free(c);
	return result;
}

/* Serves `fd` in a thread of its own, or refuses it. */
static void threads_take(struct io_server *server, int fd, uint64_t live)
{
	struct threads *t = server->state;
	uint64_t max = (uint64_t)server->config.max_connections;

	if ((max > 0 && live >= max) || threads_start(server, fd) < 0)
		acceptor_refuse(&t->acceptor, fd);
}

static void threads_shutdown(struct threads *t, int how)
{
	for (struct connection *c = t->live; c; c = c->next)
		(void)shutdown(c->fd, how);
}

static void threads_drain(struct threads *t, int64_t timeout_ns)
{
	int64_t end_ns = clock_ns() + timeout_ns;
	struct timespec end = {end_ns / NS_PER_S, end_ns % NS_PER_S};
	int result = 0;

	pthread_mutex_lock(&t->lock);
	threads_shutdown(t, SHUT_RD);
	while (t->live_count > 0 && result == 0)
		result = pthread_cond_clockwait(&t->none_live, &t->lock, CLOCK_MONOTONIC,
						&end);
	threads_shutdown(t, SHUT_RDWR);
	while (t->live_count > 0)
		pthread_cond_wait(&t->none_live, &t->lock);
	pthread_mutex_unlock(&t->lock);
	threads_reap(t);
}

static int thread_per_connection_open(struct io_server *server)
{
	struct threads *t = calloc(1, sizeof(*t));

	if (!t)
		return -ENOMEM;
	server->state = t;
	pthread_mutex_init(&t->lock, NULL);
	pthread_cond_init(&t->none_live, NULL);
	pthread_attr_init(&t->attributes);
	int result = -pthread_attr_setstacksize(&t->attributes, STACK_SIZE);
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
		/* Who is live is asked after the wait, not before it. */
		fd = acceptor_accept(&t->acceptor, 0, 0);
		uint64_t live = threads_reap(t);
		if (fd >= 0)
			threads_take(server, fd, live);
		else if (fd != -EINTR && fd != -EAGAIN)
			break;
	}
	threads_drain(t, server->config.drain_timeout_ns);
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
	pthread_cond_destroy(&t->none_live);
	pthread_mutex_destroy(&t->lock);
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
