/* test_io_model.c - the table of models is checked before it is used. */
#include <CUnit/CUnit.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "server/io_model.h"
#include "tests/suite.h"

static int run_nothing(struct io_server *server)
{
	(void)server;
	return 0;
}

static const char *probe_refuses(void)
{
	return "the kernel has it not";
}

static const struct io_model good = {.name = "good-1",
				     .summary = "a model",
				     .family = "test",
				     .flags = IO_MODEL_STREAM,
				     .run = run_nothing};

/* The line of the check for `broken` behind a good model, "" when it passes. */
static const char *check(const struct io_model *broken)
{
	static char error[OPTION_ERROR_SIZE];
	const struct io_model *const models[] = {&good, broken, NULL};

	error[0] = '\0';
	const int r = io_models_check(models, error);
	CU_ASSERT_EQUAL(r, error[0] ? -EINVAL : 0);
	return error;
}

static void good_tables_pass(void)
{
	const struct io_model *const none[] = {NULL};
	struct io_model model = good;
	char error[OPTION_ERROR_SIZE];

	model.name = "good-2";
	CU_ASSERT_STRING_EQUAL(check(&model), "");
	model.flags = IO_MODEL_DATAGRAM;
	CU_ASSERT_STRING_EQUAL(check(&model), "");
	CU_ASSERT_EQUAL(io_models_check(none, error), 0);
}

static void each_missing_part_is_named(void)
{
	struct io_model model = good;

	model.name = NULL;
	CU_ASSERT_STRING_EQUAL(check(&model), "model 2, '': it has no name");
	model.name = "Two words";
	CU_ASSERT_PTR_NOT_NULL(strstr(check(&model), "no word"));
	model.name = "";
	CU_ASSERT_PTR_NOT_NULL(strstr(check(&model), "no word"));
	model.name = "other";
	model.summary = NULL;
	CU_ASSERT_STRING_EQUAL(check(&model), "model 2, 'other': it has no summary");
	model.summary = "a model";
	model.family = "";
	CU_ASSERT_PTR_NOT_NULL(strstr(check(&model), "no family"));
	model.family = "test";
	model.flags = IO_MODEL_ONE;
	CU_ASSERT_PTR_NOT_NULL(strstr(check(&model), "neither streams nor datagrams"));
	model.flags = IO_MODEL_STREAM;
	model.run = NULL;
	CU_ASSERT_PTR_NOT_NULL(strstr(check(&model), "no run"));
	model.run = run_nothing;
	model.options = io_server_options;
	CU_ASSERT_PTR_NOT_NULL(strstr(check(&model), "without their size"));
}

static void names_are_unique(void)
{
	const struct io_model model = good;

	CU_ASSERT_STRING_EQUAL(check(&model),
			       "model 2, 'good-1': its name is used twice");
}

static void absent_models_need_no_run_but_a_reason(void)
{
	struct io_model model = good;

	model.name = "absent";
	model.run = NULL;
	model.unavailable = "built without liburing";
	CU_ASSERT_STRING_EQUAL(check(&model), "");
	CU_ASSERT_STRING_EQUAL(io_model_reason(&model), "built without liburing");
	model.unavailable = NULL;
	model.probe = probe_refuses;
	CU_ASSERT_STRING_EQUAL(io_model_reason(&model), "the kernel has it not");
	CU_ASSERT_PTR_NULL(io_model_reason(&good));
}

static void models_are_found_by_whole_names(void)
{
	const struct io_model *const models[] = {&good, NULL};

	CU_ASSERT_PTR_EQUAL(io_model_find(models, "good-1"), &good);
	CU_ASSERT_PTR_NULL(io_model_find(models, "good"));
	CU_ASSERT_PTR_NULL(io_model_find(models, ""));
}

int main(void)
{
	static const struct test_case cases[] = {
		{"good tables pass", good_tables_pass},
		{"each missing part is named", each_missing_part_is_named},
		{"names are unique", names_are_unique},
		{"absent models need no run but a reason",
		 absent_models_need_no_run_but_a_reason},
		{"models are found by whole names", models_are_found_by_whole_names},
		{NULL, NULL},
	};

	return test_suite_run("io_model", cases) != 0;
}
