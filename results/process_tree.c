/* process_tree.c - a process and its descendants, as /proc shows them. */
#include "results/process_tree.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "server/clock.h"

struct entry {
	pid_t pid, parent;
	char state;
	int64_t reaped_ticks;
	int threads;
	bool member;
};

/* /proc/PID/stat of proc(5): the name may hold anything, so fields count from its last
 * parenthesis. */
static bool read_entry(const char *pid_text, struct entry *ret_entry)
{
	char path[64], line[1024];
	long long user, system;

	snprintf(path, sizeof(path), "/proc/%.20s/stat", pid_text);
	FILE *file = fopen(path, "re");
	if (!file)
		return false; /* ended meanwhile */
	const size_t len = fread(line, 1, sizeof(line) - 1, file);
	fclose(file);
	line[len] = '\0';
	const char *fields = strrchr(line, ')');
	if (!fields)
		return false;
	memset(ret_entry, 0, sizeof(*ret_entry));
	ret_entry->pid = (pid_t)strtol(line, NULL, 10);
	if (sscanf(fields,
		   ") %c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %lld %lld %*d "
		   "%*d %d",
		   &ret_entry->state, &ret_entry->parent, &user, &system,
		   &ret_entry->threads) != 5)
		return false;
	ret_entry->reaped_ticks = user + system;
	return true;
}

/* All processes. */
struct entries {
	struct entry *all;
	int count, room;
};

static int grow(struct entries *entries)
{
	const int room = entries->room ? 2 * entries->room : 256;
	struct entry *all = realloc(entries->all, (size_t)room * sizeof(*all));

	if (!all)
		return -ENOMEM;
	entries->all = all;
	entries->room = room;
	return 0;
}

static int read_all(struct entries *entries)
{
	DIR *proc = opendir("/proc");
	int rc = 0;

	if (!proc)
		return -errno;
	for (struct dirent *d; rc == 0 && (d = readdir(proc));) {
		if (d->d_name[0] < '1' || d->d_name[0] > '9')
			continue;
		if (entries->count == entries->room)
			rc = grow(entries);
		if (rc == 0 && read_entry(d->d_name, &entries->all[entries->count]))
			entries->count++;
	}
	closedir(proc);
	return rc;
}

static bool is_member(const struct entry *entries, int count, pid_t pid)
{
	for (int i = 0; i < count; i++)
		if (entries[i].pid == pid)
			return entries[i].member;
	return false;
}

/* Children mostly follow their parents in /proc, so a pass or two marks them all. */
static void mark_members(struct entry *entries, int count, pid_t root)
{
	bool changed = true;

	for (int i = 0; i < count; i++)
		entries[i].member = entries[i].pid == root;
	while (changed) {
		changed = false;
		for (int i = 0; i < count; i++) {
			if (entries[i].member ||
			    !is_member(entries, count, entries[i].parent))
				continue;
			entries[i].member = changed = true;
		}
	}
}

/* CPU time of a live process with all its threads, the ended ones too; 0: it ended. */
static int64_t process_cpu(pid_t pid)
{
	struct timespec ts;
	clockid_t clock;

	if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &ts) < 0)
		return 0;
	return ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

int process_tree_read(pid_t root, struct process_tree *ret_tree)
{
	struct entries entries = {NULL, 0, 0};
	const int64_t tick_ns = NS_PER_S / (int64_t)sysconf(_SC_CLK_TCK);
	const int rc = read_all(&entries);
	struct process_tree tree = {0, 0, 0};

	if (rc == 0) {
		mark_members(entries.all, entries.count, root);
		for (int i = 0; i < entries.count; i++) {
			const struct entry *entry = &entries.all[i];
			if (!entry->member || entry->state == 'Z')
				continue;
			tree.cpu_ns +=
				process_cpu(entry->pid) + entry->reaped_ticks * tick_ns;
			tree.processes++;
			tree.threads += entry->threads;
		}
		*ret_tree = tree;
	}
	free(entries.all);
	return rc;
}
