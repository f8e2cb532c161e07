/* engine_cost.c - what an engine of the load generator costs. */
#include "results/calibration/engine_cost.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>

#include "server/clock.h"

static void describe(const struct load_config *load, const struct load_result *result,
		     struct engine_cost *cost)
{
	const double requests = (double)result->requests;
	const double seconds = (double)result->window_ns / NS_PER_S;

	*cost = (struct engine_cost){
		.requests = result->requests,
		.cpu_us_per_request = NAN,
		.ceiling_rps = NAN,
		.throughput_rps = seconds > 0 ? requests / seconds : NAN,
		.busy = result->client_busy,
		.verdict = result->verdict,
	};
	snprintf(cost->reason, sizeof(cost->reason), "%s", result->reason);
	if (requests > 0 && result->client_cpu_s > 0) {
		cost->cpu_us_per_request = result->client_cpu_s * 1e6 / requests;
		cost->ceiling_rps =
			requests / result->client_cpu_s * (double)load->threads;
	}
}

int engine_cost_measure(const struct load_config *load, int engine,
			const struct address *address, const volatile int *cancel,
			struct engine_cost *ret_cost, char *error)
{
	struct load_config config = *load;
	struct load_result result;

	config.engine = engine;
	int rc = load_run(&config, address, NULL, cancel, &result, error);
	if (rc == 0 && result.interrupted)
		rc = -EINTR;
	if (rc == 0)
		describe(&config, &result, ret_cost);
	load_result_release(&result);
	return rc;
}

bool engine_cost_usable(const struct engine_cost *cost)
{
	return cost->cpu_us_per_request > 0 && cost->verdict != LOAD_CORRUPTED &&
	       cost->verdict != LOAD_CLIENT_LIMITED;
}

int engine_cost_least(const struct engine_cost *costs, int count)
{
	int least = -1;

	for (int i = 0; i < count; i++) {
		if (!engine_cost_usable(&costs[i]))
			continue;
		if (least < 0 ||
		    costs[i].cpu_us_per_request < costs[least].cpu_us_per_request)
			least = i;
	}
	return least;
}
