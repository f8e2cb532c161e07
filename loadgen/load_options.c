/* load_options.c - what `load` accepts: its options, and what their table cannot check. */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>

#include "loadgen/load.h"
#include "loadgen/payload.h"
#include "server/clock.h"
#include "server/echo.h"

#define SPARE_DESCRIPTORS  32 /* of stdio, files, epoll */
#define THREAD_DESCRIPTORS 2

#define DAY_S      86400
#define RATE_LEAST 0.001
#define RATE_MOST  10000000 /* what waits takes 16 bytes: 160 MB per second */

#define TIMEOUT_STREAM_NS   (5 * NS_PER_S)
#define TIMEOUT_DATAGRAM_NS (200 * NS_PER_MS)
#define TIMEOUT_MOST_NS     (3600 * NS_PER_S)

/* A spin takes that much longer where the server has but half a CPU. */
#define WORK_STRETCH 2

#define OPTION_AT(field) offsetof(struct load_config, field)

const struct option_spec load_options[] = {
	{"connections", "N", "connections, each with its own stream", OPTION_COUNT,
	 OPTION_AT(connections), "64", 1, 1000000, NULL},
	{"depth", "N", "requests in flight per connection", OPTION_COUNT,
	 OPTION_AT(depth), "1", 1, 4096, NULL},
	{"size", "SIZE",
	 "payload of a request: N, uniform:A-B, or @FILE with lines of SIZE,WEIGHT",
	 OPTION_TEXT, OPTION_AT(size), "64", 0, 0, NULL},
	{"duration", "TIME", "length of the measured window", OPTION_DURATION,
	 OPTION_AT(duration_ns), "10s", NS_PER_MS, 86400 * NS_PER_S, NULL},
	{"warmup", "TIME", "load before the window, at least", OPTION_DURATION,
	 OPTION_AT(warmup_ns), "1s", 0, 3600 * NS_PER_S, NULL},
	{"threads", "N", "threads of the generator, sharing nothing", OPTION_COUNT,
	 OPTION_AT(threads), "1", 1, 1024, NULL},
	{"timeout", "TIME",
	 "without a reply, for a connection that has had one; if not given 5s, for a "
	 "datagram 200ms, and twice the work of all that can be in flight",
	 OPTION_DURATION, OPTION_AT(timeout_ns), NULL, NS_PER_MS, TIMEOUT_MOST_NS, NULL},
	{"work", "WORK",
	 "of the server for each request: spin:200us, sleep:5ms, exp:200us, "
	 "mix:100us+5ms",
	 OPTION_TEXT, OPTION_AT(work), "none", 0, 0, NULL},
	{"max-work", "TIME", "what the server does at most for a request: its --max-work",
	 OPTION_DURATION, OPTION_AT(max_work_ns), "1s", NS_PER_US, WORK_LIMIT_NS, NULL},
	{"churn", "N", "requests per connection, then a new one; 0: no churn",
	 OPTION_COUNT, OPTION_AT(churn), "0", 0, INT32_MAX, NULL},
	{"idle", "N", "more connections, which never send", OPTION_COUNT, OPTION_AT(idle),
	 "0", 0, 1000000, NULL},
	{"rate", "RATE",
	 "open loop: requests per second, sent when they are due; 0: closed loop",
	 OPTION_RATE, OPTION_AT(rate), "0", 0, RATE_MOST, NULL},
	{"arrivals", "HOW", "with --rate: poisson or constant", OPTION_CHOICE,
	 OPTION_AT(arrivals), "poisson", 0, 0, arrivals_names},
	{"requests", "N", "in the window, which is as long as they take; 0: --duration",
	 OPTION_COUNT, OPTION_AT(requests), "0", 0, 1000000000000, NULL},
	{"connect-rate", "RATE", "connects per second before the load, and of lost ones",
	 OPTION_RATE, OPTION_AT(connect_rate), "5k", 1, 1000000000, NULL},
	{"seed", "N", "of everything random", OPTION_COUNT, OPTION_AT(seed), "1", 0, 0,
	 NULL},
	{"engine", "NAME", "how the generator does its I/O", OPTION_CHOICE,
	 OPTION_AT(engine), "epoll", 0, 0, load_engines},
	{"pin", "CPUS", "run thread i on the i-th of these CPUs", OPTION_CPUS,
	 OPTION_AT(pin), NULL, 0, 0, NULL},
	{.name = NULL},
};

/* Nobody knows how many a server does at a time: all that is in flight may be ahead. */
static double work_ahead_ns(const struct load_config *config)
{
	char error[OPTION_ERROR_SIZE]; /* load_config_check has told */
	struct work work;

	if (work_parse(config->work, config->max_work_ns, &work, error) < 0)
		return 0;
	return (double)(config->connections * config->depth) * work_longest_us(&work) *
	       (double)NS_PER_US * WORK_STRETCH;
}

int64_t load_timeout_ns(const struct load_config *config, enum transport transport)
{
	const int64_t base_ns =
		transport == TRANSPORT_UDP ? TIMEOUT_DATAGRAM_NS : TIMEOUT_STREAM_NS;
	const double ahead_ns = work_ahead_ns(config);

	if (config->timeout_ns > 0)
		return config->timeout_ns;
	if (ahead_ns >= (double)(TIMEOUT_MOST_NS - base_ns))
		return TIMEOUT_MOST_NS;
	return base_ns + (int64_t)ahead_ns;
}

static int refuse(char *error, const char *format, long long value, long long limit)
{
	snprintf(error, OPTION_ERROR_SIZE, format, value, limit);
	return -EINVAL;
}

static int check_descriptors(const struct load_config *config, char *error)
{
	int64_t limit = descriptor_limit_raise();
	int64_t sockets = config->connections + config->idle;
	int64_t needed =
		sockets + SPARE_DESCRIPTORS + config->threads * THREAD_DESCRIPTORS;

	if (needed <= limit)
		return 0;
	snprintf(error, OPTION_ERROR_SIZE,
		 "%s %lld: %lld descriptors would be needed, `ulimit -Hn` gives %lld",
		 config->idle > 0 ? "--connections and --idle" : "--connections",
		 (long long)sockets, (long long)needed, (long long)limit);
	return -EMFILE;
}

/* What has no meaning where each request is a datagram of its own. */
static int check_datagrams(const struct load_config *config, char *error)
{
	if (config->churn > 0)
		return refuse(
			error,
			"--churn %lld: datagrams have no connection to be made anew, "
			"%lld is accepted with udp:",
			config->churn, 0);
	if (config->idle > 0)
		return refuse(
			error,
			"--idle %lld: a server does not see a silent datagram socket, "
			"%lld is accepted with udp:",
			config->idle, 0);
	return 0;
}

static int check_size(const char *text, enum transport transport, char *error)
{
	struct payload sizes;
	int rc = payload_parse("--size", text, &sizes, error);
	uint32_t most = sizes.most;

	payload_release(&sizes);
	if (rc == 0 && transport == TRANSPORT_UDP && most > ECHO_MAX_DATAGRAM) {
		snprintf(
			error, OPTION_ERROR_SIZE,
			"--size %s: a datagram holds at most %d bytes of payload, not %u",
			text, ECHO_MAX_DATAGRAM, most);
		rc = -EINVAL;
	}
	return rc;
}

static int check_schedule(const struct load_config *config, char *error)
{
	if (config->arrivals != ARRIVALS_POISSON && config->rate <= 0) {
		snprintf(error, OPTION_ERROR_SIZE, "--arrivals %s: needs --rate",
			 arrivals_names[config->arrivals]);
		return -EINVAL;
	}
	if (config->rate > 0 && config->rate < RATE_LEAST) {
		snprintf(error, OPTION_ERROR_SIZE,
			 "--rate %g: 0 or %g to 10M is accepted", config->rate,
			 RATE_LEAST);
		return -EINVAL;
	}
	if ((double)config->requests > config->rate * DAY_S && config->rate > 0)
		return refuse(error,
			      "--requests %lld: with that --rate at most a day of them, "
			      "%lld, is accepted",
			      config->requests, (long long)(config->rate * DAY_S));
	return 0;
}

int load_config_check(const struct load_config *config, enum transport transport,
		      char *error)
{
	struct work work;

	if (config->threads > config->connections)
		return refuse(
			error,
			"--threads %lld: at most one per connection, %lld, is accepted",
			config->threads, config->connections);
	int rc = check_schedule(config, error);
	if (rc == 0)
		rc = work_parse(config->work, config->max_work_ns, &work, error);
	if (rc == 0)
		rc = check_size(config->size, transport, error);
	if (rc == 0 && transport == TRANSPORT_UDP)
		rc = check_datagrams(config, error);
	return rc == 0 ? check_descriptors(config, error) : rc;
}
