/*
 * model_pool.c - the contract of models with workers: what happens when there are fewer of
 * them than connections, and how they come and go.
 */
#include <CUnit/CUnit.h>
#include <dirent.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "tests/contract/served.h"
#include "tests/contract/wire.h"

#define HOLDERS_MAX 64
#define WAITING     6
#define WORKERS     8
#define BUSY        3
#define BURNERS     6
#define SLEEPERS    160

static bool has_option(const char *name)
{
	return model->options && option_find(model->options, name);
}

/* Starts it with options of the case's own; those of the command line are put back. */
static void start_with(struct served *served, const char *options)
{
	const char *former = model_options;

	model_options = options;
	served_start_plain(served);
	model_options = former;
}

static void open_all(const struct served *served, const struct script *script,
		     struct wire *wires, int count)
{
	for (int i = 0; i < count; i++)
		CU_ASSERT_EQUAL(wire_open(&wires[i], &served->address, script), 0);
}

static void close_whole(struct wire *wires, int count)
{
	for (int i = 0; i < count; i++) {
		CU_ASSERT_TRUE(wire_is_whole(&wires[i]));
		wire_close(&wires[i]);
	}
}

/* Starved, not refused: when a worker is free again they are served, in full. */
static void more_connections_than_workers_wait(void)
{
	struct wire held[HOLDERS_MAX], waiting[WAITING];
	struct script script = {0};
	struct served served;

	if (!(model->flags & IO_MODEL_PER_WORKER) || (model->flags & IO_MODEL_DEALT))
		return;
	script_add_echo(&script, 64, 1);
	served_start_plain(&served);
	int count = served_at_once(&served, HOLDERS_MAX);
	open_all(&served, &script, held, count);
	CU_ASSERT_EQUAL(wire_play(held, count), 0);
	open_all(&served, &script, waiting, WAITING);
	for (int i = 0; i < WAITING; i++) {
		struct pollfd answer = {.fd = waiting[i].fd, .events = POLLIN};
		wire_stuff(&waiting[i]);
		shutdown(waiting[i].fd, SHUT_WR); /* so that it makes room for the next */
		CU_ASSERT_TRUE(poll(&answer, 1, 0) == 0 || count < served.capacity);
	}
	close_whole(held, count);
	CU_ASSERT_EQUAL(wire_play(waiting, WAITING), 0);
	close_whole(waiting, WAITING);
	struct report report = served_stop(&served);
	CU_ASSERT_EQUAL(report.counters.requests, (uint64_t)(count + WAITING));
	CU_ASSERT_EQUAL(report.counters.refused, 0);
	CU_ASSERT_EQUAL(report.counters.errors, 0);
	script_release(&script);
}

static void recycling_loses_no_request(void)
{
	struct wire wires[12];
	struct script script = {0};
	struct served served;

	if (!has_option("max-tasks"))
		return;
	for (uint32_t i = 0; i < 5; i++)
		script_add_echo(&script, 300 * i, i);
	start_with(&served, "workers=4,max-tasks=3");
	for (int wave = 0; wave < 10; wave++) {
		open_all(&served, &script, wires, 12);
		for (int i = 0; i < 12; i++)
			wires[i].half_close = true;
		CU_ASSERT_EQUAL(wire_play(wires, 12), 0);
		close_whole(wires, 12);
	}
	struct report report = served_stop(&served);
	CU_ASSERT_EQUAL(report.counters.accepted, 120);
	CU_ASSERT_EQUAL(report.counters.requests, 600);
	CU_ASSERT_EQUAL(report.counters.refused, 0);
	CU_ASSERT_EQUAL(report.counters.errors, 0);
	script_release(&script);
}

/* Threads and child processes of the server. */
static int count_workers(const struct served *served)
{
	char path[64];
	int count = 0, pid;

	snprintf(path, sizeof(path), "/proc/%d/task", served->pid);
	DIR *directory = opendir(path);
	for (struct dirent *entry; directory && (entry = readdir(directory));)
		count += entry->d_name[0] != '.';
	if (directory)
		closedir(directory);
	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", served->pid,
		 served->pid);
	FILE *file = fopen(path, "re");
	while (file && fscanf(file, "%d", &pid) == 1)
		count++;
	if (file)
		fclose(file);
	return count;
}

/* Workers that exist before anybody came. */
static int workers_at_start(const char *options)
{
	struct served served;

	start_with(&served, options);
	int count = count_workers(&served);
	served_stop(&served);
	return count;
}

static void lazy_workers_are_made_on_demand(void)
{
	struct wire wires[BUSY];
	struct script script = {0};
	struct served served;

	if (!has_option("grow"))
		return;
	script_add_work(&script, ECHO_OP_SLEEP, 300000);
	start_with(&served, "workers=8,grow=lazy");
	int none = count_workers(&served);
	CU_ASSERT_EQUAL(workers_at_start("workers=8,grow=fixed"), none + WORKERS);
	open_all(&served, &script, wires, BUSY);
	for (int i = 0; i < BUSY; i++)
		wire_stuff(&wires[i]);
	CU_ASSERT_EQUAL(wire_play(wires, BUSY), 0);
	int made = count_workers(&served);
	CU_ASSERT_TRUE(made > none && made <= none + BUSY);
	close_whole(wires, BUSY);
	/* One may come before the worker of the last is idle, but there is a maximum. */
	for (int i = 0; i < 2 * WORKERS; i++)
		check_serves(&served);
	CU_ASSERT_TRUE(count_workers(&served) <= none + WORKERS);
	served_stop(&served);
	script_release(&script);
}

/* The work of all burners takes three turns of both workers; an echo takes none. */
static void a_loop_answers_while_its_workers_burn(void)
{
	struct wire burners[BURNERS];
	struct script script = {0};
	struct served served;
	int waiting = 0;

	if (strcmp(model->name, "reactor-pool") != 0)
		return;
	script_add_work(&script, ECHO_OP_SPIN, 100000);
	start_with(&served, "workers=2");
	open_all(&served, &script, burners, BURNERS);
	for (int i = 0; i < BURNERS; i++)
		wire_stuff(&burners[i]);
	check_serves(&served);
	for (int i = 0; i < BURNERS; i++) {
		struct pollfd answer = {.fd = burners[i].fd, .events = POLLIN};
		waiting += poll(&answer, 1, 0) == 0;
	}
	CU_ASSERT_TRUE(waiting > 0);
	CU_ASSERT_EQUAL(wire_play(burners, BURNERS), 0);
	close_whole(burners, BURNERS);
	served_stop(&served);
	script_release(&script);
}

/* More than the queue of a pool holds. */
static void all_work_is_done(void)
{
	static struct wire sleepers[SLEEPERS];
	struct script script = {0};
	struct served served;

	if (strcmp(model->name, "reactor-pool") != 0)
		return;
	script_add_work(&script, ECHO_OP_SLEEP, 1000);
	start_with(&served, "workers=2");
	open_all(&served, &script, sleepers, SLEEPERS);
	CU_ASSERT_EQUAL(wire_play(sleepers, SLEEPERS), 0);
	close_whole(sleepers, SLEEPERS);
	served_stop(&served);
	script_release(&script);
}

/* IOMODELS_CYCLES=1000 is for who has the time. */
static void starts_and_stops_leave_nothing(void)
{
	const char *text = getenv("IOMODELS_CYCLES");
	struct setup setup = served_setup();
	struct served served;

	if (!has_option("workers"))
		return;
	setup.runs = model->flags & IO_MODEL_PROCESSES ? 10 : 50;
	if (text)
		setup.runs = atoi(text);
	served_start(&served, &setup);
	for (int run = 1; run < setup.runs; run++) {
		check_serves(&served);
		served_tell_stop(&served);
		CU_ASSERT_EQUAL(served_finish_run(&served).counters.requests, 1);
		served_await_open(&served);
		CU_ASSERT_EQUAL_FATAL(served.open_result, 0);
	}
	check_serves(&served);
	CU_ASSERT_EQUAL(served_stop(&served).counters.requests, 1);
}

const struct test_case pool_cases[] = {
	{"more connections than workers wait", more_connections_than_workers_wait},
	{"recycling loses no request", recycling_loses_no_request},
	{"lazy workers are made on demand", lazy_workers_are_made_on_demand},
	{"all work is done", all_work_is_done},
	{"a loop answers while its workers burn", a_loop_answers_while_its_workers_burn},
	{"starts and stops leave nothing", starts_and_stops_leave_nothing},
	{NULL, NULL},
};
