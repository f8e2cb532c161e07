/* process_tree.c - a process and its descendants, as /proc shows them. */
#include "results/subject/process_tree.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "server/clock.h"

#define IDLE_SHARE 10 /* less than one part of so many of the busiest thread's CPU time */

struct entry {
	struct process process;
	bool alive; /* no zombie */
	bool member;
};

/* /proc/PID/stat of proc(5): the name may hold anything, so fields count from its last
 * parenthesis. */
static bool read_entry(const char *pid_text, struct entry *ret_entry)
{
	const int64_t tick_ns = NS_PER_S / (int64_t)sysconf(_SC_CLK_TCK);
	struct process *process = &ret_entry->process;
	char path[64], line[1024], state;
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
	process->pid = (pid_t)strtol(line, NULL, 10);
	if (sscanf(fields,
		   ") %c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %lld %lld %*d "
		   "%*d %d",
		   &state, &process->parent, &user, &system, &process->threads) != 5)
		return false;
	process->reaped_ns = (user + system) * tick_ns;
	ret_entry->alive = state != 'Z';
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

static int by_number(const void *a, const void *b)
{
	const pid_t x = ((const struct entry *)a)->process.pid;
	const pid_t y = ((const struct entry *)b)->process.pid;

	return (x > y) - (x < y);
}

static bool is_member(const struct entries *entries, pid_t pid)
{
	const struct entry key = {.process = {.pid = pid}};
	const struct entry *found = bsearch(&key, entries->all, (size_t)entries->count,
					    sizeof(key), by_number);

	return found && found->member;
}

/* Children mostly have higher numbers than their parents, so a pass or two marks them
 * all. */
static void mark_members(const struct entries *entries, pid_t root)
{
	bool changed = true;

	for (int i = 0; i < entries->count; i++)
		entries->all[i].member = entries->all[i].process.pid == root;
	while (changed) {
		changed = false;
		for (int i = 0; i < entries->count; i++) {
			struct entry *entry = &entries->all[i];
			if (entry->member || !is_member(entries, entry->process.parent))
				continue;
			entry->member = changed = true;
		}
	}
}

int process_tree_list(pid_t root, struct process **ret_list, int *ret_count)
{
	struct entries entries = {NULL, 0, 0};
	int rc = read_all(&entries), count = 0;
	struct process *list =
		rc == 0 ? calloc((size_t)entries.count + 1, sizeof(*list)) : NULL;

	if (list && entries.count > 0)
		qsort(entries.all, (size_t)entries.count, sizeof(*entries.all),
		      by_number);
	if (list) {
		mark_members(&entries, root);
		for (int i = 0; i < entries.count; i++)
			if (entries.all[i].member && entries.all[i].alive)
				list[count++] = entries.all[i].process;
		*ret_list = list;
		*ret_count = count;
	} else if (rc == 0) {
		rc = -ENOMEM;
	}
	free(entries.all);
	return rc;
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

int process_tree_cpu(pid_t root, int64_t *ret_cpu_ns)
{
	struct process *list = NULL;
	int count = 0;
	const int rc = process_tree_list(root, &list, &count);

	if (rc == 0) {
		*ret_cpu_ns = 0;
		for (int i = 0; i < count; i++)
			*ret_cpu_ns += process_cpu(list[i].pid) + list[i].reaped_ns;
	}
	free(list);
	return rc;
}

struct threads {
	struct thread_use *all;
	int count, room;
};

static int add_thread(struct threads *threads, struct thread_use one)
{
	if (threads->count == threads->room) {
		const int room = threads->room ? 2 * threads->room : 64;
		struct thread_use *all =
			reallocarray(threads->all, (size_t)room, sizeof(*all));
		if (!all)
			return -ENOMEM;
		threads->all = all;
		threads->room = room;
	}
	threads->all[threads->count++] = one;
	return 0;
}

/* The first number of schedstat, proc(5): ns on a CPU. -1: ended, or the kernel counts none. */
static int64_t thread_cpu(pid_t pid, const char *thread)
{
	char path[64];
	long long used_ns;

	snprintf(path, sizeof(path), "/proc/%d/task/%.20s/schedstat", (int)pid, thread);
	FILE *file = fopen(path, "re");
	if (!file)
		return -1;
	if (fscanf(file, "%lld", &used_ns) != 1)
		used_ns = -1;
	fclose(file);
	return used_ns;
}

static int add_threads(struct threads *threads, pid_t pid)
{
	char path[64];
	int rc = 0;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	DIR *tasks = opendir(path);
	if (!tasks)
		return errno == ENOENT ? 0 : -errno;
	for (struct dirent *d; rc == 0 && (d = readdir(tasks));) {
		if (d->d_name[0] < '1' || d->d_name[0] > '9')
			continue;
		const struct thread_use one = {(pid_t)strtol(d->d_name, NULL, 10),
					       thread_cpu(pid, d->d_name)};
		if (one.used_ns >= 0)
			rc = add_thread(threads, one);
	}
	closedir(tasks);
	return rc;
}

static int by_thread(const void *a, const void *b)
{
	const pid_t x = ((const struct thread_use *)a)->thread;
	const pid_t y = ((const struct thread_use *)b)->thread;

	return (x > y) - (x < y);
}

int process_tree_threads(pid_t root, struct thread_use **ret_list, int *ret_count)
{
	struct threads threads = {NULL, 0, 0};
	struct process *list = NULL;
	int count = 0;
	int rc = process_tree_list(root, &list, &count);

	for (int i = 0; rc == 0 && i < count; i++)
		rc = add_threads(&threads, list[i].pid);
	free(list);
	if (rc < 0) {
		free(threads.all);
		return rc;
	}
	if (threads.count > 0)
		qsort(threads.all, (size_t)threads.count, sizeof(*threads.all),
		      by_thread);
	*ret_list = threads.all;
	*ret_count = threads.count;
	return 0;
}

/* Since `before`, where it may not have been. */
static int64_t used_since(const struct thread_use *before, int count,
			  const struct thread_use *now)
{
	const struct thread_use *then = count > 0 ? bsearch(now, before, (size_t)count,
							    sizeof(*before), by_thread)
						  : NULL;

	return now->used_ns - (then ? then->used_ns : 0);
}

int threads_at_work(const struct thread_use *before, int before_count,
		    const struct thread_use *after, int after_count)
{
	int64_t most = 0;
	int count = 0;

	for (int i = 0; i < after_count; i++) {
		const int64_t used_ns = used_since(before, before_count, &after[i]);
		most = used_ns > most ? used_ns : most;
	}
	for (int i = 0; most > 0 && i < after_count; i++)
		count += used_since(before, before_count, &after[i]) * IDLE_SHARE >= most;
	return count;
}
