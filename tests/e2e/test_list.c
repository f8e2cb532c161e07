/* test_list.c - `list` and `--version` name all there is, in the documented shape. */
#include <CUnit/CUnit.h>
#include <jansson.h>
#include <string.h>

#include "build_info.h"
#include "loadgen/engines.h"
#include "loadgen/load.h"
#include "models/executor/executor.h"
#include "models/registry.h"
#include "tests/e2e/process.h"
#include "tests/suite.h"

#define RUN(ret, ...) program_run((const char *const[]){__VA_ARGS__, NULL}, ret)

/* The list `name` of `iomodels list name --json`; the caller releases *ret_object. */
static json_t *json_list(const char *name, json_t **ret_object)
{
	struct process *process;
	json_error_t error;

	CU_ASSERT_EQUAL(RUN(&process, "list", name, "--json"), 0);
	CU_ASSERT_STRING_EQUAL(process->err.text, "");
	*ret_object = json_loads(process->out.text, 0, &error);
	CU_ASSERT_PTR_NOT_NULL(*ret_object);
	process_free(process);
	json_t *list = json_object_get(*ret_object, name);
	CU_ASSERT(json_is_array(list));
	CU_ASSERT_EQUAL(json_object_size(*ret_object), 1);
	return list;
}

/* A part is available, or says why not. */
static void check_part(const json_t *part)
{
	const char *reason = json_string_value(json_object_get(part, "reason"));

	CU_ASSERT(json_is_string(json_object_get(part, "name")));
	CU_ASSERT(json_is_string(json_object_get(part, "summary")));
	CU_ASSERT(json_is_boolean(json_object_get(part, "available")));
	CU_ASSERT_PTR_NOT_NULL(reason);
	if (reason)
		CU_ASSERT_EQUAL(json_is_true(json_object_get(part, "available")),
				reason[0] == '\0');
}

static void check_option(const json_t *option)
{
	const json_t *fallback = json_object_get(option, "default");

	CU_ASSERT(json_is_string(json_object_get(option, "name")));
	CU_ASSERT(json_is_string(json_object_get(option, "type")));
	CU_ASSERT(json_is_string(json_object_get(option, "range")));
	CU_ASSERT(json_is_string(json_object_get(option, "help")));
	CU_ASSERT(json_is_string(fallback) || json_is_null(fallback));
}

static void check_model(const json_t *entry, const struct io_model *model)
{
	const json_t *options = json_object_get(entry, "options"), *option;
	const char *name = json_string_value(json_object_get(entry, "name"));
	size_t i, count = 0;

	check_part(entry);
	CU_ASSERT_STRING_EQUAL(name, model->name);
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(entry, "family")),
			       model->family);
	CU_ASSERT(json_array_size(json_object_get(entry, "flags")) > 0);
	CU_ASSERT(json_is_array(options));
	json_array_foreach(options, i, option) check_option(option);
	for (const struct option_spec *o = model->options; o && o->name; o++)
		count++;
	CU_ASSERT_EQUAL(json_array_size(options), count);
}

static void every_model_is_listed(void)
{
	json_t *object, *list = json_list("models", &object);
	size_t count = 0;

	for (; io_models[count]; count++)
		check_model(json_array_get(list, count), io_models[count]);
	CU_ASSERT_EQUAL(json_array_size(list), count);
	json_decref(object);
}

static void options_carry_default_and_range(void)
{
	json_t *object, *list = json_list("models", &object), *entry, *option = NULL;
	size_t i;

	json_array_foreach(
		list, i,
		entry) if (strcmp(json_string_value(json_object_get(entry, "name")),
				  "libev") == 0) option =
		json_array_get(json_object_get(entry, "options"), 0);
	CU_ASSERT_PTR_NOT_NULL(option);
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(option, "name")),
			       "backend");
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(option, "type")),
			       "choice");
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(option, "default")),
			       "epoll");
	const char *range = json_string_value(json_object_get(option, "range"));
	CU_ASSERT(range && strstr(range, "select|poll"));
	json_decref(object);
}

static void other_lists_have_the_same_shape(void)
{
	static const char *const names[] = {"selectors", "executors", "peers", "plans",
					    "engines"};
	json_t *entry;
	size_t j;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		json_t *object, *list = json_list(names[i], &object);
		json_array_foreach(list, j, entry) check_part(entry);
		json_decref(object);
	}
}

static void selectors_and_the_quick_plan_are_there(void)
{
	static const char *const selectors[] = {"select", "poll", "epoll"};
	json_t *object, *list = json_list("selectors", &object);

	for (size_t i = 0; i < sizeof(selectors) / sizeof(selectors[0]); i++) {
		const json_t *name = json_object_get(json_array_get(list, i), "name");
		CU_ASSERT_STRING_EQUAL(json_string_value(name), selectors[i]);
	}
	json_decref(object);
	list = json_list("plans", &object);
	const json_t *plan = json_array_get(list, 0);
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(plan, "name")), "quick");
	CU_ASSERT(json_is_true(json_object_get(plan, "available")));
	json_decref(object);
}

static void every_executor_is_listed(void)
{
	json_t *object, *list = json_list("executors", &object);
	size_t count = 0;

	for (; executors[count]; count++) {
		const json_t *part = json_array_get(list, count);
		CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(part, "name")),
				       executor_name(executors[count]));
		CU_ASSERT(json_is_true(json_object_get(part, "available")));
	}
	CU_ASSERT(count > 0);
	CU_ASSERT_EQUAL(json_array_size(list), count);
	json_decref(object);
}

static void every_engine_is_listed(void)
{
	json_t *object, *list = json_list("engines", &object);
	size_t count = 0;

	for (; engines[count]; count++) {
		const json_t *entry = json_array_get(list, count);
		CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(entry, "name")),
				       engines[count]->name);
		CU_ASSERT_STRING_EQUAL(load_engines[count], engines[count]->name);
		CU_ASSERT_EQUAL(json_is_true(json_object_get(entry, "available")),
				engine_reason(engines[count]) == NULL);
	}
	CU_ASSERT_EQUAL(json_array_size(list), count);
	json_decref(object);
}

static void text_names_every_model(void)
{
	struct process *process, *named;

	CU_ASSERT_EQUAL(RUN(&process, "list"), 0);
	CU_ASSERT_EQUAL(RUN(&named, "list", "models"), 0);
	CU_ASSERT_STRING_EQUAL(process->out.text, named->out.text);
	for (size_t i = 0; io_models[i]; i++) {
		CU_ASSERT_PTR_NOT_NULL(strstr(process->out.text, io_models[i]->name));
		CU_ASSERT_PTR_NOT_NULL(strstr(process->out.text, io_models[i]->summary));
	}
	CU_ASSERT_PTR_NOT_NULL(strstr(process->out.text, "    backend="));
	process_free(process);
	process_free(named);
}

static void check_library(const char *text, const char *name, int found,
			  const char *version, const char *reason)
{
	char line[256];

	if (found)
		snprintf(line, sizeof(line), "\n  %-10s %s\n", name, version);
	else
		snprintf(line, sizeof(line), "\n  %-10s missing: %s\n", name, reason);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, line));
	CU_ASSERT(found ? version[0] >= '0' && version[0] <= '9' : reason[0] != '\0');
}

static void version_names_every_library(void)
{
	struct process *process;

	CU_ASSERT_EQUAL(RUN(&process, "--version"), 0);
	CU_ASSERT_STRING_EQUAL(process->err.text, "");
	CU_ASSERT_EQUAL(strncmp(process->out.text, "iomodels " IOMODELS_VERSION " ", 15),
			0);
	CU_ASSERT_PTR_NOT_NULL(strstr(process->out.text, GIT_COMMIT));
	CU_ASSERT_PTR_NOT_NULL(strstr(process->out.text, COMPILER));
#define LIBRARY(name, found, version, reason) \
	check_library(process->out.text, #name, found, version, reason);
	LIBRARY_LIST
#undef LIBRARY
	process_free(process);
}

/* A full disk is no success. */
static void unwritten_output_is_a_failure(void)
{
	static const char *const argv[] = {"/bin/sh", "-c",
					   "exec \"$0\" list --json >/dev/full",
					   PROGRAM_PATH, NULL};
	struct process *process = process_start(argv);

	CU_ASSERT_EQUAL(process_wait(process, PROCESS_DEADLINE_MS), 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(process->err.text, "iomodels: list: "));
	process_free(process);
}

int main(void)
{
	static const struct test_case cases[] = {
		{"every model is listed", every_model_is_listed},
		{"options carry default and range", options_carry_default_and_range},
		{"other lists have the same shape", other_lists_have_the_same_shape},
		{"selectors and the quick plan are there",
		 selectors_and_the_quick_plan_are_there},
		{"every executor is listed", every_executor_is_listed},
		{"every engine is listed", every_engine_is_listed},
		{"text names every model", text_names_every_model},
		{"version names every library", version_names_every_library},
		{"unwritten output is a failure", unwritten_output_is_a_failure},
		{NULL, NULL},
	};

	return test_suite_run("list", cases) != 0;
}
