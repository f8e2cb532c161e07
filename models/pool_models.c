/*
 * pool_models.c - thread-pool, process-pool and coroutine: one accept loop, and the
 * straight-line handler as a task on three executors.
 *
 *	accept ──▶ bounded queue ──▶ a worker: serves the connection to its end
 *
 * While the queue is full nothing is accepted: connections wait in the kernel's backlog.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "models/pool_options.h"
#include "models/timers.h"
#include "server/acceptor.h"

#define ACCEPT_BUDGET 64 /* per wake, where accept does not block */

static const struct option_spec thread_pool_options[] = {
	WORKERS_OPTION("the most workers", WORKERS_TWO_PER_CPU),
	GROW_OPTION,
	QUEUE_OPTION,
	MAX_TASKS_OPTION,
	{.name = NULL},
};

static const struct option_spec process_pool_options[] = {
	WORKERS_OPTION("the most workers", WORKERS_PER_CPU),
	GROW_OPTION,
	QUEUE_OPTION,
	MAX_TASKS_OPTION,
	{.name = NULL},
};

/* Their number is bounded by what they serve, and by memory. Replacing one after so many
 * connections would give nothing back: the next would have its stack. */
static const struct option_spec coroutine_options[] = {
	{.name = "workers",
	 .metavar = "N",
	 .help = "the most coroutines, made when a connection finds none idle; as many as "
		 "there may be descriptors if not given",
	 .type = OPTION_COUNT,
	 .offset = offsetof(struct pool_options, base.workers),
	 .min = 1,
	 .max = 10000000},
	QUEUE_OPTION,
	{.name = NULL},
};

/* A task's argument. */
struct order {
	struct io_server *server;
};

struct pool {
	struct io_server *server;
	struct acceptor acceptor;
	struct executor *executor;
	int accept_flags;
	int budget; /* accepts per wake */
};

/* A worker serves into memory of its own. */
static int worker_init(void *context, unsigned worker, void **ret_state)
{
	const struct pool *pool = context;

	(void)worker;
	*ret_state = malloc((size_t)pool->server->config.buffer);
	return *ret_state ? 0 : -ENOMEM;
}

static void worker_release(void *context, unsigned worker, void *state)
{
	(void)context;
	(void)worker;
	free(state);
}

/* The task. A connection's own failure is counted by its handler: this one is well. */
static int serve_connection(struct task *task)
{
	struct io_server *server = ((const struct order *)task->argument)->server;
	unsigned line = server->counters->workers > 0 ? 1 + task->worker : 0;

	(void)executor_serve(task->executor, server, task->fd, task->worker_state,
			     &server->counters->line[line]);
	return 0;
}

/* Who was not served to the end, as its worker died, is counted here. */
static void count_lost(void *context, int status, const void *result, size_t result_size)
{
	struct io_server *server = context;
	struct counters_line delta = {.closed = 1, .errors = 1};

	(void)result;
	(void)result_size;
	if (status < 0)
		counters_flush(&server->counters->line[0], &delta);
}

/* Serves `fd` in a worker, or refuses it. */
static void pool_submit(struct pool *pool, int fd)
{
	struct order order = {pool->server};
	struct future *future;
	int result;

	do
		result = executor_try_submit(pool->executor, serve_connection, &order,
					     sizeof(order), fd, &future);
	while (result == -EAGAIN &&
	       executor_await_room(pool->executor, order.server->stop_fd) == 0);
	if (result < 0) {
		acceptor_refuse(&pool->acceptor, fd);
		return;
	}
	future_on_done(future, count_lost, order.server);
	future_free(future);
}

static uint64_t pool_active(const struct pool *pool)
{
	if (pool->server->config.max_connections == 0)
		return 0;
	struct counters_line sum = counters_sum(pool->server->counters);
	return sum.accepted - sum.closed;
}

/* Asks for room before each accept. 0, or -errno: -ECANCELED at the stop. */
static int pool_accept(struct pool *pool)
{
	for (int i = 0; i < pool->budget; i++) {
		int room = executor_await_room(pool->executor, pool->server->stop_fd);
		if (room < 0)
			return room;
		int fd = acceptor_accept(&pool->acceptor, pool->accept_flags,
					 pool_active(pool));
		/* A Unix listener that was shut down has nothing waiting, no error. */
		if (fd == -EAGAIN && io_server_stopping(pool->server))
			return -ECANCELED;
		if (fd == -EAGAIN || fd == -EINTR)
			return 0;
		if (fd < 0)
			return fd;
		pool_submit(pool, fd);
	}
	return 0;
}

static int pool_turn(struct pool *pool)
{
	int result = executor_await_readable(pool->executor, pool->server->listener);

	return result < 0 ? result : pool_accept(pool);
}

static void pool_drain(struct pool *pool)
{
	executor_close(pool->executor);
	executor_shutdown_descriptors(pool->executor, SHUT_RD);
	if (executor_join(pool->executor, pool->server->config.drain_timeout_ns) == 0)
		return;
	executor_shutdown_descriptors(pool->executor, SHUT_RDWR);
	(void)executor_join(pool->executor, EXECUTOR_NO_LIMIT);
}

static int pool_run(struct io_server *server)
{
	struct pool *pool = server->state;
	long slack_ns = timer_slack_tighten();
	int result;

	do
		result = pool_turn(pool);
	while (result == 0 || result == -EINTR);
	pool_drain(pool);
	timer_slack_restore(slack_ns);
	return result == -ECANCELED ? 0 : result;
}

static int pool_open(struct io_server *server, const char *executor,
		     struct executor_config config)
{
	const struct executor_ops *ops = executor_find(executor);
	struct pool *pool = calloc(1, sizeof(*pool));

	if (!pool)
		return -ENOMEM;
	server->state = pool;
	pool->server = server;
	pool->budget = 1;
	config.context = pool;
	if (!executor_has_buffers(ops)) {
		config.init = worker_init;
		config.release = worker_release;
	}
	long slack_ns = timer_slack_tighten(); /* workers inherit it */
	int result = executor_open(ops, &config, &pool->executor);
	timer_slack_restore(slack_ns);
	if (result < 0)
		return result;
	return acceptor_open(&pool->acceptor, server, &server->counters->line[0]);
}

static void pool_close(struct io_server *server)
{
	struct pool *pool = server->state;

	if (!pool)
		return;
	executor_free(pool->executor);
	acceptor_close(&pool->acceptor);
	free(pool);
	server->state = NULL;
}

static int thread_pool_open(struct io_server *server)
{
	return pool_open(server, "thread",
			 pool_config(server, server->counters->workers));
}

const struct io_model io_model_thread_pool = {
	.name = "thread-pool",
	.summary = "main accepts into a bounded queue, reusable threads serve",
	.family = "thread",
	.flags = IO_MODEL_STREAM | IO_MODEL_PER_WORKER,
	.options = thread_pool_options,
	.options_size = sizeof(struct pool_options),
	.workers = workers_two_per_cpu,
	.open = thread_pool_open,
	.run = pool_run,
	.close = pool_close,
};

static int process_pool_open(struct io_server *server)
{
	return pool_open(server, "process",
			 pool_config(server, server->counters->workers));
}

const struct io_model io_model_process_pool = {
	.name = "process-pool",
	.summary = "the parent accepts and passes descriptors to idle processes",
	.family = "process",
	.flags = IO_MODEL_STREAM | IO_MODEL_PER_WORKER | IO_MODEL_PROCESSES,
	.options = process_pool_options,
	.options_size = sizeof(struct pool_options),
	.workers = workers_per_cpu,
	.open = process_pool_open,
	.run = pool_run,
	.close = pool_close,
};

/* One thread waits for its connections and for new ones: accept must not block it. */
static int coroutine_open(struct io_server *server)
{
	const struct pool_options *options = server->options;
	struct executor_config config =
		pool_config(server, (unsigned)options->base.workers);
	struct rlimit limit;

	config.lazy = true;
	if (config.workers == 0 && getrlimit(RLIMIT_NOFILE, &limit) == 0)
		config.workers = (unsigned)limit.rlim_cur;
	int result = pool_open(server, "coroutine", config);
	if (result < 0)
		return result;
	struct pool *pool = server->state;
	pool->budget = ACCEPT_BUDGET;
	pool->accept_flags = SOCK_NONBLOCK;
	return socket_set_nonblocking(server->listener);
}

const struct io_model io_model_coroutine = {
	.name = "coroutine",
	.summary = "a stackful coroutine per connection, scheduled over epoll",
	.family = "coroutine",
	.flags = IO_MODEL_STREAM,
	.options = coroutine_options,
	.options_size = sizeof(struct pool_options),
	.open = coroutine_open,
	.run = pool_run,
	.close = pool_close,
};
