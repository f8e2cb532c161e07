/* test_peers.c - Python peers in plans: they are asked for by name, alone or as families. */
#include <CUnit/CUnit.h>
#include <stdlib.h>
#include <string.h>

#include "results/plan/plan.h"
#include "tests/suite.h"

static const struct io_model pool = {
	.name = "pool", .family = "thread", .flags = IO_MODEL_STREAM};
static const struct io_model *const models[] = {&pool, NULL};
static const struct io_catalogue catalogue = {.models = models};

/* What plan_write makes of the plan; the caller frees it. */
static char *written(const struct plan *plan)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	CU_ASSERT_EQUAL(plan_write(plan, out), 0);
	fclose(out);
	return text;
}

/* Peers have families of their own, of which `all` and family:NAME know nothing. */
static void peers_are_asked_for_by_name(void)
{
	static const char text[] =
		"[cells a]\nmodel = python:asyncio\nmodel = family:python:hybrid\n";
	char error[OPTION_ERROR_SIZE] = "";
	struct plan plan;

	CU_ASSERT_EQUAL_FATAL(plan_parse(text, "p.ini", &catalogue, &plan, error), 0);
	char *again = written(&plan);
	CU_ASSERT_PTR_NOT_NULL(strstr(again, "model = python:asyncio "));
	CU_ASSERT_PTR_NOT_NULL(strstr(again, "python:hybrid\n"));
	CU_ASSERT_PTR_NULL(strstr(again, "python:threading"));
	free(again);
	plan_release(&plan);
	CU_ASSERT_EQUAL_FATAL(plan_parse("[cells a]\nmodel = all family:thread\n",
					 "p.ini", &catalogue, &plan, error),
			      0);
	again = written(&plan);
	CU_ASSERT_PTR_NULL(strstr(again, "python"));
	free(again);
	plan_release(&plan);
}

int main(void)
{
	static const struct test_case cases[] = {
		{"peers are asked for by name", peers_are_asked_for_by_name},
		{NULL, NULL},
	};

	return test_suite_run("peers", cases) != 0;
}
