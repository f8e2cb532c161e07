/* footprint.c - what a server takes of the machine, as /proc tells. */
#include "results/subject/footprint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "results/subject/process_tree.h"

/* The number of kB behind "NAME:" in a file of such lines; -1: there is none. */
static int64_t read_kib(const char *path, const char *name)
{
	const size_t length = strlen(name);
	FILE *file = fopen(path, "re");
	long long value = -1;
	char line[256];

	while (file && value < 0 && fgets(line, sizeof(line), file))
		if (strncmp(line, name, length) == 0 && line[length] == ':')
			(void)sscanf(line + length + 1, "%lld", &value);
	if (file)
		fclose(file);
	return value;
}

static int64_t of_process(pid_t pid, const char *file, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	return read_kib(path, name);
}

/* A process that has ended meanwhile takes nothing; one that hides what it takes makes the
 * sum unknown. */
static void add(int64_t *sum, int64_t value, pid_t pid)
{
	char path[64];

	if (*sum < 0)
		return;
	snprintf(path, sizeof(path), "/proc/%d", (int)pid);
	if (value >= 0)
		*sum += value;
	else if (access(path, F_OK) == 0)
		*sum = -1;
}

static void add_process(const struct process *process, struct footprint *sum)
{
	const pid_t pid = process->pid;

	sum->processes++;
	sum->threads += process->threads;
	add(&sum->rss_peak_kib, of_process(pid, "status", "VmHWM"), pid);
	add(&sum->pss_kib, of_process(pid, "smaps_rollup", "Pss"), pid);
}

void footprint_read(pid_t root, bool bystander, struct footprint *ret_footprint)
{
	struct footprint sum = {0};
	struct process *list = NULL;
	int count = 0;

	(void)process_tree_list(root, &list, &count); /* none: not known */
	for (int i = 0; i < count; i++)
		if (!bystander || list[i].pid != root)
			add_process(&list[i], &sum);
	free(list);
	if (sum.processes == 0)
		sum.rss_peak_kib = sum.pss_kib = -1;
	sum.available_kib = read_kib("/proc/meminfo", "MemAvailable");
	sum.own_kib = read_kib("/proc/self/smaps_rollup", "Anonymous");
	*ret_footprint = sum;
}
