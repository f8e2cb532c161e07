/* executor_queue.c - the bound of the queue, and tasks that are due later. */
#include <CUnit/CUnit.h>
#include <errno.h>
#include <unistd.h>

#include "server/clock.h"
#include "tests/contract/executor_fixture.h"

#define QUEUE 4U

/* Two workers that wait for `go`, and a full queue. */
static struct executor *pool_open_full(void)
{
	struct executor *executor = pool_open(2, QUEUE);

	for (int i = 0; i < 2; i++)
		future_free(give(executor, task_wait_for_go, 0));
	CU_ASSERT_TRUE_FATAL(pool_until(executor, &seen->began, 2));
	for (unsigned i = 0; i < QUEUE; i++)
		future_free(give(executor, task_append, (int)i));
	return executor;
}

static int try_append(struct executor *executor, int value)
{
	return executor_try_submit(executor, task_append, &value, sizeof(value), -1,
				   NULL);
}

static void a_full_queue_says_so(void)
{
	struct executor *executor = pool_open_full();

	CU_ASSERT_EQUAL(try_append(executor, 9), -EAGAIN);
	CU_ASSERT_EQUAL(try_append(executor, 9), -EAGAIN);
	CU_ASSERT_EQUAL(stats_of(executor).waiting, QUEUE);
	CU_ASSERT_EQUAL(stats_of(executor).idle, 0);
	seen->go = 1;
	executor_queue_join(executor);
	CU_ASSERT_EQUAL(seen->count, QUEUE);
	CU_ASSERT_EQUAL(try_append(executor, 9), 0);
	executor_free(executor);
}

static void idle_workers_are_not_part_of_the_queue(void)
{
	struct executor *executor = pool_open(3, 1);

	CU_ASSERT_TRUE(pool_until_idle(executor, 3));
	for (int i = 0; i < 3; i++)
		future_free(give(executor, task_wait_for_go, 0));
	CU_ASSERT_TRUE(pool_until(executor, &seen->began, 3));
	future_free(give(executor, task_append, 0));
	CU_ASSERT_EQUAL(try_append(executor, 9), -EAGAIN);
	seen->go = 1;
	executor_free(executor);
}

static void one_worker_keeps_the_order(void)
{
	struct executor *executor = pool_open(1, QUEUE);
	int wrong = 0;

	for (int i = 0; i < 100; i++)
		CU_ASSERT_EQUAL(
			executor_submit(executor, task_append, &i, sizeof(i), -1, NULL),
			0);
	executor_queue_join(executor);
	CU_ASSERT_EQUAL(seen->count, 100);
	for (int i = 0; i < 100; i++)
		wrong += seen->value[i] != i;
	CU_ASSERT_EQUAL(wrong, 0);
	executor_free(executor);
}

static int task_sleep_a_while(struct task *task)
{
	executor_sleep(task->executor, 30 * NS_PER_MS);
	atomic_fetch_add(&seen->ended, 1);
	return 0;
}

static void submit_waits_for_room(void)
{
	struct executor *executor = pool_open(1, 1);

	for (int i = 0; i < 6; i++) {
		CU_ASSERT_EQUAL(
			executor_submit(executor, task_sleep_a_while, NULL, 0, -1, NULL),
			0);
		/* One runs and one waits at most. */
		CU_ASSERT(seen->ended >= i - 1);
	}
	executor_queue_join(executor);
	CU_ASSERT_EQUAL(seen->ended, 6);
	executor_free(executor);
}

static void room_can_be_waited_for(void)
{
	struct executor *executor = pool_open(1, 1);
	int cancel[2];

	CU_ASSERT_EQUAL_FATAL(pipe(cancel), 0);
	CU_ASSERT_EQUAL(executor_await_room(executor, cancel[0]), 0);
	for (int i = 0; i < 6; i++) {
		CU_ASSERT_EQUAL(executor_await_room(executor, i % 2 ? cancel[0] : -1), 0);
		CU_ASSERT_EQUAL(executor_try_submit(executor, task_sleep_a_while, NULL, 0,
						    -1, NULL),
				0);
	}
	executor_free(executor);
	close(cancel[0]);
	close(cancel[1]);
}

static void waiting_for_room_can_be_cancelled(void)
{
	struct executor *executor = pool_open_full();
	int cancel[2];
	char byte;

	CU_ASSERT_EQUAL_FATAL(pipe(cancel), 0);
	CU_ASSERT_EQUAL(write(cancel[1], "x", 1), 1);
	CU_ASSERT_EQUAL(executor_await_room(executor, cancel[0]), -ECANCELED);
	CU_ASSERT_EQUAL(executor_await_room(executor, cancel[0]), -ECANCELED);
	CU_ASSERT_EQUAL(read(cancel[0], &byte, 1), 1); /* it is not taken away */
	seen->go = 1;
	CU_ASSERT_EQUAL(executor_await_room(executor, cancel[0]), 0);
	CU_ASSERT_EQUAL(try_append(executor, 9), 0);
	executor_free(executor);
	close(cancel[0]);
	close(cancel[1]);
}

static int task_write_byte(struct task *task)
{
	executor_sleep(task->executor, 5 * NS_PER_MS);
	return (int)write(*(const int *)task->argument, "x", 1);
}

/* As an owner does that waits for connections; a signal may end the read. */
static void an_owner_can_wait_elsewhere(void)
{
	int fd[2];
	char byte = 0;
	ssize_t n;

	CU_ASSERT_EQUAL_FATAL(pipe(fd), 0); /* before processes are forked */
	struct executor *executor = pool_open(1, 4);
	future_free(give(executor, task_write_byte, fd[1]));
	do {
		CU_ASSERT_EQUAL(executor_await_readable(executor, fd[0]), 0);
		n = read(fd[0], &byte, 1);
	} while (n < 0 && errno == EINTR);
	CU_ASSERT_EQUAL(n, 1);
	CU_ASSERT_EQUAL(byte, 'x');
	executor_free(executor);
	close(fd[0]);
	close(fd[1]);
}

static void delay(struct executor *executor, int delay_ms, struct future **ret_future)
{
	CU_ASSERT_EQUAL_FATAL(executor_submit_after(executor, delay_ms * NS_PER_MS,
						    task_append, &delay_ms,
						    sizeof(delay_ms), ret_future),
			      0);
}

static void delayed_tasks_run_when_they_are_due(void)
{
	struct executor *executor = pool_open(1, QUEUE);
	int64_t begin_ns = clock_ns();

	delay(executor, 90, NULL);
	delay(executor, 30, NULL);
	delay(executor, 60, NULL);
	delay(executor, 0, NULL);
	executor_queue_join(executor);
	CU_ASSERT_EQUAL(seen->count, 4);
	for (int i = 0; i < 4; i++) {
		CU_ASSERT_EQUAL(seen->value[i], i * 30);
		CU_ASSERT(seen->at_ns[i] >= begin_ns + i * 30LL * NS_PER_MS);
		CU_ASSERT(seen->at_ns[i] < begin_ns + 10 * NS_PER_S);
	}
	executor_free(executor);
}

static void delayed_tasks_need_no_room(void)
{
	struct executor *executor = pool_open_full();

	for (unsigned i = 0; i < 3 * QUEUE; i++)
		delay(executor, 1, NULL);
	CU_ASSERT_EQUAL(stats_of(executor).waiting, 4UL * QUEUE);
	seen->go = 1;
	executor_queue_join(executor);
	CU_ASSERT_EQUAL(seen->count, 4 * QUEUE);
	CU_ASSERT_EQUAL(stats_of(executor).waiting, 0);
	executor_free(executor);
}

/* The clock is kept whoever is busy, and by workers made for it. */
static void a_delay_ends_beside_a_long_task(void)
{
	struct executor_config config = pool_config(2, QUEUE);

	for (int lazy = 0; lazy < 2; lazy++) {
		struct future *future;
		config.lazy = lazy;
		struct executor *executor = pool_open_as(&config);
		future_free(give(executor, task_wait_for_go, 0));
		CU_ASSERT_TRUE(pool_until(executor, &seen->began, 1));
		delay(executor, 5, &future);
		CU_ASSERT_EQUAL(status_of(future), 0);
		seen->go = 1;
		executor_free(executor);
	}
}

static void a_future_of_a_delayed_task_can_be_waited_for(void)
{
	struct executor_config config = pool_config(2, QUEUE);
	struct future *late, *soon;

	config.lazy = true;
	struct executor *executor = pool_open_as(&config);
	delay(executor, 40, &late);
	delay(executor, 20, &soon);
	CU_ASSERT_EQUAL(status_of(soon), 0);
	CU_ASSERT_EQUAL(status_of(late), 0);
	CU_ASSERT_EQUAL(seen->value[0], 20);
	executor_free(executor);
}

/* Who sleeps until the first deadline must hear of an earlier one. */
static void a_sooner_task_overtakes_a_later_one(void)
{
	struct executor *executor = pool_open(2, QUEUE);
	struct future *soon;

	delay(executor, 3600 * 1000, NULL);
	CU_ASSERT_TRUE(pool_until_idle(executor, 2));
	delay(executor, 5, &soon);
	CU_ASSERT_EQUAL(status_of(soon), 0);
	CU_ASSERT_EQUAL(stats_of(executor).waiting, 1);
	executor_free(executor);
}

const struct test_case executor_queue_cases[] = {
	{"a full queue says so", a_full_queue_says_so},
	{"idle workers are not part of the queue",
	 idle_workers_are_not_part_of_the_queue},
	{"one worker keeps the order", one_worker_keeps_the_order},
	{"submit waits for room", submit_waits_for_room},
	{"room can be waited for", room_can_be_waited_for},
	{"waiting for room can be cancelled", waiting_for_room_can_be_cancelled},
	{"an owner can wait elsewhere", an_owner_can_wait_elsewhere},
	{"delayed tasks run when they are due", delayed_tasks_run_when_they_are_due},
	{"delayed tasks need no room", delayed_tasks_need_no_room},
	{"a delay ends beside a long task", a_delay_ends_beside_a_long_task},
	{"a sooner task overtakes a later one", a_sooner_task_overtakes_a_later_one},
	{"a future of a delayed task can be waited for",
	 a_future_of_a_delayed_task_can_be_waited_for},
	{NULL, NULL},
};
