/*
 * test_load_life.c - `iomodels load` with connections that come and go, against
 * `iomodels serve`: churn, idle ones, work, a server that is killed and comes back.
 */
#include <CUnit/CUnit.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "server/options.h"
#include "tests/e2e/served.h"
#include "tests/suite.h"

static json_t *json_of(const struct process *load)
{
	json_t *row = json_loads(load->out.text, 0, NULL);

	CU_ASSERT_PTR_NOT_NULL_FATAL(row);
	return row;
}

static int64_t count_in(const json_t *row, const char *column)
{
	const json_t *value = json_object_get(row, column);

	CU_ASSERT_TRUE(json_is_integer(value));
	return json_integer_value(value);
}

static int64_t counter(const struct served *s, const char *name)
{
	return json_integer_value(json_object_get(s->counters, name));
}

/* A valid run of half a second with these options; its row. */
static json_t *run_valid(const struct served *s, const char *option, const char *value)
{
	const char *const arguments[] = {"load",   s->ready + 6,    option,  value,
					 "--json", "--connections", "8",     "--warmup",
					 "50ms",   "--duration",    "500ms", NULL};
	struct process *load;

	CU_ASSERT_EQUAL(program_run(arguments, &load), EXIT_VALID);
	json_t *row = json_of(load);
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(row, "verdict")),
			       "VALID");
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(row, "verdict_reason")),
			       "short: steady state is judged from 2.5 s on");
	process_free(load);
	return row;
}

static void churn_is_a_connection_per_so_many_requests(void)
{
	struct served s;

	served_start(&s, "epoll", NULL);
	json_t *row = run_valid(&s, "--churn", "5");
	CU_ASSERT_EQUAL(count_in(row, "churn"), 5);
	served_stop(&s, SIGTERM);
	CU_ASSERT_TRUE(counter(&s, "requests") >= count_in(row, "requests"));
	CU_ASSERT_TRUE(counter(&s, "accepted") * 5 >= counter(&s, "requests"));
	/* A connection of the last moments may have had less than its share. */
	CU_ASSERT_TRUE((counter(&s, "accepted") - 16) * 5 <= counter(&s, "requests"));
	json_decref(row);
	served_free(&s);
}

static void idle_ones_are_connected_and_silent(void)
{
	struct served s;

	served_start(&s, "epoll", NULL);
	json_t *row = run_valid(&s, "--idle", "20");
	CU_ASSERT_EQUAL(count_in(row, "idle_connections"), 20);
	CU_ASSERT_EQUAL(count_in(row, "connections"), 8);
	served_stop(&s, SIGTERM);
	CU_ASSERT_EQUAL(counter(&s, "accepted"), 28);
	json_decref(row);
	served_free(&s);
}

static void work_takes_its_time(void)
{
	struct served s;

	served_start(&s, "epoll", NULL);
	json_t *row = run_valid(&s, "--work", "sleep:5ms");
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(row, "work")),
			       "sleep:5ms");
	CU_ASSERT_EQUAL(json_number_value(json_object_get(row, "work_us")), 5000);
	CU_ASSERT_TRUE(json_number_value(json_object_get(row, "service_min_us")) >= 5000);
	json_decref(row);
	served_stop(&s, SIGTERM);
	served_free(&s);
}

/* Killed in the middle of a run and started again at the same address. */
static void a_server_that_comes_back_is_served_on(void)
{
	struct served first, second;

	served_start(&first, "epoll", NULL);
	const char *const words[] = {"--listen", first.ready + 6, NULL};
	const char *const arguments[] = {
		"load", first.ready + 6, "--json", "--warmup", "0s", "--duration",
		"4s",   "--idle",        "3",      NULL};
	struct process *load = program_start(arguments);
	usleep(1000000);
	process_signal(first.process, SIGKILL);
	CU_ASSERT_NOT_EQUAL(process_wait(first.process, PROCESS_DEADLINE_MS), 0);
	usleep(300000);
	served_start(&second, "epoll", words);
	CU_ASSERT_EQUAL(process_wait(load, PROCESS_DEADLINE_MS), EXIT_SERVER_ERRORS);
	json_t *row = json_of(load);
	served_stop(&second, SIGTERM);
	CU_ASSERT_TRUE(counter(&second, "accepted") >= 64 + 3);
	CU_ASSERT_TRUE(counter(&second, "requests") > 64);
	CU_ASSERT_TRUE(count_in(row, "requests") > counter(&second, "requests") / 2);
	/* More where one came back before the dying server had closed its listener. */
	CU_ASSERT_TRUE(count_in(row, "errors_reset") + count_in(row, "errors_eof") >= 67);
	CU_ASSERT_TRUE(count_in(row, "errors_refused") > 0);
	CU_ASSERT_EQUAL(count_in(row, "errors_corrupt"), 0);
	CU_ASSERT_EQUAL(count_in(row, "errors_surplus"), 0);
	CU_ASSERT_EQUAL(count_in(row, "errors_client"), 0);
	CU_ASSERT_TRUE(json_number_value(json_object_get(row, "duration_s")) == 4);
	json_decref(row);
	process_free(load);
	served_free(&first);
	served_free(&second);
}

static const struct test_case cases[] = {
	{"churn is a connection per so many requests",
	 churn_is_a_connection_per_so_many_requests},
	{"idle ones are connected and silent", idle_ones_are_connected_and_silent},
	{"work takes its time", work_takes_its_time},
	{"a server that comes back is served on", a_server_that_comes_back_is_served_on},
	{NULL, NULL},
};

int main(void)
{
	return test_suite_run("load_life", cases) != 0;
}
