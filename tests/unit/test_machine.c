/* test_machine.c - whose CPUs had time left, and who waited for one. */
#include <CUnit/CUnit.h>
#include <errno.h>
#include <pthread.h>
#include <unistd.h>

#include "results/campaign/machine.h"
#include "server/clock.h"
#include "tests/suite.h"

/* Spins until the thread has had so much CPU time. */
static void burn(int64_t ns)
{
	const int64_t end = clock_thread_cpu_ns() + ns;

	while (clock_thread_cpu_ns() < end)
		;
}

static void idle_time_is_part_of_all_time(void)
{
	struct machine_ticks before, later;
	cpu_set_t cpus;

	CU_ASSERT_EQUAL(sched_getaffinity(0, sizeof(cpus), &cpus), 0);
	CU_ASSERT_EQUAL_FATAL(machine_ticks(&cpus, &before), 0);
	burn(50 * NS_PER_MS);
	CU_ASSERT_EQUAL(machine_ticks(&cpus, &later), 0);
	CU_ASSERT_TRUE(later.total > before.total);
	CU_ASSERT_TRUE(later.idle >= before.idle);
	CU_ASSERT_TRUE(later.steal >= before.steal);
	CU_ASSERT_TRUE(later.idle - before.idle <
		       later.total - before.total); /* this thread was not */
}

static void a_cpu_that_is_not_there_is_refused(void)
{
	struct machine_ticks ticks;
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CU_ASSERT_EQUAL(machine_ticks(&cpus, &ticks), -ENOTSUP);
	CPU_SET(CPU_SETSIZE - 1, &cpus);
	CU_ASSERT_EQUAL(machine_ticks(&cpus, &ticks), -ENOTSUP);
}

static void *wait_for_a_turn(void *argument)
{
	burn(40 * NS_PER_MS);
	*(int64_t *)argument = clock_thread_waited_ns();
	return NULL;
}

/* Two that burn on one CPU wait for each other; nothing else is sure on a busy machine. */
static void who_shares_a_cpu_waits(void)
{
	int64_t waited[2] = {0, 0};
	pthread_t threads[2];
	cpu_set_t before, one;

	if (access("/proc/thread-self/schedstat", R_OK) < 0)
		return; /* the kernel does not say: 0 */
	CU_ASSERT_EQUAL(sched_getaffinity(0, sizeof(before), &before), 0);
	CPU_ZERO(&one);
	for (size_t cpu = 0; CPU_COUNT(&one) == 0; cpu++)
		if (CPU_ISSET(cpu, &before))
			CPU_SET(cpu, &one);
	sched_setaffinity(0, sizeof(one), &one);
	for (int i = 0; i < 2; i++)
		CU_ASSERT_EQUAL(
			pthread_create(&threads[i], NULL, wait_for_a_turn, &waited[i]),
			0);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	sched_setaffinity(0, sizeof(before), &before);
	CU_ASSERT_TRUE(waited[0] + waited[1] >= 10 * NS_PER_MS);
}

static const struct test_case cases[] = {
	{"idle time is part of all time", idle_time_is_part_of_all_time},
	{"a CPU that is not there is refused", a_cpu_that_is_not_there_is_refused},
	{"who shares a CPU waits", who_shares_a_cpu_waits},
	{NULL, NULL},
};

int main(void)
{
	return test_suite_run("machine", cases) != 0;
}
