/* ring_facts.c - see ring_facts.h. */
#include "tests/ring_facts.h"

#include <dirent.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TRIES    500
#define PAUSE_MS 10

static bool is_ring(pid_t pid, const char *fd)
{
	char path[300], target[64];

	snprintf(path, sizeof(path), "/proc/%d/fd/%s", pid, fd);
	const ssize_t length = readlink(path, target, sizeof(target) - 1);
	target[length > 0 ? length : 0] = '\0';
	return strcmp(target, "anon_inode:[io_uring]") == 0;
}

static int64_t field_of(pid_t pid, const char *fd, const char *field)
{
	char path[300], line[256];
	int64_t number = -1;

	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%s", pid, fd);
	FILE *file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file))
		if (strncmp(line, field, strlen(field)) == 0)
			number = strtoll(line + strlen(field), NULL, 0);
	if (file)
		fclose(file);
	return number;
}

static int64_t asked_again(pid_t pid, const char *fd, const char *field)
{
	int64_t number = field_of(pid, fd, field);

	for (int i = 0; number < 0 && i < TRIES; i++) {
		poll(NULL, 0, PAUSE_MS);
		number = field_of(pid, fd, field);
	}
	return number;
}

int64_t ring_fact(pid_t pid, const char *field)
{
	char path[64];
	int64_t number = -1;

	snprintf(path, sizeof(path), "/proc/%d/fdinfo", pid);
	DIR *directory = opendir(path);
	for (struct dirent *entry;
	     directory && number < 0 && (entry = readdir(directory));)
		if (is_ring(pid, entry->d_name))
			number = asked_again(pid, entry->d_name, field);
	if (directory)
		closedir(directory);
	return number;
}
