/* probe.c - CPU time, context switches and system calls of a server's whole tree. */
#include "results/subject/probe.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "results/subject/process_tree.h"

/* perf_event_open(2) has no wrapper. -1: refused. */
static int open_event(uint32_t type, uint64_t event, pid_t pid, unsigned exclude_kernel)
{
	struct perf_event_attr attr = {
		.type = type,
		.size = sizeof(attr),
		.config = event,
		.inherit = 1,
		.exclude_kernel = exclude_kernel & 1,
	};

	return (int)syscall(SYS_perf_event_open, &attr, pid, -1, -1,
			    PERF_FLAG_FD_CLOEXEC);
}

/* The number of the tracepoint differs from kernel to kernel. False: nobody tells. */
static bool read_syscall_event(uint64_t *ret_event)
{
	static const char *const paths[] = {
		"/sys/kernel/tracing/events/raw_syscalls/sys_enter/id",
		"/sys/kernel/debug/tracing/events/raw_syscalls/sys_enter/id"};
	bool found = false;

	for (size_t i = 0; !found && i < sizeof(paths) / sizeof(paths[0]); i++) {
		FILE *file = fopen(paths[i], "re");
		if (!file)
			continue;
		found = fscanf(file, "%" SCNu64, ret_event) == 1;
		fclose(file);
	}
	return found;
}

static int open_syscalls(pid_t pid)
{
	uint64_t event;

	return read_syscall_event(&event)
		       ? open_event(PERF_TYPE_TRACEPOINT, event, pid, 0)
		       : -1;
}

bool probe_can_count_syscalls(void)
{
	const int fd = open_syscalls(0);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/*
 * Users without privileges may only ask for events that leave out the kernel
 * (perf_event_paranoid 2): the task clock then still counts all of its time, but switches,
 * which happen in the kernel, would all be missed.
 */
void probe_open(struct probe *probe, pid_t pid, enum probe_source wanted)
{
	const uint32_t type = PERF_TYPE_SOFTWARE;

	probe->pid = pid;
	probe->source = PROBE_CLOCKS;
	probe->cpu_fd = probe->switches_fd = probe->syscalls_fd = -1;
	if (wanted == PROBE_CLOCKS)
		return;
	if (wanted == PROBE_SYSCALLS)
		probe->syscalls_fd = open_syscalls(pid);
	probe->cpu_fd = open_event(type, PERF_COUNT_SW_TASK_CLOCK, pid, 1);
	if (probe->cpu_fd < 0)
		return;
	probe->source = wanted == PROBE_ENDING ? PROBE_ENDING : PROBE_EVENTS;
	probe->switches_fd = open_event(type, PERF_COUNT_SW_CONTEXT_SWITCHES, pid, 0);
}

static int read_event(int fd, int64_t *ret_value)
{
	if (read(fd, ret_value, sizeof(*ret_value)) == (ssize_t)sizeof(*ret_value))
		return 0;
	return errno ? -errno : -EIO;
}

int probe_read(const struct probe *probe, struct probe_reading *ret_reading)
{
	struct probe_reading reading = {0, -1, -1, -1};
	int rc;

	if (probe->source == PROBE_CLOCKS)
		rc = process_tree_cpu(probe->pid, &reading.cpu_ns);
	else
		rc = read_event(probe->cpu_fd, &reading.cpu_ns);
	if (rc == 0 && probe->source == PROBE_ENDING)
		rc = process_tree_cpu(probe->pid, &reading.clocks_ns);
	if (rc == 0 && probe->switches_fd >= 0)
		rc = read_event(probe->switches_fd, &reading.switches);
	if (rc == 0 && probe->syscalls_fd >= 0)
		rc = read_event(probe->syscalls_fd, &reading.syscalls);
	if (rc == 0)
		*ret_reading = reading;
	return rc;
}

int64_t probe_cpu_between(const struct probe_reading *start,
			  const struct probe_reading *end)
{
	const int64_t events = end->cpu_ns - start->cpu_ns;
	const int64_t clocks = end->clocks_ns - start->clocks_ns;

	return start->clocks_ns >= 0 && end->clocks_ns >= 0 && clocks > events ? clocks
									       : events;
}

void probe_close(struct probe *probe)
{
	if (probe->cpu_fd >= 0)
		close(probe->cpu_fd);
	if (probe->switches_fd >= 0)
		close(probe->switches_fd);
	if (probe->syscalls_fd >= 0)
		close(probe->syscalls_fd);
	probe->cpu_fd = probe->switches_fd = probe->syscalls_fd = -1;
}
