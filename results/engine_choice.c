/* engine_choice.c - the engine that costs the generator least here. */
#include "results/engine_choice.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "loadgen/engines.h"
#include "results/engine_cost.h"
#include "results/server_process.h"
#include "server/clock.h"

#define TRIAL_NS        (200 * NS_PER_MS)
#define TRIAL_WARMUP_NS (50 * NS_PER_MS)

#define ENGINE(name, text) text,
const char *const engine_choices[] = {
	"auto",
#include "loadgen/engines.def"
	NULL,
};
#undef ENGINE

const char *engine_choice_reason(int choice)
{
	return choice == ENGINE_AUTO ? NULL : engine_reason(engines[choice - 1]);
}

int engine_choice_fixed(int choice)
{
	int only = -1, count = 0;

	if (choice != ENGINE_AUTO)
		return choice - 1;
	for (int i = 0; load_engines[i]; i++) {
		if (engine_reason(engines[i]))
			continue;
		only = i;
		count++;
	}
	return count == 1 ? only : -1;
}

/* A server that fails, fails with either engine: what was answered has its price. */
static bool can_be_used(const struct engine_cost *cost)
{
	return isfinite(cost->cpu_us_per_request) && cost->verdict != LOAD_CORRUPTED &&
	       cost->verdict != LOAD_CLIENT_LIMITED;
}

/* "epoll 6.52 us, io-uring 6.10 us" */
static void account_for(int engine, const struct engine_cost *cost, char *account)
{
	const size_t used = strlen(account);
	const size_t left = ENGINE_TEXT_SIZE - used;

	if (can_be_used(cost))
		snprintf(account + used, left, "%s%s %.2f us", used > 0 ? ", " : "",
			 load_engines[engine], cost->cpu_us_per_request);
	else
		snprintf(account + used, left, "%s%s not usable (%.100s)",
			 used > 0 ? ", " : "", load_engines[engine], cost->reason);
}

int engine_choose(const struct load_config *load, const struct address *address,
		  const volatile int *cancel, int *ret_engine, char *account, char *error)
{
	struct load_config config = *load;
	double least = INFINITY;
	int rc = 0;

	config.rate = 0;
	config.requests = 0;
	config.duration_ns = TRIAL_NS;
	if (config.warmup_ns > TRIAL_WARMUP_NS)
		config.warmup_ns = TRIAL_WARMUP_NS;
	account[0] = '\0';
	*ret_engine = -1;
	for (int i = 0; rc == 0 && load_engines[i]; i++) {
		struct engine_cost cost;
		if (engine_reason(engines[i]))
			continue;
		rc = engine_cost_measure(&config, i, address, cancel, &cost, error);
		if (rc < 0)
			break;
		account_for(i, &cost, account);
		if (!can_be_used(&cost) || cost.cpu_us_per_request >= least)
			continue;
		least = cost.cpu_us_per_request;
		*ret_engine = i;
	}
	if (rc < 0)
		account[0] = '\0';
	const size_t used = strlen(account);
	if (used > 0)
		snprintf(account + used, ENGINE_TEXT_SIZE - used, " of CPU per request");
	return rc;
}

int engine_choose_for_cell(const struct measure_config *config, int *ret_engine,
			   char *account, char *error)
{
	struct server_process server;
	struct load_config load;

	account[0] = '\0';
	*ret_engine = -1;
	measure_load_config(config, &load);
	int rc = measure_start_server(config, &server, error);
	if (rc < 0)
		return rc == -ECHILD ? 0 : rc;
	rc = engine_choose(&load, &server.address, config->cancel, ret_engine, account,
			   error);
	server_process_stop(&server, NULL);
	return rc;
}
