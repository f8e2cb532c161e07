/* test_check_options.c - margins, and the plan that the options of `check` make. */
#include <CUnit/CUnit.h>
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "models/registry.h"
#include "results/check/options.h"
#include "tests/suite.h"

#define WORDS 24

/* As a user types them; false: the plan was refused, with `error`. */
static bool plan_of(const char *const *words, struct check_options *options,
		    struct plan *plan, char *error)
{
	struct option_spec table[OPTIONS_MAX];
	const struct option_command command = {
		.name = "check", .max_operands = 1, .options = table};
	char *argv[WORDS] = {"check"};
	char **operands;
	int argc = 1;

	check_options_table(table);
	for (; words[argc - 1]; argc++)
		argv[argc] = (char *)words[argc - 1];
	const int count =
		options_parse(&command, argc, argv, options, sizeof(*options), &operands);
	CU_ASSERT_TRUE_FATAL(count >= 0);
	const char *argument = count > 0 ? operands[0] : NULL;
	return check_options_plan(options, argument, &io_catalogue, plan, error) == 0;
}

#define PLAN_OF(...) \
	plan_of((const char *const[]){__VA_ARGS__, NULL}, &options, &plan, error)

static void base_is_the_plans_server(void)
{
	struct check_options options;
	char error[OPTION_ERROR_SIZE];
	struct plan plan;
	struct cell *cells;
	size_t count;
	cpu_set_t cpus;

	CU_ASSERT_TRUE_FATAL(PLAN_OF("--base", "epoll", "--new", "poll"));
	CU_ASSERT_EQUAL_FATAL(plan_expand(&plan, &cells, &count), 0);
	CU_ASSERT_EQUAL(count, 1);
	CU_ASSERT_STRING_EQUAL(cells[0].model, "epoll");
	CU_ASSERT_EQUAL(cells[0].connections, 16);
	CU_ASSERT_EQUAL_FATAL(sched_getaffinity(0, sizeof(cpus), &cpus), 0);
	CU_ASSERT_EQUAL(cells[0].placement,
			CPU_COUNT(&cpus) < 2 ? PLACEMENT_SAME : PLACEMENT_SPLIT);
	CU_ASSERT_TRUE(plan.seed > 0);
	CU_ASSERT_EQUAL(options.run.max_time_ns, 900 * NS_PER_S);
	plan_cells_free(cells, count);
	plan_release(&plan);
	check_options_release(&options);
}

/* Its servers are replaced, its scenarios stay. */
static void a_plan_gives_the_scenarios(void)
{
	struct check_options options;
	char error[OPTION_ERROR_SIZE];
	struct plan plan;
	struct cell *cells;
	size_t count;

	CU_ASSERT_TRUE_FATAL(PLAN_OF("quick", "--base", "exec:a b", "--new", "epoll",
				     "--seed", "5", "--placement", "shared"));
	CU_ASSERT_EQUAL_FATAL(plan_expand(&plan, &cells, &count), 0);
	CU_ASSERT_EQUAL(count, 2);
	for (size_t i = 0; i < count; i++)
		CU_ASSERT_STRING_EQUAL(cells[i].model, "exec:a b");
	CU_ASSERT_EQUAL(cells[0].connections + cells[1].connections, 65);
	CU_ASSERT_EQUAL(cells[0].placement, PLACEMENT_SHARED);
	CU_ASSERT_EQUAL(plan.seed, 5);
	plan_cells_free(cells, count);
	plan_release(&plan);
	check_options_release(&options);
}

static void two_programs_have_the_plans_models(void)
{
	struct check_options options;
	char error[OPTION_ERROR_SIZE];
	struct plan plan;
	struct cell *cells;
	size_t count;

	CU_ASSERT_TRUE_FATAL(PLAN_OF("--base-program", "/old", "--models", "epoll,poll"));
	CU_ASSERT_EQUAL_FATAL(plan_expand(&plan, &cells, &count), 0);
	CU_ASSERT_EQUAL(count, 2);
	CU_ASSERT_STRING_EQUAL(cells[1].model, "poll");
	plan_cells_free(cells, count);
	plan_release(&plan);
	check_options_release(&options);
}

static void sides_are_needed(void)
{
	static const struct {
		const char *words[6], *message;
	} cases[] = {
		{{"--models", "epoll"}, "--base SERVER"},
		{{"--base", "epoll"}, "--new SERVER"},
		{{"--new", "epoll"}, "--base SERVER"},
		{{"--base", "epoll", "--new", "poll", "--models", "x"}, "--models"},
		{{"--base", "epol", "--new", "poll"}, "did you mean epoll"},
	};
	struct check_options options;
	char error[OPTION_ERROR_SIZE];
	struct plan plan;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *words[7] = {NULL};
		memcpy(words, cases[i].words, sizeof(cases[i].words));
		CU_ASSERT_FALSE(plan_of(words, &options, &plan, error));
		CU_ASSERT_PTR_NOT_NULL(strstr(error, cases[i].message));
		check_options_release(&options);
	}
}

static int margins_of(const char *first, const char *second, double *margins, char *error)
{
	const char *items[] = {first, second};
	const struct check_options options = {
		.margins = {items, second ? 2 : 1},
	};

	for (int metric = 0; metric < LAUNCH_METRICS; metric++)
		margins[metric] = 0.5;
	return check_options_margins(&options, margins, error);
}

static void margins_are_of_one_metric_or_of_all(void)
{
	char error[OPTION_ERROR_SIZE];
	double m[LAUNCH_METRICS];

	CU_ASSERT_EQUAL(margins_of("3%", "cpu=1.5", m, error), 0);
	CU_ASSERT_DOUBLE_EQUAL(m[LAUNCH_THROUGHPUT], 0.03, 1e-12);
	CU_ASSERT_DOUBLE_EQUAL(m[LAUNCH_CPU], 0.015, 1e-12);
	CU_ASSERT_DOUBLE_EQUAL(m[LAUNCH_P99], 0.03, 1e-12);
	CU_ASSERT_EQUAL(margins_of("p99=40%", NULL, m, error), 0);
	CU_ASSERT_DOUBLE_EQUAL(m[LAUNCH_P99], 0.4, 1e-12);
	CU_ASSERT_DOUBLE_EQUAL(m[LAUNCH_P50], 0.5, 1e-12);
}

static void other_margins_are_refused(void)
{
	static const char *const wrong[] = {"",      "0",    "-3%",    "x",   "3%%",
					    "cpu",   "cpu=", "cpus=3", "=3",  "cpu=0",
					    "1001%", "nan",  "3 %",    "inf", NULL};
	char error[OPTION_ERROR_SIZE];
	double m[LAUNCH_METRICS];

	for (int i = 0; wrong[i]; i++) {
		if (margins_of(wrong[i], NULL, m, error) == 0)
			printf("\naccepted: '%s'", wrong[i]);
		CU_ASSERT_EQUAL(margins_of(wrong[i], NULL, m, error), -EINVAL);
		CU_ASSERT_PTR_NOT_NULL(strstr(error, "--margin '"));
	}
}

int main(void)
{
	static const struct test_case cases[] = {
		{"base is the plan's server", base_is_the_plans_server},
		{"a plan gives the scenarios", a_plan_gives_the_scenarios},
		{"two programs have the plan's models",
		 two_programs_have_the_plans_models},
		{"sides are needed", sides_are_needed},
		{"margins are of one metric or of all",
		 margins_are_of_one_metric_or_of_all},
		{"other margins are refused", other_margins_are_refused},
		{NULL, NULL},
	};

	return test_suite_run("check_options", cases) != 0;
}
