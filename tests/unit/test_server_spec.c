/* test_server_spec.c - how many workers a server is told to have. */
#include <CUnit/Basic.h>
#include <errno.h>
#include <string.h>

#include "results/subject/server_spec.h"
#include "tests/suite.h"

static const struct io_model loop = {
	.name = "loop", .family = "reactor", .flags = IO_MODEL_STREAM};
static const struct option_spec pool_options[] = {
	{"workers", "N", "how many", OPTION_COUNT, 0, "2", 1, 64, NULL},
	{NULL, NULL, NULL, OPTION_FLAG, 0, NULL, 0, 0, NULL},
};
static const struct io_model pool = {.name = "pool",
				     .family = "thread",
				     .flags = IO_MODEL_STREAM | IO_MODEL_PER_WORKER,
				     .options = pool_options,
				     .options_size = sizeof(int64_t)};
static const struct option_spec hybrid_options[] = {
	{"workers", "N", "processes", OPTION_COUNT, 0, "2", 1, 64, NULL},
	{"threads", "N", "of each", OPTION_COUNT, sizeof(int64_t), "4", 1, 64, NULL},
	{NULL, NULL, NULL, OPTION_FLAG, 0, NULL, 0, 0, NULL},
};
static const struct io_model hybrid = {.name = "hybrid",
				       .family = "thread",
				       .flags = IO_MODEL_STREAM | IO_MODEL_PER_WORKER,
				       .options = hybrid_options,
				       .options_size = 2 * sizeof(int64_t)};
static const struct io_model *const models[] = {&loop, &pool, &hybrid, NULL};
static const struct io_catalogue catalogue = {.models = models};

static unsigned told(const char *server, const char *workers, int64_t connections)
{
	char error[OPTION_ERROR_SIZE];
	struct server_spec spec;

	CU_ASSERT_EQUAL(server_spec_parse(server, &catalogue, &spec, error), 0);
	const unsigned count = server_spec_workers(&spec, workers, connections);
	server_spec_release(&spec);
	return count;
}

static void auto_is_a_worker_per_connection(void)
{
	CU_ASSERT_EQUAL(told("pool", "auto", 64), 64);
	CU_ASSERT_EQUAL(told("pool", "auto", 1000), 256);
	CU_ASSERT_EQUAL(told("pool", "3", 64), 3);
	CU_ASSERT_EQUAL(told("pool:workers=7", "auto", 64), 0);
	CU_ASSERT_EQUAL(told("hybrid", "auto", 63), 16);
	CU_ASSERT_EQUAL(told("hybrid:threads=10", "auto", 1000), 26);
	CU_ASSERT_EQUAL(told("hybrid", "3", 64), 3);
	CU_ASSERT_EQUAL(told("loop", "auto", 64), 0);
	CU_ASSERT_EQUAL(told("exec:true", "auto", 64), 0);
	CU_ASSERT_EQUAL(told("python:thread-pool", "auto", 64), 64);
	CU_ASSERT_EQUAL(told("python:pool-processes:workers=7", "auto", 64), 0);
	CU_ASSERT_EQUAL(told("python:hybrid", "auto", 1), 1);
	CU_ASSERT_EQUAL(told("python:hybrid", "auto", 64), 6); /* with 12 threads each */
	CU_ASSERT_EQUAL(told("python:hybrid:threads=8", "auto", 64), 8);
	CU_ASSERT_EQUAL(told("python:asyncio", "auto", 64), 0);
}

static int contradicts(const char *server, const char *workers, char *error)
{
	struct server_spec spec;

	CU_ASSERT_EQUAL(server_spec_parse(server, &catalogue, &spec, error), 0);
	const int rc = server_spec_check_workers(&spec, workers, error);
	server_spec_release(&spec);
	return rc;
}

static void two_numbers_of_workers_must_be_the_same(void)
{
	char error[OPTION_ERROR_SIZE];

	CU_ASSERT_EQUAL(contradicts("pool", "8", error), 0);
	CU_ASSERT_EQUAL(contradicts("pool:workers=7", "auto", error), 0);
	CU_ASSERT_EQUAL(contradicts("pool:workers=7", "7", error), 0);
	CU_ASSERT_EQUAL(contradicts("loop", "8", error), 0);
	CU_ASSERT_EQUAL(contradicts("exec:true", "8", error), 0);
	CU_ASSERT_EQUAL(contradicts("pool:workers=7", "8", error), -EINVAL);
	CU_ASSERT_PTR_NOT_NULL(strstr(error, "workers 8: 'pool:workers=7' says"));
	CU_ASSERT_EQUAL(contradicts("python:pool-processes:workers=7", "8", error),
			-EINVAL);
}

int main(void)
{
	static const struct test_case cases[] = {
		{"auto is a worker per connection", auto_is_a_worker_per_connection},
		{"two numbers of workers must be the same",
		 two_numbers_of_workers_must_be_the_same},
		{NULL, NULL},
	};

	return test_suite_run("server_spec", cases) != 0;
}
