/*
 * process_pool.c - the owner's side of the process pool. See process_pool.h.
 *
 * There is no thread: whatever happened since is seen to inside the functions that the
 * owner calls, which all begin with pool_see_to. Who waits does so in ppoll(2), which a
 * SIGCHLD ends, be it early: it is blocked up to the wait.
 */
#include "models/executor/process_pool.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "models/blocking.h"
#include "server/clock.h"

struct delayed_order {
	struct timer timer; /* first: what expires is one of these */
	struct task_order order;
	_Alignas(max_align_t) uint8_t argument[];
};

static struct process_pool *pool_of(struct executor *executor)
{
	return (struct process_pool *)executor;
}

/* However full the queue is; but not fuller than the kernel's. */
static void pool_send_due(struct process_pool *pool)
{
	struct timer *timer;

	while (timers_next(&pool->timers) <= clock_ns() &&
	       (timer = timers_expire(&pool->timers, clock_ns()))) {
		struct delayed_order *delayed = (struct delayed_order *)timer;
		(void)staff_make(pool, staff_wanted(pool, 1));
		int result = orders_send(pool, &delayed->order);
		if (result == -EAGAIN) {
			timers_arm(&pool->timers, timer, timer->deadline_ns);
			return;
		}
		if (result < 0)
			executor_complete(&pool->base, delayed->order.future, result,
					  NULL, 0);
		free(delayed);
	}
}

static void pool_see_to(struct process_pool *pool)
{
	orders_collect(pool);
	staff_bury(pool);
	orders_settle_lost(pool);
	pool_send_due(pool);
	(void)staff_make(pool, staff_wanted(pool, 0)); /* else tried again when due */
	if (pool->base.closed && pool->timers.count == 0 && !pool->queue_ended) {
		(void)shutdown(pool->tasks[1], SHUT_WR);
		pool->queue_ended = true;
	}
}

/* Until something happened, `fd` (-1: none) is ready for `events`, or the time has come. */
static bool pool_wait(struct process_pool *pool, int fd, short events,
		      int64_t deadline_ns)
{
	struct pollfd wait[3] = {{.fd = pool->results[0], .events = POLLIN},
				 {.fd = fd, .events = events},
				 {.fd = -1, .events = POLLOUT}};
	int64_t until_ns[] = {deadline_ns, staff_due_ns(pool), pool->lost_at_ns,
			      TIMERS_NEVER};

	if (pool->kernel_full)
		wait[2].fd = pool->tasks[1];
	else if (orders_have_slot(pool)) /* else there is a result before */
		until_ns[3] = timers_next(&pool->timers);
	int64_t first_ns = until_ns[0];
	for (size_t i = 1; i < sizeof(until_ns) / sizeof(until_ns[0]); i++)
		if (until_ns[i] < first_ns)
			first_ns = until_ns[i];
	int64_t left_ns = first_ns == TIMERS_NEVER ? -1 : first_ns - clock_ns();
	if (first_ns != TIMERS_NEVER && left_ns < 0)
		left_ns = 0;
	if (children_wait(&pool->children, wait, 3, left_ns) <= 0)
		return false;
	if (wait[2].revents)
		pool->kernel_full = false;
	return wait[1].revents != 0;
}

static bool pool_has_room(const struct process_pool *pool)
{
	return !pool->kernel_full && pool->sent < pool->base.config.queue + pool->alive;
}

/* A task that waits for a worker has all others at work: of what is sent, one per worker is
 * not in the queue, or is just being taken. */
static int process_try_submit(struct executor *executor, const struct task_order *order)
{
	struct process_pool *pool = pool_of(executor);

	pool_see_to(pool);
	int result = staff_make(pool, staff_wanted(pool, 1));
	if (result < 0 && pool->alive == 0)
		return result;
	if (pool->sent >= pool->base.config.queue + pool->alive)
		return -EAGAIN;
	return orders_send(pool, order);
}

static int process_submit_at(struct executor *executor, int64_t at_ns,
			     const struct task_order *order)
{
	struct process_pool *pool = pool_of(executor);
	struct delayed_order *delayed = malloc(sizeof(*delayed) + order->size);

	if (!delayed)
		return -ENOMEM;
	int result = timers_reserve(&pool->timers, pool->timers.count + 1);
	if (result < 0) {
		free(delayed);
		return result;
	}
	delayed->timer = (struct timer){0};
	delayed->order = *order;
	delayed->order.argument = delayed->argument;
	if (order->size > 0)
		memcpy(delayed->argument, order->argument, order->size);
	timers_arm(&pool->timers, &delayed->timer, at_ns);
	return 0;
}

static void process_poll(struct executor *executor)
{
	pool_see_to(pool_of(executor));
}

static int process_await_readable(struct executor *executor, int fd)
{
	struct process_pool *pool = pool_of(executor);

	do
		pool_see_to(pool);
	while (!pool_wait(pool, fd, POLLIN, TIMERS_NEVER));
	return 0;
}

static int process_await_room(struct executor *executor, int cancel_fd)
{
	struct process_pool *pool = pool_of(executor);

	/* What is not collected yet only makes more room. */
	if (pool->alive > 0 && pool_has_room(pool))
		return 0;
	for (;;) {
		pool_see_to(pool);
		if (pool_has_room(pool) || pool->alive < staff_wanted(pool, 1))
			return 0;
		if (pool_wait(pool, cancel_fd, POLLIN, TIMERS_NEVER))
			return -ECANCELED;
	}
}

static int process_await(struct executor *executor, bool (*is_done)(void *context),
			 void *context, int64_t deadline_ns)
{
	struct process_pool *pool = pool_of(executor);

	for (;;) {
		pool_see_to(pool);
		pthread_mutex_lock(&pool->base.lock);
		bool done = is_done(context);
		pthread_mutex_unlock(&pool->base.lock);
		if (done)
			return 0;
		if (clock_ns() >= deadline_ns)
			return -ETIMEDOUT;
		(void)pool_wait(pool, -1, 0, deadline_ns);
	}
}

/* What runs is told by a signal; what is in the queue is told by the words when it is read,
 * as nobody can reach into it. */
static void process_shutdown_descriptors(struct executor *executor, int how)
{
	struct process_pool *pool = pool_of(executor);

	atomic_store(&pool->shared->shut_below[how], pool->next_sequence);
	for (size_t i = 0; i < pool->children.count; i++)
		(void)kill(pool->children.pid[i], SIGTERM);
}

static void process_close(struct executor *executor)
{
	pool_see_to(pool_of(executor));
}

static void worker_kill(struct process_pool *pool, unsigned worker)
{
	if (pool->worker[worker].pid > 0)
		(void)kill(pool->worker[worker].pid, SIGKILL);
}

static void process_terminate(struct executor *executor)
{
	struct process_pool *pool = pool_of(executor);

	orders_collect(pool);
	orders_cancel(pool, worker_kill);
	while (pool->timers.count > 0) {
		struct delayed_order *delayed = (struct delayed_order *)timers_expire(
			&pool->timers, TIMERS_NEVER);
		executor_complete(&pool->base, delayed->order.future, -ECANCELED, NULL,
				  0);
		free(delayed);
	}
	pool_see_to(pool);
}

static bool all_is_over(void *context)
{
	const struct process_pool *pool = context;

	return pool->sent == 0 && pool->timers.count == 0 && pool->alive == 0;
}

static int process_join(struct executor *executor, int64_t deadline_ns)
{
	return process_await(executor, all_is_over, executor, deadline_ns);
}

static void process_free(struct executor *executor)
{
	struct process_pool *pool = pool_of(executor);

	children_end(&pool->children);
	orders_release(pool);
	descriptors_release(&pool->descriptors);
	timers_release(&pool->timers);
	executor_base_release(&pool->base);
	free(pool);
}

static void process_stats(struct executor *executor, struct executor_stats *ret_stats)
{
	struct process_pool *pool = pool_of(executor);

	orders_collect(pool);
	unsigned running = orders_running(pool);
	*ret_stats = (struct executor_stats){
		.workers = pool->alive,
		.idle = pool->alive - running,
		.made = pool->made,
		.died = pool->died,
		.waiting = pool->sent - running + pool->timers.count,
		.done = pool->base.ended,
	};
}

static int process_serve(struct executor *executor, const struct io_server *server,
			 int fd, void *buffer, struct counters_line *counters)
{
	(void)executor;
	return blocking_serve(server, fd, buffer, counters);
}

static void process_sleep(struct executor *executor, int64_t ns)
{
	(void)executor;
	clock_sleep_until(clock_ns() + ns);
}

static bool all_are_ready(void *context)
{
	const struct process_pool *pool = context;

	return pool->ready >= pool->base.config.workers || pool->died > 0;
}

/* All workers have made their state when it returns: no task finds them busy with that. */
static int staff_fully(struct process_pool *pool)
{
	int result = staff_make(pool, pool->base.config.workers);

	if (result < 0)
		return result;
	(void)executor_await(&pool->base, all_are_ready, pool, EXECUTOR_NO_LIMIT);
	return pool->died > 0 ? -EOWNERDEAD : 0;
}

static struct process_pool *pool_new(const struct executor_config *config)
{
	struct process_pool *pool =
		calloc(1, sizeof(*pool) + config->workers * sizeof(pool->worker[0]));

	if (!pool)
		return NULL;
	executor_base_init(&pool->base, &executor_process, config);
	timers_init(&pool->timers);
	children_begin(&pool->children);
	pool->lost_at_ns = TIMERS_NEVER;
	pool->tasks[0] = pool->tasks[1] = pool->results[0] = pool->results[1] = -1;
	return pool;
}

static int process_open(const struct executor_config *config,
			struct executor **ret_executor)
{
	if (config->workers > PROCESS_WORKERS_MAX)
		return -EINVAL;
	struct process_pool *pool = pool_new(config);
	if (!pool)
		return -ENOMEM;
	int result = orders_open(pool);
	if (result == 0)
		result = descriptors_note(&pool->descriptors);
	if (result == 0 && !config->lazy)
		result = staff_fully(pool);
	if (result < 0)
		executor_free((struct executor *)pool);
	else
		*ret_executor = (struct executor *)pool;
	return result;
}

const struct executor_ops executor_process = {
	.name = "process",
	.open = process_open,
	.try_submit = process_try_submit,
	.submit_at = process_submit_at,
	.poll = process_poll,
	.await_readable = process_await_readable,
	.await_room = process_await_room,
	.await = process_await,
	.shutdown_descriptors = process_shutdown_descriptors,
	.close = process_close,
	.join = process_join,
	.terminate = process_terminate,
	.free = process_free,
	.stats = process_stats,
	.serve = process_serve,
	.sleep = process_sleep,
};
