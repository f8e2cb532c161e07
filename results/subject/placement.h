/*
 * placement.h - which CPUs the server has and which the client.
 *
 *	split	the first half of the CPUs for the server, the rest for the client
 *	shared	both on all CPUs, unpinned
 *	same	both on the first CPU
 */
#ifndef RESULTS_SUBJECT_PLACEMENT_H
#define RESULTS_SUBJECT_PLACEMENT_H

#include <sched.h>

#include "results/plan/plan.h"

struct placement_cpus {
	cpu_set_t server;
	cpu_set_t client;
	int client_threads; /* of the load generator */
};

/* Shares out the CPUs `available` (sched_getaffinity's set). 0, or -EINVAL where split
 * has fewer than two. */
int placement_share(enum placement placement, const cpu_set_t *available,
		    struct placement_cpus *ret_cpus);

#endif
