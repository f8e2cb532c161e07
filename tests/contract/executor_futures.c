/* executor_futures.c - what a task is given, and what comes of it. */
#include <CUnit/CUnit.h>
#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <string.h>

#include "server/clock.h"
#include "tests/contract/executor_fixture.h"

struct called {
	atomic_int times;
	int status;
	size_t size;
	int value;
	pthread_t thread;
};

static void remember(void *context, int status, const void *result, size_t result_size)
{
	struct called *called = context;

	called->status = status;
	called->size = result_size;
	if (result_size == sizeof(called->value))
		memcpy(&called->value, result, result_size);
	called->thread = pthread_self();
	atomic_fetch_add(&called->times, 1);
}

static bool is_aligned(const void *p)
{
	return (uintptr_t)p % _Alignof(max_align_t) == 0;
}

/* 0 when all is as a task may expect. */
static int task_look_around(struct task *task)
{
	return !task->executor || task->worker >= 2 || task->fd != -1 ||
	       task->size != sizeof(int) || *(const int *)task->argument != 4711 ||
	       !is_aligned(task->argument) || !is_aligned(task->result) ||
	       task->result_size != 0;
}

static void a_task_finds_what_it_was_given(void)
{
	struct executor *executor = pool_open(2, 8);
	int argument = 4711;
	struct future *future;

	for (int i = 0; i < 8; i++) {
		argument = 4711;
		CU_ASSERT_EQUAL(executor_submit(executor, task_look_around, &argument,
						sizeof(argument), -1, &future),
				0);
		argument = 0; /* it was copied */
		CU_ASSERT_EQUAL(status_of(future), 0);
	}
	executor_free(executor);
}

static void its_status_is_the_futures(void)
{
	struct executor *executor = pool_open(2, 8);

	CU_ASSERT_EQUAL(status_of(give(executor, task_return, 17)), 17);
	CU_ASSERT_EQUAL(status_of(give(executor, task_return, -EIO)), -EIO);
	executor_free(executor);
}

static void the_result_comes_back_whole(void)
{
	static const size_t sizes[] = {0, 1, 63, 64, 65, 1000, TASK_SIZE_MAX};
	struct executor *executor = pool_open(2, 8);
	uint8_t bytes[TASK_SIZE_MAX], result[TASK_SIZE_MAX];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 7 + i / 256);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		size_t size = sizeof(result);
		CU_ASSERT_EQUAL(executor_apply(executor, task_copy, bytes, sizes[i],
					       result, &size),
				0);
		CU_ASSERT_EQUAL(size, sizes[i]);
		CU_ASSERT_EQUAL(memcmp(result, bytes, sizes[i]), 0);
	}
	executor_free(executor);
}

static void too_many_bytes_are_refused(void)
{
	struct executor *executor = pool_open(1, 8);
	uint8_t bytes[TASK_SIZE_MAX + 1] = {0};
	struct future *future;
	size_t size = sizeof(bytes);

	CU_ASSERT_EQUAL(executor_try_submit(executor, task_copy, bytes, sizeof(bytes), -1,
					    &future),
			-E2BIG);
	CU_ASSERT_EQUAL(
		executor_submit(executor, task_copy, bytes, sizeof(bytes), -1, NULL),
		-E2BIG);
	CU_ASSERT_EQUAL(
		executor_submit_after(executor, 0, task_copy, bytes, sizeof(bytes), NULL),
		-E2BIG);
	CU_ASSERT_EQUAL(
		executor_apply(executor, task_copy, bytes, sizeof(bytes), bytes, &size),
		-E2BIG);
	executor_free(executor);
}

static void a_result_longer_than_the_room_is_cut(void)
{
	struct executor *executor = pool_open(1, 8);
	char result[8] = "........";
	size_t size = 3;

	CU_ASSERT_EQUAL(executor_apply(executor, task_copy, "abcdef", 6, result, &size),
			-ENOBUFS);
	CU_ASSERT_EQUAL(size, 6);
	CU_ASSERT_EQUAL(memcmp(result, "abc.....", 8), 0);
	executor_free(executor);
}

static void a_result_can_be_waited_for_in_parts(void)
{
	struct executor *executor = pool_open(1, 8);
	struct future *future = give(executor, task_wait_for_go, 5);
	int64_t begin_ns = clock_ns();

	CU_ASSERT_EQUAL(future_result(future, 0, NULL, NULL), -ETIMEDOUT);
	CU_ASSERT_EQUAL(future_result(future, 20 * NS_PER_MS, NULL, NULL), -ETIMEDOUT);
	CU_ASSERT(clock_ns() - begin_ns >= 20 * NS_PER_MS);
	CU_ASSERT_FALSE(future_is_done(future));
	seen->go = 1;
	CU_ASSERT_EQUAL(future_result(future, EXECUTOR_NO_LIMIT, NULL, NULL), 5);
	CU_ASSERT_TRUE(future_is_done(future));
	CU_ASSERT_EQUAL(future_result(future, 0, NULL, NULL), 5);
	CU_ASSERT_EQUAL(status_of(future), 5);
	executor_free(executor);
}

/* A look is enough where work goes on by itself, and does a part of it elsewhere. */
static void looking_is_enough_to_see_the_end(void)
{
	struct executor *executor = pool_open(1, 8);
	struct future *future = give(executor, task_return, 5);
	int64_t end_ns = clock_ns() + 10 * NS_PER_S;
	int status;

	do
		status = future_result(future, 0, NULL, NULL);
	while (status == -ETIMEDOUT && clock_ns() < end_ns);
	CU_ASSERT_EQUAL(status, 5);
	future_free(future);
	executor_free(executor);
}

static void check_called(const struct called *called, int status)
{
	bool in_owner = pthread_equal(called->thread, pthread_self());

	CU_ASSERT_EQUAL(called->times, 1);
	CU_ASSERT_EQUAL(called->status, status);
	CU_ASSERT_EQUAL(in_owner, !is_kind("thread"));
}

static void a_callback_set_before_the_end_runs_once(void)
{
	struct executor *executor = pool_open(1, 8);
	struct called good = {0}, bad = {0};
	struct future *waits = give(executor, task_wait_for_go, 3);
	struct future *fails = give(executor, task_return, -EIO);

	future_on_done(waits, remember, &good);
	future_on_done(fails, remember, &bad);
	executor_poll(executor);
	CU_ASSERT_EQUAL(good.times, 0);
	seen->go = 1;
	executor_queue_join(executor);
	check_called(&good, 3);
	check_called(&bad, -EIO);
	CU_ASSERT_EQUAL(status_of(waits), 3);
	CU_ASSERT_EQUAL(status_of(fails), -EIO);
	executor_free(executor);
	CU_ASSERT_EQUAL(good.times, 1);
}

static void a_callback_set_after_the_end_runs_at_once(void)
{
	struct executor *executor = pool_open(1, 8);
	struct called called = {0};
	struct future *future;
	int argument = 42;

	CU_ASSERT_EQUAL(executor_submit(executor, task_copy, &argument, sizeof(argument),
					-1, &future),
			0);
	executor_queue_join(executor);
	future_on_done(future, remember, &called);
	CU_ASSERT_EQUAL(called.times, 1);
	CU_ASSERT_EQUAL(called.status, 0);
	CU_ASSERT_EQUAL(called.size, sizeof(argument));
	CU_ASSERT_EQUAL(called.value, 42);
	future_free(future);
	executor_free(executor);
}

/* Whichever comes first, of many. */
static void no_callback_is_lost_or_doubled(void)
{
	static struct called called[1000];
	struct executor *executor = pool_open(3, 16);
	int wrong = 0;

	memset(called, 0, sizeof(called));
	for (int i = 0; i < 1000; i++) {
		struct future *future;
		CU_ASSERT_EQUAL_FATAL(
			executor_submit(executor, task_copy, &i, sizeof(i), -1, &future),
			0);
		future_on_done(future, remember, &called[i]);
		future_free(future);
	}
	executor_queue_join(executor);
	for (int i = 0; i < 1000; i++)
		wrong += called[i].times != 1 || called[i].value != i;
	CU_ASSERT_EQUAL(wrong, 0);
	executor_free(executor);
}

static void a_future_given_back_lets_the_task_run_on(void)
{
	struct executor *executor = pool_open(1, 8);

	future_free(give(executor, task_wait_for_go, 0));
	CU_ASSERT_TRUE(pool_until(executor, &seen->began, 1));
	seen->go = 1;
	executor_queue_join(executor);
	CU_ASSERT_EQUAL(seen->ended, 1);
	future_free(NULL);
	executor_free(executor);
}

static void nobody_need_ask(void)
{
	struct executor *executor = pool_open(2, 4);

	for (int i = 0; i < 100; i++)
		CU_ASSERT_EQUAL(
			executor_submit(executor, task_append, &i, sizeof(i), -1, NULL),
			0);
	executor_queue_join(executor);
	CU_ASSERT_EQUAL(seen->count, 100);
	CU_ASSERT_EQUAL(stats_of(executor).done, 100);
	executor_free(executor);
}

const struct test_case executor_future_cases[] = {
	{"a task finds what it was given", a_task_finds_what_it_was_given},
	{"its status is the future's", its_status_is_the_futures},
	{"the result comes back whole", the_result_comes_back_whole},
	{"too many bytes are refused", too_many_bytes_are_refused},
	{"a result longer than the room is cut", a_result_longer_than_the_room_is_cut},
	{"a result can be waited for in parts", a_result_can_be_waited_for_in_parts},
	{"looking is enough to see the end", looking_is_enough_to_see_the_end},
	{"a callback set before the end runs once",
	 a_callback_set_before_the_end_runs_once},
	{"a callback set after the end runs at once",
	 a_callback_set_after_the_end_runs_at_once},
	{"no callback is lost or doubled", no_callback_is_lost_or_doubled},
	{"a future given back lets the task run on",
	 a_future_given_back_lets_the_task_run_on},
	{"nobody need ask", nobody_need_ask},
	{NULL, NULL},
};
