/* executor_workers.c - who runs the tasks: how many, made when, called what, for how long. */
#include <CUnit/CUnit.h>
#include <errno.h>
#include <string.h>
#include <sys/prctl.h>

#include "server/clock.h"
#include "tests/contract/executor_fixture.h"

/* Sleeps of all workers overlap, whatever a worker is. */
static void workers_run_side_by_side(void)
{
	struct executor *executor = pool_open(8, 8);
	struct future *future[8];

	for (int i = 0; i < 8; i++)
		future[i] = give(executor, task_meet, 8);
	for (int i = 0; i < 8; i++)
		CU_ASSERT_EQUAL(status_of(future[i]), 0);
	executor_free(executor);
}

static int task_sleep(struct task *task)
{
	int64_t begin_ns = clock_ns();

	executor_sleep(task->executor, *(const int *)task->argument * NS_PER_MS);
	return (int)((clock_ns() - begin_ns) / NS_PER_MS);
}

static void a_sleep_takes_its_time(void)
{
	struct executor *executor = pool_open(1, 8);
	int slept_ms = status_of(give(executor, task_sleep, 25));

	CU_ASSERT(slept_ms >= 25);
	CU_ASSERT(slept_ms < 10000);
	executor_free(executor);
}

static void every_task_runs_once(void)
{
	struct executor_config config = pool_config(4, 16);
	static int times[SEEN_MAX];

	for (int variant = 0; variant < 4; variant++) {
		config.lazy = variant & 1;
		config.max_tasks = variant & 2 ? 7 : 0;
		struct executor *executor = pool_open_as(&config);
		int wrong = 0;
		for (int i = 0; i < 1000; i++)
			CU_ASSERT_EQUAL(executor_submit(executor, task_append, &i,
							sizeof(i), -1, NULL),
					0);
		executor_queue_join(executor);
		CU_ASSERT_EQUAL(seen->count, 1000);
		memset(times, 0, sizeof(times));
		for (int i = 0; i < 1000; i++)
			times[seen->value[i]]++;
		for (int i = 0; i < 1000; i++)
			wrong += times[i] != 1;
		CU_ASSERT_EQUAL(wrong, 0);
		executor_free(executor);
		CU_ASSERT_EQUAL(seen->made, seen->released);
	}
}

static void fixed_workers_are_made_at_open(void)
{
	struct executor *executor = pool_open(3, 8);

	CU_ASSERT_TRUE(pool_until_idle(executor, 3));
	CU_ASSERT_EQUAL(stats_of(executor).workers, 3);
	CU_ASSERT_EQUAL(stats_of(executor).made, 3);
	for (int i = 0; i < 20; i++)
		CU_ASSERT_EQUAL(status_of(give(executor, task_return, 0)), 0);
	CU_ASSERT_EQUAL(stats_of(executor).made, 3);
	executor_free(executor);
}

static void lazy_workers_are_made_when_none_is_idle(void)
{
	struct executor_config config = pool_config(4, 8);
	struct future *future[6];

	config.lazy = true;
	struct executor *executor = pool_open_as(&config);
	CU_ASSERT_EQUAL(stats_of(executor).made, 0);
	CU_ASSERT_EQUAL(stats_of(executor).workers, 0);
	for (int i = 0; i < 20; i++) {
		CU_ASSERT_EQUAL(status_of(give(executor, task_return, 0)), 0);
		CU_ASSERT_TRUE(pool_until_idle(executor, 1));
	}
	CU_ASSERT_EQUAL(stats_of(executor).made, 1); /* the idle one was used first */
	for (int i = 0; i < 6; i++) {
		future[i] = give(executor, task_wait_for_go, i);
		CU_ASSERT_TRUE(pool_until(executor, &seen->began, i < 4 ? i + 1 : 4));
		CU_ASSERT_EQUAL(stats_of(executor).made, (unsigned)(i < 4 ? i + 1 : 4));
	}
	CU_ASSERT_EQUAL(stats_of(executor).waiting, 2);
	seen->go = 1;
	for (int i = 0; i < 6; i++)
		CU_ASSERT_EQUAL(status_of(future[i]), i);
	CU_ASSERT_EQUAL(stats_of(executor).made, 4);
	executor_free(executor);
}

static int task_worker(struct task *task)
{
	atomic_fetch_add(&seen->began, 1);
	int64_t end_ns = clock_ns() + 10 * NS_PER_S;
	while (seen->began < *(const int *)task->argument && clock_ns() < end_ns)
		executor_sleep(task->executor, NS_PER_MS);
	return (int)task->worker;
}

static void workers_are_numbered(void)
{
	struct executor *executor = pool_open(5, 8);
	struct future *future[5];
	unsigned numbers = 0;

	for (int i = 0; i < 5; i++)
		future[i] = give(executor, task_worker, 5);
	for (int i = 0; i < 5; i++)
		numbers |= 1U << status_of(future[i]);
	CU_ASSERT_EQUAL(numbers, 0x1f);
	executor_free(executor);
}

static int task_name(struct task *task)
{
	char name[16] = "";

	prctl(PR_GET_NAME, name);
	task->result_size = strlen(name) + 1;
	memcpy(task->result, name, task->result_size);
	return 0;
}

static void check_name(const char *name, const char *shown)
{
	struct executor_config config = pool_config(1, 8);
	char text[TASK_SIZE_MAX] = "";
	size_t size = sizeof(text);

	config.name = name;
	struct executor *executor = pool_open_as(&config);
	CU_ASSERT_EQUAL(executor_apply(executor, task_name, NULL, 0, text, &size), 0);
	CU_ASSERT_STRING_EQUAL(text, shown);
	executor_free(executor);
}

static void workers_are_named(void)
{
	if (is_kind("coroutine"))
		return; /* the kernel knows of none */
	check_name("gallery", "gallery/0");
	check_name("a-name-that-is-long", "a-name-that-i/0");
}

static void init_runs_once_per_worker(void)
{
	struct executor *executor = pool_open(3, 8);

	for (int i = 0; i < 30; i++) {
		int state = status_of(give(executor, task_state, 0));
		CU_ASSERT(state >= 0 && state < 3);
	}
	executor_shutdown(executor, true);
	CU_ASSERT_EQUAL(seen->made, 3);
	CU_ASSERT_EQUAL(seen->released, 3);
	executor_free(executor);
	CU_ASSERT_EQUAL(seen->released, 3);
}

static void nothing_is_to_be_made(void)
{
	struct executor_config config = pool_config(2, 8);

	config.init = NULL;
	config.release = NULL;
	struct executor *executor = pool_open_as(&config);
	CU_ASSERT_EQUAL(status_of(give(executor, task_state, 0)), 0);
	executor_free(executor);
}

static void a_worker_that_cannot_begin_fails_its_task(void)
{
	struct executor_config config = pool_config(1, 8);

	for (int lazy = 0; lazy < 2; lazy++) {
		config.lazy = lazy;
		seen->init_fails = 2;
		struct executor *executor = pool_open_as(&config);
		CU_ASSERT_EQUAL(status_of(give(executor, task_return, 1)), -EACCES);
		CU_ASSERT_EQUAL(status_of(give(executor, task_return, 2)), -EACCES);
		CU_ASSERT_EQUAL(status_of(give(executor, task_return, 3)), 3);
		CU_ASSERT_EQUAL(status_of(give(executor, task_return, 4)), 4);
		CU_ASSERT_EQUAL(stats_of(executor).made, 3);
		executor_free(executor);
		CU_ASSERT_EQUAL(seen->made, 1);
		CU_ASSERT_EQUAL(seen->released, 1);
		seen->init_fails = 0;
	}
}

/* Workers of `max_tasks` tasks each: which one ran the i'th. */
static void check_recycling(unsigned max_tasks, bool lazy)
{
	struct executor_config config = pool_config(1, 8);
	const int tasks = 12;

	config.max_tasks = max_tasks;
	config.lazy = lazy;
	struct executor *executor = pool_open_as(&config);
	for (int i = 0; i < tasks; i++)
		CU_ASSERT_EQUAL(status_of(give(executor, task_state, 0)),
				i / (int)max_tasks);
	executor_queue_join(executor);
	uint64_t made = stats_of(executor).made;
	CU_ASSERT(made >= tasks / max_tasks && made <= tasks / max_tasks + 1);
	CU_ASSERT(stats_of(executor).workers <= 1);
	CU_ASSERT_EQUAL(stats_of(executor).died, 0);
	executor_free(executor);
	CU_ASSERT_EQUAL(seen->made, seen->released);
}

static void workers_are_replaced_after_so_many_tasks(void)
{
	for (unsigned max_tasks = 1; max_tasks <= 4; max_tasks++) {
		check_recycling(max_tasks, false);
		check_recycling(max_tasks, true);
	}
}

static void a_replacement_inherits_the_number(void)
{
	struct executor_config config = pool_config(2, 8);

	config.max_tasks = 1;
	struct executor *executor = pool_open_as(&config);
	for (int round = 0; round < 5; round++) {
		seen->began = 0;
		struct future *one = give(executor, task_worker, 2);
		struct future *other = give(executor, task_worker, 2);
		CU_ASSERT_EQUAL(status_of(one) + status_of(other), 1);
	}
	executor_free(executor);
}

static void a_fresh_worker_per_task_has_a_bound(void)
{
	struct executor_config config = pool_config(3, 8);
	struct future *future[8];

	config.max_tasks = 1;
	config.lazy = true;
	struct executor *executor = pool_open_as(&config);
	for (int i = 0; i < 8; i++)
		future[i] = give(executor, task_wait_for_go, i);
	CU_ASSERT_TRUE(pool_until(executor, &seen->began, 3));
	CU_ASSERT_EQUAL(stats_of(executor).workers, 3);
	CU_ASSERT_EQUAL(stats_of(executor).waiting, 5);
	seen->go = 1;
	for (int i = 0; i < 8; i++)
		CU_ASSERT_EQUAL(status_of(future[i]), i);
	executor_shutdown(executor, true);
	CU_ASSERT(stats_of(executor).made >= 8);
	CU_ASSERT_EQUAL(stats_of(executor).workers, 0);
	executor_free(executor);
}

const struct test_case executor_worker_cases[] = {
	{"workers run side by side", workers_run_side_by_side},
	{"a sleep takes its time", a_sleep_takes_its_time},
	{"every task runs once", every_task_runs_once},
	{"fixed workers are made at open", fixed_workers_are_made_at_open},
	{"lazy workers are made when none is idle",
	 lazy_workers_are_made_when_none_is_idle},
	{"workers are numbered", workers_are_numbered},
	{"workers are named", workers_are_named},
	{"init runs once per worker", init_runs_once_per_worker},
	{"nothing is to be made", nothing_is_to_be_made},
	{"a worker that cannot begin fails its task",
	 a_worker_that_cannot_begin_fails_its_task},
	{"workers are replaced after so many tasks",
	 workers_are_replaced_after_so_many_tasks},
	{"a replacement inherits the number", a_replacement_inherits_the_number},
	{"a fresh worker per task has a bound", a_fresh_worker_per_task_has_a_bound},
	{NULL, NULL},
};
