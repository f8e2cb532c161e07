/* test_probe.c - CPU and switches of a tree whose work is known, by both sources. */
#include <CUnit/Basic.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "results/subject/probe.h"
#include "results/subject/process_tree.h"
#include "server/clock.h"
#include "tests/suite.h"

#define BURN_NS (40 * NS_PER_MS)
#define SLEEPS  50
#define CALLS   2000L

static void burn(int64_t ns)
{
	const int64_t end = clock_thread_cpu_ns() + ns;

	while (clock_thread_cpu_ns() < end)
		;
}

static void *burn_in_thread(void *ns)
{
	burn(*(int64_t *)ns);
	return NULL;
}

/* 40 ms each in the process, in an ended thread, in a reaped child, in a live child; and
 * `SLEEPS` switches in the ended child. Then waits to be killed. */
static void work(int done_fd)
{
	const struct timespec nap = {0, 100000};
	int64_t ns = BURN_NS;
	pthread_t thread;
	int pair[2];
	char byte;

	burn(ns);
	if (pthread_create(&thread, NULL, burn_in_thread, &ns) == 0)
		pthread_join(thread, NULL);
	const pid_t ended = fork();
	if (ended == 0) {
		burn(ns);
		for (int i = 0; i < SLEEPS; i++)
			nanosleep(&nap, NULL);
		_exit(0);
	}
	waitpid(ended, NULL, 0);
	if (pipe(pair) < 0)
		_exit(1);
	const pid_t child = fork();
	if (child == 0) {
		burn(ns);
		if (write(pair[1], "d", 1) == 1)
			pause();
		_exit(0);
	}
	if (read(pair[0], &byte, 1) == 1 && write(done_fd, "d", 1) == 1)
		pause();
	_exit(0);
}

/* Starts the work under a probe and reads the probe when all of it is done. */
static enum probe_source measure(enum probe_source wanted, struct probe_reading *used)
{
	int go[2] = {-1, -1}, done[2] = {-1, -1};
	struct probe_reading before, after;
	struct probe probe;
	char byte;

	CU_ASSERT_EQUAL(pipe(go) | pipe(done), 0);
	const pid_t pid = fork();
	if (pid == 0) {
		setpgid(0, 0);
		if (read(go[0], &byte, 1) == 1)
			work(done[1]);
		_exit(0);
	}
	setpgid(pid, pid);
	probe_open(&probe, pid, wanted);
	CU_ASSERT_EQUAL(probe_read(&probe, &before), 0);
	CU_ASSERT_EQUAL(write(go[1], "g", 1), 1);
	CU_ASSERT_EQUAL(read(done[0], &byte, 1), 1);
	CU_ASSERT_EQUAL(probe_read(&probe, &after), 0);
	const enum probe_source source = probe.source;
	probe_close(&probe);
	kill(-pid, SIGKILL);
	waitpid(pid, NULL, 0);
	used->cpu_ns = probe_cpu_between(&before, &after);
	used->switches = after.switches < 0 ? -1 : after.switches - before.switches;
	for (int i = 0; i < 2; i++) {
		close(go[i]);
		close(done[i]);
	}
	return source;
}

static void check_cpu(const struct probe_reading *used)
{
	/* what is above is fork, exit and the naps; the reaped part has ticks of 10 ms */
	CU_ASSERT_TRUE(used->cpu_ns > 4 * BURN_NS - 12 * NS_PER_MS);
	CU_ASSERT_TRUE(used->cpu_ns < 8 * BURN_NS);
}

static void counts_the_whole_tree_by_events(void)
{
	struct probe_reading used;

	if (measure(PROBE_EVENTS, &used) == PROBE_EVENTS) {
		CU_ASSERT_TRUE(used.cpu_ns > 4 * BURN_NS);
		CU_ASSERT_TRUE(used.switches < 0 || used.switches >= SLEEPS);
	}
	check_cpu(&used);
}

static void counts_the_whole_tree_by_clocks(void)
{
	struct probe_reading used;

	CU_ASSERT_EQUAL(measure(PROBE_CLOCKS, &used), PROBE_CLOCKS);
	CU_ASSERT_EQUAL(used.switches, -1);
	check_cpu(&used);
}

static void a_process_that_is_gone_has_no_tree(void)
{
	struct process *list = NULL;
	int64_t cpu_ns = -1;
	int count = -1;
	const pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	waitpid(pid, NULL, 0);
	CU_ASSERT_EQUAL(process_tree_list(pid, &list, &count), 0);
	CU_ASSERT_EQUAL(count, 0);
	free(list);
	CU_ASSERT_EQUAL(process_tree_cpu(pid, &cpu_ns), 0);
	CU_ASSERT_EQUAL(cpu_ns, 0);
}

static void *wait_in_thread(void *unused)
{
	pause();
	return unused;
}

/* A process with a second thread, and a child; another child that nobody waited for. */
static void a_tree_has_processes_and_threads(void)
{
	struct process *list = NULL;
	int ready[2], count = 0;
	char byte;

	CU_ASSERT_EQUAL_FATAL(pipe(ready), 0);
	const pid_t pid = fork();
	if (pid == 0) {
		pthread_t thread;
		setpgid(0, 0);
		if (fork() == 0)
			pause();
		const pid_t ended = fork();
		if (ended == 0)
			_exit(0);
		waitid(P_PID, (id_t)ended, &(siginfo_t){0}, WEXITED | WNOWAIT);
		pthread_create(&thread, NULL, wait_in_thread, NULL);
		if (write(ready[1], "r", 1) == 1)
			pause();
		_exit(0);
	}
	CU_ASSERT_EQUAL(read(ready[0], &byte, 1), 1);
	CU_ASSERT_EQUAL(process_tree_list(pid, &list, &count), 0);
	CU_ASSERT_EQUAL_FATAL(count, 2);
	CU_ASSERT_EQUAL(list[0].pid, pid);
	CU_ASSERT_EQUAL(list[0].threads, 2);
	CU_ASSERT_EQUAL(list[1].parent, pid);
	CU_ASSERT_EQUAL(list[1].threads, 1);
	free(list);
	kill(-pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(ready[0]);
	close(ready[1]);
}

static void *burn_and_wait(void *ns)
{
	burn(*(int64_t *)ns);
	return wait_in_thread(NULL);
}

/* A master that has started others, a worker of two threads, one that has had hardly
 * anything to do. Begins when it is told to. */
static void master_and_workers(int begin_fd, int ready_fd)
{
	int64_t much_ns = BURN_NS;
	char byte;

	setpgid(0, 0);
	burn(much_ns);
	if (fork() == 0) {
		pthread_t thread;
		(void)!read(begin_fd, &byte, 1);
		pthread_create(&thread, NULL, burn_and_wait, &much_ns);
		burn(much_ns);
	} else if (fork() == 0) {
		(void)!read(begin_fd, &byte, 1);
		burn(much_ns / 30);
	}
	(void)!write(ready_fd, "r", 1);
	pause();
	_exit(0);
}

static void who_waits_is_not_at_work(void)
{
	struct thread_use *before = NULL, *after = NULL;
	int begin[2], ready[2], before_count = 0, count = 0, at_work = 0;
	char byte;

	CU_ASSERT_EQUAL_FATAL(pipe(begin) + pipe(ready), 0);
	const pid_t pid = fork();
	if (pid == 0)
		master_and_workers(begin[0], ready[1]);
	CU_ASSERT_EQUAL(read(ready[0], &byte, 1), 1); /* the master's */
	CU_ASSERT_EQUAL(process_tree_threads(pid, &before, &before_count), 0);
	CU_ASSERT_EQUAL(before_count, 3);
	CU_ASSERT_EQUAL(write(begin[1], "bb", 2), 2);
	CU_ASSERT_EQUAL(read(ready[0], &byte, 1), 1);
	CU_ASSERT_EQUAL(read(ready[0], &byte, 1), 1);
	for (int i = 0; i < 1000 && at_work != 2; i++) {
		free(after);
		usleep(10000);
		CU_ASSERT_EQUAL(process_tree_threads(pid, &after, &count), 0);
		at_work = threads_at_work(before, before_count, after, count);
	}
	CU_ASSERT_EQUAL(count, 4);
	CU_ASSERT_EQUAL(at_work, 2);
	CU_ASSERT_EQUAL(threads_at_work(NULL, 0, after, count), 3); /* and the master */
	CU_ASSERT_EQUAL(threads_at_work(after, count, after, count), 0);
	free(before);
	free(after);
	kill(-pid, SIGKILL);
	waitpid(pid, NULL, 0);
	for (int i = 0; i < 2; i++) {
		close(begin[i]);
		close(ready[i]);
	}
}

/* The source that has seen more of the CPU time is believed, and only where both were asked. */
static void what_only_the_clocks_have_seen_counts(void)
{
	const struct probe_reading start = {.cpu_ns = 5, .clocks_ns = 100};
	struct probe_reading end = {.cpu_ns = 15, .clocks_ns = 130}, used;

	CU_ASSERT_EQUAL(probe_cpu_between(&start, &end), 30);
	end.clocks_ns = 109;
	CU_ASSERT_EQUAL(probe_cpu_between(&start, &end), 10);
	end.clocks_ns = -1;
	CU_ASSERT_EQUAL(probe_cpu_between(&start, &end), 10);
	const enum probe_source source = measure(PROBE_ENDING, &used);
	CU_ASSERT_TRUE(source == PROBE_ENDING || source == PROBE_CLOCKS);
	check_cpu(&used);
}

static void *make_calls(void *unused)
{
	for (long i = 0; i < CALLS; i++)
		syscall(SYS_getppid);
	return unused;
}

/* As many in the process, in a thread that ends, and in a child that is reaped. */
static void counts_the_system_calls_of_the_tree(void)
{
	struct probe_reading before, after;
	struct probe probe;
	int go[2];
	char byte;

	CU_ASSERT_EQUAL_FATAL(pipe(go), 0);
	const pid_t pid = fork();
	if (pid == 0) {
		pthread_t thread;
		if (read(go[0], &byte, 1) != 1)
			_exit(1);
		make_calls(NULL);
		if (pthread_create(&thread, NULL, make_calls, NULL) == 0)
			pthread_join(thread, NULL);
		const pid_t child = fork();
		if (child == 0) {
			make_calls(NULL);
			_exit(0);
		}
		waitpid(child, NULL, 0);
		_exit(0);
	}
	probe_open(&probe, pid, PROBE_SYSCALLS);
	CU_ASSERT_EQUAL(probe_read(&probe, &before), 0);
	CU_ASSERT_EQUAL(write(go[1], "g", 1), 1);
	CU_ASSERT_EQUAL(waitid(P_PID, (id_t)pid, &(siginfo_t){0}, WEXITED | WNOWAIT), 0);
	CU_ASSERT_EQUAL(probe_read(&probe, &after), 0);
	if (probe_can_count_syscalls()) {
		CU_ASSERT_TRUE(after.syscalls - before.syscalls >= 3 * CALLS);
		CU_ASSERT_TRUE(after.syscalls - before.syscalls < 3 * CALLS + CALLS / 2);
	} else {
		CU_ASSERT_EQUAL(after.syscalls, -1);
	}
	probe_close(&probe);
	waitpid(pid, NULL, 0);
	close(go[0]);
	close(go[1]);
}

int main(void)
{
	static const struct test_case cases[] = {
		{"perf events count the whole tree", counts_the_whole_tree_by_events},
		{"process clocks count the whole tree", counts_the_whole_tree_by_clocks},
		{"what only the clocks have seen counts",
		 what_only_the_clocks_have_seen_counts},
		{"a process that is gone has no tree",
		 a_process_that_is_gone_has_no_tree},
		{"a tree has processes and threads", a_tree_has_processes_and_threads},
		{"who waits is not at work", who_waits_is_not_at_work},
		{"counts the system calls of the tree",
		 counts_the_system_calls_of_the_tree},
		{NULL, NULL},
	};

	return test_suite_run("probe", cases) != 0;
}
