/* executor_ends.c - close, join, terminate, free, and what is left: nothing. */
#include <CUnit/CUnit.h>
#include <dirent.h>
#include <errno.h>
#include <malloc.h>
#include <sys/wait.h>

#include "server/clock.h"
#include "tests/contract/executor_fixture.h"

static int nothing_more(struct executor *executor)
{
	struct future *future = NULL;
	int refused = 0;

	refused += executor_try_submit(executor, task_return, NULL, 0, -1, &future) ==
		   -EPIPE;
	refused += executor_submit(executor, task_return, NULL, 0, -1, NULL) == -EPIPE;
	refused +=
		executor_submit_after(executor, 0, task_return, NULL, 0, NULL) == -EPIPE;
	refused += executor_apply(executor, task_return, NULL, 0, NULL, NULL) == -EPIPE;
	return refused == 4 && !future;
}

static void closed_means_no_more_tasks(void)
{
	struct executor *executor = pool_open(1, 8);

	for (int i = 0; i < 8; i++)
		future_free(give(executor, task_append, i));
	CU_ASSERT_EQUAL(executor_submit_after(executor, 20 * NS_PER_MS, task_append,
					      &(int){8}, sizeof(int), NULL),
			0);
	executor_close(executor);
	executor_close(executor);
	CU_ASSERT_TRUE(nothing_more(executor));
	CU_ASSERT_EQUAL(executor_join(executor, EXECUTOR_NO_LIMIT), 0);
	CU_ASSERT_EQUAL(seen->count, 9); /* what was there is done */
	CU_ASSERT_EQUAL(stats_of(executor).workers, 0);
	CU_ASSERT_EQUAL(stats_of(executor).done, 9);
	executor_free(executor);
}

static void a_delayed_task_is_the_last_to_be_joined(void)
{
	struct executor *executor = pool_open(3, 8);
	int last = 1;

	CU_ASSERT_TRUE(pool_until_idle(executor, 3));
	CU_ASSERT_EQUAL(executor_submit_after(executor, 20 * NS_PER_MS, task_append,
					      &last, sizeof(last), NULL),
			0);
	executor_close(executor);
	CU_ASSERT_EQUAL(executor_join(executor, 10 * NS_PER_S), 0);
	CU_ASSERT_EQUAL(seen->count, 1);
	executor_free(executor);
}

static void join_is_for_what_is_closed(void)
{
	struct executor *executor = pool_open(1, 8);

	CU_ASSERT_EQUAL(executor_join(executor, EXECUTOR_NO_LIMIT), -EINVAL);
	executor_close(executor);
	CU_ASSERT_EQUAL(executor_join(executor, EXECUTOR_NO_LIMIT), 0);
	CU_ASSERT_EQUAL(executor_join(executor, 0), 0);
	executor_free(executor);
}

static void join_has_a_time_out(void)
{
	struct executor *executor = pool_open(1, 8);
	struct future *future = give(executor, task_wait_for_go, 6);
	int64_t begin_ns = clock_ns();

	executor_close(executor);
	CU_ASSERT_EQUAL(executor_join(executor, 0), -ETIMEDOUT);
	CU_ASSERT_EQUAL(executor_join(executor, 20 * NS_PER_MS), -ETIMEDOUT);
	CU_ASSERT(clock_ns() - begin_ns >= 20 * NS_PER_MS);
	seen->go = 1;
	CU_ASSERT_EQUAL(executor_join(executor, EXECUTOR_NO_LIMIT), 0);
	CU_ASSERT_EQUAL(status_of(future), 6);
	executor_free(executor);
}

static void shutdown_is_close_and_join(void)
{
	struct executor *executor = pool_open(1, 8);
	struct future *future = give(executor, task_wait_for_go, 6);

	executor_shutdown(executor, false);
	CU_ASSERT_TRUE(nothing_more(executor));
	CU_ASSERT_FALSE(future_is_done(future));
	seen->go = 1;
	executor_shutdown(executor, true);
	CU_ASSERT_TRUE(future_is_done(future));
	CU_ASSERT_EQUAL(status_of(future), 6);
	executor_free(executor);
}

static void queue_join_waits_for_every_task(void)
{
	struct executor *executor = pool_open(2, 8);

	executor_queue_join(executor);
	for (int round = 0; round < 10; round++) {
		for (int i = 0; i < 8; i++)
			future_free(give(executor, task_append, i));
		executor_queue_join(executor);
		CU_ASSERT_EQUAL(seen->count, 8 * (round + 1));
	}
	executor_free(executor);
}

static void count_cancelled(void *context, int status, const void *result,
			    size_t result_size)
{
	(void)result;
	*(int *)context += status == -ECANCELED && result_size == 0;
}

/* Where the table of executor.h says so, what runs is killed. */
static void terminate_cancels_what_has_not_begun(void)
{
	struct executor *executor = pool_open(1, 4);
	struct future *runs = give(executor, task_wait_for_go, 3), *waits[4], *delayed;
	int told = 0;

	CU_ASSERT_TRUE(pool_until(executor, &seen->began, 1));
	for (int i = 0; i < 4; i++) {
		waits[i] = give(executor, task_append, i);
		future_on_done(waits[i], count_cancelled, &told);
	}
	CU_ASSERT_EQUAL(executor_submit_after(executor, NS_PER_S, task_append, &told,
					      sizeof(told), &delayed),
			0);
	executor_terminate(executor);
	executor_terminate(executor);
	CU_ASSERT_TRUE(nothing_more(executor));
	for (int i = 0; i < 4; i++)
		CU_ASSERT_EQUAL(status_of(waits[i]), -ECANCELED);
	CU_ASSERT_EQUAL(status_of(delayed), -ECANCELED);
	CU_ASSERT_EQUAL(told, 4);
	seen->go = 1;
	CU_ASSERT_EQUAL(executor_join(executor, EXECUTOR_NO_LIMIT), 0);
	CU_ASSERT_EQUAL(status_of(runs), is_kind("process") ? -ECANCELED : 3);
	CU_ASSERT_EQUAL(seen->count, 0);
	CU_ASSERT_EQUAL(stats_of(executor).done, 6);
	CU_ASSERT_EQUAL(stats_of(executor).waiting, 0);
	executor_free(executor);
}

static void terminate_after_close_cancels_too(void)
{
	struct executor *executor = pool_open(1, 4);

	future_free(give(executor, task_wait_for_go, 0));
	CU_ASSERT_TRUE(pool_until(executor, &seen->began, 1));
	struct future *waits = give(executor, task_append, 0);
	executor_close(executor);
	executor_terminate(executor);
	CU_ASSERT_EQUAL(status_of(waits), -ECANCELED);
	seen->go = 1;
	CU_ASSERT_EQUAL(executor_join(executor, EXECUTOR_NO_LIMIT), 0);
	executor_free(executor);
}

static void futures_outlive_their_executor(void)
{
	struct executor *executor = pool_open(1, 4);
	struct future *done = give(executor, task_return, 5);
	int value = 0;
	size_t size = sizeof(value);

	executor_queue_join(executor);
	struct future *copied = give(executor, task_copy, 4711);
	executor_queue_join(executor);
	future_free(give(executor, task_wait_for_go, 0));
	CU_ASSERT_TRUE(pool_until(executor, &seen->began, 1));
	struct future *waits = give(executor, task_append, 0);
	seen->go = is_kind("process") ? 0 : 1;
	executor_terminate(executor);
	executor_free(executor);
	CU_ASSERT_TRUE(future_is_done(done));
	CU_ASSERT_EQUAL(future_result(done, EXECUTOR_NO_LIMIT, NULL, NULL), 5);
	CU_ASSERT_EQUAL(future_result(copied, 0, &value, &size), 0);
	CU_ASSERT_EQUAL(value, 4711);
	CU_ASSERT_TRUE(future_is_done(waits));
	future_free(done);
	future_free(copied);
	future_free(waits);
}

static void free_ends_what_is_open(void)
{
	struct executor *executor = pool_open(3, 8);

	for (int i = 0; i < 8; i++)
		future_free(give(executor, task_append, i));
	CU_ASSERT_EQUAL(executor_submit_after(executor, 3600 * NS_PER_S, task_append,
					      NULL, 0, NULL),
			0);
	executor_free(executor);
	executor_free(NULL);
}

static void a_config_without_workers_is_refused(void)
{
	struct executor_config config = pool_config(0, 8);
	struct executor *executor = NULL;

	CU_ASSERT_EQUAL(executor_open(ops, &config, &executor), -EINVAL);
	config = pool_config(1, 0);
	CU_ASSERT_EQUAL(executor_open(ops, &config, &executor), -EINVAL);
	config = pool_config(1, 1);
	config.name = NULL;
	CU_ASSERT_EQUAL(executor_open(ops, &config, &executor), -EINVAL);
	CU_ASSERT_PTR_NULL(executor);
}

static void kinds_are_found_by_name(void)
{
	size_t count = 0;

	for (; executors[count]; count++)
		CU_ASSERT_PTR_EQUAL(executor_find(executor_name(executors[count])),
				    executors[count]);
	CU_ASSERT(count > 0);
	CU_ASSERT_PTR_NULL(executor_find("no such executor"));
}

static int entries(const char *path)
{
	DIR *directory = opendir(path);
	int count = 0;

	while (directory && readdir(directory))
		count++;
	if (directory)
		closedir(directory);
	return count;
}

/* Some end in peace, the others with tasks that wait, run or are not due. */
static void cycle(int i)
{
	struct executor_config config = pool_config(2, 4);

	config.lazy = i & 1;
	config.max_tasks = i & 2 ? 1 : 0;
	struct executor *executor = pool_open_as(&config);
	for (int task = 0; task < 3; task++)
		(void)executor_submit(executor, task_append, &task, sizeof(task), -1,
				      NULL);
	(void)executor_submit_after(executor, i & 4 ? 0 : NS_PER_S, task_append, &i,
				    sizeof(i), NULL);
	if (i & 4)
		executor_queue_join(executor);
	executor_free(executor);
}

/* A thread that was joined may be listed for a moment. */
static bool threads_become(int count)
{
	int64_t end_ns = clock_ns() + 10 * NS_PER_S;

	while (entries("/proc/self/task") != count && clock_ns() < end_ns)
		clock_sleep_until(clock_ns() + NS_PER_MS);
	return entries("/proc/self/task") == count;
}

static void a_thousand_cycles_leave_nothing(void)
{
	int threads = entries("/proc/self/task");

	for (int i = 0; i < 8; i++)
		cycle(i);
	int fds = entries("/proc/self/fd");
	size_t used = mallinfo2().uordblks;
	for (int i = 0; i < 1000; i++)
		cycle(i);
	CU_ASSERT_EQUAL(entries("/proc/self/fd"), fds);
	CU_ASSERT_TRUE(threads_become(threads));
	CU_ASSERT_EQUAL(waitpid(-1, NULL, WNOHANG), -1);
	CU_ASSERT_EQUAL(errno, ECHILD);
	CU_ASSERT(mallinfo2().uordblks < used + 32768);
}

const struct test_case executor_end_cases[] = {
	{"kinds are found by name", kinds_are_found_by_name},
	{"a config without workers is refused", a_config_without_workers_is_refused},
	{"closed means no more tasks", closed_means_no_more_tasks},
	{"a delayed task is the last to be joined",
	 a_delayed_task_is_the_last_to_be_joined},
	{"join is for what is closed", join_is_for_what_is_closed},
	{"join has a time-out", join_has_a_time_out},
	{"shutdown is close and join", shutdown_is_close_and_join},
	{"queue_join waits for every task", queue_join_waits_for_every_task},
	{"terminate cancels what has not begun", terminate_cancels_what_has_not_begun},
	{"terminate after close cancels too", terminate_after_close_cancels_too},
	{"futures outlive their executor", futures_outlive_their_executor},
	{"free ends what is open", free_ends_what_is_open},
	{"a thousand cycles leave nothing", a_thousand_cycles_leave_nothing},
	{NULL, NULL},
};
