/* executor.c - see executor.h: what the kinds have in common. */
#include "models/executor/executor.h"

#include <errno.h>
#include <string.h>

#include "models/executor/executor_ops.h"
#include "server/clock.h"

#define EXECUTOR(name, summary) &executor_##name,
const struct executor_ops *const executors[] = {
#include "models/executor/executors.def"
	NULL,
};
#undef EXECUTOR

static struct executor_base *base_of(struct executor *executor)
{
	return (struct executor_base *)executor;
}

const struct executor_ops *executor_find(const char *name)
{
	for (size_t i = 0; executors[i]; i++)
		if (strcmp(executors[i]->name, name) == 0)
			return executors[i];
	return NULL;
}

const char *executor_name(const struct executor_ops *ops)
{
	return ops->name;
}

void executor_base_init(struct executor_base *base, const struct executor_ops *ops,
			const struct executor_config *config)
{
	base->ops = ops;
	base->config = *config;
	base->submitted = base->ended = 0;
	base->closed = base->terminated = false;
	pthread_mutex_init(&base->lock, NULL);
}

void executor_base_release(struct executor_base *base)
{
	pthread_mutex_destroy(&base->lock);
}

void executor_complete(struct executor_base *base, struct future *future, int status,
		       const void *result, size_t result_size)
{
	future_complete(future, status, result, result_size);
	pthread_mutex_lock(&base->lock);
	base->ended++;
	pthread_mutex_unlock(&base->lock);
}

/* A time-out that is as good as none ends never. */
static int64_t deadline_of(int64_t timeout_ns)
{
	int64_t now_ns = clock_ns();

	return timeout_ns > EXECUTOR_NO_LIMIT - now_ns ? EXECUTOR_NO_LIMIT
						       : now_ns + timeout_ns;
}

int executor_await(struct executor_base *base, bool (*is_done)(void *context),
		   void *context, int64_t timeout_ns)
{
	struct executor *executor = (struct executor *)base;

	if (timeout_ns > 0)
		return base->ops->await(executor, is_done, context,
					deadline_of(timeout_ns));
	base->ops->poll(executor);
	pthread_mutex_lock(&base->lock);
	bool done = is_done(context);
	pthread_mutex_unlock(&base->lock);
	return done ? 0 : -ETIMEDOUT;
}

int executor_open(const struct executor_ops *ops, const struct executor_config *config,
		  struct executor **ret_executor)
{
	if (config->workers == 0 || config->queue == 0 || !config->name)
		return -EINVAL;
	return ops->open(config, ret_executor);
}

/* What every way to submit begins with. */
static int order_init(struct executor_base *base, struct task_order *order,
		      struct future **ret_future)
{
	if (order->size > TASK_SIZE_MAX)
		return -E2BIG;
	if (base->closed)
		return -EPIPE;
	order->future = ret_future ? future_new(base) : NULL;
	return ret_future && !order->future ? -ENOMEM : 0;
}

/* `result`: of the slot that was given the order. */
static int order_end(struct executor_base *base, const struct task_order *order,
		     int result, struct future **ret_future)
{
	if (result < 0) {
		future_abandon(order->future);
		return result;
	}
	base->submitted++;
	if (ret_future)
		*ret_future = order->future;
	return 0;
}

int executor_try_submit(struct executor *executor, task_function *function,
			const void *argument, size_t size, int fd,
			struct future **ret_future)
{
	struct executor_base *base = base_of(executor);
	struct task_order order = {function, NULL, fd, size, argument};
	int result = order_init(base, &order, ret_future);

	if (result < 0)
		return result;
	result = base->ops->try_submit(executor, &order);
	return order_end(base, &order, result, ret_future);
}

int executor_submit(struct executor *executor, task_function *function,
		    const void *argument, size_t size, int fd, struct future **ret_future)
{
	struct executor_base *base = base_of(executor);
	struct task_order order = {function, NULL, fd, size, argument};
	int result = order_init(base, &order, ret_future);

	if (result < 0)
		return result;
	while ((result = base->ops->try_submit(executor, &order)) == -EAGAIN) {
		result = base->ops->await_room(executor, -1);
		if (result < 0)
			break;
	}
	return order_end(base, &order, result, ret_future);
}

int executor_submit_after(struct executor *executor, int64_t delay_ns,
			  task_function *function, const void *argument, size_t size,
			  struct future **ret_future)
{
	struct executor_base *base = base_of(executor);
	struct task_order order = {function, NULL, -1, size, argument};
	int result = order_init(base, &order, ret_future);

	if (result < 0)
		return result;
	result = base->ops->submit_at(executor, deadline_of(delay_ns), &order);
	return order_end(base, &order, result, ret_future);
}

int executor_apply(struct executor *executor, task_function *function,
		   const void *argument, size_t size, void *result, size_t *result_size)
{
	struct future *future;
	int status = executor_submit(executor, function, argument, size, -1, &future);

	if (status < 0)
		return status;
	status = future_result(future, EXECUTOR_NO_LIMIT, result, result_size);
	future_free(future);
	return status;
}

void executor_poll(struct executor *executor)
{
	base_of(executor)->ops->poll(executor);
}

int executor_await_readable(struct executor *executor, int fd)
{
	return base_of(executor)->ops->await_readable(executor, fd);
}

int executor_await_room(struct executor *executor, int cancel_fd)
{
	return base_of(executor)->ops->await_room(executor, cancel_fd);
}

static bool all_ended(void *context)
{
	const struct executor_base *base = context;

	return base->ended == base->submitted;
}

void executor_queue_join(struct executor *executor)
{
	struct executor_base *base = base_of(executor);

	(void)executor_await(base, all_ended, base, EXECUTOR_NO_LIMIT);
}

int executor_serve(struct executor *executor, const struct io_server *server, int fd,
		   void *buffer, struct counters_line *counters)
{
	return base_of(executor)->ops->serve(executor, server, fd, buffer, counters);
}

bool executor_has_buffers(const struct executor_ops *ops)
{
	return ops->has_buffers;
}

void executor_sleep(struct executor *executor, int64_t ns)
{
	base_of(executor)->ops->sleep(executor, ns);
}

void executor_shutdown_descriptors(struct executor *executor, int how)
{
	base_of(executor)->ops->shutdown_descriptors(executor, how);
}

void executor_close(struct executor *executor)
{
	struct executor_base *base = base_of(executor);

	if (base->closed)
		return;
	pthread_mutex_lock(&base->lock);
	base->closed = true;
	pthread_mutex_unlock(&base->lock);
	base->ops->close(executor);
}

int executor_join(struct executor *executor, int64_t timeout_ns)
{
	struct executor_base *base = base_of(executor);

	return base->closed ? base->ops->join(executor, deadline_of(timeout_ns))
			    : -EINVAL;
}

void executor_shutdown(struct executor *executor, bool wait)
{
	executor_close(executor);
	if (wait)
		(void)executor_join(executor, EXECUTOR_NO_LIMIT);
}

void executor_terminate(struct executor *executor)
{
	struct executor_base *base = base_of(executor);

	if (base->terminated)
		return;
	pthread_mutex_lock(&base->lock);
	base->closed = base->terminated = true;
	pthread_mutex_unlock(&base->lock);
	base->ops->terminate(executor);
}

void executor_free(struct executor *executor)
{
	if (!executor)
		return;
	executor_terminate(executor);
	(void)executor_join(executor, EXECUTOR_NO_LIMIT);
	base_of(executor)->ops->free(executor);
}

void executor_stats(struct executor *executor, struct executor_stats *ret_stats)
{
	base_of(executor)->ops->stats(executor, ret_stats);
}
