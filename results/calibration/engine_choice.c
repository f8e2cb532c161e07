/* engine_choice.c - the engine that costs the generator least here. */
#include "results/calibration/engine_choice.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "loadgen/engines.h"
#include "results/calibration/engine_cost.h"
#include "results/subject/server_process.h"
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

#define ENGINES ((int)(sizeof(engine_choices) / sizeof(engine_choices[0])) - 2)

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

/* "epoll 6.52 us, io-uring 6.10 us" */
static void account_for(int engine, const struct engine_cost *cost, char *account)
{
	const size_t used = strlen(account);
	const size_t left = ENGINE_TEXT_SIZE - used;

	if (engine_cost_usable(cost))
		snprintf(account + used, left, "%s%s %.2f us", used > 0 ? ", " : "",
			 load_engines[engine], cost->cpu_us_per_request);
	else
		snprintf(account + used, left, "%s%s not usable (%.100s)",
			 used > 0 ? ", " : "", load_engines[engine], cost->reason);
}

/* Measures every available engine; those that are not cost nothing that can be used. */
static int measure_engines(const struct load_config *load, const struct address *address,
			   const volatile int *cancel, struct engine_cost *costs,
			   char *account, char *error)
{
	int rc = 0;

	for (int i = 0; rc == 0 && load_engines[i]; i++) {
		costs[i].cpu_us_per_request = NAN;
		if (engine_reason(engines[i]))
			continue;
		rc = engine_cost_measure(load, i, address, cancel, &costs[i], error);
		if (rc == 0)
			account_for(i, &costs[i], account);
	}
	return rc;
}

int engine_choose(const struct load_config *load, const struct address *address,
		  const volatile int *cancel, int *ret_engine, char *account, char *error)
{
	struct engine_cost costs[ENGINES] = {{.requests = 0}};
	struct load_config config = *load;

	config.rate = 0;
	config.requests = 0;
	config.duration_ns = TRIAL_NS;
	if (config.warmup_ns > TRIAL_WARMUP_NS)
		config.warmup_ns = TRIAL_WARMUP_NS;
	account[0] = '\0';
	*ret_engine = -1;
	const int rc = measure_engines(&config, address, cancel, costs, account, error);
	if (rc < 0) {
		account[0] = '\0';
		return rc;
	}
	*ret_engine = engine_cost_least(costs, ENGINES);
	const size_t used = strlen(account);
	snprintf(account + used, ENGINE_TEXT_SIZE - used, " of CPU per request");
	return 0;
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
