/* executor_fixture.c - see executor_fixture.h. */
#include "tests/contract/executor_fixture.h"

#include <CUnit/CUnit.h>
#include <errno.h>
#include <string.h>
#include <time.h>

#include "server/clock.h"

#define PATIENCE_NS (10 * NS_PER_S)

bool is_kind(const char *name)
{
	return strcmp(executor_name(ops), name) == 0;
}

static int make_state(void *context, unsigned worker, void **ret_state)
{
	(void)context;
	(void)worker;
	if (atomic_fetch_sub(&seen->init_fails, 1) > 0)
		return -EACCES;
	*ret_state = (void *)(intptr_t)atomic_fetch_add(&seen->made, 1);
	return 0;
}

static void release_state(void *context, unsigned worker, void *state)
{
	(void)context;
	(void)worker;
	(void)state;
	atomic_fetch_add(&seen->released, 1);
}

struct executor_config pool_config(unsigned workers, unsigned queue)
{
	return (struct executor_config){
		.name = "test",
		.workers = workers,
		.queue = queue,
		.init = make_state,
		.release = release_state,
	};
}

struct executor *pool_open_as(const struct executor_config *config)
{
	struct executor *executor = NULL;
	int fails = seen->init_fails;

	memset(seen, 0, sizeof(*seen));
	seen->init_fails = fails;
	CU_ASSERT_EQUAL_FATAL(executor_open(ops, config, &executor), 0);
	return executor;
}

struct executor *pool_open(unsigned workers, unsigned queue)
{
	struct executor_config config = pool_config(workers, queue);

	return pool_open_as(&config);
}

static void nap(void)
{
	clock_sleep_until(clock_ns() + NS_PER_MS);
}

bool pool_until(struct executor *executor, const atomic_int *value, int least)
{
	int64_t end_ns = clock_ns() + PATIENCE_NS;

	while (atomic_load(value) < least) {
		if (clock_ns() > end_ns)
			return false;
		executor_poll(executor);
		nap();
	}
	return true;
}

bool pool_until_idle(struct executor *executor, unsigned idle)
{
	int64_t end_ns = clock_ns() + PATIENCE_NS;

	while (stats_of(executor).idle < idle) {
		if (clock_ns() > end_ns)
			return false;
		executor_poll(executor);
		nap();
	}
	return true;
}

struct future *give(struct executor *executor, task_function *function, int argument)
{
	struct future *future = NULL;
	int result = executor_try_submit(executor, function, &argument, sizeof(argument),
					 -1, &future);

	CU_ASSERT_EQUAL_FATAL(result, 0);
	return future;
}

int status_of(struct future *future)
{
	int status = future_result(future, PATIENCE_NS, NULL, NULL);

	future_free(future);
	return status;
}

struct executor_stats stats_of(struct executor *executor)
{
	struct executor_stats stats;

	executor_stats(executor, &stats);
	return stats;
}

static int number_of(const struct task *task)
{
	return *(const int *)task->argument;
}

int task_return(struct task *task)
{
	return number_of(task);
}

int task_append(struct task *task)
{
	int at = atomic_fetch_add(&seen->count, 1);

	if (at >= SEEN_MAX)
		return -ENOSPC;
	seen->at_ns[at] = clock_ns();
	seen->value[at] = number_of(task);
	return 0;
}

int task_copy(struct task *task)
{
	memcpy(task->result, task->argument, task->size);
	task->result_size = task->size;
	return 0;
}

static int wait_for(struct task *task, const atomic_int *value, int least)
{
	int64_t end_ns = clock_ns() + PATIENCE_NS;

	while (atomic_load(value) < least) {
		if (clock_ns() > end_ns)
			return -ETIME;
		executor_sleep(task->executor, NS_PER_MS);
	}
	return 0;
}

int task_wait_for_go(struct task *task)
{
	atomic_fetch_add(&seen->began, 1);
	int result = wait_for(task, &seen->go, 1);
	atomic_fetch_add(&seen->ended, 1);
	return result < 0 ? result : number_of(task);
}

int task_meet(struct task *task)
{
	atomic_fetch_add(&seen->began, 1);
	return wait_for(task, &seen->began, number_of(task));
}

int task_state(struct task *task)
{
	return (int)(intptr_t)task->worker_state;
}
