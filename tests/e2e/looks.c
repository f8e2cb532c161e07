/* looks.c - see looks.h. */
#include "tests/e2e/looks.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/ring_facts.h"

static int64_t count_entries(const char *path)
{
	DIR *directory = opendir(path);
	int64_t count = 0;

	for (struct dirent *entry; directory && (entry = readdir(directory));)
		count += entry->d_name[0] != '.';
	if (directory)
		closedir(directory);
	return count;
}

static int64_t threads_of(pid_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	return count_entries(path);
}

/* Threads of the server and of its child processes. */
int64_t look_threads(const struct served *s)
{
	int64_t count = threads_of(s->process->pid);
	char path[64];
	pid_t pid;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", s->process->pid,
		 s->process->pid);
	FILE *file = fopen(path, "re");
	while (file && fscanf(file, "%d", &pid) == 1)
		count += threads_of(pid);
	if (file)
		fclose(file);
	return count;
}

/* Descriptors of the server whose target begins with `kind`. */
static int64_t descriptors(const struct served *s, const char *kind)
{
	char path[320], target[128];
	int64_t count = 0;

	snprintf(path, sizeof(path), "/proc/%d/fd", s->process->pid);
	DIR *directory = opendir(path);
	for (struct dirent *entry; directory && (entry = readdir(directory));) {
		snprintf(path, sizeof(path), "/proc/%d/fd/%s", s->process->pid,
			 entry->d_name);
		ssize_t length = readlink(path, target, sizeof(target) - 1);
		target[length > 0 ? length : 0] = '\0';
		count += strncmp(target, kind, strlen(kind)) == 0;
	}
	if (directory)
		closedir(directory);
	return count;
}

int64_t look_sockets(const struct served *s)
{
	return descriptors(s, "socket:");
}

int64_t look_epolls(const struct served *s)
{
	return descriptors(s, "anon_inode:[eventpoll]");
}

/* Listeners and mailboxes tell how loops get their connections. */
int64_t look_sockets_and_eventfds(const struct served *s)
{
	return 10 * look_sockets(s) + descriptors(s, "anon_inode:[eventfd]");
}

int64_t look_ring_mask(const struct served *s)
{
	return ring_fact(s->process->pid, "SqMask:");
}

/* The number behind `key` in the status of a thread; -1: it has no such line. */
static int64_t status_number(const struct served *s, const char *thread, const char *key)
{
	char path[320], line[256];
	int64_t number = -1;

	snprintf(path, sizeof(path), "/proc/%d/task/%s/status", s->process->pid, thread);
	FILE *file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file))
		if (strncmp(line, key, strlen(key)) == 0)
			number = strtoll(line + strlen(key), NULL, 10);
	if (file)
		fclose(file);
	return number;
}

int64_t look_sq_cpu(const struct served *s)
{
	char path[64], name[64];
	int64_t cpu = -1;

	snprintf(path, sizeof(path), "/proc/%d/task", s->process->pid);
	snprintf(name, sizeof(name), "Name:\tiou-sqp-%d\n", s->process->pid);
	DIR *directory = opendir(path);
	for (struct dirent *entry; directory && (entry = readdir(directory));)
		if (status_number(s, entry->d_name, name) == 0)
			cpu = status_number(s, entry->d_name, "Cpus_allowed_list:");
	if (directory)
		closedir(directory);
	return cpu;
}

/* Neighbours may have become one mapping with it. */
int64_t look_has_64_mib(const struct served *s)
{
	char path[64], line[512];
	uint64_t start, end;
	int64_t found = 0;

	snprintf(path, sizeof(path), "/proc/%d/maps", s->process->pid);
	FILE *file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file))
		if (strstr(line, " rw-p ") &&
		    sscanf(line, "%" SCNx64 "-%" SCNx64, &start, &end) == 2)
			found |= (end - start) >> 20 >= 64 && (end - start) >> 20 < 80;
	if (file)
		fclose(file);
	return found;
}

/* What waits to be received, or accepted, on the server's socket in `state`; -1: it has no
 * such socket. */
static int64_t receive_queue(const struct served *s, const char *table, unsigned state)
{
	const struct sockaddr_in *in = (const void *)&s->address.sockaddr;
	unsigned port, is, waiting;
	int64_t found = -1;
	char line[512];

	FILE *file = fopen(table, "re");
	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "%*d: %*x:%x %*x:%*x %x %*x:%x", &port, &is, &waiting) ==
			    3 &&
		    port == ntohs(in->sin_port) && is == state)
			found = waiting;
	if (file)
		fclose(file);
	return found;
}

int64_t look_backlog(const struct served *s)
{
	return receive_queue(s, "/proc/net/tcp", TCP_LISTEN);
}

/* A datagram socket without a peer is in the state of one that is closed. */
int64_t look_leaves_datagrams(const struct served *s)
{
	const int64_t bytes = receive_queue(s, "/proc/net/udp", TCP_CLOSE);

	return bytes < 0 ? bytes : bytes > 0;
}

/* The sum of the numbers of its threads and children: another one, another worker. */
static int64_t worker_ids(const struct served *s)
{
	char path[64];
	int64_t sum = 0, pid;

	snprintf(path, sizeof(path), "/proc/%d/task", s->process->pid);
	DIR *directory = opendir(path);
	for (struct dirent *entry; directory && (entry = readdir(directory));)
		sum += atoll(entry->d_name);
	if (directory)
		closedir(directory);
	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", s->process->pid,
		 s->process->pid);
	FILE *file = fopen(path, "re");
	while (file && fscanf(file, "%" SCNd64, &pid) == 1)
		sum += pid;
	if (file)
		fclose(file);
	return sum;
}

/* 1 when a connection has cost the one worker its life. Another connection is served
 * before, so that who is to be replaced has been. */
int64_t look_is_replaced(const struct served *s)
{
	int64_t before = worker_ids(s);

	for (uint32_t i = 0; i < 2; i++) {
		int fd = client_open(s);
		client_exchange(fd, i);
		client_half_closes(fd);
	}
	return worker_ids(s) != before;
}

int64_t look_is_busy(const struct served *s)
{
	struct timespec before = {0, 0}, after = {0, 0};
	clockid_t clock;

	if (clock_getcpuclockid(s->process->pid, &clock) != 0)
		return -1;
	clock_gettime(clock, &before);
	poll(NULL, 0, 300);
	clock_gettime(clock, &after);
	return (after.tv_sec - before.tv_sec) * 1000000000LL + after.tv_nsec -
		       before.tv_nsec >
	       3000000LL;
}
