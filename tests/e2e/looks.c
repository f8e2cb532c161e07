/* looks.c - see looks.h. */
#include "tests/e2e/looks.h"

#include <dirent.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

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

/* The first number behind `key` in the descriptor information of a ring. */
static int64_t ring_number(const struct served *s, const char *key)
{
	char path[320], line[256];
	int64_t number = -1;

	snprintf(path, sizeof(path), "/proc/%d/fdinfo", s->process->pid);
	DIR *directory = opendir(path);
	for (struct dirent *entry; directory && (entry = readdir(directory));) {
		snprintf(path, sizeof(path), "/proc/%d/fdinfo/%s", s->process->pid,
			 entry->d_name);
		FILE *file = fopen(path, "re");
		while (file && fgets(line, sizeof(line), file))
			if (strncmp(line, key, strlen(key)) == 0)
				number = strtoll(line + strlen(key), NULL, 0);
		if (file)
			fclose(file);
	}
	if (directory)
		closedir(directory);
	return number;
}

int64_t look_ring_mask(const struct served *s)
{
	return ring_number(s, "SqMask:");
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

/* CPU time that an idle server uses in 300 ms: 1 when it is more than a tenth. */
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
	       30000000LL;
}
