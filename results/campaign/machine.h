/* machine.h - the facts of the machine that /proc and /sys tell. */
#ifndef RESULTS_CAMPAIGN_MACHINE_H
#define RESULTS_CAMPAIGN_MACHINE_H

#include <jansson.h>
#include <sched.h>

/* Adds kernel_cmdline os cpu_model cpus numa_nodes smt governor cpuidle_driver turbo
 * virtualisation memory_kib sysctl clocksource mitigations container ci_provider, as the
 * files below `root` tell ("": this machine's); what they do not tell is null. */
void machine_add(json_t *all, const char *root);

/* Time that the host took from this machine's CPUs, and all time, in ticks since boot.
 * 0 or -errno. */
int machine_steal(long long *ret_steal, long long *ret_total);

struct machine_ticks {
	long long idle; /* nothing to do */
	long long steal, total;
};

/* The time of these CPUs, likewise. 0 or -ENOTSUP. */
int machine_ticks(const cpu_set_t *cpus, struct machine_ticks *ret_ticks);

#endif
