/*
 * udp_blocking.c - recvfrom, work, sendto: in one thread, or in several with a socket each.
 *
 * No thread waits for anything but its socket. A stop ends the input of the socket that it
 * knows, the listener; who holds more of them passes it on.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "models/datagram.h"
#include "models/threads.h"
#include "models/workers.h"

/* One socket and who serves it. */
struct udp_worker {
	struct io_server *server;
	struct counters_line *counters;
	struct datagram_drain *drain;
	struct datagram *datagram;
	pthread_t thread;
	int fd;
	int result;
};

/* The mechanism: until the server is stopped and all that was received is answered. */
static int udp_worker_serve(struct udp_worker *w)
{
	int result;

	do {
		result = datagram_receive(w->server, w->fd, 0, w->datagram, w->counters);
		if (result > 0 &&
		    datagram_work(w->drain, &w->datagram->header, w->counters))
			(void)datagram_send(w->fd, w->datagram, w->counters);
	} while (result >= 0);
	return result == -ECANCELED ? 0 : result;
}

struct udp_workers {
	struct datagram_drain drain;
	unsigned count;
	struct udp_worker worker[];
};

static int udp_workers_open(struct io_server *server, unsigned count)
{
	struct udp_workers *workers =
		calloc(1, sizeof(*workers) + count * sizeof(struct udp_worker));

	if (!workers)
		return -ENOMEM;
	server->state = workers;
	workers->drain.server = server;
	for (unsigned i = 0; i < count; i++) {
		struct udp_worker *w = &workers->worker[i];
		*w = (struct udp_worker){.server = server,
					 .counters = &server->counters->line[0],
					 .drain = &workers->drain,
					 .datagram = datagram_new(),
					 .fd = server->listener};
		if (!w->datagram)
			return -ENOMEM;
		workers->count = i + 1;
	}
	return 0;
}

static void udp_workers_close(struct io_server *server)
{
	struct udp_workers *workers = server->state;

	for (unsigned i = 0; workers && i < workers->count; i++) {
		if (workers->worker[i].fd != server->listener)
			close(workers->worker[i].fd);
		free(workers->worker[i].datagram);
	}
	free(workers);
	server->state = NULL;
}

static int udp_iterative_open(struct io_server *server)
{
	return udp_workers_open(server, 1);
}

static int udp_iterative_run(struct io_server *server)
{
	struct udp_workers *workers = server->state;
	const long slack_ns = timer_slack_tighten();
	const int result = udp_worker_serve(&workers->worker[0]);

	timer_slack_restore(slack_ns);
	datagram_count_dropped(server, server->listener);
	return result;
}

const struct io_model io_model_udp_iterative = {
	.name = "udp-iterative",
	.summary = "blocking, one datagram at a time; the others wait in the kernel",
	.family = "datagram",
	.flags = IO_MODEL_DATAGRAM | IO_MODEL_ONE,
	.open = udp_iterative_open,
	.run = udp_iterative_run,
	.close = udp_workers_close,
};

/* The kernel picks the socket by the sender's address and port. */
static int udp_reuseport_open(struct io_server *server)
{
	const unsigned count = server->counters->workers;
	int result = udp_workers_open(server, count);
	struct udp_workers *workers = server->state;

	for (unsigned i = 0; result == 0 && i < count; i++) {
		workers->worker[i].counters = &server->counters->line[i + 1];
		if (i > 0)
			result = socket_listen_beside(server->listener, &server->address,
						      0, &workers->worker[i].fd);
	}
	return result;
}

static void *udp_worker_main(void *argument)
{
	struct udp_worker *w = argument;

	w->result = udp_worker_serve(w);
	/* One that cannot go on ends the server. */
	if (w->result < 0)
		io_server_stop(w->server);
	return NULL;
}

static void udp_await_stop(const struct io_server *server)
{
	struct pollfd stop = {.fd = server->stop_fd, .events = POLLIN};

	while (poll(&stop, 1, -1) <= 0)
		continue; /* a signal */
}

static int udp_reuseport_run(struct io_server *server)
{
	struct udp_workers *workers = server->state;
	const long slack_ns = timer_slack_tighten();
	unsigned started = 0;
	int result = 0;

	for (; result == 0 && started < workers->count; started += result == 0)
		result = thread_start(&workers->worker[started].thread,
				      server->model->name, started, udp_worker_main,
				      &workers->worker[started]);
	if (result == 0)
		udp_await_stop(server);
	for (unsigned i = 0; i < started; i++)
		socket_stop_listening(workers->worker[i].fd, TRANSPORT_UDP);
	for (unsigned i = 0; i < started; i++) {
		pthread_join(workers->worker[i].thread, NULL);
		if (result == 0)
			result = workers->worker[i].result;
		datagram_count_dropped(server, workers->worker[i].fd);
	}
	timer_slack_restore(slack_ns);
	return result;
}

const struct io_model io_model_udp_reuseport = {
	.name = "udp-reuseport",
	.summary = "N threads, each blocking on a socket of its own (SO_REUSEPORT)",
	.family = "datagram",
	.flags = IO_MODEL_DATAGRAM | IO_MODEL_PER_WORKER,
	.options = workers_options_per_cpu,
	.options_size = sizeof(struct workers_options),
	.workers = workers_per_cpu,
	.open = udp_reuseport_open,
	.run = udp_reuseport_run,
	.close = udp_workers_close,
};
