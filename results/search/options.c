/* options.c - what `search` accepts, and what follows from it. */
#include "results/search/options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "results/calibration/engine_choice.h"
#include "results/campaign/measure.h"
#include "results/subject/peers.h"
#include "server/clock.h"

#define AT(member) offsetof(struct search_options, member)

static const char *const transports[] = {"tcp", "unix", "udp", NULL};

static const struct option_spec own_options[] = {
	{"slo", "METRIC=TIME",
	 "what response times are to stay below: p50 p90 p99 p99.9 p99.99 mean max; "
	 "several by commas or repeated",
	 OPTION_REPEAT, AT(slo), NULL, 0, 0, NULL},
	{"precision", "PERCENT", "of the rate", OPTION_TEXT, AT(precision), "2%", 0, 0,
	 NULL},
	{"again", "N", "measurements of each end of the last bracket, at most",
	 OPTION_COUNT, AT(again), "3", 0, 100, NULL},
	{"transport", "NAME", "of a SERVER", OPTION_CHOICE, AT(transport), "tcp", 0, 0,
	 transports},
	{"placement", "HOW", "CPUs of a SERVER and the generator", OPTION_CHOICE,
	 AT(placement), "split", 0, 0, placement_names},
	{"workers", "N", "of a SERVER: auto, or of models that have such an option",
	 OPTION_TEXT, AT(workers), "auto", 0, 0, NULL},
	PEERS_OPTION(AT(python)),
	{"csv", NULL, "print the steps as CSV", OPTION_FLAG, AT(csv), NULL, 0, 0, NULL},
	{"json", NULL, "print JSON", OPTION_FLAG, AT(json), NULL, 0, 0, NULL},
	{"progress", NULL, "show progress though stderr is no terminal", OPTION_FLAG,
	 AT(progress), NULL, 0, 0, NULL},
	{.name = NULL},
};

/* An option of `load` that is another one here, or none: the rate is what is searched. */
static const struct option_spec changed_options[] = {
	{"duration", "TIME",
	 "of each step's window; longer where a percentile needs more", OPTION_DURATION,
	 AT(load.duration_ns), "3s", NS_PER_MS, 86400 * NS_PER_S, NULL},
	{"warmup", "TIME", "load before each window, at least", OPTION_DURATION,
	 AT(load.warmup_ns), "500ms", 0, 3600 * NS_PER_S, NULL},
	{"threads", "N",
	 "threads of the generator; if not given, of a SERVER one per CPU that the "
	 "placement leaves, else 1",
	 OPTION_COUNT, AT(load.threads), NULL, 1, 1024, NULL},
	{"engine", "NAME",
	 "how the generator does its I/O; auto tries each and keeps the cheaper",
	 OPTION_CHOICE, AT(engine), "auto", 0, 0, engine_choices},
	{"arrivals", "HOW", "poisson or constant", OPTION_CHOICE, AT(load.arrivals),
	 "poisson", 0, 0, arrivals_names},
	{"max-work", "TIME",
	 "what the server does at most for a request: its --max-work; if not given, of an "
	 "ADDR 1s, of a SERVER what --work needs",
	 OPTION_DURATION, AT(load.max_work_ns), NULL, NS_PER_US, WORK_LIMIT_NS, NULL},
	{.name = "rate"},
	{.name = "requests"},
	{.name = NULL},
};

void search_options_table(struct option_spec *table)
{
	options_join(table, own_options, load_options, changed_options);
}

static int parse_precision(const char *text, double *ret_precision, char *error)
{
	char *end;
	const double percent = strtod(text, &end);

	if (end != text && (*end == '\0' || strcmp(end, "%") == 0) && percent >= 0.1 &&
	    percent <= 50) {
		*ret_precision = percent / 100;
		return 0;
	}
	snprintf(error, OPTION_ERROR_SIZE,
		 "--precision '%.100s': expected a percentage from 0.1%% to 50%%", text);
	return -EINVAL;
}

static bool is_address(const char *text)
{
	for (int i = 0; transports[i]; i++) {
		const size_t length = strlen(transports[i]);
		if (strncmp(text, transports[i], length) == 0 && text[length] == ':')
			return true;
	}
	return false;
}

/* The cell is what a server is started for; what is sent to it is the load alone. */
static int prepare_server(const struct search_options *options, const char *server,
			  const struct io_catalogue *catalogue,
			  struct search_steps *steps, char *error)
{
	struct load_config *load = &steps->load;
	struct cell *cell = &steps->cell;

	steps->starts_servers = true;
	options_defaults(plan_axes, cell, sizeof(*cell));
	cell->model = server;
	cell->transport = options->transport;
	cell->connections = load->connections;
	cell->idle_connections = load->idle;
	cell->depth = load->depth;
	cell->payload_bytes = load->size;
	cell->work = load->work;
	cell->churn = load->churn;
	cell->placement = options->placement;
	cell->workers = options->workers;
	int rc = subject_prepare(cell, catalogue, &steps->subject, error);
	if (rc < 0)
		return rc;
	if (load->max_work_ns == 0)
		load->max_work_ns = work_needs_ns(load->work);
	measure_place_load(cell, &steps->subject.cpus, load);
	return 0;
}

static int prepare_target(const struct search_options *options, const char *target,
			  const struct io_catalogue *catalogue,
			  struct search_steps *steps, char *error)
{
	int rc;

	if (is_address(target))
		rc = address_parse(target, &steps->address, error, OPTION_ERROR_SIZE);
	else
		rc = prepare_server(options, target, catalogue, steps, error);
	if (steps->load.threads == 0)
		steps->load.threads = 1;
	if (rc < 0)
		return rc;
	const enum transport transport = steps->starts_servers
						 ? (enum transport)options->transport
						 : steps->address.transport;
	struct load_config load = steps->load;
	load.rate = 1; /* some: --arrivals belongs to an open loop */
	return load_config_check(&load, transport, error);
}

int search_prepare(const struct search_options *options, const char *target,
		   const struct io_catalogue *catalogue, struct search_steps *steps,
		   struct knee_search *search, char *error)
{
	char workers[32];

	steps->load = options->load;
	if (options->csv && options->json) {
		snprintf(error, OPTION_ERROR_SIZE,
			 "--csv and --json: one of them is accepted");
		return -EINVAL;
	}
	int rc = peers_use(catalogue->peers, options->python, error);
	if (rc == 0)
		rc = slo_parse(&options->slo, &steps->slos, error);
	if (rc == 0)
		rc = parse_precision(options->precision, &search->precision, error);
	if (rc == 0)
		rc = plan_value_check(PLAN_WORKERS, options->workers, workers,
				      sizeof(workers), error);
	if (rc == 0)
		rc = prepare_target(options, target, catalogue, steps, error);
	search->again = (int)options->again;
	search->probe = search_steps_probe;
	search->context = steps;
	return rc;
}
