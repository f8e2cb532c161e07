/*
 * hybrid_pool.c - N processes of M threads on one listener (Apache's worker): a crash takes
 * M connections along instead of all, and N processes cost less than N x M.
 *
 *	parent ── watches, replaces
 *	  ├─ process 0: thread 0 .. M-1 ─┐
 *	  ├─ process 1: thread 0 .. M-1 ─┼─ all wait in accept on the one listener
 *	  └─ ..                          ┘
 *
 * Each process is what prethread.c is, and hears of the stop as that does: the stop
 * descriptor and the listener are shared. So signals tell it nothing.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "models/child.h"
#include "models/crew.h"
#include "models/prethread.h"
#include "models/shared.h"
#include "models/workers.h"

#define THREADS_MAX 256

struct hybrid_options {
	struct workers_options base;
	int64_t threads;
};

static const struct option_spec hybrid_options[] = {
	WORKERS_OPTION("processes", WORKERS_PER_CPU),
	{.name = "threads",
	 .metavar = "N",
	 .help = "threads of each process",
	 .type = OPTION_COUNT,
	 .offset = offsetof(struct hybrid_options, threads),
	 .fallback = "4",
	 .min = 1,
	 .max = THREADS_MAX},
	{.name = NULL},
};

/* For max-connections: what each process holds. */
struct hybrid_shared {
	pthread_mutex_t lock;
	unsigned held[];
};

struct hybrid {
	struct crew *crew;
	struct hybrid_shared *shared;
	unsigned processes, threads;
	unsigned number; /* in a child: which */
};

static size_t shared_size(const struct hybrid *h)
{
	return sizeof(*h->shared) + h->processes * sizeof(h->shared->held[0]);
}

static bool hybrid_enter(struct io_server *server)
{
	const struct hybrid *h = server->state;
	uint64_t held = 0, max = (uint64_t)server->config.max_connections;

	shared_mutex_lock(&h->shared->lock);
	for (unsigned i = 0; i < h->processes; i++)
		held += h->shared->held[i];
	h->shared->held[h->number] += held < max;
	pthread_mutex_unlock(&h->shared->lock);
	return held < max;
}

static void hybrid_leave(struct io_server *server)
{
	const struct hybrid *h = server->state;

	shared_mutex_lock(&h->shared->lock);
	h->shared->held[h->number]--;
	pthread_mutex_unlock(&h->shared->lock);
}

static const struct prethread_gate hybrid_gate = {hybrid_enter, hybrid_leave};

static void hybrid_main(struct io_server *server, struct crew *crew, unsigned number)
{
	struct hybrid *h = server->state;
	struct prethread threads;

	child_begin(&crew->children, -1, -1);
	h->number = number;
	int result = prethread_open(&threads, server, h->threads, 1 + number * h->threads,
				    false);
	if (server->config.max_connections > 0)
		threads.gate = &hybrid_gate;
	if (result == 0)
		result = prethread_run(&threads);
	_exit(result != 0);
}

static void hybrid_lost(struct io_server *server, unsigned number)
{
	const struct hybrid *h = server->state;

	shared_mutex_lock(&h->shared->lock);
	h->shared->held[number] = 0;
	pthread_mutex_unlock(&h->shared->lock);
}

static unsigned hybrid_pool_workers(const struct io_server *server)
{
	const struct hybrid_options *options = server->options;

	return workers_per_cpu(server) * (unsigned)options->threads;
}

static int hybrid_pool_open(struct io_server *server)
{
	const struct hybrid_options *options = server->options;
	struct hybrid *h = calloc(1, sizeof(*h));

	if (!h)
		return -ENOMEM;
	server->state = h;
	h->threads = (unsigned)options->threads;
	h->processes = server->counters->workers / h->threads;
	h->shared = shared_map(shared_size(h));
	if (!h->shared)
		return -ENOMEM;
	shared_mutex_init(&h->shared->lock);
	return crew_open(server, h->processes, h->threads, hybrid_main, hybrid_lost,
			 &h->crew);
}

static int hybrid_pool_run(struct io_server *server)
{
	struct hybrid *h = server->state;

	crew_watch(h->crew);
	crew_drain(h->crew, server->config.drain_timeout_ns);
	return 0;
}

static void hybrid_pool_close(struct io_server *server)
{
	struct hybrid *h = server->state;

	if (!h)
		return;
	crew_close(h->crew);
	shared_unmap(h->shared, shared_size(h));
	free(h);
	server->state = NULL;
}

const struct io_model io_model_hybrid_pool = {
	.name = "hybrid-pool",
	.summary = "N processes x M threads accept on one listener, blocking",
	.family = "hybrid",
	.flags = IO_MODEL_STREAM | IO_MODEL_PER_WORKER | IO_MODEL_PROCESSES,
	.options = hybrid_options,
	.options_size = sizeof(struct hybrid_options),
	.workers = hybrid_pool_workers,
	.open = hybrid_pool_open,
	.run = hybrid_pool_run,
	.close = hybrid_pool_close,
};
