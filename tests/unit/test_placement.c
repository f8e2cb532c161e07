/* test_placement.c - which CPUs the server has and which the client. */
#include <CUnit/Basic.h>

#include "results/subject/placement.h"
#include "server/options.h"
#include "tests/suite.h"

static int share(enum placement placement, const char *cpus, char *server, char *client,
		 int *threads)
{
	struct placement_cpus shared = {.client_threads = 0};
	cpu_set_t available;

	CU_ASSERT_EQUAL(parse_cpus(cpus, &available), 0);
	const int rc = placement_share(placement, &available, &shared);
	format_cpus(&shared.server, server, 64);
	format_cpus(&shared.client, client, 64);
	*threads = shared.client_threads;
	return rc;
}

static void split_halves_the_set(void)
{
	char server[64], client[64];
	int threads;

	CU_ASSERT_EQUAL(share(PLACEMENT_SPLIT, "0-1", server, client, &threads), 0);
	CU_ASSERT_STRING_EQUAL(server, "0");
	CU_ASSERT_STRING_EQUAL(client, "1");
	CU_ASSERT_EQUAL(threads, 1);
	CU_ASSERT_EQUAL(share(PLACEMENT_SPLIT, "2,4-6,9", server, client, &threads), 0);
	CU_ASSERT_STRING_EQUAL(server, "2,4");
	CU_ASSERT_STRING_EQUAL(client, "5-6,9");
	CU_ASSERT_EQUAL(threads, 3);
}

static void split_needs_two(void)
{
	char server[64], client[64];
	int threads;

	CU_ASSERT_NOT_EQUAL(share(PLACEMENT_SPLIT, "3", server, client, &threads), 0);
}

static void shared_and_same(void)
{
	char server[64], client[64];
	int threads;

	CU_ASSERT_EQUAL(share(PLACEMENT_SHARED, "0-7", server, client, &threads), 0);
	CU_ASSERT_STRING_EQUAL(server, "0-7");
	CU_ASSERT_STRING_EQUAL(client, "0-7");
	CU_ASSERT_EQUAL(threads, 4);
	CU_ASSERT_EQUAL(share(PLACEMENT_SHARED, "3", server, client, &threads), 0);
	CU_ASSERT_EQUAL(threads, 1);
	CU_ASSERT_EQUAL(share(PLACEMENT_SAME, "3-5", server, client, &threads), 0);
	CU_ASSERT_STRING_EQUAL(server, "3");
	CU_ASSERT_STRING_EQUAL(client, "3");
	CU_ASSERT_EQUAL(threads, 1);
}

int main(void)
{
	static const struct test_case cases[] = {
		{"split halves the set", split_halves_the_set},
		{"split needs two CPUs", split_needs_two},
		{"shared and same", shared_and_same},
		{NULL, NULL},
	};

	return test_suite_run("placement", cases) != 0;
}
