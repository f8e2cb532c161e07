/* test_lateness.c - when an open loop's generator was the limit. */
#include <CUnit/CUnit.h>
#include <string.h>

#include "loadgen/lateness.h"
#include "server/clock.h"
#include "tests/suite.h"

static struct load_result result;
static char text[OPTION_ERROR_SIZE];

static void add(int count, int64_t prompt_ns, int64_t late_ns)
{
	for (int i = 0; i < count; i++) {
		histogram_record(result.response, prompt_ns + late_ns);
		histogram_record(result.on_time, prompt_ns);
	}
}

/* `count` requests that took 1 ms; a part of them went out late. */
static void begin(int count, int late, int64_t late_ns)
{
	result = (struct load_result){.response = histogram_new(),
				      .on_time = histogram_new()};
	add(late, 1 * NS_PER_MS, late_ns);
	add(count - late, 1 * NS_PER_MS, 0);
	text[0] = '\0';
}

static bool is_felt(void)
{
	bool felt = lateness_is_felt(&result, text, sizeof(text));

	load_result_release(&result);
	return felt;
}

static void a_p99_that_moves_by_a_tenth_is_felt(void)
{
	begin(10000, 200, 113 * NS_PER_US);
	CU_ASSERT_TRUE(is_felt());
	CU_ASSERT_STRING_EQUAL(text,
			       "requests went out late: p99 of the response time is "
			       "1.11 ms, and 1.00 ms without lag.client");
	begin(10000, 200, 109 * NS_PER_US);
	CU_ASSERT_FALSE(is_felt());
	begin(10000, 50, 900 * NS_PER_US); /* half a per cent */
	CU_ASSERT_FALSE(is_felt());
}

/* 5 % are late by more than a tenth of p99, which others make. */
static void late_and_slow_may_be_different_requests(void)
{
	begin(9300, 0, 0);
	add(500, 1 * NS_PER_MS, 900 * NS_PER_US);
	add(200, 3 * NS_PER_MS, 0);
	CU_ASSERT_FALSE(is_felt());
}

static void few_samples_are_judged_at_a_lower_percentile(void)
{
	begin(500, 40, 900 * NS_PER_US);
	CU_ASSERT_FALSE(is_felt());
	begin(500, 60, 900 * NS_PER_US);
	CU_ASSERT_TRUE(is_felt());
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "p90 of the response time"));
	begin(15, 15, 900 * NS_PER_US);
	CU_ASSERT_FALSE(is_felt());
}

static const struct test_case cases[] = {
	{"a p99 that moves by a tenth is felt", a_p99_that_moves_by_a_tenth_is_felt},
	{"late and slow may be different requests",
	 late_and_slow_may_be_different_requests},
	{"few samples are judged at a lower percentile",
	 few_samples_are_judged_at_a_lower_percentile},
	{NULL, NULL},
};

int main(void)
{
	return test_suite_run("lateness", cases) != 0;
}
