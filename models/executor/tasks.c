/* tasks.c - one repetition of the experiment, and its row. See tasks.h. */
#include "models/executor/tasks.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "server/clock.h"
#include "server/options.h"
#include "server/spin.h"

/* As many hand-overs as wait: enough for every worker to find one when it is done. */
#define QUEUE 256

const struct row_column tasks_columns[] = {
	{"executor", ROW_TEXT, 0},  {"language", ROW_TEXT, 0},
	{"work", ROW_TEXT, 0},      {"work_us", ROW_REAL, 3},
	{"tasks", ROW_COUNT, 0},    {"workers", ROW_COUNT, 0},
	{"chunk", ROW_COUNT, 0},    {"repetition", ROW_COUNT, 0},
	{"elapsed_s", ROW_REAL, 6}, {"speedup", ROW_REAL, 3},
	{"cpu_s", ROW_REAL, 6},     {"utilisation", ROW_REAL, 4},
	{NULL, ROW_TEXT, 0},
};

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

static int tasks_map(const struct tasks_config *config, const struct item *items,
		     struct outcome *outcomes, int64_t *ret_elapsed_ns)
{
	const struct executor_config pool = {
		.name = "tasks", .workers = config->workers, .queue = QUEUE};
	struct executor *executor;
	int result = executor_open(config->ops, &pool, &executor);

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

double tasks_speedup(const struct tasks_config *config, const struct tasks_result *result)
{
	return (double)config->work_ns * config->tasks / (double)result->elapsed_ns;
}

double tasks_utilisation(const struct tasks_config *config,
			 const struct tasks_result *result)
{
	return (double)result->busy_ns / (double)result->elapsed_ns / config->workers;
}

void tasks_format_work(const struct tasks_config *config, char *text, size_t size)
{
	char time[32];

	format_duration(config->work_ns, time, sizeof(time));
	snprintf(text, size, "%s:%s", config->work == TASK_SPIN ? "spin" : "sleep", time);
}

void tasks_to_row(const struct tasks_config *config, const struct tasks_result *result,
		  int64_t repetition, struct row *row)
{
	char work[64];

	tasks_format_work(config, work, sizeof(work));
	row_set_text(row, "executor", executor_name(config->ops));
	row_set_text(row, "language", "c");
	row_set_text(row, "work", work);
	row_set_real(row, "work_us", (double)config->work_ns / NS_PER_US);
	row_set_count(row, "tasks", config->tasks);
	row_set_count(row, "workers", config->workers);
	row_set_count(row, "chunk", config->chunk);
	row_set_count(row, "repetition", repetition);
	row_set_real(row, "elapsed_s", (double)result->elapsed_ns / NS_PER_S);
	row_set_real(row, "speedup", tasks_speedup(config, result));
	row_set_real(row, "cpu_s", (double)result->cpu_ns / NS_PER_S);
	row_set_real(row, "utilisation", tasks_utilisation(config, result));
}
