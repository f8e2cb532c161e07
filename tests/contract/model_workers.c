/* model_workers.c - the model contract, for models whose workers are processes: who is killed
 * takes nobody along, and is replaced. */
#include <CUnit/CUnit.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server/clock.h"
#include "tests/contract/served.h"
#include "tests/contract/wire.h"

#define BUSY         8
#define CHILDREN_MAX 64
#define FRAMES       200
#define FRAME_US     2000

#define LOOK_MS     10
#define PATIENCE_MS 10000

/* The process ids of the server's children, as the kernel tells. */
static int children_of(pid_t parent, pid_t *pids)
{
	char path[64];
	int count = 0;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", parent, parent);
	FILE *file = fopen(path, "re");
	while (file && count < CHILDREN_MAX && fscanf(file, "%d", &pids[count]) == 1)
		count++;
	if (file)
		fclose(file);
	return count;
}

static bool has_pid(const pid_t *pids, int count, pid_t pid)
{
	for (int i = 0; i < count; i++)
		if (pids[i] == pid)
			return true;
	return false;
}

/* A model without workers has a process where it has a connection, a lazy one has them when
 * it wants them. */
static bool replaces_workers(void)
{
	return (model->flags & IO_MODEL_PER_WORKER) &&
	       !(model_options && strstr(model_options, "grow=lazy"));
}

/* Waits until `gone` has a successor, and there are `count` children again. */
static void await_replacement(const struct served *served, pid_t gone, int count)
{
	pid_t pids[CHILDREN_MAX];
	int found = 0;

	for (int ms = 0; ms < PATIENCE_MS; ms += LOOK_MS) {
		found = children_of(served->pid, pids);
		if (found == count && !has_pid(pids, found, gone))
			return;
		poll(NULL, 0, LOOK_MS);
	}
	CU_ASSERT_EQUAL(found, count);
	CU_ASSERT_FALSE(has_pid(pids, found, gone));
}

/* Connections at work, as many as may be: each has a worker of its own, but for dealt ones. */
static int start_load(const struct served *served, const struct script *script,
		      struct wire *wires)
{
	bool dealt = model->flags & IO_MODEL_DEALT;
	int count = dealt ? BUSY : served_at_once(served, BUSY);

	for (int i = 0; i < count; i++) {
		CU_ASSERT_EQUAL(wire_open(&wires[i], &served->address, script), 0);
		wire_stuff(&wires[i]);
		CU_ASSERT_EQUAL(wires[i].sent, script->length);
		CU_ASSERT_EQUAL(shutdown(wires[i].fd, SHUT_WR), 0);
		wires[i].half_close = true;
		if (!dealt)
			CU_ASSERT_EQUAL(wire_await_input(&wires[i]), 0);
	}
	return count;
}

/* How many did not get all. */
static int finish_load(struct wire *wires, int count)
{
	int lost = 0;

	CU_ASSERT_EQUAL(wire_play(wires, count), 0);
	for (int i = 0; i < count; i++) {
		CU_ASSERT_FALSE(wires[i].wrong);
		CU_ASSERT_TRUE(wires[i].ended);
		lost += !wire_is_whole(&wires[i]);
		wire_close(&wires[i]);
	}
	return lost;
}

static void a_killed_worker_loses_only_its_own_connections(void)
{
	struct script script = {0};
	struct wire wires[BUSY];
	struct served served;
	pid_t pids[CHILDREN_MAX];

	if (!(model->flags & IO_MODEL_PROCESSES))
		return;
	script_add_echo(&script, 64, 1);
	for (int i = 0; i < FRAMES; i++)
		script_add_work(&script, ECHO_OP_SLEEP, FRAME_US);
	served_start_plain(&served);
	int64_t start_ns = clock_ns();
	int count = start_load(&served, &script, wires);
	int workers = children_of(served.pid, pids);
	CU_ASSERT_TRUE_FATAL(workers > 0);
	kill(pids[0], SIGKILL);
	bool all_at_work = clock_ns() - start_ns < (int64_t)FRAMES * FRAME_US * NS_PER_US;
	int lost = finish_load(wires, count);
	if (replaces_workers())
		await_replacement(&served, pids[0], workers);
	check_serves(&served);
	struct report report = served_stop(&served);
	bool dealt = model->flags & IO_MODEL_DEALT;
	int share = served.capacity < INT_MAX && !dealt ? served.capacity / workers : 1;
	CU_ASSERT_TRUE(lost <= share);
	if (count == share * workers && !dealt && all_at_work)
		CU_ASSERT_EQUAL(lost, share);
	/* A dealt one may have been killed between its accept and the count of it. */
	CU_ASSERT_TRUE(report.counters.errors <= (uint64_t)lost);
	if (!dealt)
		CU_ASSERT_EQUAL(report.counters.errors, (uint64_t)lost);
	script_release(&script);
}

/* Also who has the lock under which they accept, while the others wait for it. */
static void every_idle_worker_may_be_killed(void)
{
	struct served served;
	pid_t pids[CHILDREN_MAX];

	if (!(model->flags & IO_MODEL_PROCESSES) || !replaces_workers())
		return;
	served_start_plain(&served);
	int workers = children_of(served.pid, pids);
	CU_ASSERT_TRUE(workers > 0);
	for (int i = 0; i < workers; i++) {
		kill(pids[i], SIGKILL);
		await_replacement(&served, pids[i], workers);
	}
	for (int i = 0; i < workers; i++)
		check_serves(&served);
	struct report report = served_stop(&served);
	CU_ASSERT_EQUAL(report.counters.errors, 0);
	CU_ASSERT_EQUAL(report.counters.requests, (uint64_t)workers);
}

static bool await_end_of(pid_t pid)
{
	for (int ms = 0; ms < PATIENCE_MS; ms += LOOK_MS) {
		if (waitpid(pid, NULL, WNOHANG) == pid)
			return true;
		poll(NULL, 0, LOOK_MS);
	}
	kill(pid, SIGKILL);
	return false;
}

/* Orphans become the test's children, so that their end is seen. */
static void worker_processes_die_with_their_server(void)
{
	struct script script = {0};
	struct served served;
	struct wire wire;
	pid_t pids[CHILDREN_MAX];

	if (!(model->flags & IO_MODEL_PROCESSES))
		return;
	script_add_echo(&script, 64, 1);
	served_start_plain(&served);
	CU_ASSERT_EQUAL(wire_open(&wire, &served.address, &script), 0);
	CU_ASSERT_EQUAL(wire_play(&wire, 1), 0);
	int workers = children_of(served.pid, pids);
	CU_ASSERT_TRUE(workers > 0);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	kill(served.pid, SIGKILL);
	waitpid(served.pid, NULL, 0);
	close(served.pipe);
	for (int i = 0; i < workers; i++)
		CU_ASSERT_TRUE(await_end_of(pids[i]));
	prctl(PR_SET_CHILD_SUBREAPER, 0);
	CU_ASSERT_EQUAL(wire_await_end(&wire), 0);
	wire_close(&wire);
	script_release(&script);
}

const struct test_case worker_cases[] = {
	{"a killed worker loses only its own connections",
	 a_killed_worker_loses_only_its_own_connections},
	{"every idle worker may be killed", every_idle_worker_may_be_killed},
	{"worker processes die with their server",
	 worker_processes_die_with_their_server},
	{NULL, NULL},
};
