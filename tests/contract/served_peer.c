/*
 * served_peer.c - of served.h, a peer: a program of its own, met over the wire and through
 * what it prints.
 *
 * One at a time. What it leaves behind are processes: its group must be empty when it has
 * ended.
 */
#include <CUnit/CUnit.h>
#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "results/subject/peers.h"
#include "server/clock.h"
#include "tests/contract/served.h"
#include "tests/contract/wire.h"
#include "tests/e2e/process.h"

#define WORDS_MAX 16
#define START_MS  30000 /* an interpreter with sanitizers beside it */

static struct process *process;

/* The number behind `key`= in the options, or `fallback`. */
static int option_number(const char *key, int fallback)
{
	const char *found = model_options ? strstr(model_options, key) : NULL;

	return found ? atoi(found + strlen(key)) : fallback;
}

static int capacity_of_peer(void)
{
	if (model_is_one())
		return 1;
	if (!(model->flags & IO_MODEL_PER_WORKER))
		return INT_MAX;
	return option_number("workers=", 1) * option_number("threads=", 1);
}

static void start_process(const struct setup *setup)
{
	char limits[3][64];
	char *script = peers_script(model);
	char *options = strdup(model_options ? model_options : "");
	const char *words[WORDS_MAX] = {PEER_PYTHON, "-B", script, "--listen",
					setup->config.listen};
	int count = 5;

	snprintf(limits[0], sizeof(limits[0]), "--max-frame=%lld",
		 (long long)setup->config.max_frame);
	snprintf(limits[1], sizeof(limits[1]), "--max-work=%.3f",
		 (double)setup->config.max_work_ns / NS_PER_S);
	snprintf(limits[2], sizeof(limits[2]), "--drain-timeout=%.3f",
		 (double)setup->config.drain_timeout_ns / NS_PER_S);
	for (int i = 0; i < 3; i++)
		words[count++] = limits[i];
	for (char *p = strtok(options, ",="); p && count < WORDS_MAX - 2;
	     p = strtok(NULL, ",=")) {
		char option[32];
		snprintf(option, sizeof(option), "--%s", p);
		words[count++] = strcmp(p, "workers") == 0 ? "--workers" : "--threads";
		CU_ASSERT_STRING_EQUAL_FATAL(words[count - 1], option);
		words[count++] = strtok(NULL, ",=");
	}
	process = process_start(words);
	free(options);
	free(script);
}

void served_await_open(struct served *served)
{
	char line[ADDRESS_TEXT_SIZE + 8] = "", error[OPTION_ERROR_SIZE];

	served->open_result = process_read_line(process, line, sizeof(line), START_MS);
	if (served->open_result == 0 && strncmp(line, "ready ", 6) == 0)
		served->open_result =
			address_parse(line + 6, &served->address, error, sizeof(error));
	served->capacity = capacity_of_peer();
}

void served_start(struct served *served, const struct setup *setup)
{
	*served = (struct served){.pipe = -1};
	start_process(setup);
	CU_ASSERT_PTR_NOT_NULL_FATAL(process);
	served->pid = process ? process->pid : -1;
	served_await_open(served);
	CU_ASSERT_EQUAL_FATAL(served->open_result, 0);
}

void served_tell_stop(const struct served *served)
{
	kill(served->pid, SIGTERM);
}

static uint64_t number(const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);

	CU_ASSERT_TRUE(json_is_integer(value));
	return (uint64_t)json_integer_value(value);
}

/* The last line, if it is one. */
static void read_counters(struct counters_line *counters)
{
	char line[65536] = "";
	const int rc = process_read_line(process, line, sizeof(line), START_MS);
	json_t *object = rc == 0 ? json_loads(line, 0, NULL) : NULL;

	CU_ASSERT_PTR_NOT_NULL(object);
	CU_ASSERT_STRING_EQUAL(process->err.text, "");
	if (!object) {
		printf("\n%s%s\n", line, process->err.text);
		return;
	}
	counters->accepted = number(object, "accepted");
	counters->closed = counters->accepted - number(object, "active");
	counters->refused = number(object, "refused");
	counters->requests = number(object, "requests");
	counters->bytes_in = number(object, "bytes_in");
	counters->bytes_out = number(object, "bytes_out");
	counters->bad_frames = number(object, "bad_frames");
	counters->errors = number(object, "errors");
	json_decref(object);
}

/* Of the group: those that ended with it may take a moment to be reaped by init. */
static int processes_left(pid_t group)
{
	for (int ms = 0; ms < WIRE_PATIENCE_MS; ms += 10) {
		if (kill(-group, 0) < 0 && errno == ESRCH)
			return 0;
		poll(NULL, 0, 10);
	}
	return 1;
}

static int64_t children_cpu_ns(void)
{
	struct rusage usage;

	getrusage(RUSAGE_CHILDREN, &usage);
	return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * NS_PER_S +
	       (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * NS_PER_US;
}

struct report served_finish_run(struct served *served)
{
	struct report report = {.result = 0};

	report.cpu_ns = -children_cpu_ns();
	report.result = process_wait(process, START_MS);
	report.cpu_ns += children_cpu_ns();
	read_counters(&report.counters);
	report.children = processes_left(served->pid);
	CU_ASSERT_EQUAL(report.result, 0);
	CU_ASSERT_EQUAL(report.children, 0);
	CU_ASSERT_EQUAL(report.counters.accepted, report.counters.closed);
	return report;
}

struct report served_stop(struct served *served)
{
	served_tell_stop(served);
	struct report report = served_finish_run(served);
	process_free(process);
	process = NULL;
	return report;
}

bool model_is_peer(void)
{
	return true;
}
