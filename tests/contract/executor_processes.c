/* executor_processes.c - the process pool alone: tasks, workers and owners that die. */
#include <CUnit/CUnit.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "models/executor/process_pool.h"
#include "server/clock.h"
#include "tests/contract/executor_fixture.h"

#define PATIENCE_NS (10 * NS_PER_S)

enum end { END_SEGV, END_ABORT, END_KILL, END_EXIT, END_EXIT_0, END_ENDS };

/* Dies of a signal without a report of a sanitizer, and without a core. */
static void die_of(int number)
{
	struct rlimit none = {0, 0};

	setrlimit(RLIMIT_CORE, &none);
	signal(number, SIG_DFL);
	raise(number);
}

/* Dies as it is told, if it is told to; a status otherwise. */
static int task_die(struct task *task)
{
	switch (*(const int *)task->argument) {
	case END_SEGV:
		die_of(SIGSEGV);
		break;
	case END_ABORT:
		die_of(SIGABRT);
		break;
	case END_KILL:
		die_of(SIGKILL);
		break;
	case END_EXIT:
		_exit(3);
	case END_EXIT_0:
		_exit(0);
	default:
		break;
	}
	return *(const int *)task->argument;
}

static int task_pid(struct task *task)
{
	(void)task;
	return getpid();
}

static pid_t worker_pid(struct executor *executor)
{
	return status_of(give(executor, task_pid, 0));
}

static bool pool_until_died(struct executor *executor, uint64_t died, unsigned workers)
{
	int64_t end_ns = clock_ns() + PATIENCE_NS;
	struct executor_stats stats;

	do {
		executor_poll(executor);
		stats = stats_of(executor);
		if (stats.died == died && stats.workers == workers)
			return true;
		clock_sleep_until(clock_ns() + NS_PER_MS);
	} while (clock_ns() < end_ns);
	return false;
}

static void a_death_fails_its_own_task_only(void)
{
	for (int lazy = 0; lazy < 2; lazy++) {
		struct executor_config config = pool_config(2, 8);
		config.lazy = lazy;
		struct executor *executor = pool_open_as(&config);
		struct future *beside = give(executor, task_wait_for_go, 7);
		CU_ASSERT_TRUE(pool_until(executor, &seen->began, 1));
		for (int end = 0; end < END_ENDS; end++) {
			struct future *dies = give(executor, task_die, end);
			struct future *next = give(executor, task_return, end);
			CU_ASSERT_EQUAL(status_of(dies), -EOWNERDEAD);
			CU_ASSERT_EQUAL(status_of(next), end);
		}
		CU_ASSERT_EQUAL(stats_of(executor).died, END_ENDS);
		CU_ASSERT_FALSE(future_is_done(beside));
		seen->go = 1;
		CU_ASSERT_EQUAL(status_of(beside), 7);
		executor_free(executor);
	}
}

static void count_dead(void *context, int status, const void *result, size_t result_size)
{
	(void)result;
	*(int *)context += status == -EOWNERDEAD && result_size == 0;
}

static void a_death_is_called_back(void)
{
	struct executor *executor = pool_open(1, 8);
	int told = 0;

	for (int i = 0; i < 3; i++) {
		struct future *future = give(executor, task_die, END_KILL);
		future_on_done(future, count_dead, &told);
		executor_queue_join(executor);
		CU_ASSERT_EQUAL(told, i + 1);
		future_free(future);
	}
	executor_free(executor);
}

static void an_idle_worker_that_is_killed_is_replaced(void)
{
	struct executor *executor = pool_open(1, 8);
	pid_t first = worker_pid(executor);

	kill(first, SIGKILL);
	CU_ASSERT_TRUE(pool_until_died(executor, 1, 1));
	CU_ASSERT_EQUAL(stats_of(executor).made, 2);
	CU_ASSERT_NOT_EQUAL(worker_pid(executor), first);
	executor_free(executor);
}

/* Also while the owner waits elsewhere. */
static void a_wait_elsewhere_replaces_the_dead(void)
{
	struct executor *executor = pool_open(1, 8);
	pid_t first = worker_pid(executor);
	int fd[2];
	char byte = 0;

	CU_ASSERT_EQUAL_FATAL(pipe(fd), 0);
	pid_t helper = fork();
	if (helper == 0) {
		kill(first, SIGKILL);
		clock_sleep_until(clock_ns() + 300 * NS_PER_MS);
		_exit(write(fd[1], "x", 1) != 1);
	}
	CU_ASSERT_EQUAL(executor_await_readable(executor, fd[0]), 0);
	CU_ASSERT_EQUAL(stats_of(executor).died, 1);
	CU_ASSERT_EQUAL(stats_of(executor).workers, 1);
	CU_ASSERT_EQUAL(read(fd[0], &byte, 1), 1);
	executor_free(executor);
	(void)waitpid(helper, NULL, 0);
	close(fd[0]);
	close(fd[1]);
}

/* Every task ends once, in one way or the other; no more are lost than workers killed. */
static void kills_under_load_lose_no_other_task(void)
{
	struct executor *executor = pool_open(3, 64);
	enum { TASKS = 2000, EVERY = 100 };
	static struct future *future[TASKS];
	int dead = 0, wrong = 0;

	for (int i = 0; i < TASKS; i++) {
		if (i % EVERY == EVERY / 2) {
			struct process_pool *pool = (struct process_pool *)executor;
			pid_t pid = pool->worker[i / EVERY % 3].pid;
			if (pid > 0)
				kill(pid, SIGKILL);
		}
		CU_ASSERT_EQUAL_FATAL(executor_submit(executor, task_append, &i,
						      sizeof(i), -1, &future[i]),
				      0);
	}
	for (int i = 0; i < TASKS; i++) {
		int status = status_of(future[i]);
		dead += status == -EOWNERDEAD;
		wrong += status != 0 && status != -EOWNERDEAD;
	}
	CU_ASSERT_EQUAL(wrong, 0);
	CU_ASSERT_TRUE(dead <= TASKS / EVERY);
	CU_ASSERT_TRUE(seen->count >= TASKS - dead);
	CU_ASSERT_EQUAL(stats_of(executor).done, TASKS);
	executor_free(executor);
}

/* As if a worker had been killed between reading and marking: its message is stolen. */
static void a_task_that_was_read_and_not_begun_is_not_lost_silently(void)
{
	struct executor *executor = pool_open(2, 8);
	struct process_pool *pool = (struct process_pool *)executor;
	struct future *busy[2], *stolen;
	char message[TASK_SIZE_MAX];

	for (int i = 0; i < 2; i++)
		busy[i] = give(executor, task_wait_for_go, i);
	CU_ASSERT_TRUE(pool_until(executor, &seen->began, 2));
	stolen = give(executor, task_return, 1);
	CU_ASSERT_TRUE(recv(pool->tasks[0], message, sizeof(message), MSG_DONTWAIT) > 0);
	seen->go = 1;
	for (int i = 0; i < 2; i++)
		CU_ASSERT_EQUAL(status_of(busy[i]), i);
	CU_ASSERT_FALSE(future_is_done(stolen));
	kill(pool->worker[0].pid, SIGKILL);
	CU_ASSERT_EQUAL(status_of(stolen), -EOWNERDEAD);
	CU_ASSERT_EQUAL(status_of(give(executor, task_return, 5)), 5);
	executor_free(executor);
}

static void pair_open(int pair[2])
{
	struct timeval patience = {10, 0};

	CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair),
			      0);
	setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
}

static int task_hold(struct task *task)
{
	char byte;

	atomic_fetch_add(&seen->began, 1);
	return recv(task->fd, &byte, 1, 0) < 0 ? -errno : 0;
}

static struct future *give_fd(struct executor *executor, int fd)
{
	struct future *future = NULL;

	CU_ASSERT_EQUAL_FATAL(
		executor_try_submit(executor, task_hold, NULL, 0, fd, &future), 0);
	return future;
}

static bool peer_ends(int fd)
{
	char byte;

	return recv(fd, &byte, 1, 0) == 0;
}

/* Though its successor, and the other worker, live on. */
static void the_descriptor_of_a_killed_worker_is_closed(void)
{
	struct executor *executor = pool_open(2, 8);
	struct process_pool *pool = (struct process_pool *)executor;
	struct future *future[2];
	int pair[2][2];

	for (int i = 0; i < 2; i++) {
		pair_open(pair[i]);
		future[i] = give_fd(executor, pair[i][1]);
	}
	CU_ASSERT_TRUE(pool_until(executor, &seen->began, 2));
	kill(pool->worker[0].pid, SIGKILL);
	CU_ASSERT_TRUE(pool_until_died(executor, 1, 2));
	int lost = future_is_done(future[0]) ? 0 : 1;
	CU_ASSERT_TRUE(peer_ends(pair[lost][0]));
	CU_ASSERT_EQUAL(send(pair[!lost][0], "x", 1, 0), 1);
	CU_ASSERT_EQUAL(status_of(future[lost]), -EOWNERDEAD);
	CU_ASSERT_EQUAL(status_of(future[!lost]), 0);
	CU_ASSERT_TRUE(peer_ends(pair[!lost][0]));
	executor_free(executor);
	close(pair[0][0]);
	close(pair[1][0]);
}

/* A worker forked while the owner has a connection in hand does not keep a copy. */
static void late_workers_have_no_copies(void)
{
	struct executor_config config = pool_config(2, 8);
	int pair[2][2];

	config.lazy = true;
	struct executor *executor = pool_open_as(&config);
	for (int i = 0; i < 2; i++)
		pair_open(pair[i]);
	for (int i = 0; i < 2; i++) {
		future_free(give_fd(executor, pair[i][1]));
		CU_ASSERT_TRUE(pool_until(executor, &seen->began, i + 1));
	}
	CU_ASSERT_EQUAL(send(pair[0][0], "x", 1, 0), 1);
	CU_ASSERT_TRUE(peer_ends(pair[0][0]));
	close(pair[1][0]); /* the other ends only if nobody has a copy of this end */
	executor_queue_join(executor);
	CU_ASSERT_EQUAL(stats_of(executor).done, 2);
	executor_free(executor);
	close(pair[0][0]);
}

/* More and longer than a socket holds. */
static void the_kernels_bound_is_waited_for(void)
{
	struct executor *executor = pool_open(2, 4096);
	static uint8_t argument[TASK_SIZE_MAX];

	for (int i = 0; i < 3000; i++) {
		memcpy(argument, &i, sizeof(i));
		CU_ASSERT_EQUAL(executor_submit(executor, task_append, argument,
						sizeof(argument), -1, NULL),
				0);
	}
	executor_queue_join(executor);
	CU_ASSERT_EQUAL(seen->count, 3000);
	executor_free(executor);
}

static int init_dies(void *context, unsigned worker, void **ret_state)
{
	(void)context;
	(void)worker;
	(void)ret_state;
	_exit(1);
}

static void workers_that_cannot_live_fail_the_open(void)
{
	struct executor_config config = pool_config(2, 8);
	struct executor *executor = NULL;

	config.init = init_dies;
	CU_ASSERT_EQUAL(executor_open(ops, &config, &executor), -EOWNERDEAD);
	CU_ASSERT_PTR_NULL(executor);
	CU_ASSERT_EQUAL(waitpid(-1, NULL, WNOHANG), -1);
}

/* In a process that will be killed. */
static _Noreturn void own_a_pool(int fd)
{
	struct executor *executor = pool_open(2, 8);
	const struct process_pool *pool = (const struct process_pool *)executor;

	for (unsigned i = 0; i < 2; i++)
		if (write(fd, &pool->worker[i].pid, sizeof(pid_t)) < 0)
			_exit(1);
	for (;;)
		pause();
}

static bool await_end_of(pid_t pid)
{
	int64_t end_ns = clock_ns() + PATIENCE_NS;

	while (clock_ns() < end_ns) {
		if (waitpid(pid, NULL, WNOHANG) == pid)
			return true;
		clock_sleep_until(clock_ns() + 5 * NS_PER_MS);
	}
	kill(pid, SIGKILL);
	return false;
}

/* Orphans become the test's children, so that their end is seen. */
static void workers_die_with_their_owner(void)
{
	pid_t worker[2] = {0, 0};
	int fd[2];

	CU_ASSERT_EQUAL_FATAL(pipe(fd), 0);
	pid_t owner = fork();
	if (owner == 0)
		own_a_pool(fd[1]);
	for (int i = 0; i < 2; i++)
		CU_ASSERT_EQUAL(read(fd[0], &worker[i], sizeof(pid_t)), sizeof(pid_t));
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	kill(owner, SIGKILL);
	waitpid(owner, NULL, 0);
	for (int i = 0; i < 2; i++)
		CU_ASSERT_TRUE(worker[i] > 0 && await_end_of(worker[i]));
	prctl(PR_SET_CHILD_SUBREAPER, 0);
	close(fd[0]);
	close(fd[1]);
}

const struct test_case executor_process_cases[] = {
	{"a death fails its own task only", a_death_fails_its_own_task_only},
	{"a death is called back", a_death_is_called_back},
	{"an idle worker that is killed is replaced",
	 an_idle_worker_that_is_killed_is_replaced},
	{"a wait elsewhere replaces the dead", a_wait_elsewhere_replaces_the_dead},
	{"kills under load lose no other task", kills_under_load_lose_no_other_task},
	{"a task that was read and not begun is not lost silently",
	 a_task_that_was_read_and_not_begun_is_not_lost_silently},
	{"the descriptor of a killed worker is closed",
	 the_descriptor_of_a_killed_worker_is_closed},
	{"late workers have no copies", late_workers_have_no_copies},
	{"the kernel's bound is waited for", the_kernels_bound_is_waited_for},
	{"workers that cannot live fail the open",
	 workers_that_cannot_live_fail_the_open},
	{"workers die with their owner", workers_die_with_their_owner},
	{NULL, NULL},
};
