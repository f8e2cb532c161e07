/* coroutine_workers.c - see coroutine_workers.h. */
#include "models/executor/coroutine_workers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void workers_report_change(struct coroutine_pool *pool)
{
	for (struct awaiter *a = pool->awaiters; a; a = a->next)
		scheduler_wake(&pool->scheduler, a->coroutine);
}

int workers_await_change(struct coroutine_pool *pool, struct watch *watch,
			 int64_t deadline_ns)
{
	struct awaiter awaiter = {pool->awaiters, pool->scheduler.current};
	struct awaiter **link = &pool->awaiters;

	pool->awaiters = &awaiter;
	int result = watch ? watch_wait(watch, SELECTOR_READ, deadline_ns)
			   : scheduler_suspend(&pool->scheduler, deadline_ns);
	while (*link != &awaiter)
		link = &(*link)->next;
	*link = awaiter.next;
	return result;
}

void order_end(struct order *order, int status, const void *result, size_t result_size)
{
	struct coroutine_pool *pool = order->pool;

	if (order->task.fd >= 0)
		close(order->task.fd);
	executor_complete(&pool->base, order->task.future, status, result, result_size);
	free(order);
	workers_report_change(pool);
}

struct order *order_new(struct coroutine_pool *pool, const struct task_order *task)
{
	struct order *order = malloc(sizeof(*order) + task->size);

	if (!order)
		return NULL;
	*order = (struct order){.pool = pool, .task = *task};
	if (task->size > 0)
		memcpy(order->argument, task->argument, task->size);
	return order;
}

void queue_push(struct coroutine_pool *pool, struct order *order)
{
	order->next = NULL;
	*pool->last = order;
	pool->last = &order->next;
	pool->queued++;
}

void queue_push_front(struct coroutine_pool *pool, struct order *order)
{
	order->next = pool->first;
	pool->first = order;
	if (!order->next)
		pool->last = &order->next;
	pool->queued++;
}

static struct order *queue_pop(struct coroutine_pool *pool)
{
	struct order *order = pool->first;

	if (!order)
		return NULL;
	pool->first = order->next;
	if (!pool->first)
		pool->last = &pool->first;
	pool->queued--;
	return order;
}

void queue_cancel(struct coroutine_pool *pool, int status)
{
	struct order *order;

	while ((order = queue_pop(pool)))
		order_end(order, status, NULL, 0);
}

static void worker_rest(struct worker *worker)
{
	worker->next_idle = worker->pool->idle;
	worker->pool->idle = worker;
	worker->pool->idle_count++;
}

struct worker *workers_pop_idle(struct coroutine_pool *pool)
{
	struct worker *worker = pool->idle;

	if (!worker)
		return NULL;
	pool->idle = worker->next_idle;
	pool->idle_count--;
	return worker;
}

bool workers_hand_over(struct coroutine_pool *pool, struct order *order)
{
	struct worker *worker = workers_pop_idle(pool);

	if (worker) {
		worker->order = order;
		scheduler_wake(&pool->scheduler, worker->coroutine);
		return true;
	}
	return pool->workers.used < pool->base.config.workers &&
	       workers_make(pool, order) == 0;
}

/* The order that the worker is to do now; waits for it. NULL: there will be none. */
static struct order *worker_next(struct worker *worker)
{
	struct coroutine_pool *pool = worker->pool;

	if (!worker->order && (worker->order = queue_pop(pool)))
		workers_report_change(pool);
	while (!worker->order && !pool->base.closed)
		(void)scheduler_suspend(&pool->scheduler, SCHEDULER_NEVER);
	return worker->order;
}

/* The result goes to the far end of the stack: pages that cost nothing where no result is
 * written. */
static void worker_do(struct worker *worker, struct order *order)
{
	struct task task = {.executor = (struct executor *)worker->pool,
			    .worker = (uint32_t)worker->slot.key,
			    .worker_state = worker->state,
			    .fd = order->task.fd,
			    .argument = order->argument,
			    .size = order->task.size,
			    .result = worker->coroutine->stack.bottom};

	worker->busy = true;
	int status = order->task.function(&task);
	worker->busy = false;
	worker->order = NULL;
	order_end(order, status, task.result, task.result_size);
}

/* Tasks until it is to be replaced, or there are none. */
static void worker_serve(struct worker *worker)
{
	struct coroutine_pool *pool = worker->pool;
	unsigned left = pool->base.config.max_tasks;
	struct order *order;

	while ((order = worker_next(worker))) {
		worker_do(worker, order);
		if (left > 0 && --left == 0)
			return;
		if (pool->queued == 0 && !pool->base.closed)
			worker_rest(worker);
	}
}

/* One has ended: makes another where there is work for it, or where there are to be as
 * many all the time. */
static void workers_replace(struct coroutine_pool *pool)
{
	struct order *order = queue_pop(pool);

	if (!order && (pool->base.config.lazy || pool->base.closed))
		return;
	if (workers_make(pool, order) == 0 || !order)
		return;
	queue_push_front(pool, order);
	if (pool->workers.used == 0)
		queue_cancel(pool, -ENOMEM);
}

static void worker_main(void *argument)
{
	struct worker *worker = argument;
	struct coroutine_pool *pool = worker->pool;
	const struct executor_config *config = &pool->base.config;
	unsigned number = (uint32_t)worker->slot.key;
	int result = 0;

	if (config->init)
		result = config->init(config->context, number, &worker->state);
	if (result == 0) {
		worker_serve(worker);
		if (config->release)
			config->release(config->context, number, worker->state);
	} else if (worker_next(worker)) {
		order_end(worker->order, result, NULL, 0);
	}
	slots_give(&pool->workers, worker);
	workers_replace(pool);
	workers_report_change(pool);
}

int workers_make(struct coroutine_pool *pool, struct order *order)
{
	struct worker *worker = slots_take(&pool->workers);

	if (!worker)
		return -ENOMEM;
	worker->pool = pool;
	worker->order = order;
	worker->busy = false;
	worker->state = NULL;
	int result = scheduler_spawn(&pool->scheduler, worker_main, worker,
				     &worker->coroutine);
	if (result < 0) {
		slots_give(&pool->workers, worker);
		return result;
	}
	pool->made++;
	if (!order)
		worker_rest(worker);
	return 0;
}
