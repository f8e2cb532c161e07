/* test_environment_diff.c - what two environments do not share. */
#include <CUnit/CUnit.h>
#include <string.h>

#include "results/compare/environment_diff.h"
#include "tests/suite.h"

/* The differences of two JSON texts as "name base new;" in their order; NULL: unknown. */
static void differ(const char *base, const char *new, const char *expected)
{
	json_t *x = base ? json_loads(base, 0, NULL) : NULL;
	json_t *y = new ? json_loads(new, 0, NULL) : NULL;
	json_t *array = json_array();
	char text[1024] = "";
	const json_t *one;
	size_t i, used = 0;

	CU_ASSERT_EQUAL(environment_compare(x, y, array), 0);
	json_array_foreach(array, i, one)
	{
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s %s %s;",
					 json_string_value(json_object_get(one, "name")),
					 json_string_value(json_object_get(one, "base")),
					 json_string_value(json_object_get(one, "new")));
	}
	CU_ASSERT_STRING_EQUAL(text, expected);
	json_decref(array);
	json_decref(x);
	json_decref(y);
}

static void values_are_named(void)
{
	differ("{\"kernel\": \"6.1\", \"cpus\": 2}", "{\"kernel\": \"6.2\", \"cpus\": 4}",
	       "kernel 6.1 6.2;cpus 2 4;");
	differ("{\"git_dirty\": false}", "{\"git_dirty\": true}",
	       "git_dirty false true;");
	differ("{\"a\": 1}", "{\"a\": 1}", "");
}

static void groups_are_entered(void)
{
	differ("{\"sysctl\": {\"a\": \"1\", \"b\": \"2\"}}",
	       "{\"sysctl\": {\"a\": \"1\", \"b\": \"3\", \"c\": \"4\"}}",
	       "sysctl.b 2 3;sysctl.c - 4;");
	differ("{\"libraries\": {\"libev\": null}}",
	       "{\"libraries\": {\"libev\": \"4\"}}", "libraries.libev - 4;");
}

static void what_is_missing_is_a_difference(void)
{
	differ("{\"turbo\": \"on\"}", "{}", "turbo on -;");
	differ("{}", "{\"smt\": \"1\"}", "smt - 1;");
	differ("{\"smt\": null}", "{}", "");
}

static void every_run_has_a_time_of_its_own(void)
{
	differ("{\"started_at\": \"1\", \"seed\": 1, \"command_line\": \"a\","
	       " \"sessions\": [1]}",
	       "{\"started_at\": \"2\", \"seed\": 2, \"command_line\": \"b\","
	       " \"sessions\": [2, 3]}",
	       "");
}

static void what_is_not_known_does_not_differ(void)
{
	differ(NULL, "{\"a\": 1}", "");
	differ("{\"a\": 1}", NULL, "");
}

static void foreign_text_is_printable(void)
{
	differ("{\"os\": \"a\"}", "{\"os\": \"b\\u001b[31m\"}", "os a b?[31m;");
}

int main(void)
{
	static const struct test_case cases[] = {
		{"values are named", values_are_named},
		{"groups are entered", groups_are_entered},
		{"what is missing is a difference", what_is_missing_is_a_difference},
		{"every run has a time of its own", every_run_has_a_time_of_its_own},
		{"what is not known does not differ", what_is_not_known_does_not_differ},
		{"foreign text is printable", foreign_text_is_printable},
		{NULL, NULL},
	};

	return test_suite_run("environment_diff", cases) != 0;
}
