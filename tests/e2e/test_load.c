/* test_load.c - `iomodels load`: what can happen to a run beside a server's faults. */
#include <CUnit/CUnit.h>
#include <signal.h>
#include <string.h>

#include "server/options.h"
#include "tests/e2e/known_server.h"
#include "tests/suite.h"

static void a_refusing_address_is_a_result(void)
{
	const char *const arguments[] = {"load", "unix:/tmp/iomodels-no-such-server.sock",
					 "--csv", NULL};
	struct process *load;

	CU_ASSERT_EQUAL(program_run(arguments, &load), EXIT_SERVER_ERRORS);
	CU_ASSERT_EQUAL(strncmp(load->out.text, "run_id,", 7), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(load->out.text, "SERVER_ERRORS"));
	process_free(load);
}

static void an_objective_not_met_is_exit_7(void)
{
	char address[128];
	struct process *load, *echo = faulty_start("none", "1", address, sizeof(address));
	const char *const arguments[] = {
		"load",  address,     "--warmup",    "0s",        "--duration",
		"200ms", "--require", "requests>=1", "--require", "service_mean_us<=0.5",
		NULL};

	CU_ASSERT_EQUAL(program_run(arguments, &load), EXIT_REQUIREMENT);
	CU_ASSERT_PTR_NOT_NULL(
		strstr(load->err.text, "required service_mean_us <= 0.5, measured "));
	CU_ASSERT_PTR_NULL(strstr(load->err.text, "requests"));
	process_free(load);
	process_free(echo);
}

/* Starts a run of a minute and lets it come to its window. */
static struct process *start_long_run(const char *address)
{
	const char *const arguments[] = {"load",       address, "--warmup", "0s",
					 "--duration", "60s",   "--json",   NULL};
	struct process *load = program_start(arguments);

	CU_ASSERT_PTR_NOT_NULL_FATAL(load);
	load_await_window(load);
	return load;
}

static void check_cut_short(struct process *load, int status)
{
	CU_ASSERT_EQUAL(process_wait(load, PROCESS_DEADLINE_MS), status);
	json_t *object = json_loads(load->out.text, 0, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(object);
	CU_ASSERT_TRUE(row_value(object, "requests") > 0);
	CU_ASSERT_TRUE(row_value(object, "duration_s") < 50);
	json_decref(object);
	process_free(load);
}

static void an_interrupt_prints_what_was_measured(void)
{
	char address[128];
	struct process *echo = faulty_start("none", "1", address, sizeof(address));
	struct process *load = start_long_run(address);

	process_signal(load, SIGINT);
	check_cut_short(load, EXIT_INTERRUPTED);
	process_free(echo);
}

static void a_killed_server_ends_the_run(void)
{
	char address[128];
	struct process *echo = faulty_start("none", "1", address, sizeof(address));
	struct process *load = start_long_run(address);

	process_signal(echo, SIGKILL);
	check_cut_short(load, EXIT_SERVER_ERRORS);
	process_free(echo);
}

static const struct test_case cases[] = {
	{"a refusing address is a result", a_refusing_address_is_a_result},
	{"an objective not met is exit 7", an_objective_not_met_is_exit_7},
	{"an interrupt prints what was measured", an_interrupt_prints_what_was_measured},
	{"a killed server ends the run", a_killed_server_ends_the_run},
	{NULL, NULL},
};

int main(void)
{
	return test_suite_run("load", cases) != 0;
}
