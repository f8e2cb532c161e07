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

#endif
