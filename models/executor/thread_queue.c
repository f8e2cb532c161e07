/* thread_queue.c - what waits in the thread pool, and who waits for it: all that is done
 * under its lock. See thread_pool.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

#include "models/executor/thread_pool.h"
#include "server/clock.h"

int pool_task_init(struct pool_task *task, const struct task_order *order)
{
	task->function = order->function;
	task->future = order->future;
	task->fd = order->fd;
	task->size = order->size;
	task->copy = NULL;
	if (order->size > SHORT_ARGUMENT) {
		task->copy = malloc(order->size);
		if (!task->copy)
			return -ENOMEM;
	}
	if (order->size > 0)
		memcpy(task->copy ? task->copy : task->argument, order->argument,
		       order->size);
	return 0;
}

/* Copies no more than is used. */
static void pool_task_move(struct pool_task *to, const struct pool_task *from)
{
	memcpy(to, from, offsetof(struct pool_task, argument));
	if (!from->copy)
		memcpy(to->argument, from->argument, from->size);
}

bool pool_pick(struct thread_pool *pool, int64_t now_ns, struct pool_task *ret)
{
	struct delayed_task *delayed = NULL;

	if (pool->timers.count > 0)
		delayed = (struct delayed_task *)timers_expire(&pool->timers, now_ns);
	if (delayed) {
		pool_task_move(ret, &delayed->task);
		free(delayed);
		return true;
	}
	if (pool->waiting == 0)
		return false;
	pool_task_move(ret, &pool->ring[pool->head]);
	pool->head = pool->head + 1 == pool->base.config.queue ? 0 : pool->head + 1;
	pool->waiting--;
	return true;
}

struct pool_task *pool_at(struct thread_pool *pool, unsigned i)
{
	unsigned left = pool->base.config.queue - pool->head; /* before the ring's end */

	return &pool->ring[i < left ? pool->head + i : i - left];
}

void idle_remove(struct thread_pool *pool, struct worker *w)
{
	struct worker **link = &pool->idle;

	while (*link != w)
		link = &(*link)->next;
	*link = w->next;
	w->idle = false;
	pool->idle_count--;
}

struct worker *idle_take(struct thread_pool *pool)
{
	struct worker *w = pool->idle;

	if (w)
		idle_remove(pool, w);
	return w;
}

void pool_wake_all(struct thread_pool *pool)
{
	struct worker *w;

	while ((w = idle_take(pool)))
		pthread_cond_signal(&w->wake);
}

void worker_hand(struct worker *w, const struct pool_task *task)
{
	pool_task_move(&w->task, task);
	w->fd = task->fd;
	w->handed = true;
}

struct worker *pool_grow(struct thread_pool *pool, int *ret_error)
{
	struct worker *w = pool->vacant;

	*ret_error = worker_start(w);
	if (*ret_error < 0)
		return NULL;
	pool->vacant = w->next;
	pool->alive++;
	return w;
}

void pool_keep_time(struct thread_pool *pool)
{
	int error;

	if (pool->timers.count == 0 || pool->keeper)
		return;
	struct worker *w = idle_take(pool);
	if (w)
		pthread_cond_signal(&w->wake);
	else if (pool->vacant)
		(void)pool_grow(pool, &error);
}

bool pool_is_answered(struct thread_pool *pool)
{
	if (!pool->is_done || !pool->is_done(pool->context))
		return false;
	pool->is_done = NULL;
	return true;
}

void pool_answer(struct thread_pool *pool)
{
	if (pool->by_event)
		(void)eventfd_write(pool->event_fd, 1);
	else
		pthread_cond_signal(&pool->answered);
}

int cond_wait_until(pthread_cond_t *cond, pthread_mutex_t *lock, int64_t deadline_ns)
{
	struct timespec deadline = {deadline_ns / NS_PER_S, deadline_ns % NS_PER_S};

	return deadline_ns == EXECUTOR_NO_LIMIT
		       ? pthread_cond_wait(cond, lock)
		       : pthread_cond_clockwait(cond, lock, CLOCK_MONOTONIC, &deadline);
}

int pool_queue(struct thread_pool *pool, const struct pool_task *task)
{
	if (pool->vacant) {
		int error;
		struct worker *w = pool_grow(pool, &error);
		if (w)
			worker_hand(w, task);
		if (w || pool->alive == 0)
			return error;
	}
	if (pool->waiting == pool->base.config.queue)
		return -EAGAIN;
	pool_task_move(pool_at(pool, pool->waiting), task);
	pool->waiting++;
	return 0;
}

int pool_delay(struct thread_pool *pool, struct delayed_task *delayed, int64_t at_ns)
{
	int result = timers_reserve(&pool->timers, pool->timers.count + 1);

	if (result < 0)
		return result;
	timers_arm(&pool->timers, &delayed->timer, at_ns);
	if (pool->keeper && pool->keeper->idle && timers_next(&pool->timers) == at_ns) {
		idle_remove(pool, pool->keeper); /* has another deadline now */
		pthread_cond_signal(&pool->keeper->wake);
	}
	pool_keep_time(pool);
	if (pool->alive > 0)
		return 0;
	timers_cancel(&pool->timers, &delayed->timer);
	return -ENOMEM;
}
