/* process_tree.h - a process and its descendants, as /proc shows them. */
#ifndef RESULTS_SUBJECT_PROCESS_TREE_H
#define RESULTS_SUBJECT_PROCESS_TREE_H

#include <stdint.h>
#include <sys/types.h>

/* One that is alive. */
struct process {
	pid_t pid, parent;
	int threads;
	int64_t reaped_ns; /* CPU time of the children it waited for, in ticks of 10 ms */
};

/* The root and its descendants that are alive, by number; none once the root is gone.
 * Looks once through /proc. The caller frees the list. 0 or -errno. */
int process_tree_list(pid_t root, struct process **ret_list, int *ret_count);

/* Of all of them, in ns: exact for the live processes with all their threads, in ticks of
 * 10 ms for the children that were waited for. 0 or -errno. */
int process_tree_cpu(pid_t root, int64_t *ret_cpu_ns);

struct thread_use {
	pid_t thread;
	int64_t used_ns; /* of CPU time, since it began */
};

/* Of all threads of all of them, by number; likewise. Takes milliseconds for thousands. */
int process_tree_threads(pid_t root, struct thread_use **ret_list, int *ret_count);

/* How many were at work between two such lists: those that have used at least a tenth of the
 * CPU time of the one that has used most. Who started others, or waits for them - a shell, a
 * master - was not. 0: not known. */
int threads_at_work(const struct thread_use *before, int before_count,
		    const struct thread_use *after, int after_count);

#endif
