/* workers.c - see workers.h. */
#include "models/workers.h"

#include <sched.h>
#include <stddef.h>

const struct option_spec workers_options_per_cpu[] = {
	WORKERS_OPTION("how many serve", WORKERS_PER_CPU),
	{.name = NULL},
};

const struct option_spec workers_options_two_per_cpu[] = {
	WORKERS_OPTION("how many serve", WORKERS_TWO_PER_CPU),
	{.name = NULL},
};

unsigned cpus_usable(void)
{
	cpu_set_t cpus;

	if (sched_getaffinity(0, sizeof(cpus), &cpus) < 0)
		return 1; /* more CPUs than the set has room for */
	return (unsigned)CPU_COUNT(&cpus);
}

static unsigned workers_or(const struct io_server *server, unsigned otherwise)
{
	const struct workers_options *options = server->options;

	return options->workers > 0 ? (unsigned)options->workers : otherwise;
}

unsigned workers_per_cpu(const struct io_server *server)
{
	return workers_or(server, cpus_usable());
}

unsigned workers_two_per_cpu(const struct io_server *server)
{
	return workers_or(server, 2 * cpus_usable());
}
