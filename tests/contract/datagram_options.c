/* datagram_options.c - the datagram contract: what the models' own options do. */
#include <arpa/inet.h>
#include <CUnit/CUnit.h>
#include <dirent.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/clock.h"
#include "tests/contract/datagram_client.h"

#define QUEUED 40

/* The value that this run of the suite was given, or -1. */
static int given(const char *name)
{
	const char *at = model_options ? strstr(model_options, name) : NULL;

	return at ? (int)strtol(at + strlen(name) + 1, NULL, 10) : -1;
}

static int count_threads(pid_t pid)
{
	char path[64];
	int count = -2; /* . and .. */

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	DIR *directory = opendir(path);
	while (directory && readdir(directory))
		count++;
	if (directory)
		closedir(directory);
	return count;
}

static void workers_are_threads(void)
{
	struct served served;
	const int workers = given("workers");

	datagram_start_plain(&served);
	int fd = datagram_client(&served);
	check_echo(fd, 10, 1);
	if (workers >= 0)
		CU_ASSERT_EQUAL(served.capacity, workers);
	const int all = model->flags & IO_MODEL_PER_WORKER ? 1 + served.capacity : 1;
	for (int i = 0; i < 500 && count_threads(served.pid) < all; i++)
		poll(NULL, 0, 10); /* the last may still be under way */
	CU_ASSERT_TRUE(count_threads(served.pid) >= all);
#if !defined(__SANITIZE_THREAD__) /* which has threads of its own */
	CU_ASSERT_EQUAL(count_threads(served.pid), all);
#endif
	served_stop(&served);
	close(fd);
}

/* Bytes that wait to be received on the server's socket, as /proc/net/udp shows them. */
static unsigned waiting_in_kernel(const struct served *served)
{
	const struct sockaddr_in *in =
		(const struct sockaddr_in *)&served->address.sockaddr;
	FILE *file = fopen("/proc/net/udp", "re");
	unsigned port, bytes = 0, waiting = 0;
	char line[512];

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "%*d: %*x:%x %*x:%*x %*x %*x:%x", &port, &bytes) == 2 &&
		    port == ntohs(in->sin_port))
			waiting = bytes;
	if (file)
		fclose(file);
	return waiting;
}

/* The state of a thread as the kernel shows it: 'S' sleeps, 'R' runs or would like to. */
static char thread_state(pid_t pid, const char *thread)
{
	char path[320], state = '?';

	snprintf(path, sizeof(path), "/proc/%d/task/%s/stat", pid, thread);
	FILE *file = fopen(path, "re");
	if (!file)
		return state;
	if (fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
		state = '?';
	fclose(file);
	return state;
}

static bool all_sleep(pid_t pid)
{
	char path[64];
	const struct dirent *entry;
	bool sleeping = true;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	DIR *directory = opendir(path);
	while (directory && (entry = readdir(directory)))
		if (entry->d_name[0] != '.' && thread_state(pid, entry->d_name) != 'S')
			sleeping = false;
	if (directory)
		closedir(directory);
	return sleeping;
}

/* Nobody has run between two looks at which all slept: what it can do without the next
 * event, the server has done. */
static bool is_at_rest(const struct served *served)
{
	const int64_t cpu_ns = served_cpu_ns(served);

	return all_sleep(served->pid) && all_sleep(served->pid) &&
	       served_cpu_ns(served) == cpu_ns;
}

/* Waits until the server rests; false: a thread's sleep has ended before. */
static bool comes_to_rest(const struct served *served, int fd)
{
	while (datagram_is_silent(fd)) {
		const bool rests = is_at_rest(served);
		if (rests && datagram_is_silent(fd))
			return true;
		poll(NULL, 0, 1);
	}
	return false;
}

/* While all threads sleep, the queue takes what it may, and the kernel the rest. False: a
 * busy machine has let them sleep to the end. */
static bool looked_while_all_sleep(const struct served *served, int fd, bool fills)
{
	for (int i = 0; i < served->capacity; i++)
		datagram_send_work(fd, ECHO_OP_SLEEP, 300 * NS_PER_MS, 0);
	for (uint32_t i = 0; i < QUEUED; i++)
		datagram_send_echo(fd, 100, i);
	const bool in_time = comes_to_rest(served, fd);
	const unsigned waiting = waiting_in_kernel(served);
	const bool looked = in_time && datagram_is_silent(fd);
	if (looked)
		CU_ASSERT_EQUAL(waiting > 0, fills);
	for (int i = 0; i < served->capacity + QUEUED; i++)
		CU_ASSERT_EQUAL_FATAL(datagram_await_reply(fd, NULL), 0);
	return looked;
}

static void a_full_queue_stops_receiving(void)
{
	const int queue = given("queue");
	struct served served;
	bool looked = false;

	if (strcmp(model->name, "udp-thread-pool") != 0)
		return;
	datagram_start_plain(&served);
	int fd = datagram_client(&served);
	for (int i = 0; i < 50 && !looked; i++)
		looked =
			looked_while_all_sleep(&served, fd, queue >= 0 && queue < QUEUED);
	CU_ASSERT_TRUE(looked);
	served_stop(&served);
	close(fd);
}

static void a_batch_is_bounded(void)
{
	const int batch = given("batch") < 0 ? 32 : given("batch");
	struct served served;

	if (strcmp(model->name, "udp-mmsg") != 0)
		return;
	datagram_start_plain(&served);
	int fd = datagram_client(&served);
	kill(served.pid, SIGSTOP);
	for (uint32_t i = 0; i < QUEUED; i++)
		datagram_send_echo(fd, 100, i);
	kill(served.pid, SIGCONT);
	for (int i = 0; i < QUEUED; i++)
		CU_ASSERT_EQUAL_FATAL(datagram_await_reply(fd, NULL), 0);
	CU_ASSERT_EQUAL(datagram_largest_batch(), batch);
	served_stop(&served);
	close(fd);
}

const struct test_case datagram_option_cases[] = {
	{"workers are threads", workers_are_threads},
	{"a full queue stops receiving", a_full_queue_stops_receiving},
	{"a batch is bounded", a_batch_is_bounded},
	{NULL, NULL},
};
