/* thread_pool.c - the owner's side of the thread pool. See thread_pool.h. */
#include "models/executor/thread_pool.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "models/blocking.h"
#include "server/clock.h"

/* A handler needs 2 KiB, a task of items its results; the rest is room for a sanitizer's
 * frames. */
#define STACK_SIZE ((size_t)(256 * 1024))

static struct thread_pool *pool_of(struct executor *executor)
{
	return (struct thread_pool *)executor;
}

/* In the owner, without the lock: it never ran. */
static void pool_task_cancel(struct thread_pool *pool, struct pool_task *task)
{
	if (task->fd >= 0)
		close(task->fd);
	executor_complete(&pool->base, task->future, -ECANCELED, NULL, 0);
	free(task->copy);
}

static int thread_try_submit(struct executor *executor, const struct task_order *order)
{
	struct thread_pool *pool = pool_of(executor);
	struct pool_task task;
	int result = pool_task_init(&task, order);

	if (result < 0)
		return result;
	pthread_mutex_lock(&pool->base.lock);
	struct worker *w = idle_take(pool);
	if (w)
		worker_hand(w, &task);
	else
		result = pool_queue(pool, &task);
	pthread_mutex_unlock(&pool->base.lock);
	if (w)
		pthread_cond_signal(&w->wake);
	if (result < 0)
		free(task.copy);
	return result;
}

static int thread_submit_at(struct executor *executor, int64_t at_ns,
			    const struct task_order *order)
{
	struct thread_pool *pool = pool_of(executor);
	struct delayed_task *delayed = calloc(1, sizeof(*delayed));

	if (!delayed)
		return -ENOMEM;
	int result = pool_task_init(&delayed->task, order);
	if (result == 0) {
		pthread_mutex_lock(&pool->base.lock);
		result = pool_delay(pool, delayed, at_ns);
		pthread_mutex_unlock(&pool->base.lock);
	}
	if (result < 0) {
		free(delayed->task.copy);
		free(delayed);
	}
	return result;
}

static void thread_poll(struct executor *executor)
{
	(void)executor; /* threads see to themselves */
}

static int thread_await_readable(struct executor *executor, int fd)
{
	(void)executor;
	(void)fd;
	return 0;
}

static int thread_await(struct executor *executor, bool (*is_done)(void *context),
			void *context, int64_t deadline_ns)
{
	struct thread_pool *pool = pool_of(executor);
	int result = 0;
	bool done;

	pthread_mutex_lock(&pool->base.lock);
	while (!(done = is_done(context)) && result == 0) {
		pool->context = context;
		pool->is_done = is_done;
		result = cond_wait_until(&pool->answered, &pool->base.lock, deadline_ns);
	}
	pool->is_done = NULL;
	pthread_mutex_unlock(&pool->base.lock);
	return done ? 0 : -ETIMEDOUT;
}

static bool has_room(void *context)
{
	const struct thread_pool *pool = context;

	return pool->waiting < pool->base.config.queue;
}

/* Asks, to be answered by event_fd; true: there is room already. */
static bool pool_ask_for_room(struct thread_pool *pool)
{
	pthread_mutex_lock(&pool->base.lock);
	bool room = has_room(pool);
	pool->context = pool;
	pool->is_done = room ? NULL : has_room;
	pool->by_event = !room;
	pthread_mutex_unlock(&pool->base.lock);
	return room;
}

static int thread_await_room(struct executor *executor, int cancel_fd)
{
	struct thread_pool *pool = pool_of(executor);
	struct pollfd wait[2] = {{.fd = pool->event_fd, .events = POLLIN},
				 {.fd = cancel_fd, .events = POLLIN}};
	eventfd_t answers;
	bool room;

	if (cancel_fd < 0)
		return thread_await(executor, has_room, pool, EXECUTOR_NO_LIMIT);
	while (!(room = pool_ask_for_room(pool))) {
		if (poll(wait, 2, -1) > 0 && wait[0].revents)
			(void)eventfd_read(pool->event_fd, &answers);
		else if (wait[1].revents)
			break;
	}
	pthread_mutex_lock(&pool->base.lock);
	pool->is_done = NULL;
	pool->by_event = false;
	pthread_mutex_unlock(&pool->base.lock);
	return room ? 0 : -ECANCELED;
}

static void thread_shutdown_descriptors(struct executor *executor, int how)
{
	struct thread_pool *pool = pool_of(executor);

	pthread_mutex_lock(&pool->base.lock);
	for (unsigned i = 0; i < pool->waiting; i++)
		if (pool_at(pool, i)->fd >= 0)
			(void)shutdown(pool_at(pool, i)->fd, how);
	for (unsigned i = 0; i < pool->base.config.workers; i++)
		if (pool->worker[i].fd >= 0)
			(void)shutdown(pool->worker[i].fd, how);
	pthread_mutex_unlock(&pool->base.lock);
}

static void thread_close(struct executor *executor)
{
	struct thread_pool *pool = pool_of(executor);

	pthread_mutex_lock(&pool->base.lock);
	if (pool_is_over(pool))
		pool_wake_all(pool);
	pthread_mutex_unlock(&pool->base.lock);
}

static void thread_terminate(struct executor *executor)
{
	struct thread_pool *pool = pool_of(executor);
	struct pool_task task;
	bool found;

	do {
		pthread_mutex_lock(&pool->base.lock);
		found = pool_pick(pool, EXECUTOR_NO_LIMIT, &task);
		pthread_mutex_unlock(&pool->base.lock);
		if (found)
			pool_task_cancel(pool, &task);
	} while (found);
	thread_close(executor);
}

static bool all_are_gone(void *context)
{
	const struct thread_pool *pool = context;

	return pool->alive == 0;
}

static int thread_join(struct executor *executor, int64_t deadline_ns)
{
	struct thread_pool *pool = pool_of(executor);
	int result = thread_await(executor, all_are_gone, pool, deadline_ns);

	if (result < 0)
		return result;
	for (unsigned i = 0; i < pool->base.config.workers; i++) {
		if (pool->worker[i].has_thread)
			pthread_join(pool->worker[i].thread, NULL);
		pool->worker[i].has_thread = false;
	}
	return 0;
}

static void thread_free(struct executor *executor)
{
	struct thread_pool *pool = pool_of(executor);

	for (unsigned i = 0; i < pool->base.config.workers; i++)
		pthread_cond_destroy(&pool->worker[i].wake);
	pthread_cond_destroy(&pool->answered);
	pthread_attr_destroy(&pool->attributes);
	timers_release(&pool->timers);
	if (pool->event_fd >= 0)
		close(pool->event_fd);
	free(pool->ring);
	executor_base_release(&pool->base);
	free(pool);
}

static void thread_stats(struct executor *executor, struct executor_stats *ret_stats)
{
	struct thread_pool *pool = pool_of(executor);

	pthread_mutex_lock(&pool->base.lock);
	*ret_stats = (struct executor_stats){
		.workers = pool->alive,
		.idle = pool->idle_count,
		.made = pool->made,
		.waiting = pool->waiting + pool->timers.count,
		.done = pool->base.ended,
	};
	pthread_mutex_unlock(&pool->base.lock);
}

static int thread_serve(struct executor *executor, const struct io_server *server, int fd,
			void *buffer, struct counters_line *counters)
{
	(void)executor;
	return blocking_serve(server, fd, buffer, counters);
}

static void thread_sleep(struct executor *executor, int64_t ns)
{
	(void)executor;
	clock_sleep_until(clock_ns() + ns);
}

/* Signals are the owner's, but for those that a thread's own fault raises. */
static void attributes_init(pthread_attr_t *attributes)
{
	static const int own[] = {SIGSEGV, SIGBUS,  SIGFPE, SIGILL,
				  SIGTRAP, SIGABRT, SIGPROF};
	sigset_t set;

	sigfillset(&set);
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		sigdelset(&set, own[i]);
	pthread_attr_init(attributes);
	pthread_attr_setsigmask_np(attributes, &set);
	pthread_attr_setstacksize(attributes, STACK_SIZE);
}

static bool all_are_idle(void *context)
{
	const struct thread_pool *pool = context;

	return pool->idle_count == pool->alive;
}

/* A pool without threads; NULL: no memory. */
static struct thread_pool *pool_new(const struct executor_config *config)
{
	struct thread_pool *pool =
		calloc(1, sizeof(*pool) + config->workers * sizeof(pool->worker[0]));

	if (!pool)
		return NULL;
	executor_base_init(&pool->base, &executor_thread, config);
	timers_init(&pool->timers);
	attributes_init(&pool->attributes);
	pthread_cond_init(&pool->answered, NULL);
	pool->ring = malloc(config->queue * sizeof(*pool->ring));
	for (unsigned i = config->workers; i-- > 0;) {
		struct worker *w = &pool->worker[i];
		w->pool = pool;
		w->number = i;
		w->fd = -1;
		w->next = pool->vacant;
		pool->vacant = w;
		pthread_cond_init(&w->wake, NULL);
	}
	return pool;
}

/* All workers have made their state when it returns: no task finds them busy with that. */
static int pool_grow_fully(struct thread_pool *pool)
{
	int error = 0;

	pthread_mutex_lock(&pool->base.lock);
	while (pool->vacant && pool_grow(pool, &error))
		;
	pthread_mutex_unlock(&pool->base.lock);
	if (error == 0)
		(void)executor_await(&pool->base, all_are_idle, pool, EXECUTOR_NO_LIMIT);
	return error;
}

static int thread_open(const struct executor_config *config,
		       struct executor **ret_executor)
{
	struct thread_pool *pool = pool_new(config);
	int result = 0;

	if (!pool)
		return -ENOMEM;
	pool->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (pool->event_fd < 0)
		result = -errno;
	else if (!pool->ring)
		result = -ENOMEM;
	else if (!config->lazy)
		result = pool_grow_fully(pool);
	if (result < 0)
		executor_free((struct executor *)pool);
	else
		*ret_executor = (struct executor *)pool;
	return result;
}

const struct executor_ops executor_thread = {
	.name = "thread",
	.open = thread_open,
	.try_submit = thread_try_submit,
	.submit_at = thread_submit_at,
	.poll = thread_poll,
	.await_readable = thread_await_readable,
	.await_room = thread_await_room,
	.await = thread_await,
	.shutdown_descriptors = thread_shutdown_descriptors,
	.close = thread_close,
	.join = thread_join,
	.terminate = thread_terminate,
	.free = thread_free,
	.stats = thread_stats,
	.serve = thread_serve,
	.sleep = thread_sleep,
};
