/* tasks.c - one repetition of the experiment. */
#include "models/executor/tasks.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "server/clock.h"
#include "server/spin.h"

/* As many hand-overs as wait: enough for every worker to find one when it is done. */
#define QUEUE 256

struct item {
	struct spin spin;
	int64_t work_ns;
	enum task_work work;
	unsigned number;
};

struct outcome {
	int64_t busy_ns;
	unsigned number; /* whose result it is */
};

_Static_assert(TASKS_CHUNK_MAX * sizeof(struct item) < TASK_SIZE_MAX - 64 &&
		       TASKS_CHUNK_MAX * (sizeof(struct outcome) + 8) <
			       TASK_SIZE_MAX - 64,
	       "a chunk must not be cut: it stands in the result");

static int work_run(struct task *task)
{
	const struct item *item = task->argument;
	struct outcome *outcome = task->result;
	int64_t begin_ns = clock_ns();

	if (item->work == TASK_SPIN)
		spin_burn(&item->spin, item->work_ns);
	else
		executor_sleep(task->executor, item->work_ns);
	outcome->busy_ns = clock_ns() - begin_ns;
	outcome->number = item->number;
	task->result_size = sizeof(*outcome);
	return 0;
}

static int64_t ns_of(const struct timeval *time)
{
	return time->tv_sec * NS_PER_S + time->tv_usec * NS_PER_US;
}

static int64_t cpu_ns(void)
{
	static const int who[] = {RUSAGE_SELF, RUSAGE_CHILDREN};
	int64_t sum_ns = 0;

	for (size_t i = 0; i < 2; i++) {
		struct rusage usage;
		if (getrusage(who[i], &usage) == 0)
			sum_ns += ns_of(&usage.ru_utime) + ns_of(&usage.ru_stime);
	}
	return sum_ns;
}

static void items_init(const struct tasks_config *config, struct item *items)
{
	struct spin spin;

	spin_calibrate(&spin);
	for (unsigned i = 0; i < config->tasks; i++)
		items[i] = (struct item){spin, config->work_ns, config->work, i};
}

/* -EPROTO: the instrument proves itself before it tells a figure. */
static int outcomes_check(const struct tasks_config *config,
			  const struct outcome *outcomes, int64_t *ret_busy_ns)
{
	*ret_busy_ns = 0;
	for (unsigned i = 0; i < config->tasks; i++) {
		if (outcomes[i].number != i || outcomes[i].busy_ns < config->work_ns / 2)
			return -EPROTO;
		*ret_busy_ns += outcomes[i].busy_ns;
	}
	return 0;
}

static const struct executor_ops *find_executor(const char *name)
{
	const struct executor_ops *const *ops = executors;

	while (*ops && strcmp(executor_name(*ops), name) != 0)
		ops++;
	return *ops;
}

static int tasks_map(const struct tasks_config *config, const struct item *items,
		     struct outcome *outcomes, int64_t *ret_elapsed_ns)
{
	const struct executor_config pool = {
		.name = "tasks", .workers = config->workers, .queue = QUEUE};
	const struct executor_ops *ops = find_executor(config->executor);
	struct executor *executor;

	if (!ops)
		return -EINVAL;
	int result = executor_open(ops, &pool, &executor);

	if (result < 0)
		return result;
	int64_t begin_ns = clock_ns();
	result = executor_map(executor, work_run, items, sizeof(*items), config->tasks,
			      config->chunk, outcomes, sizeof(*outcomes));
	*ret_elapsed_ns = clock_ns() - begin_ns;
	executor_shutdown(executor, true);
	executor_free(executor);
	return result;
}

int tasks_run(const struct tasks_config *config, struct tasks_result *ret_result)
{
	struct item *items = calloc(config->tasks, sizeof(*items));
	struct outcome *outcomes = calloc(config->tasks, sizeof(*outcomes));
	int result = -ENOMEM;

	if (!items || !outcomes)
		goto out;
	items_init(config, items);
	int64_t before_ns = cpu_ns();
	result = tasks_map(config, items, outcomes, &ret_result->elapsed_ns);
	ret_result->cpu_ns = cpu_ns() - before_ns;
	if (result == 0)
		result = outcomes_check(config, outcomes, &ret_result->busy_ns);
out:
	free(items);
	free(outcomes);
	return result;
}
