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
	int threads;
	int64_t reaped_ticks;
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

int process_tree_read(pid_t root, struct process_tree *ret_tree)
{
	struct process_tree tree = {NULL, 0, 0, 0};
	struct entries entries = {NULL, 0, 0};
	const int64_t tick_ns = NS_PER_S / (int64_t)sysconf(_SC_CLK_TCK);
	int rc = read_all(&entries);

	if (rc < 0)
		goto out;
	tree.pids = calloc((size_t)entries.count + 1, sizeof(*tree.pids));
	if (!tree.pids) {
		rc = -ENOMEM;
		goto out;
	}
	mark_members(entries.all, entries.count, root);
	for (int i = 0; i < entries.count; i++) {
		const struct entry *entry = &entries.all[i];
		if (!entry->member || entry->state == 'Z')
			continue;
		tree.pids[tree.count++] = entry->pid;
		tree.threads += entry->threads;
		tree.reaped_cpu_ns += entry->reaped_ticks * tick_ns;
	}
	*ret_tree = tree;
out:
	free(entries.all);
	return rc;
}

void process_tree_release(struct process_tree *tree)
{
	free(tree->pids);
	memset(tree, 0, sizeof(*tree));
}

int process_tree_cpu(pid_t root, int64_t *ret_cpu_ns)
{
	struct process_tree tree;
	struct timespec ts;
	clockid_t clock;
	const int rc = process_tree_read(root, &tree);

	if (rc < 0)
		return rc;
	int64_t sum = tree.reaped_cpu_ns;
	for (int i = 0; i < tree.count; i++)
		if (clock_getcpuclockid(tree.pids[i], &clock) == 0 &&
		    clock_gettime(clock, &ts) == 0)
			sum += ts.tv_sec * NS_PER_S + ts.tv_nsec;
	process_tree_release(&tree);
	*ret_cpu_ns = sum;
	return 0;
}

int64_t process_tree_rss_peak_kib(const struct process_tree *tree)
{
	char path[64], line[256];
	long long kib, sum = 0;

	for (int i = 0; i < tree->count; i++) {
		snprintf(path, sizeof(path), "/proc/%d/status", tree->pids[i]);
		FILE *file = fopen(path, "re");
		while (file && fgets(line, sizeof(line), file))
			if (sscanf(line, "VmHWM: %lld kB", &kib) == 1)
				sum += kib;
		if (file)
			fclose(file);
	}
	return sum;
}
