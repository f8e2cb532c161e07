/* process_tree.h - a process and its descendants, as /proc shows them. */
#ifndef RESULTS_PROCESS_TREE_H
#define RESULTS_PROCESS_TREE_H

#include <stdint.h>
#include <sys/types.h>

struct process_tree {
	int64_t cpu_ns; /* exact for the live processes with all their threads, in ticks of
			   10 ms for the children that were waited for */
	int processes;  /* alive */
	int threads;    /* theirs */
};

/* All 0 once the root is gone. Looks once through /proc. 0 or -errno. */
int process_tree_read(pid_t root, struct process_tree *ret_tree);

#endif
