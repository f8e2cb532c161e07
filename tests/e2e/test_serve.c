/* test_serve.c - `serve` as its user meets it: ready line, signals, counters, leavings. */
#include <CUnit/CUnit.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "models/registry.h"
#include "server/clock.h"
#include "server/socket.h"
#include "tests/e2e/served.h"
#include "tests/suite.h"

#define HOUR_US 3600000000U
#define FOREVER "1m" /* longer than any deadline here */

/* One of each shape: a loop, one at a time, threads, processes. */
static const char *const shapes[] = {"epoll", "iterative", "thread-per-connection",
				     "fork-per-connection"};
#define SHAPES (sizeof(shapes) / sizeof(shapes[0]))

static char directory[] = "/tmp/iomodels-serve-XXXXXX";

/* An echo, then a header that is none. */
static void client_misbehaves(const struct served *s)
{
	static const uint8_t bad[ECHO_HEADER_SIZE] = {0};
	char byte;
	int fd = client_open(s);

	client_exchange(fd, 7);
	CU_ASSERT_EQUAL(send(fd, bad, sizeof(bad), MSG_NOSIGNAL), sizeof(bad));
	CU_ASSERT_EQUAL(recv(fd, &byte, 1, 0), 0);
	close(fd);
}

static void counters_equal_what_was_done(void)
{
	const int64_t frame = ECHO_HEADER_SIZE + PAYLOAD;

	for (size_t i = 0; i < SHAPES; i++) {
		struct served s;
		served_start(&s, shapes[i], NULL);
		int fd = client_open(&s);
		for (uint32_t tag = 0; tag < 3; tag++)
			client_exchange(fd, tag);
		client_half_closes(fd);
		client_misbehaves(&s);
		served_stop(&s, SIGTERM);
		CU_ASSERT_STRING_EQUAL(
			json_string_value(json_object_get(s.counters, "model")),
			shapes[i]);
		check_counter(&s, "accepted", 2);
		check_counter(&s, "refused", 0);
		check_counter(&s, "requests", 4);
		check_counter(&s, "bytes_in", 4 * frame + ECHO_HEADER_SIZE);
		check_counter(&s, "bytes_out", 4 * frame);
		check_counter(&s, "bad_frames", 1);
		check_counter(&s, "errors", 0);
		check_counter(&s, "active", 0);
		CU_ASSERT(json_is_array(json_object_get(s.counters, "workers")));
		CU_ASSERT_EQUAL(json_object_size(s.counters), 10);
		served_free(&s);
	}
}

static void a_server_without_clients_ends(void)
{
	static const int signals[] = {SIGTERM, SIGINT};

	for (size_t i = 0; i < SHAPES; i++)
		for (size_t j = 0; j < 2; j++) {
			struct served s;
			served_start(&s, shapes[i], NULL);
			served_stop(&s, signals[j]);
			check_counter(&s, "accepted", 0);
			served_free(&s);
		}
}

/* What the kernel had received when the signal came is answered, then the end comes. The
 * signal goes to the server, or as from a terminal to its whole group. */
static void check_drain(const char *model, int number, bool group)
{
	static const char *const words[] = {"--drain-timeout", FOREVER, NULL};
	uint8_t frame[ECHO_HEADER_SIZE];
	struct served s;

	served_start(&s, model, words);
	int fd = client_open(&s);
	client_exchange(fd, 1);
	client_sleeps(fd, 50000, frame);
	CU_ASSERT_EQUAL(kill(group ? -s.process->pid : s.process->pid, number), 0);
	client_expect(fd, frame, sizeof(frame));
	CU_ASSERT(client_is_cut(fd));
	served_ended(&s);
	check_counter(&s, "requests", 2);
	check_counter(&s, "errors", 0);
	check_counter(&s, "active", 0);
	close(fd);
	served_free(&s);
}

static void what_was_received_is_answered(void)
{
	for (size_t i = 0; i < SHAPES; i++) {
		check_drain(shapes[i], SIGTERM, false);
		check_drain(shapes[i], SIGTERM, true);
		check_drain(shapes[i], SIGINT, true);
	}
}

/* A drain of no length cuts who is not done. */
static void a_drain_may_take_no_time(void)
{
	static const char *const words[] = {"--drain-timeout", "0s", "--max-work", "60m",
					    NULL};
	uint8_t frame[ECHO_HEADER_SIZE];

	for (size_t i = 0; i < SHAPES; i++) {
		struct served s;
		served_start(&s, shapes[i], words);
		int fd = client_open(&s);
		client_exchange(fd, 1);
		client_sleeps(fd, HOUR_US, frame);
		served_stop(&s, SIGTERM);
		CU_ASSERT(client_is_cut(fd));
		check_counter(&s, "requests", 1);
		check_counter(&s, "errors", 1);
		check_counter(&s, "active", 0);
		close(fd);
		served_free(&s);
	}
}

/* Until the listener is shut, which is when a drain begins. */
static void await_drain(const struct served *s)
{
	const int64_t deadline_ns = clock_ns() + PROCESS_DEADLINE_MS * NS_PER_MS;
	int fd, result;

	do {
		result = socket_connect(&s->address, &fd);
		if (result == 0)
			close(fd);
	} while (result == 0 && clock_ns() < deadline_ns);
	CU_ASSERT_EQUAL(result, -ECONNREFUSED);
}

static void the_second_interrupt_does_not_wait(void)
{
	char path[64], text[80];
	const char *words[] = {"--listen", text, "--drain-timeout", FOREVER, "--max-work",
			       "60m",      NULL};
	uint8_t frame[ECHO_HEADER_SIZE];

	snprintf(path, sizeof(path), "%s/interrupt", directory);
	snprintf(text, sizeof(text), "unix:%s", path);
	for (size_t i = 0; i < SHAPES; i++) {
		struct served s;
		served_start(&s, shapes[i], words);
		int fd = client_open(&s);
		client_exchange(fd, 1);
		client_sleeps(fd, HOUR_US, frame);
		process_signal(s.process, SIGINT);
		await_drain(&s);
		process_signal(s.process, SIGTERM); /* repeated, it changes nothing */
		process_signal(s.process, SIGINT);
		CU_ASSERT_EQUAL(process_wait(s.process, PROCESS_DEADLINE_MS),
				128 + SIGINT);
		CU_ASSERT(client_is_cut(fd)); /* a child that lived on would hold it */
		CU_ASSERT(access(path, F_OK) < 0);
		close(fd);
		served_free(&s);
	}
}

static void connections_above_the_limit_are_refused(void)
{
	static const char *const words[] = {"--max-connections", "1", NULL};

	for (size_t i = 0; i < SHAPES; i++) {
		struct served s;
		if (io_model_find(io_models, shapes[i])->flags & IO_MODEL_ONE)
			continue; /* there the second one waits */
		served_start(&s, shapes[i], words);
		int held = client_open(&s);
		client_exchange(held, 1);
		int fd = client_open(&s);
		CU_ASSERT(client_is_cut(fd));
		close(fd);
		client_exchange(held, 2);
		served_stop(&s, SIGTERM);
		check_counter(&s, "accepted", 1);
		check_counter(&s, "refused", 1);
		check_counter(&s, "requests", 2);
		close(held);
		served_free(&s);
	}
}

static void listen_unix(const char *path, const char *text)
{
	const char *words[] = {"--listen", text, NULL};

	for (size_t i = 0; i < SHAPES; i++) {
		struct served s;
		served_start(&s, shapes[i], words);
		CU_ASSERT_STRING_EQUAL(s.ready + 6, text);
		int fd = client_open(&s);
		client_exchange(fd, 1);
		client_half_closes(fd);
		served_stop(&s, SIGTERM);
		check_counter(&s, "requests", 1);
		CU_ASSERT(access(path, F_OK) < 0);
		served_free(&s);
	}
}

static void unix_paths_are_removed(void)
{
	char path[64], text[80];

	snprintf(path, sizeof(path), "%s/socket", directory);
	snprintf(text, sizeof(text), "unix:%s", path);
	listen_unix(path, text);
}

/* A path that a killed server left behind. */
static void stale_paths_are_replaced(void)
{
	char path[64], text[80];
	const char *words[] = {"--listen", text, NULL};
	struct stat status;
	struct served s;

	snprintf(path, sizeof(path), "%s/stale", directory);
	snprintf(text, sizeof(text), "unix:%s", path);
	served_start(&s, "epoll", words);
	process_signal(s.process, SIGKILL);
	CU_ASSERT_EQUAL(process_wait(s.process, PROCESS_DEADLINE_MS), 128 + SIGKILL);
	served_free(&s);
	CU_ASSERT(stat(path, &status) == 0 && S_ISSOCK(status.st_mode));
	listen_unix(path, text);
}

static void ipv6_addresses_stand_in_brackets(void)
{
	static const char *const words[] = {"--listen", "tcp:[::1]:0", NULL};
	char error[OPTION_ERROR_SIZE];
	struct address address;
	struct served s;
	int fd;

	CU_ASSERT_EQUAL(address_parse(words[1], &address, error, sizeof(error)), 0);
	if (socket_listen(&address, 1, &fd) < 0)
		return; /* no IPv6 on this machine */
	close(fd);
	served_start(&s, "epoll", words);
	CU_ASSERT_EQUAL(strncmp(s.ready, "ready tcp:[::1]:", 16), 0);
	fd = client_open(&s);
	client_exchange(fd, 1);
	close(fd);
	served_stop(&s, SIGTERM);
	check_counter(&s, "requests", 1);
	served_free(&s);
}

/* Nobody learns the address: it ends at once, and leaves no socket. */
static void an_unwritten_ready_line_is_a_failure(void)
{
	static const char script[] = "exec \"$0\" \"$@\" >/dev/full";
	char path[64], text[80];
	const char *argv[] = {"/bin/sh", "-c",       script, PROGRAM_PATH, "serve",
			      "epoll",   "--listen", text,   NULL};

	snprintf(path, sizeof(path), "%s/full", directory);
	snprintf(text, sizeof(text), "unix:%s", path);
	struct process *process = process_start(argv);
	CU_ASSERT_EQUAL(process_wait(process, PROCESS_DEADLINE_MS), 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(process->err.text, "iomodels: serve: ready line"));
	CU_ASSERT(access(path, F_OK) < 0);
	process_free(process);
}

/* The first child of a process; 0: it has none. */
static pid_t first_child(pid_t parent)
{
	char path[64], line[32] = "";

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", parent, parent);
	FILE *file = fopen(path, "r");
	if (!file)
		return 0;
	if (!fgets(line, sizeof(line), file))
		line[0] = '\0';
	fclose(file);
	return (pid_t)strtol(line, NULL, 10);
}

static void a_killed_child_loses_its_own_connection(void)
{
	struct served s;

	served_start(&s, "fork-per-connection", NULL);
	int lost = client_open(&s);
	client_exchange(lost, 1);
	int kept = client_open(&s);
	client_exchange(kept, 2);
	pid_t child = first_child(s.process->pid);
	CU_ASSERT_FATAL(child > 0);
	CU_ASSERT_EQUAL(kill(child, SIGKILL), 0);
	CU_ASSERT(client_is_cut(lost));
	client_exchange(kept, 3);
	int later = client_open(&s);
	client_exchange(later, 4);
	served_stop(&s, SIGTERM);
	check_counter(&s, "accepted", 3);
	check_counter(&s, "errors", 1);
	check_counter(&s, "active", 0);
	close(lost);
	close(kept);
	close(later);
	served_free(&s);
}

int main(void)
{
	static const struct test_case cases[] = {
		{"counters equal what was done", counters_equal_what_was_done},
		{"a server without clients ends", a_server_without_clients_ends},
		{"what was received is answered", what_was_received_is_answered},
		{"a drain may take no time", a_drain_may_take_no_time},
		{"the second interrupt does not wait",
		 the_second_interrupt_does_not_wait},
		{"connections above the limit are refused",
		 connections_above_the_limit_are_refused},
		{"unix paths are removed", unix_paths_are_removed},
		{"stale paths are replaced", stale_paths_are_replaced},
		{"IPv6 addresses stand in brackets", ipv6_addresses_stand_in_brackets},
		{"an unwritten ready line is a failure",
		 an_unwritten_ready_line_is_a_failure},
		{"a killed child loses its own connection",
		 a_killed_child_loses_its_own_connection},
		{NULL, NULL},
	};

	if (!mkdtemp(directory))
		return 1;
	int failures = test_suite_run("serve", cases);
	return rmdir(directory) != 0 || failures != 0;
}
