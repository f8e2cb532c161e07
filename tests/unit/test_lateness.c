/* test_lateness.c - when an open loop's generator was the limit. */
#include <CUnit/CUnit.h>
#include <string.h>

#include "loadgen/lateness.h"
#include "server/clock.h"
#include "tests/suite.h"

static struct load_result result;
static char text[OPTION_ERROR_SIZE];

/* `count` requests that took 1 ms; a part of them went out late. */
static void begin(int count, int late, int64_t late_ns)
{
	result = (struct load_result){.response = histogram_new(),
				      .lag_client = histogram_new()};
	for (int i = 0; i < count; i++) {
		histogram_record(result.response, 1 * NS_PER_MS);
		histogram_record(result.lag_client, i < late ? late_ns : 0);
	}
	text[0] = '\0';
}

static bool is_felt(void)
{
	bool felt = lateness_is_felt(&result, text, sizeof(text));

	load_result_release(&result);
	return felt;
}

static void a_tenth_of_the_response_time_at_p99_is_felt(void)
{
	begin(10000, 200, 101 * NS_PER_US);
	CU_ASSERT_TRUE(is_felt());
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "p99 of lag.client is 101 us"));
	begin(10000, 200, 99 * NS_PER_US);
	CU_ASSERT_FALSE(is_felt());
	begin(10000, 50, 900 * NS_PER_US); /* half a per cent */
	CU_ASSERT_FALSE(is_felt());
}

static void few_samples_are_judged_at_a_lower_percentile(void)
{
	begin(500, 40, 900 * NS_PER_US);
	CU_ASSERT_FALSE(is_felt());
	begin(500, 60, 900 * NS_PER_US);
	CU_ASSERT_TRUE(is_felt());
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "p90 of lag.client"));
	begin(15, 15, 900 * NS_PER_US);
	CU_ASSERT_FALSE(is_felt());
}

static const struct test_case cases[] = {
	{"a tenth of the response time at p99 is felt",
	 a_tenth_of_the_response_time_at_p99_is_felt},
	{"few samples are judged at a lower percentile",
	 few_samples_are_judged_at_a_lower_percentile},
	{NULL, NULL},
};

int main(void)
{
	return test_suite_run("lateness", cases) != 0;
}
