/*
 * reactor_pool.c - half-sync/half-async (POSA2): one epoll loop reads and writes, work goes
 * to threads that may block.
 *
 *	sockets ──▶ loop ──────────▶ bounded queue ──▶ threads: spin, or sleep as on a
 *	              ▲ echo frames are               │        back-end call that blocks
 *	              │ answered here                 │
 *	              └────────── mailbox ◀───────────┘  one eventfd write when it was empty
 *
 * A sleep takes a thread as a spin does: that layer is there to block, so `workers` bounds
 * how many wait at once. A connection whose work finds the queue full waits in line, and
 * is not read from meanwhile; the loop never waits for anything but readiness.
 */
#include <errno.h>
#include <stdlib.h>

#include "models/blocking.h"
#include "models/mailbox.h"
#include "models/pool_options.h"
#include "models/reactor.h"
#include "models/timers.h"
#include "server/clock.h"

/* Work that waits in the executor; the rest waits in line, in the same order. It only has
 * to keep the threads busy until the loop sees to the line. */
#define QUEUE 128

/* A task's argument. */
struct work {
	struct reactor_pool *pool;
	uint64_t key;
	int fd; /* borrowed: the loop keeps it open until the work is done */
	bool spins;
	int64_t ns;
};

struct reactor_pool {
	struct reactor reactor; /* first: a hook finds the rest by it */
	struct executor *executor;
	struct mailbox done; /* keys of connections whose work is done */
	atomic_bool cut;     /* nobody waits for work any more */
	struct work *line;   /* a ring: those that found the queue full */
	size_t first, count, capacity;
};

static const struct option_spec reactor_pool_options[] = {
	WORKERS_OPTION("the most threads that work", WORKERS_TWO_PER_CPU),
	GROW_OPTION,
	{.name = NULL},
};

/* In a worker. */
static int do_work(struct task *task)
{
	const struct work *work = task->argument;
	struct reactor_pool *pool = work->pool;
	struct blocking_io b = {.io = {&blocking_ops, pool->reactor.server, work->fd}};

	if (!atomic_load(&pool->cut)) {
		if (work->spins)
			b.io.ops->spin(&b.io, work->ns);
		else
			b.io.ops->sleep(&b.io, work->ns);
	}
	while (mailbox_post(&pool->done, work->key) < 0)
		clock_sleep_until(clock_ns() + NS_PER_MS); /* no memory: others end */
	return 0;
}

static int pool_try(struct reactor_pool *pool, const struct work *work)
{
	return executor_try_submit(pool->executor, do_work, work, sizeof(*work), -1,
				   NULL);
}

static int pool_wait_in_line(struct reactor_pool *pool, const struct work *work)
{
	if (pool->count == pool->capacity) {
		size_t capacity = pool->capacity ? 2 * pool->capacity : 64;
		struct work *line = calloc(capacity, sizeof(*line));
		if (!line)
			return -ENOMEM;
		for (size_t i = 0; i < pool->count; i++)
			line[i] = pool->line[(pool->first + i) % pool->capacity];
		free(pool->line);
		pool->line = line;
		pool->capacity = capacity;
		pool->first = 0;
	}
	pool->line[(pool->first + pool->count++) % pool->capacity] = *work;
	return 0;
}

static struct work pool_leave_line(struct reactor_pool *pool)
{
	struct work work = pool->line[pool->first];

	pool->first = (pool->first + 1) % pool->capacity;
	pool->count--;
	return work;
}

static int pool_work(struct reactor *reactor, const struct stream *stream, uint64_t key)
{
	struct reactor_pool *pool = (struct reactor_pool *)reactor;
	struct work work = {pool, key, stream->fd, stream->work_spins,
			    stream->work_us * NS_PER_US};
	int result = pool->count > 0 ? -EAGAIN : pool_try(pool, &work);

	return result == -EAGAIN ? pool_wait_in_line(pool, &work) : result;
}

/* Work is done: answers are written, and who waits in line gets the room. */
static void pool_mail(struct reactor *reactor)
{
	struct reactor_pool *pool = (struct reactor_pool *)reactor;
	const uint64_t *keys;
	size_t done = mailbox_take(&pool->done, &keys);

	while (pool->count > 0 && pool_try(pool, &pool->line[pool->first]) == 0)
		(void)pool_leave_line(pool);
	for (size_t i = 0; i < done; i++)
		reactor_worked(reactor, keys[i]);
}

static void pool_cut(struct reactor *reactor)
{
	struct reactor_pool *pool = (struct reactor_pool *)reactor;

	atomic_store(&pool->cut, true);
	while (pool->count > 0)
		reactor_worked(reactor, pool_leave_line(pool).key);
}

static const struct reactor_hooks pool_hooks = {
	.work = pool_work, .cut = pool_cut, .mail = pool_mail};

static int reactor_pool_open(struct io_server *server)
{
	struct executor_config config = pool_config(server, workers_two_per_cpu(server));
	struct reactor_pool *pool = calloc(1, sizeof(*pool));

	if (!pool)
		return -ENOMEM;
	server->state = pool;
	config.queue = QUEUE;
	int result = reactor_open(&pool->reactor, server, selector_find("epoll"),
				  &server->counters->line[0]);
	if (result < 0)
		return result;
	pool->reactor.hooks = &pool_hooks;
	result = mailbox_open(&pool->done, config.workers + config.queue);
	if (result == 0)
		result = reactor_watch(&pool->reactor, pool->done.fd);
	if (result < 0)
		return result;
	long slack_ns = timer_slack_tighten(); /* workers inherit it */
	result = executor_open(executor_find("thread"), &config, &pool->executor);
	timer_slack_restore(slack_ns);
	return result;
}

static int reactor_pool_run(struct io_server *server)
{
	return reactor_run(server->state);
}

static void reactor_pool_close(struct io_server *server)
{
	struct reactor_pool *pool = server->state;

	if (!pool)
		return;
	atomic_store(&pool->cut, true);
	executor_free(
		pool->executor); /* first: its workers use descriptors of the loop */
	reactor_close(&pool->reactor);
	mailbox_close(&pool->done);
	free(pool->line);
	free(pool);
	server->state = NULL;
}

const struct io_model io_model_reactor_pool = {
	.name = "reactor-pool",
	.summary = "one epoll loop reads and writes, threads do the work of frames",
	.family = "reactor",
	.flags = IO_MODEL_STREAM,
	.options = reactor_pool_options,
	.options_size = sizeof(struct pool_options),
	.open = reactor_pool_open,
	.run = reactor_pool_run,
	.close = reactor_pool_close,
};
