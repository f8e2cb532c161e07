/*
 * probe.h - CPU time, context switches, and system calls of a server's whole tree.
 *
 * Inherited perf software events, opened on the child before it executes anything:
 * exact over live, ended and reaped threads and children, at no measurable cost, but for
 * what a task does in the kernel after its events are closed: Linux 6.16 closes them before it
 * takes the memory of an ending process apart, a quarter of the CPU time of a server that forks
 * for each connection. The processes' clocks have that time, and cost a look through /proc:
 * they are asked too where tasks end while they are measured. Where the kernel refuses events
 * there are the clocks alone, and the switches are not known. System calls are counted by a
 * tracepoint, which costs each of them some time: not while anything else is measured.
 */
#ifndef RESULTS_SUBJECT_PROBE_H
#define RESULTS_SUBJECT_PROBE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum probe_source {
	PROBE_EVENTS,   /* perf events, else as below */
	PROBE_CLOCKS,   /* clock_getcpuclockid of each live process + reaped time */
	PROBE_SYSCALLS, /* perf events, the tracepoint among them */
	PROBE_ENDING    /* perf events, and the clocks beside them */
};

struct probe {
	pid_t pid;
	enum probe_source source; /* the one in use */
	int cpu_fd, switches_fd, syscalls_fd;
};

struct probe_reading {
	int64_t cpu_ns;
	int64_t clocks_ns; /* -1: not asked for */
	int64_t switches;  /* -1: not known */
	int64_t syscalls;  /* -1: not known, or not asked for */
};

/* Whether this process may count system calls: tracefs is mounted and can be read, perf is
 * permitted. */
bool probe_can_count_syscalls(void);

/* `pid` is a child that has neither threads nor children yet. */
void probe_open(struct probe *probe, pid_t pid, enum probe_source wanted);

/* Since some moment of no importance: subtract two readings. 0 or -errno. */
int probe_read(const struct probe *probe, struct probe_reading *ret_reading);

/* CPU time between two readings, by the source that has seen more of it. */
int64_t probe_cpu_between(const struct probe_reading *start,
			  const struct probe_reading *end);

void probe_close(struct probe *probe);

#endif
