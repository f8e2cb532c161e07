/* test_search_steps.c - what a row says of an objective, and how low a search may go. */
#include <CUnit/Basic.h>
#include <string.h>

#include "results/search/steps.h"
#include "server/clock.h"
#include "tests/suite.h"

#define RATE 10000.0

/* p99 <= 1 ms */
static struct slos objective(void)
{
	const char *items[] = {"p99=1ms"};
	const struct option_list list = {items, 1};
	char error[OPTION_ERROR_SIZE];
	struct slos slos;

	CU_ASSERT_EQUAL_FATAL(slo_parse(&list, &slos, error), 0);
	return slos;
}

struct answer {
	const char *verdict, *reason;
	double p99_us, throughput_rps;
	enum knee_outcome outcome;
	const char *why;
};

static void check_answer(const struct answer *answer)
{
	const struct slos slos = objective();
	struct row row;
	char why[256];

	CU_ASSERT_EQUAL_FATAL(row_init(&row, result_columns), 0);
	row_set_text(&row, "verdict", answer->verdict);
	row_set_text(&row, "verdict_reason", answer->reason);
	row_set_real(&row, "throughput_rps", answer->throughput_rps);
	row_set_real(&row, "duration_s", 1);
	if (answer->p99_us > 0)
		row_set_real(&row, "response_p99_us", answer->p99_us);
	CU_ASSERT_EQUAL(search_outcome(&row, &slos, RATE, why, sizeof(why)),
			answer->outcome);
	CU_ASSERT_STRING_EQUAL(why, answer->why);
	row_release(&row);
}

static void a_row_is_kept_missed_or_undecided(void)
{
	static const struct answer answers[] = {
		{"VALID", NULL, 1000, RATE, KNEE_KEPT, ""},
		{"VALID", "short", 900, RATE, KNEE_KEPT, ""},
		{"VALID", NULL, 1001, RATE, KNEE_MISSED, "p99 1001.0 us, above 1ms"},
		{"VALID", NULL, 0, RATE, KNEE_MISSED, "too few replies for p99"},
		{"UNSTABLE", "drifts", 100, RATE, KNEE_MISSED, "UNSTABLE: drifts"},
		{"SERVER_ERRORS", "no reply", 0, 0, KNEE_MISSED,
		 "SERVER_ERRORS: no reply"},
		{"CORRUPT", NULL, 100, RATE, KNEE_MISSED, "CORRUPT"},
		{"CLIENT_LIMITED", "late", 9000, RATE, KNEE_UNDECIDED,
		 "CLIENT_LIMITED: late"},
		{"CLIENT_LIMITED", "late", 900, RATE, KNEE_KEPT, "CLIENT_LIMITED: late"},
		{"CLIENT_LIMITED", "late", 900, RATE / 2, KNEE_UNDECIDED,
		 "CLIENT_LIMITED: late"},
	};

	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
		check_answer(&answers[i]);
}

/* 10,000 arrivals at random are within 300 of that nearly always; 1 % more is a queue that
 * grows, however good its response times still are. */
static void a_late_row_that_falls_behind_keeps_nothing(void)
{
	check_answer(&(struct answer){"CLIENT_LIMITED", "late", 100, 9601, KNEE_KEPT,
				      "CLIENT_LIMITED: late"});
	check_answer(&(struct answer){"CLIENT_LIMITED", "late", 100, 9599, KNEE_UNDECIDED,
				      "CLIENT_LIMITED: late"});
}

/* Met or not: what could not be sent was not measured. */
static void a_generator_that_ran_short_decides_nothing(void)
{
	const struct slos slos = objective();
	struct row row;
	char why[256];

	CU_ASSERT_EQUAL_FATAL(row_init(&row, result_columns), 0);
	row_set_text(&row, "verdict", "CLIENT_LIMITED");
	row_set_count(&row, "errors_client", 1);
	row_set_real(&row, "throughput_rps", RATE);
	row_set_real(&row, "duration_s", 1);
	row_set_real(&row, "response_p99_us", 100);
	CU_ASSERT_EQUAL(search_outcome(&row, &slos, RATE, why, sizeof(why)),
			KNEE_UNDECIDED);
	row_release(&row);
}

static void a_rate_is_valid_by_one_valid_row_that_kept_it(void)
{
	struct search_step items[3] = {
		{.rate = 100, .outcome = KNEE_KEPT},
		{.rate = 100, .outcome = KNEE_MISSED},
		{.rate = 200, .outcome = KNEE_KEPT},
	};
	static const char *const verdicts[] = {"CLIENT_LIMITED", "VALID", "VALID"};
	const struct search_steps steps = {.items = items, .count = 3};

	for (int i = 0; i < 3; i++) {
		CU_ASSERT_EQUAL_FATAL(row_init(&items[i].row, result_columns), 0);
		row_set_text(&items[i].row, "verdict", verdicts[i]);
	}
	CU_ASSERT_FALSE(search_steps_valid(&steps, 100));
	CU_ASSERT_TRUE(search_steps_valid(&steps, 200));
	CU_ASSERT_FALSE(search_steps_valid(&steps, 300));
	for (int i = 0; i < 3; i++)
		row_release(&items[i].row);
}

static void the_lowest_rate_still_fills_a_window(void)
{
	struct search_steps steps = {.slos = objective()};

	steps.load.duration_ns = 3 * NS_PER_S;
	CU_ASSERT_DOUBLE_EQUAL(search_steps_lowest(&steps), 2000 / 30.0, 1e-6);
	steps.load.duration_ns = 3600 * NS_PER_S;
	CU_ASSERT_EQUAL(search_steps_lowest(&steps), 1);
}

static void steps_have_the_columns_of_results_and_their_own(void)
{
	struct search_steps steps = {.items = NULL};

	CU_ASSERT_EQUAL_FATAL(search_steps_init(&steps), 0);
	for (const struct row_column *c = result_columns; c->name; c++)
		CU_ASSERT_EQUAL(row_column_index(steps.columns, c->name),
				row_column_index(result_columns, c->name));
	CU_ASSERT_TRUE(row_column_index(steps.columns, "outcome") > 0);
	CU_ASSERT_TRUE(row_column_index(steps.columns, "outcome_reason") > 0);
	search_steps_release(&steps);
}

int main(void)
{
	static const struct test_case cases[] = {
		{"a row is kept, missed or undecided", a_row_is_kept_missed_or_undecided},
		{"a late row that falls behind keeps nothing",
		 a_late_row_that_falls_behind_keeps_nothing},
		{"a generator that ran short decides nothing",
		 a_generator_that_ran_short_decides_nothing},
		{"a rate is valid by one valid row that kept it",
		 a_rate_is_valid_by_one_valid_row_that_kept_it},
		{"the lowest rate still fills a window",
		 the_lowest_rate_still_fills_a_window},
		{"steps have the columns of results and their own",
		 steps_have_the_columns_of_results_and_their_own},
		{NULL, NULL},
	};

	return test_suite_run("search_steps", cases) != 0;
}
