/* process_tree.h - a process and its descendants, as /proc shows them. */
#ifndef RESULTS_PROCESS_TREE_H
#define RESULTS_PROCESS_TREE_H

#include <stdint.h>
#include <sys/types.h>

struct process_tree {
	pid_t *pids; /* the root first; zombies are not in it */
	int count;
	int threads;
	int64_t reaped_cpu_ns; /* of children that ended and were waited for, in ticks */
};

/* Looks once through /proc. 0 or -errno; release it with process_tree_release. */
int process_tree_read(pid_t root, struct process_tree *ret_tree);
void process_tree_release(struct process_tree *tree);

/* CPU time of the tree: exact for the live processes with all their threads, in ticks for
 * those waited for. 0 or -errno. */
int process_tree_cpu(pid_t root, int64_t *ret_cpu_ns);

/* The peaks of resident memory added up over the live processes: a page that two share
 * counts twice. 0: not known. */
int64_t process_tree_rss_peak_kib(const struct process_tree *tree);

#endif
