/* model_kernel_options.c - the model contract: each option of the io_uring models has an
 * effect that the kernel tells of. */
#include <CUnit/CUnit.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <unistd.h>

#include "server/clock.h"
#include "tests/contract/model_kernel.h"
#include "tests/contract/served.h"
#include "tests/contract/wire.h"
#include "tests/ring_facts.h"

static bool has_option(const char *name)
{
	return model->options && option_find(model->options, name);
}

/* Starts it with one option of its own. */
static void start_with(struct served *served, const char *options)
{
	const char *given = model_options;

	model_options = options;
	served_start_plain(served);
	model_options = given;
}

void entries_are_those_of_the_queue(void)
{
	struct served served;

	if (!has_option("entries"))
		return;
	start_with(&served, "entries=64");
	CU_ASSERT_EQUAL(ring_fact(served.pid, "SqMask:"), 63);
	served_stop(&served);
	start_with(&served, "entries=200");
	CU_ASSERT_EQUAL(ring_fact(served.pid, "SqMask:"), 255);
	served_stop(&served);
}

static long pages_of(const struct served *served)
{
	char path[64];
	long pages = 0;

	snprintf(path, sizeof(path), "/proc/%d/statm", served->pid);
	FILE *file = fopen(path, "re");
	if (!file || fscanf(file, "%ld", &pages) != 1)
		pages = 0;
	if (file)
		fclose(file);
	return pages;
}

/* 16 KiB each. */
void buffers_take_their_memory(void)
{
	struct served few, many;

	if (!has_option("buffers"))
		return;
	start_with(&few, "buffers=8");
	start_with(&many, "buffers=32768");
	long more = (pages_of(&many) - pages_of(&few)) * sysconf(_SC_PAGESIZE);
	CU_ASSERT_TRUE(more >= 32000L * 16384);
	check_serves(&many);
	served_stop(&few);
	served_stop(&many);
}

void sq_cpu_is_where_the_thread_runs(void)
{
	struct served served;
	char options[32];
	cpu_set_t cpus;

	if (!has_option("sq-cpu"))
		return;
	CU_ASSERT_EQUAL(sched_getaffinity(0, sizeof(cpus), &cpus), 0);
	for (int cpu = 0; cpu < 2; cpu++) {
		if (!CPU_ISSET(cpu, &cpus))
			continue;
		snprintf(options, sizeof(options), "sq-cpu=%d", cpu);
		start_with(&served, options);
		check_serves(&served);
		CU_ASSERT_EQUAL(ring_fact(served.pid, "SqThreadCpu:"), cpu);
		served_stop(&served);
	}
}

/* CPU time that the server uses in a second after its last request. */
static int64_t idle_cpu_ns(const char *options)
{
	struct served served;

	start_with(&served, options);
	check_serves(&served);
	poll(NULL, 0, 100);
	int64_t cpu_ns = served_cpu_ns(&served);
	poll(NULL, 0, 1000);
	cpu_ns = served_cpu_ns(&served) - cpu_ns;
	served_stop(&served);
	return cpu_ns;
}

void sq_idle_is_how_long_the_thread_polls(void)
{
	if (!has_option("sq-idle"))
		return;
	int64_t quiet_ns = idle_cpu_ns("sq-idle=1ms");
	CU_ASSERT_TRUE(quiet_ns < 50 * NS_PER_MS);
	CU_ASSERT_TRUE(idle_cpu_ns("sq-idle=20s") > 2 * quiet_ns + 10 * NS_PER_MS);
}
