/*
 * coroutine_pool.c - workers that are coroutines of one thread, the owner's.
 *
 * No lock is waited for and no memory is shared between threads: a worker runs while the
 * owner waits in a function of the executor, and it waits in the scheduler. A delayed task
 * is a coroutine that sleeps, then submits. A worker that waits for its connection owns a
 * page or two of stack and nothing else.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "models/executor/coroutine_workers.h"
#include "server/clock.h"

static struct coroutine_pool *pool_of(struct executor *executor)
{
	return (struct coroutine_pool *)executor;
}

static void pool_free(struct executor *executor)
{
	struct coroutine_pool *pool = pool_of(executor);

	scheduler_close(&pool->scheduler);
	buffers_release(&pool->buffers);
	slots_release(&pool->workers);
	executor_base_release(&pool->base);
	free(pool);
}

static int pool_open(const struct executor_config *config, struct executor **ret_executor)
{
	struct coroutine_pool *pool = calloc(1, sizeof(*pool));

	if (!pool)
		return -ENOMEM;
	executor_base_init(&pool->base, &executor_coroutine, config);
	slots_init(&pool->workers, sizeof(struct worker));
	pool->last = &pool->first;
	int result = scheduler_open(&pool->scheduler, selector_find("epoll"));
	for (unsigned i = 0; i < config->workers && !config->lazy && result == 0; i++)
		result = workers_make(pool, NULL);
	if (result < 0)
		pool_free((struct executor *)pool);
	else
		*ret_executor = (struct executor *)pool;
	return result;
}

static int pool_try_submit(struct executor *executor, const struct task_order *task)
{
	struct coroutine_pool *pool = pool_of(executor);
	const struct executor_config *config = &pool->base.config;
	bool full = pool->queued >= config->queue;

	if (full && !pool->idle && pool->workers.used >= config->workers)
		return -EAGAIN;
	struct order *order = order_new(pool, task);
	if (!order)
		return -ENOMEM;
	if (workers_hand_over(pool, order))
		return 0;
	if (!full && pool->workers.used > 0) {
		queue_push(pool, order);
		return 0;
	}
	free(order);
	return full ? -EAGAIN : -ENOMEM;
}

static void delayed_main(void *argument)
{
	struct order *order = argument;
	struct coroutine_pool *pool = order->pool;
	struct order **link = &pool->delayed;

	if (!pool->base.terminated)
		scheduler_sleep(&pool->scheduler, order->at_ns);
	while (*link != order)
		link = &(*link)->next;
	*link = order->next;
	pool->delayed_count--;
	if (pool->base.terminated)
		order_end(order, -ECANCELED, NULL, 0);
	else if (!workers_hand_over(pool, order))
		queue_push_front(pool, order);
	if (pool->workers.used == 0)
		queue_cancel(pool, -ENOMEM);
}

static int pool_submit_at(struct executor *executor, int64_t at_ns,
			  const struct task_order *task)
{
	struct coroutine_pool *pool = pool_of(executor);
	struct order *order = order_new(pool, task);

	if (!order)
		return -ENOMEM;
	order->at_ns = at_ns;
	int result =
		scheduler_spawn(&pool->scheduler, delayed_main, order, &order->sleeper);
	if (result < 0) {
		free(order);
		return result;
	}
	order->next = pool->delayed;
	pool->delayed = order;
	pool->delayed_count++;
	return 0;
}

static void pool_poll(struct executor *executor)
{
	scheduler_yield(&pool_of(executor)->scheduler);
}

static int pool_await_readable(struct executor *executor, int fd)
{
	struct watch watch;
	int result = watch_open(&watch, &pool_of(executor)->scheduler, fd, 0);

	if (result == 0)
		result = watch_wait(&watch, SELECTOR_READ, SCHEDULER_NEVER);
	watch_close(&watch);
	return result;
}

static bool pool_has_room(const struct coroutine_pool *pool)
{
	return pool->idle || pool->queued < pool->base.config.queue;
}

static int pool_await_room(struct executor *executor, int cancel_fd)
{
	struct coroutine_pool *pool = pool_of(executor);
	struct watch watch = {0}, *cancel = cancel_fd < 0 ? NULL : &watch;
	int result = 0;

	if (cancel && !pool_has_room(pool))
		result = watch_open(cancel, &pool->scheduler, cancel_fd, 0);
	while (!pool_has_room(pool) && result == 0) {
		result = workers_await_change(pool, cancel, SCHEDULER_NEVER);
		if (cancel) /* readable, or woken for the other reason */
			result = result == 0            ? -ECANCELED
				 : result == -ECANCELED ? 0
							: result;
	}
	watch_close(&watch);
	return result;
}

static int pool_await(struct executor *executor, bool (*is_done)(void *context),
		      void *context, int64_t deadline_ns)
{
	struct coroutine_pool *pool = pool_of(executor);
	int result = 0;

	for (;;) {
		pthread_mutex_lock(&pool->base.lock);
		bool done = is_done(context);
		pthread_mutex_unlock(&pool->base.lock);
		if (done || result < 0)
			return done ? 0 : result;
		result = workers_await_change(pool, NULL, deadline_ns);
	}
}

static void pool_shutdown_descriptors(struct executor *executor, int how)
{
	struct coroutine_pool *pool = pool_of(executor);
	uint32_t number = 0;
	struct worker *worker;

	for (struct order *order = pool->first; order; order = order->next)
		if (order->task.fd >= 0)
			(void)shutdown(order->task.fd, how);
	while ((worker = slots_next(&pool->workers, &number))) {
		if (!worker->order || worker->order->task.fd < 0)
			continue;
		(void)shutdown(worker->order->task.fd, how);
		if (how == SHUT_RDWR)
			scheduler_end_sleep(&pool->scheduler, worker->coroutine);
	}
}

static void pool_close(struct executor *executor)
{
	struct coroutine_pool *pool = pool_of(executor);
	struct worker *worker;

	while ((worker = workers_pop_idle(pool)))
		scheduler_wake(&pool->scheduler, worker->coroutine);
}

static void pool_terminate(struct executor *executor)
{
	struct coroutine_pool *pool = pool_of(executor);
	uint32_t number = 0;
	struct worker *worker;

	queue_cancel(pool, -ECANCELED);
	while ((worker = slots_next(&pool->workers, &number))) {
		struct order *order = worker->order;
		if (!order || worker->busy)
			continue;
		worker->order = NULL;
		order_end(order, -ECANCELED, NULL, 0);
	}
	for (struct order *order = pool->delayed; order; order = order->next)
		scheduler_end_sleep(&pool->scheduler, order->sleeper);
	pool_close(executor);
}

static int pool_join(struct executor *executor, int64_t deadline_ns)
{
	struct coroutine_pool *pool = pool_of(executor);
	int result = 0;

	while (pool->scheduler.live > 0 && result == 0)
		result = workers_await_change(pool, NULL, deadline_ns);
	return pool->scheduler.live > 0 ? result : 0;
}

static void pool_stats(struct executor *executor, struct executor_stats *ret_stats)
{
	const struct coroutine_pool *pool = pool_of(executor);

	*ret_stats = (struct executor_stats){
		.workers = pool->workers.used,
		.idle = pool->idle_count,
		.made = pool->made,
		.waiting = pool->queued + pool->delayed_count,
		.done = pool->base.ended,
	};
}

static int pool_serve(struct executor *executor, const struct io_server *server, int fd,
		      void *buffer, struct counters_line *counters)
{
	struct coroutine_pool *pool = pool_of(executor);

	(void)buffer;
	return coroutine_serve(&pool->scheduler, &pool->buffers, server, fd, counters);
}

static void pool_sleep(struct executor *executor, int64_t ns)
{
	scheduler_sleep(&pool_of(executor)->scheduler, clock_ns() + ns);
}

const struct executor_ops executor_coroutine = {
	.name = "coroutine",
	.open = pool_open,
	.try_submit = pool_try_submit,
	.submit_at = pool_submit_at,
	.poll = pool_poll,
	.await_readable = pool_await_readable,
	.await_room = pool_await_room,
	.await = pool_await,
	.shutdown_descriptors = pool_shutdown_descriptors,
	.close = pool_close,
	.join = pool_join,
	.terminate = pool_terminate,
	.free = pool_free,
	.stats = pool_stats,
	.serve = pool_serve,
	.has_buffers = true,
	.sleep = pool_sleep,
};
