/* placement.c - which CPUs the server has and which the client. */
#include "results/subject/placement.h"

#include <errno.h>

/* Up to `count` CPUs of `from`, lowest first, after skipping `skip`. */
static void take_cpus(const cpu_set_t *from, int skip, int count, cpu_set_t *ret_taken)
{
	CPU_ZERO(ret_taken);
	for (int cpu = 0; cpu < CPU_SETSIZE && count > 0; cpu++) {
		if (!CPU_ISSET(cpu, from) || skip-- > 0)
			continue;
		CPU_SET(cpu, ret_taken);
		count--;
	}
}

int placement_share(enum placement placement, const cpu_set_t *available,
		    struct placement_cpus *ret_cpus)
{
	const int count = CPU_COUNT(available);

	switch (placement) {
	case PLACEMENT_SPLIT:
		if (count < 2)
			return -EINVAL;
		take_cpus(available, 0, count / 2, &ret_cpus->server);
		take_cpus(available, count / 2, count, &ret_cpus->client);
		ret_cpus->client_threads = count - count / 2;
		return 0;
	case PLACEMENT_SHARED:
		ret_cpus->server = ret_cpus->client = *available;
		ret_cpus->client_threads = count < 2 ? 1 : count / 2;
		return 0;
	case PLACEMENT_SAME:
		take_cpus(available, 0, 1, &ret_cpus->server);
		ret_cpus->client = ret_cpus->server;
		ret_cpus->client_threads = 1;
		return 0;
	}
	return -EINVAL;
}
