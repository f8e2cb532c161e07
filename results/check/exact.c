/* exact.c - see exact.h. */
#include "results/check/exact.h"

#include <errno.h>
#include <math.h>

#include "results/statistics/statistics.h"

struct exact exact_of(double repeats[EXACT_REPEATS])
{
	struct exact exact = {.per_request = NAN, .spread = NAN};

	for (int i = 0; i < EXACT_REPEATS; i++)
		if (isnan(repeats[i]))
			return exact;
	exact.per_request = statistics_median(repeats, EXACT_REPEATS);
	exact.spread = repeats[EXACT_REPEATS - 1] - repeats[0];
	return exact;
}

/* In lock step one side waits for the other. On one CPU that is a switch; on two it is the
 * wake-up of an idle CPU, twice, and takes ten times as long. */
static struct placement_cpus together(const struct placement_cpus *cpus)
{
	return (struct placement_cpus){
		.server = cpus->server, .client = cpus->server, .client_threads = 1};
}

int exact_measure(const struct measure_config *config, struct exact *ret_exact,
		  char *error)
{
	const struct placement_cpus cpus = together(config->cpus);
	struct measure_config one = *config;
	double repeats[EXACT_REPEATS];
	struct load_config load;

	*ret_exact = (struct exact){.per_request = NAN, .spread = NAN};
	one.cpus = &cpus;
	measure_load_config(&one, &load);
	load.connections = load.depth = load.threads = 1;
	load.idle = load.churn = 0;
	load.rate = 0;
	load.requests = EXACT_REQUESTS;
	one.load = &load;
	for (int i = 0; i < EXACT_REPEATS; i++) {
		const int rc = measure_syscalls(&one, &repeats[i], error);
		if (rc < 0)
			return rc;
	}
	*ret_exact = exact_of(repeats);
	return 0;
}

bool exact_comparable(const struct exact *base, const struct exact *new)
{
	return base->spread <= EXACT_AGREES && new->spread <= EXACT_AGREES;
}

double exact_change(const struct exact *base, const struct exact *new)
{
	const double change = new->per_request - base->per_request;

	if (fabs(change) <= EXACT_AGREES ||
	    fabs(change) <= EXACT_SHARE * base->per_request)
		return 0;
	return change;
}
