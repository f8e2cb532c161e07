/* test_filter.c - which rows a condition means, and what it says of a wrong one. */
#include <CUnit/Basic.h>
#include <errno.h>
#include <string.h>

#include "loadgen/load.h"
#include "results/plan/filter.h"
#include "server/options.h"
#include "tests/suite.h"

static void fill(struct row *row)
{
	CU_ASSERT_EQUAL_FATAL(row_init(row, result_columns), 0);
	row_set_text(row, "cell", "thread-pool:grow=lazy/tcp/c64/d1/1kB/split");
	row_set_text(row, "model", "thread-pool");
	row_set_text(row, "server_options", "grow=lazy,queue=8");
	row_set_count(row, "connections", 64);
	row_set_count(row, "payload_bytes", 1024);
	row_set_real(row, "throughput_rps", 25000.5);
	row_set_words(row, "churn", "many");
}

static bool matches(const char *text)
{
	char error[OPTION_ERROR_SIZE];
	struct filter *filter = NULL;
	struct row row;

	fill(&row);
	CU_ASSERT_EQUAL(filter_parse(text, result_columns, &filter, error), 0);
	const bool found = filter && filter_matches(filter, &row);
	filter_free(filter);
	row_release(&row);
	return found;
}

static void a_value_is_a_number_a_text_or_a_glob(void)
{
	static const char *const right[] = {"model=thread-pool",
					    "model=thread*",
					    "connections=64",
					    "connections=6?",
					    "payload_bytes=1k",
					    "model!=epoll",
					    "verdict=",
					    "connections!=",
					    "churn=many",
					    "server_options=*queue=8",
					    "throughput_rps=25000.5"};
	static const char *const wrong[] = {
		"model=thread",   "connections=640", "payload_bytes=1000",
		"connections=7?", "verdict=VALID",   "model=",
		"churn=0"};

	for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++)
		if (!matches(right[i]))
			CU_FAIL(right[i]);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		if (matches(wrong[i]))
			CU_FAIL(wrong[i]);
}

static void numbers_are_compared(void)
{
	CU_ASSERT_TRUE(matches("connections>=64"));
	CU_ASSERT_TRUE(matches("connections<=64"));
	CU_ASSERT_FALSE(matches("connections>64"));
	CU_ASSERT_FALSE(matches("connections<64"));
	CU_ASSERT_TRUE(matches("throughput_rps>25k"));
	CU_ASSERT_FALSE(matches("throughput_rps>25.1k"));
	CU_ASSERT_FALSE(matches("service_p99_us>=0")); /* not measured is not 0 */
	CU_ASSERT_FALSE(matches("churn>=0"));
}

static void commas_and_and_bars_or(void)
{
	CU_ASSERT_TRUE(matches("model=epoll|thread-pool,connections=1|64"));
	CU_ASSERT_FALSE(matches("model=epoll|thread-pool,connections=1|6"));
	CU_ASSERT_FALSE(matches("model=epoll,connections=64"));
	CU_ASSERT_FALSE(matches("model!=epoll|thread-pool"));
	CU_ASSERT_TRUE(matches("server_options=grow=lazy?queue=8"));
}

static void a_bare_text_is_a_part_of_the_cell(void)
{
	CU_ASSERT_TRUE(matches("c64"));
	CU_ASSERT_TRUE(matches("thread-pool:grow=lazy/*/split"));
	CU_ASSERT_TRUE(matches("epoll|/c64/,connections=64"));
	CU_ASSERT_FALSE(matches("c63"));
	CU_ASSERT_FALSE(matches("epoll/*/split"));
}

static void a_wrong_condition_is_named(void)
{
	static const struct {
		const char *text, *word;
	} bad[] = {
		{"conections=64", "did you mean connections"},
		{"idle-connections=1", "did you mean idle_connections"},
		{"model>=epoll", "accepted behind it are = and !="},
		{"connections>=1|2", "one number"},
		{"connections<many", "many"},
		{"model!epoll", "accepted is ="},
		{"", "empty condition"},
		{"model=epoll,", "empty condition"},
	};
	char error[OPTION_ERROR_SIZE];
	struct filter *filter;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CU_ASSERT_EQUAL(filter_parse(bad[i].text, result_columns, &filter, error),
				-EINVAL);
		CU_ASSERT_PTR_NULL(strchr(error, '\n'));
		if (!strstr(error, bad[i].word))
			CU_FAIL(bad[i].text);
	}
}

static const struct test_case cases[] = {
	{"a value is a number, a text or a glob", a_value_is_a_number_a_text_or_a_glob},
	{"numbers are compared", numbers_are_compared},
	{"commas and, bars or", commas_and_and_bars_or},
	{"a bare text is a part of the cell", a_bare_text_is_a_part_of_the_cell},
	{"a wrong condition is named", a_wrong_condition_is_named},
	{NULL, NULL},
};

int main(void)
{
	return test_suite_run("filter", cases) != 0;
}
