/* probe.c - CPU time and context switches of a server's whole tree. */
#include "results/probe.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "results/process_tree.h"

/*
 * perf_event_open(2) has no wrapper. -1: refused. Users without privileges may only ask for
 * events that leave out the kernel (perf_event_paranoid 2): the task clock then still
 * counts all of its time, but switches, which happen in the kernel, would all be missed.
 */
static int open_event(uint64_t event, pid_t pid, unsigned exclude_kernel)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = event,
		.inherit = 1,
		.exclude_kernel = exclude_kernel & 1,
	};

	return (int)syscall(SYS_perf_event_open, &attr, pid, -1, -1,
			    PERF_FLAG_FD_CLOEXEC);
}

void probe_open(struct probe *probe, pid_t pid, enum probe_source wanted)
{
	probe->pid = pid;
	probe->source = PROBE_CLOCKS;
	probe->cpu_fd = probe->switches_fd = -1;
	if (wanted != PROBE_EVENTS)
		return;
	probe->cpu_fd = open_event(PERF_COUNT_SW_TASK_CLOCK, pid, 1);
	if (probe->cpu_fd < 0)
		return;
	probe->source = PROBE_EVENTS;
	probe->switches_fd = open_event(PERF_COUNT_SW_CONTEXT_SWITCHES, pid, 0);
}

static int read_event(int fd, int64_t *ret_value)
{
	if (read(fd, ret_value, sizeof(*ret_value)) == (ssize_t)sizeof(*ret_value))
		return 0;
	return errno ? -errno : -EIO;
}

int probe_read(const struct probe *probe, struct probe_reading *ret_reading)
{
	struct probe_reading reading = {0, -1};
	int rc;

	if (probe->source == PROBE_CLOCKS)
		rc = process_tree_cpu(probe->pid, &reading.cpu_ns);
	else
		rc = read_event(probe->cpu_fd, &reading.cpu_ns);
	if (rc == 0 && probe->switches_fd >= 0)
		rc = read_event(probe->switches_fd, &reading.switches);
	if (rc == 0)
		*ret_reading = reading;
	return rc;
}

void probe_close(struct probe *probe)
{
	if (probe->cpu_fd >= 0)
		close(probe->cpu_fd);
	if (probe->switches_fd >= 0)
		close(probe->switches_fd);
	probe->cpu_fd = probe->switches_fd = -1;
}
