/* test_load_options.c - what `load` accepts, beyond what its table of options checks. */
#include <CUnit/CUnit.h>
#include <string.h>

#include "loadgen/load.h"
#include "server/clock.h"
#include "tests/suite.h"

static struct load_config defaults(void)
{
	struct load_config config;

	options_defaults(load_options, &config, sizeof(config));
	return config;
}

static void the_defaults_are_accepted(void)
{
	const struct load_config config = defaults();
	char error[OPTION_ERROR_SIZE];

	CU_ASSERT_EQUAL(load_config_check(&config, TRANSPORT_TCP, error), 0);
	CU_ASSERT_EQUAL(load_config_check(&config, TRANSPORT_UNIX, error), 0);
	CU_ASSERT_EQUAL(load_config_check(&config, TRANSPORT_UDP, error), 0);
	CU_ASSERT_STRING_EQUAL(config.work, "none");
	CU_ASSERT_EQUAL(config.churn, 0);
	CU_ASSERT_EQUAL(config.idle, 0);
	CU_ASSERT_EQUAL(config.connect_rate, 5000);
}

static void the_time_out_follows_the_transport(void)
{
	struct load_config config = defaults();

	CU_ASSERT_EQUAL(load_timeout_ns(&config, TRANSPORT_TCP), 5 * NS_PER_S);
	CU_ASSERT_EQUAL(load_timeout_ns(&config, TRANSPORT_UNIX), 5 * NS_PER_S);
	CU_ASSERT_EQUAL(load_timeout_ns(&config, TRANSPORT_UDP), 200 * NS_PER_MS);
	config.timeout_ns = 7 * NS_PER_MS;
	CU_ASSERT_EQUAL(load_timeout_ns(&config, TRANSPORT_TCP), 7 * NS_PER_MS);
	CU_ASSERT_EQUAL(load_timeout_ns(&config, TRANSPORT_UDP), 7 * NS_PER_MS);
}

/* All that is in flight may be done one by one, and by half a CPU. */
static void the_time_out_counts_the_work(void)
{
	struct load_config config = defaults();

	config.work = "sleep:500ms";
	CU_ASSERT_EQUAL(load_timeout_ns(&config, TRANSPORT_UDP), 64200 * NS_PER_MS);
	CU_ASSERT_EQUAL(load_timeout_ns(&config, TRANSPORT_TCP), 69 * NS_PER_S);
	config.connections = 3;
	config.depth = 4;
	config.work = "mix:100us+5ms";
	CU_ASSERT_EQUAL(load_timeout_ns(&config, TRANSPORT_TCP), 5120 * NS_PER_MS);
	config.work = "mix:5ms+100us";
	CU_ASSERT_EQUAL(load_timeout_ns(&config, TRANSPORT_TCP), 5120 * NS_PER_MS);
	config.work = "exp:1ms"; /* of which a draw is 20 ms at most */
	CU_ASSERT_EQUAL(load_timeout_ns(&config, TRANSPORT_TCP), 5480 * NS_PER_MS);
	config.max_work_ns = 10 * NS_PER_MS;
	CU_ASSERT_EQUAL(load_timeout_ns(&config, TRANSPORT_TCP), 5240 * NS_PER_MS);
	config.connections = 1000000;
	config.work = "spin:10ms";
	CU_ASSERT_EQUAL(load_timeout_ns(&config, TRANSPORT_TCP), 3600 * NS_PER_S);
	config.timeout_ns = 7 * NS_PER_MS;
	CU_ASSERT_EQUAL(load_timeout_ns(&config, TRANSPORT_TCP), 7 * NS_PER_MS);
}

/* Refused with one line that names the option and the value. */
static void check_refused(const struct load_config *config, enum transport transport,
			  const char *option, const char *value)
{
	char error[OPTION_ERROR_SIZE] = "";

	CU_ASSERT_TRUE(load_config_check(config, transport, error) < 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(error, option));
	CU_ASSERT_PTR_NOT_NULL(strstr(error, value));
	CU_ASSERT_PTR_NULL(strchr(error, '\n'));
}

static void what_cannot_be_is_refused(void)
{
	struct load_config config = defaults();

	config.threads = 65;
	check_refused(&config, TRANSPORT_TCP, "--threads", "65");
	config = defaults();
	config.work = "burn:1ms";
	check_refused(&config, TRANSPORT_UNIX, "--work", "burn:1ms");
	config = defaults();
	config.size = "64M1";
	check_refused(&config, TRANSPORT_TCP, "--size", "'64M1'");
	config = defaults();
	config.connections = 10000000;
	check_refused(&config, TRANSPORT_TCP, "--connections", "10000000");
	config = defaults();
	config.arrivals = ARRIVALS_CONSTANT;
	check_refused(&config, TRANSPORT_TCP, "--arrivals constant", "--rate");
	config.rate = 0.0001;
	check_refused(&config, TRANSPORT_TCP, "--rate", "0.0001");
	config.rate = 10;
	config.requests = 864001;
	check_refused(&config, TRANSPORT_TCP, "--requests 864001", "864000");
	config = defaults();
	config.idle = 10000000;
	check_refused(&config, TRANSPORT_TCP, "--idle", "10000064");
}

static void long_work_needs_the_servers_leave(void)
{
	struct load_config config = defaults();
	char error[OPTION_ERROR_SIZE];

	config.work = "spin:1001ms";
	check_refused(&config, TRANSPORT_TCP, "--work 'spin:1001ms'", "--max-work");
	config.max_work_ns = 2 * NS_PER_S;
	CU_ASSERT_EQUAL(load_config_check(&config, TRANSPORT_TCP, error), 0);
	config.work = "exp:201ms";
	check_refused(&config, TRANSPORT_TCP, "--work 'exp:201ms'", "200ms");
}

static void datagrams_have_limits_of_their_own(void)
{
	struct load_config config = defaults();
	char error[OPTION_ERROR_SIZE];

	config.size = "65491";
	CU_ASSERT_EQUAL(load_config_check(&config, TRANSPORT_UDP, error), 0);
	config.size = "65492";
	CU_ASSERT_EQUAL(load_config_check(&config, TRANSPORT_TCP, error), 0);
	check_refused(&config, TRANSPORT_UDP, "--size", "65492");
	config.size = "uniform:64-64k";
	check_refused(&config, TRANSPORT_UDP, "--size uniform:64-64k", "65536");
	config = defaults();
	config.churn = 3;
	CU_ASSERT_EQUAL(load_config_check(&config, TRANSPORT_TCP, error), 0);
	check_refused(&config, TRANSPORT_UDP, "--churn", "3");
	config = defaults();
	config.idle = 4;
	CU_ASSERT_EQUAL(load_config_check(&config, TRANSPORT_UNIX, error), 0);
	check_refused(&config, TRANSPORT_UDP, "--idle", "4");
}

static const struct test_case cases[] = {
	{"the defaults are accepted", the_defaults_are_accepted},
	{"the time-out follows the transport", the_time_out_follows_the_transport},
	{"the time-out counts the work", the_time_out_counts_the_work},
	{"what cannot be is refused", what_cannot_be_is_refused},
	{"long work needs the server's leave", long_work_needs_the_servers_leave},
	{"datagrams have limits of their own", datagrams_have_limits_of_their_own},
	{NULL, NULL},
};

int main(void)
{
	return test_suite_run("load_options", cases) != 0;
}
