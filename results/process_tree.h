/* process_tree.h - a process and its descendants, as /proc shows them. */
#ifndef RESULTS_PROCESS_TREE_H
#define RESULTS_PROCESS_TREE_H

#include <stdint.h>
#include <sys/types.h>

/* CPU time of the tree: exact for the live processes with all their threads, in ticks of
 * 10 ms for the children that were waited for; 0 once the root is gone. Looks once
 * through /proc. 0 or -errno. */
int process_tree_cpu(pid_t root, int64_t *ret_cpu_ns);

#endif
