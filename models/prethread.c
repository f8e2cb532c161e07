/*
 * prethread.c - N threads accept on the one listener, unlocked or under a mutex, and serve
 * what they have accepted.
 *
 * The kernel keeps threads that block in accept in a queue and wakes one per connection
 * (exclusive waits, since Linux 2.3), so the mutex of the textbook (UNP 30.12), which was
 * there against the thundering herd, only adds a wake: both are here to be compared.
 */
#include "models/prethread.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#include "models/blocking.h"
#include "models/threads.h"
#include "models/timers.h"
#include "models/workers.h"

struct prethread_worker {
	struct prethread *all;
	struct acceptor acceptor; /* counts in this worker's line */
	struct live_holder holder;
	pthread_t thread;
	uint8_t *buffer;
};

static int worker_accept(struct prethread_worker *w)
{
	struct prethread *p = w->all;

	if (!p->serialised)
		return acceptor_accept(&w->acceptor, 0, 0);
	pthread_mutex_lock(&p->accepting);
	int fd = acceptor_accept(&w->acceptor, 0, 0);
	pthread_mutex_unlock(&p->accepting);
	return fd;
}

static void worker_serve(struct prethread_worker *w, int fd)
{
	struct prethread *p = w->all;

	if ((p->gate && !p->gate->enter(p->server)) ||
	    !live_take(&p->live, &w->holder, fd)) {
		acceptor_refuse(&w->acceptor, fd);
		return;
	}
	(void)blocking_serve(p->server, fd, w->buffer, w->acceptor.counters);
	live_close(&p->live, &w->holder);
	if (p->gate)
		p->gate->leave(p->server);
}

static void *worker_main(void *argument)
{
	struct prethread_worker *w = argument;
	int fd;

	for (;;) {
		fd = worker_accept(w);
		if (fd >= 0)
			worker_serve(w, fd);
		else if (fd != -EINTR && fd != -EAGAIN)
			break;
	}
	if (fd != -ECANCELED) {
		atomic_store(&w->all->result, fd);
		io_server_stop(w->all->server);
	}
	live_leave(&w->all->live, &w->holder);
	return NULL;
}

static int worker_open(struct prethread *p, unsigned number, unsigned line)
{
	struct prethread_worker *w = &p->workers[number];

	w->all = p;
	w->buffer = malloc((size_t)p->server->config.buffer);
	if (!w->buffer)
		return -ENOMEM;
	int result =
		acceptor_open(&w->acceptor, p->server, &p->server->counters->line[line]);
	w->acceptor.spends_reserve = true;
	return result;
}

int prethread_open(struct prethread *p, struct io_server *server, unsigned count,
		   unsigned first_line, bool serialised)
{
	int result = 0;

	*p = (struct prethread){
		.server = server, .first_line = first_line, .serialised = serialised};
	live_init(&p->live, server->config.max_connections);
	pthread_mutex_init(&p->accepting, NULL);
	p->workers = calloc(count, sizeof(*p->workers));
	if (!p->workers)
		return -ENOMEM;
	while (p->count < count && result == 0) {
		result = worker_open(p, p->count, first_line + p->count);
		p->count++;
	}
	return result;
}

static int worker_start(struct prethread_worker *w, unsigned number)
{
	(void)live_enter(&w->all->live, &w->holder, -1);
	int result = thread_start(&w->thread, w->all->server->model->name, number,
				  worker_main, w);
	if (result < 0)
		live_withdraw(&w->all->live, &w->holder);
	return result;
}

int prethread_run(struct prethread *p)
{
	struct pollfd stop = {.fd = p->server->stop_fd, .events = POLLIN};
	long slack_ns = timer_slack_tighten();
	unsigned started = 0;
	int result = 0;

	while (started < p->count && result == 0) {
		result = worker_start(&p->workers[started], started);
		started += result == 0;
	}
	if (result < 0)
		io_server_stop(p->server);
	while (poll(&stop, 1, -1) < 0)
		;
	live_drain(&p->live, p->server->config.drain_timeout_ns);
	while (started > 0)
		pthread_join(p->workers[--started].thread, NULL);
	timer_slack_restore(slack_ns);
	return result < 0 ? result : atomic_load(&p->result);
}

void prethread_close(struct prethread *p)
{
	if (!p->server)
		return;
	while (p->count > 0) {
		struct prethread_worker *w = &p->workers[--p->count];
		acceptor_close(&w->acceptor);
		free(w->buffer);
	}
	free(p->workers);
	pthread_mutex_destroy(&p->accepting);
	live_release(&p->live);
}

static int open_model(struct io_server *server, bool serialised)
{
	struct prethread *p = calloc(1, sizeof(*p));

	if (!p)
		return -ENOMEM;
	server->state = p;
	return prethread_open(p, server, server->counters->workers, 1, serialised);
}

static int prethread_model_open(struct io_server *server)
{
	return open_model(server, false);
}

static int prethread_mutex_open(struct io_server *server)
{
	return open_model(server, true);
}

static int prethread_model_run(struct io_server *server)
{
	return prethread_run(server->state);
}

static void prethread_model_close(struct io_server *server)
{
	if (server->state)
		prethread_close(server->state);
	free(server->state);
	server->state = NULL;
}

const struct io_model io_model_prethread = {
	.name = "prethread",
	.summary = "N threads accept on one listener, blocking",
	.family = "thread",
	.flags = IO_MODEL_STREAM | IO_MODEL_PER_WORKER,
	.options = workers_options_two_per_cpu,
	.options_size = sizeof(struct workers_options),
	.workers = workers_two_per_cpu,
	.open = prethread_model_open,
	.run = prethread_model_run,
	.close = prethread_model_close,
};

const struct io_model io_model_prethread_mutex = {
	.name = "prethread-mutex",
	.summary = "N threads accept on one listener, one at a time under a mutex",
	.family = "thread",
	.flags = IO_MODEL_STREAM | IO_MODEL_PER_WORKER,
	.options = workers_options_two_per_cpu,
	.options_size = sizeof(struct workers_options),
	.workers = workers_two_per_cpu,
	.open = prethread_mutex_open,
	.run = prethread_model_run,
	.close = prethread_model_close,
};
