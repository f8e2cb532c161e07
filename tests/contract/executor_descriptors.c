/* executor_descriptors.c - the descriptor that goes with a task. */
#include <CUnit/CUnit.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/clock.h"
#include "tests/contract/executor_fixture.h"

static void pair_open(int pair[2])
{
	struct timeval patience = {10, 0};

	CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair),
			      0);
	setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
}

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

static struct future *give_fd(struct executor *executor, task_function *function, int fd)
{
	struct future *future = NULL;

	CU_ASSERT_EQUAL_FATAL(
		executor_try_submit(executor, function, NULL, 0, fd, &future), 0);
	return future;
}

/* One read, waited for as the kind waits; returns what it did. */
static int task_read(struct task *task)
{
	const int flags = is_kind("coroutine") ? MSG_DONTWAIT : 0;
	int64_t end_ns = clock_ns() + 10 * NS_PER_S;
	char byte;
	ssize_t n;

	atomic_fetch_add(&seen->began, 1);
	while ((n = recv(task->fd, &byte, 1, flags)) < 0 && errno == EAGAIN &&
	       clock_ns() < end_ns)
		executor_sleep(task->executor, NS_PER_MS);
	return n < 0 ? -errno : (int)n;
}

static int task_answer(struct task *task)
{
	return send(task->fd, "hello", 5, MSG_NOSIGNAL) == 5 ? 0 : -errno;
}

/* What the peer sees, and that the descriptor is gone here. */
static void the_descriptor_is_handed_over_and_closed(void)
{
	struct executor *executor = pool_open(2, 8);
	char bytes[8];

	for (int i = 0; i < 20; i++) {
		int pair[2];
		pair_open(pair);
		struct future *future = give_fd(executor, task_answer, pair[1]);
		CU_ASSERT_EQUAL(status_of(future), 0);
		CU_ASSERT_EQUAL(recv(pair[0], bytes, 5, MSG_WAITALL), 5);
		CU_ASSERT_EQUAL(recv(pair[0], bytes, 1, 0), 0);
		executor_queue_join(executor);
		CU_ASSERT_FALSE(is_open(pair[1]));
		close(pair[0]);
	}
	executor_free(executor);
}

static void on_an_error_it_is_still_the_callers(void)
{
	struct executor *executor = pool_open(1, 1);
	uint8_t bytes[TASK_SIZE_MAX + 1] = {0};
	int pair[2];

	pair_open(pair);
	CU_ASSERT_EQUAL(executor_try_submit(executor, task_copy, bytes, sizeof(bytes),
					    pair[1], NULL),
			-E2BIG);
	future_free(give(executor, task_wait_for_go, 0));
	CU_ASSERT_TRUE(pool_until(executor, &seen->began, 1));
	future_free(give(executor, task_return, 0));
	CU_ASSERT_EQUAL(
		executor_try_submit(executor, task_answer, NULL, 0, pair[1], NULL),
		-EAGAIN);
	seen->go = 1;
	executor_close(executor);
	CU_ASSERT_EQUAL(
		executor_try_submit(executor, task_answer, NULL, 0, pair[1], NULL),
		-EPIPE);
	executor_free(executor);
	CU_ASSERT_TRUE(is_open(pair[1]));
	close(pair[0]);
	close(pair[1]);
}

static void a_cancelled_tasks_descriptor_is_closed(void)
{
	struct executor *executor = pool_open(1, 2);
	int pair[2];
	char byte;

	pair_open(pair);
	future_free(give(executor, task_wait_for_go, 0));
	CU_ASSERT_TRUE(pool_until(executor, &seen->began, 1));
	struct future *future = give_fd(executor, task_answer, pair[1]);
	executor_terminate(executor);
	CU_ASSERT_EQUAL(status_of(future), -ECANCELED);
	seen->go = 1;
	executor_free(executor);
	CU_ASSERT_FALSE(is_open(pair[1]));
	CU_ASSERT_EQUAL(recv(pair[0], &byte, 1, 0), 0);
	close(pair[0]);
}

static void check_shutdown(int how)
{
	struct executor *executor = pool_open(1, 2);
	int running[2], waiting[2];
	char byte;

	pair_open(running);
	pair_open(waiting);
	struct future *runs = give_fd(executor, task_read, running[1]);
	CU_ASSERT_TRUE(pool_until(executor, &seen->began, 1));
	struct future *waits = give_fd(executor, task_read, waiting[1]);
	executor_shutdown_descriptors(executor, how);
	CU_ASSERT_EQUAL(status_of(runs), 0);
	CU_ASSERT_EQUAL(status_of(waits), 0);
	CU_ASSERT_EQUAL(recv(running[0], &byte, 1, 0), 0);
	CU_ASSERT_EQUAL(recv(waiting[0], &byte, 1, 0), 0);
	executor_free(executor);
	close(running[0]);
	close(waiting[0]);
}

static void a_shutdown_reaches_tasks_that_run_and_wait(void)
{
	check_shutdown(SHUT_RD);
	check_shutdown(SHUT_RDWR);
}

/* The numbers of closed descriptors come back at once: a shutdown must not hit those. */
static void a_shutdown_spares_what_is_closed(void)
{
	struct executor *executor = pool_open(3, 8);
	int spared = 0;

	for (int i = 0; i < 200; i++) {
		int task[2], bystander[2];
		char byte = 0;
		pair_open(task);
		struct future *future = give_fd(executor, task_answer, task[1]);
		if (i % 2)
			executor_poll(executor);
		else
			executor_queue_join(executor);
		pair_open(bystander);
		executor_shutdown_descriptors(executor, SHUT_RDWR);
		spared += send(bystander[1], "x", 1, MSG_NOSIGNAL) == 1 &&
			  recv(bystander[0], &byte, 1, 0) == 1;
		executor_queue_join(executor);
		future_free(future);
		close(task[0]);
		close(bystander[0]);
		close(bystander[1]);
	}
	CU_ASSERT_EQUAL(spared, 200);
	executor_free(executor);
}

const struct test_case executor_descriptor_cases[] = {
	{"the descriptor is handed over and closed",
	 the_descriptor_is_handed_over_and_closed},
	{"on an error it is still the caller's", on_an_error_it_is_still_the_callers},
	{"a cancelled task's descriptor is closed",
	 a_cancelled_tasks_descriptor_is_closed},
	{"a shutdown reaches tasks that run and wait",
	 a_shutdown_reaches_tasks_that_run_and_wait},
	{"a shutdown spares what is closed", a_shutdown_spares_what_is_closed},
	{NULL, NULL},
};
