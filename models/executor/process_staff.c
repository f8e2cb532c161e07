/* process_staff.c - who works in the process pool: made, dead, replaced. See process_pool.h. */
#include <errno.h>
#include <sys/wait.h>

#include "models/executor/process_pool.h"
#include "server/clock.h"

/* A worker that ended before it was of use is replaced this long after it was made: one
 * that cannot live must not make the owner a fork loop. */
#define REPLACE_NS (100 * NS_PER_MS)

static int worker_fork(struct process_pool *pool, unsigned number)
{
	struct process_worker *w = &pool->worker[number];

	pid_t pid = children_fork(&pool->children);
	if (pid == 0)
		process_worker_main(pool, number);
	w->made_ns = clock_ns();
	w->was_of_use = false;
	if (pid < 0) {
		w->due_ns = w->made_ns + REPLACE_NS;
		return pid == -EAGAIN ? -ENOMEM : (int)pid; /* not a full queue */
	}
	w->pid = pid;
	pool->alive++;
	pool->made++;
	return 0;
}

unsigned staff_wanted(const struct process_pool *pool, unsigned more)
{
	const struct executor_config *config = &pool->base.config;

	if (pool->base.terminated)
		return 0;
	if ((config->lazy || pool->base.closed) && pool->sent + more < config->workers)
		return pool->sent + more;
	return config->workers;
}

int staff_make(struct process_pool *pool, unsigned wanted)
{
	int result = 0;

	for (unsigned i = 0; pool->alive < wanted && i < pool->base.config.workers; i++)
		if (pool->worker[i].pid == 0 && pool->worker[i].due_ns <= clock_ns() &&
		    result == 0)
			result = worker_fork(pool, i);
	return result;
}

int64_t staff_due_ns(const struct process_pool *pool)
{
	int64_t due_ns = TIMERS_NEVER;

	if (pool->alive >= staff_wanted(pool, 0))
		return due_ns;
	for (unsigned i = 0; i < pool->base.config.workers; i++)
		if (pool->worker[i].pid == 0 && pool->worker[i].due_ns < due_ns)
			due_ns = pool->worker[i].due_ns;
	return due_ns;
}

static unsigned worker_of(const struct process_pool *pool, pid_t pid)
{
	unsigned number = 0;

	while (pool->worker[number].pid != pid)
		number++;
	return number;
}

/* What it has sent before it died was sent for good. */
static void worker_bury(struct process_pool *pool, pid_t pid, int status)
{
	unsigned number = worker_of(pool, pid);
	struct process_worker *w = &pool->worker[number];

	w->pid = 0;
	pool->alive--;
	orders_collect(pool);
	bool had_task = orders_fail(pool, number);
	bool in_order = WIFEXITED(status) && WEXITSTATUS(status) == 0 && !had_task;
	pool->died += !in_order;
	if (!in_order && !had_task)
		orders_suspect(pool);
	w->due_ns = had_task || w->was_of_use ? 0 : w->made_ns + REPLACE_NS;
}

void staff_bury(struct process_pool *pool)
{
	pid_t pid;
	int status;

	while ((pid = children_take(&pool->children, &status)) > 0)
		worker_bury(pool, pid, status);
}
