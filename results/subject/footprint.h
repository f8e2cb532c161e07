/*
 * footprint.h - what a server takes of the machine: processes, threads, memory.
 *
 * Reading it makes the kernel walk the page tables of every process of the tree: never
 * while anything is timed.
 */
#ifndef RESULTS_SUBJECT_FOOTPRINT_H
#define RESULTS_SUBJECT_FOOTPRINT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct footprint {
	int processes, threads; /* alive; 0: not known */
	int64_t rss_peak_kib; /* VmHWM of each live process, added up: what they share is
				   counted once for each; -1: not known */
	int64_t pss_kib;      /* shared pages divided among those that have them; -1 */

	/* Memory that the machine can still give out, and what the caller's own process has
	 * for itself; -1. */
	int64_t available_kib, own_kib;
};

/* Of the tree under `root`; that process itself does not count where `bystander` is set. All
 * 0 and -1 when it is gone or may not be looked at. */
void footprint_read(pid_t root, bool bystander, struct footprint *ret_footprint);

#endif
