/* thread_worker.c - the life of a thread of the pool. See thread_pool.h. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "models/executor/thread_pool.h"
#include "models/threads.h"
#include "server/clock.h"

/* Until it is taken off the idle ones, or as the keeper until the first deadline. */
static void worker_sleep(struct worker *w)
{
	struct thread_pool *pool = w->pool;
	int64_t deadline_ns = EXECUTOR_NO_LIMIT;
	int result = 0;

	w->next = pool->idle;
	pool->idle = w;
	pool->idle_count++;
	w->idle = true;
	if (!pool->keeper && pool->timers.count > 0) {
		deadline_ns = timers_next(&pool->timers);
		pool->keeper = w;
	}
	if (pool_is_answered(pool)) {
		pthread_mutex_unlock(&pool->base.lock);
		pool_answer(pool);
		pthread_mutex_lock(&pool->base.lock);
	}
	while (w->idle && result == 0)
		result = cond_wait_until(&w->wake, &pool->base.lock, deadline_ns);
	if (w->idle)
		idle_remove(pool, w);
	if (pool->keeper == w)
		pool->keeper = NULL;
}

static bool worker_pick(struct worker *w)
{
	struct thread_pool *pool = w->pool;
	int64_t now_ns = pool->timers.count > 0 ? clock_ns() : 0;

	if (!w->handed && !pool_pick(pool, now_ns, &w->task))
		return false;
	w->handed = false;
	w->fd = w->task.fd;
	return true;
}

/* Waits for the next task, into w->task; false: there will be none. `ended`: of the tasks
 * before, how many are not counted yet. */
static bool worker_next(struct worker *w, unsigned ended)
{
	struct thread_pool *pool = w->pool;
	bool found;

	pthread_mutex_lock(&pool->base.lock);
	pool->base.ended += ended;
	while (!(found = worker_pick(w)) && !pool_is_over(pool))
		worker_sleep(w);
	if (pool_is_over(pool))
		pool_wake_all(pool);
	else
		pool_keep_time(pool);
	bool answered = pool_is_answered(pool);
	pthread_mutex_unlock(&pool->base.lock);
	if (answered)
		pool_answer(pool);
	return found;
}

static void worker_count(struct worker *w)
{
	struct thread_pool *pool = w->pool;

	pthread_mutex_lock(&pool->base.lock);
	pool->base.ended++;
	bool answered = pool_is_answered(pool);
	pthread_mutex_unlock(&pool->base.lock);
	if (answered)
		pool_answer(pool);
}

/* `refusal`: why there is no worker_state, or 0. */
static void worker_run(struct worker *w, void *worker_state, int refusal)
{
	struct pool_task *order = &w->task;
	struct task task = {
		.executor = (struct executor *)w->pool,
		.worker = w->number,
		.worker_state = worker_state,
		.fd = order->fd,
		.argument = order->copy ? order->copy : order->argument,
		.size = order->size,
		.result = w->result,
	};
	int status = refusal < 0 ? refusal : order->function(&task);

	if (order->fd >= 0) { /* nobody may shut down what has its number next */
		pthread_mutex_lock(&w->pool->base.lock);
		w->fd = -1;
		pthread_mutex_unlock(&w->pool->base.lock);
		close(order->fd);
	}
	future_complete(order->future, status, w->result, task.result_size);
	free(order->copy);
}

/* Makes its state, runs as many tasks as a worker may, and gives the state back. */
static void worker_live(struct worker *w)
{
	const struct executor_config *config = &w->pool->base.config;
	unsigned tasks = 0, ended = 0;
	void *state = NULL;
	int refusal = config->init ? config->init(config->context, w->number, &state) : 0;

	while (worker_next(w, ended)) {
		worker_run(w, state, refusal);
		ended = 1;
		if (refusal < 0 ||
		    (config->max_tasks > 0 && ++tasks == config->max_tasks)) {
			worker_count(w);
			break;
		}
	}
	if (refusal >= 0 && config->release)
		config->release(config->context, w->number, state);
}

/* Leaves the slot to a successor where one is needed. False: it could not be made, and
 * this thread goes on in its place. */
static bool worker_retire(struct worker *w)
{
	struct thread_pool *pool = w->pool;
	bool ends = true;

	pthread_mutex_lock(&pool->base.lock);
	bool nothing_waits = pool->waiting == 0 && pool->timers.count == 0;
	if (pool_is_over(pool) || (pool->base.config.lazy && nothing_waits)) {
		pool->alive--;
		w->next = pool->vacant;
		pool->vacant = w;
	} else {
		ends = worker_start(w) == 0;
	}
	bool answered = pool_is_answered(pool);
	pthread_mutex_unlock(&pool->base.lock);
	if (answered)
		pool_answer(pool);
	return ends;
}

static void *worker_main(void *argument)
{
	struct worker *w = argument;

	if (w->has_former)
		pthread_join(w->former, NULL);
	thread_set_name(pthread_self(), w->pool->base.config.name, w->number);
	timer_slack_tighten(); /* for tasks that sleep */
	do
		worker_live(w);
	while (!worker_retire(w));
	return NULL;
}

int worker_start(struct worker *w)
{
	pthread_t former = w->thread;

	w->former = former;
	w->has_former = w->has_thread;
	int result = pthread_create(&w->thread, &w->pool->attributes, worker_main, w);
	if (result != 0) {
		w->thread = former;
		return result == EAGAIN ? -ENOMEM : -result;
	}
	w->has_thread = true;
	w->pool->made++;
	return 0;
}
