/* test_slo.c - objectives as they are typed, and held against a row. */
#include <CUnit/Basic.h>
#include <string.h>

#include "loadgen/load.h"
#include "results/search/slo.h"
#include "server/clock.h"
#include "tests/suite.h"

static int parse(const char *first, const char *second, struct slos *ret_slos,
		 char *error)
{
	const char *items[] = {first, second};
	const struct option_list list = {items, second ? 2 : first ? 1 : 0};

	error[0] = '\0';
	return slo_parse(&list, ret_slos, error);
}

static void objectives_are_read_by_commas_and_by_repetition(void)
{
	char error[OPTION_ERROR_SIZE], text[256];
	struct slos slos;

	CU_ASSERT_EQUAL(parse("p99=1ms,mean=200us", "p99.9=5ms", &slos, error), 0);
	CU_ASSERT_EQUAL(slos.count, 3);
	CU_ASSERT_STRING_EQUAL(slos.items[0].column, "response_p99_us");
	CU_ASSERT_EQUAL(slos.items[0].limit_ns, NS_PER_MS);
	CU_ASSERT_STRING_EQUAL(slos.items[2].column, "response_p999_us");
	slo_format(&slos, text, sizeof(text));
	CU_ASSERT_STRING_EQUAL(text, "p99 <= 1ms, mean <= 200us, p99.9 <= 5ms");
	CU_ASSERT_DOUBLE_EQUAL(slo_samples(&slos), 20000, 1e-6);
}

static void every_metric_is_a_column(void)
{
	static const char *const metrics[] = {"p50=1s",   "p90=1s",    "p99=1s",
					      "p99.9=1s", "p99.99=1s", "mean=1s",
					      "max=1s"};
	char error[OPTION_ERROR_SIZE];
	struct slos slos;

	for (size_t i = 0; i < sizeof(metrics) / sizeof(metrics[0]); i++) {
		CU_ASSERT_EQUAL(parse(metrics[i], NULL, &slos, error), 0);
		const int column = row_column_index(result_columns, slos.items[0].column);
		CU_ASSERT_TRUE(column >= 0);
		CU_ASSERT_EQUAL(result_columns[column].type, ROW_REAL);
	}
}

static void what_is_no_objective_is_named(void)
{
	static const char *const bad[] = {"",
					  "p99",
					  "p99=",
					  "p99=1",
					  "p98=1ms",
					  "p9=1ms",
					  "=1ms",
					  "p99=-1ms",
					  "p99=0ms",
					  "p99=1ms,",
					  "p99=1ms,,p50=1ms",
					  "p99<=1ms"};
	char error[OPTION_ERROR_SIZE];
	struct slos slos;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CU_ASSERT_TRUE(parse(bad[i], NULL, &slos, error) < 0);
		CU_ASSERT_PTR_NOT_NULL(strstr(error, "METRIC=TIME"));
		CU_ASSERT_PTR_NULL(strchr(error, '\n'));
	}
	CU_ASSERT_TRUE(parse("p99=2ms", "p98=1ms", &slos, error) < 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(error, "'p98=1ms'"));
	CU_ASSERT_TRUE(parse(NULL, NULL, &slos, error) < 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(error, "--slo"));
	CU_ASSERT_TRUE(parse("p50=1s,p50=1s,p50=1s,p50=1s,p50=1s,p50=1s,p50=1s,p50=1s",
			     NULL, &slos, error) == 0);
	CU_ASSERT_TRUE(parse("p50=1s,p50=1s,p50=1s,p50=1s,p50=1s,p50=1s,p50=1s,p50=1s",
			     "p50=1s", &slos, error) < 0);
}

static void a_row_meets_them_or_the_first_that_it_does_not_is_named(void)
{
	char error[OPTION_ERROR_SIZE], why[128];
	struct slos slos;
	struct row row;

	CU_ASSERT_EQUAL(parse("p99=1ms,mean=200us", NULL, &slos, error), 0);
	CU_ASSERT_EQUAL_FATAL(row_init(&row, result_columns), 0);
	row_set_real(&row, "response_mean_us", 200);
	CU_ASSERT_FALSE(slo_met(&slos, &row, why, sizeof(why)));
	CU_ASSERT_STRING_EQUAL(why, "too few replies for p99");
	row_set_real(&row, "response_p99_us", 1000);
	CU_ASSERT_TRUE(slo_met(&slos, &row, why, sizeof(why)));
	row_set_real(&row, "response_p99_us", 1000.25);
	CU_ASSERT_FALSE(slo_met(&slos, &row, why, sizeof(why)));
	CU_ASSERT_STRING_EQUAL(why, "p99 1000.2 us, above 1ms");
	row_set_real(&row, "response_p99_us", 1);
	row_set_real(&row, "response_mean_us", 201);
	CU_ASSERT_FALSE(slo_met(&slos, &row, why, sizeof(why)));
	CU_ASSERT_STRING_EQUAL(why, "mean 201.0 us, above 200us");
	row_release(&row);
}

static void percentiles_need_samples_beyond_them(void)
{
	char error[OPTION_ERROR_SIZE];
	struct slos slos;

	CU_ASSERT_EQUAL(parse("mean=1ms,max=1s", NULL, &slos, error), 0);
	CU_ASSERT_DOUBLE_EQUAL(slo_samples(&slos), 100, 1e-6);
	CU_ASSERT_EQUAL(parse("p99=1ms", NULL, &slos, error), 0);
	CU_ASSERT_DOUBLE_EQUAL(slo_samples(&slos), 2000, 1e-6);
}

int main(void)
{
	static const struct test_case cases[] = {
		{"objectives are read, by commas and by repetition",
		 objectives_are_read_by_commas_and_by_repetition},
		{"every metric is a column", every_metric_is_a_column},
		{"what is no objective is named", what_is_no_objective_is_named},
		{"a row meets them, or the first that it does not is named",
		 a_row_meets_them_or_the_first_that_it_does_not_is_named},
		{"percentiles need samples beyond them",
		 percentiles_need_samples_beyond_them},
		{NULL, NULL},
	};

	return test_suite_run("slo", cases) != 0;
}
