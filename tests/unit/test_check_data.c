/* test_check_data.c - a check as JUnit XML and as JSON, read back by parsers of others. */
#include <CUnit/Basic.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/suite.h"
#include "tests/unit/check_fixture.h"

#define HOLDS(text, part) CU_ASSERT_TRUE(check_fixture_holds(text, part))
#define READER            "python3 '" SOURCE_DIR "/junit_read.py' "

static struct check_fixture fixture;

static const char *text_at(json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	CU_ASSERT_PTR_NOT_NULL(text);
	return text ? text : "";
}

static double number_at(json_t *object, const char *key)
{
	json_t *value = json_object_get(object, key);

	CU_ASSERT_PTR_NOT_NULL(value);
	return json_is_number(value) ? json_number_value(value) : NAN;
}

/* The XML as Python's parser sees it, checked against what its readers know. */
static json_t *junit(void)
{
	char path[] = "/tmp/check_junit.XXXXXX", command[512];
	const int fd = mkstemp(path);
	FILE *out = fd < 0 ? NULL : fdopen(fd, "w");

	CU_ASSERT_PTR_NOT_NULL_FATAL(out);
	CU_ASSERT_EQUAL(check_print_junit(&fixture.report, out), 0);
	fclose(out);
	snprintf(command, sizeof(command), READER "%s", path);
	FILE *in = popen(command, "r");
	CU_ASSERT_PTR_NOT_NULL_FATAL(in);
	json_t *object = json_loadf(in, 0, NULL);
	CU_ASSERT_EQUAL(pclose(in), 0);
	unlink(path);
	CU_ASSERT_PTR_NOT_NULL_FATAL(object);
	return object;
}

/* The test case of a classname. */
static json_t *case_of(json_t *object, const char *classname)
{
	json_t *one;
	size_t i;

	json_array_foreach(json_object_get(object, "cases"), i,
			   one) if (strcmp(text_at(one, "classname"), classname) ==
				    0) return one;
	CU_FAIL("no such test case");
	return NULL;
}

static void junit_has_a_case_for_each_row(void)
{
	static const struct {
		const char *classname, *outcome, *message;
	} cases[] = {
		{"session", "passed", ""},
		{"epoll", "passed", ""},
		{"sockmap", "passed", ""},
		{"same", "passed", ""},
		{"poll", "failure",
		 "REGRESSION: throughput: confirmed on 12 fresh launches; throughput "
		 "-4.9 % (-5.1 .. -4.6), limit -2.4, detectable "},
		{"select", "failure",
		 "REGRESSION; syscalls +33.3 % (exact), limit +0.5, detectable -"},
		{"fork", "error", "INVALID: new: the server ended by signal 11"},
	};

	check_fixture_fill(&fixture);
	json_t *object = junit();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json_t *one = case_of(object, cases[i].classname);
		CU_ASSERT_STRING_EQUAL(text_at(one, "outcome"), cases[i].outcome);
		HOLDS(text_at(one, "message"), cases[i].message);
	}
	CU_ASSERT_EQUAL(number_at(object, "tests"), 8);
	CU_ASSERT_EQUAL(number_at(object, "failures"), 2);
	CU_ASSERT_EQUAL(number_at(object, "errors"), 1);
	CU_ASSERT_EQUAL(number_at(object, "skipped"), 1);
	HOLDS(text_at(case_of(object, "poll"), "text"), "ABBA says -9.5 %");
	json_decref(object);
}

static void junit_skips_what_is_not_decided(void)
{
	check_fixture_fill(&fixture);
	json_t *object = junit();
	/* XML takes no control characters, no broken UTF-8, and no U+FFFF. */
	json_t *one = case_of(object, "exec:./a|b <i>&\"'`*??[2J::error::x%??]]>");
	CU_ASSERT_STRING_EQUAL(text_at(one, "outcome"), "skipped");
	HOLDS(text_at(one, "message"), "INCONCLUSIVE: cpu: 24 launches: so much noise | "
				       "<b>; cpu +3.0 % (");
	HOLDS(text_at(one, "message"), "detectable ");
	json_t *properties = json_object_get(one, "properties");
	CU_ASSERT_STRING_EQUAL(text_at(properties, "verdict"), "INCONCLUSIVE");
	CU_ASSERT_STRING_EQUAL(text_at(properties, "mode"), "abba");
	CU_ASSERT_DOUBLE_EQUAL(atof(text_at(properties, "cpu.change_percent")), 3.045,
			       0.01);
	json_decref(object);
}

static void junit_says_what_the_session_was(void)
{
	check_fixture_fill(&fixture);
	json_t *object = junit();
	json_t *properties = json_object_get(object, "properties");
	CU_ASSERT_STRING_EQUAL(text_at(properties, "seed"), "4242");
	CU_ASSERT_STRING_EQUAL(text_at(properties, "verdict"), "REGRESSION");
	CU_ASSERT_STRING_EQUAL(text_at(properties, "command"),
			       "iomodels check --base 'a|b' <x>");
	CU_ASSERT_DOUBLE_EQUAL(number_at(object, "time"), 123.4, 1e-9);
	json_decref(object);
}

/* Nobody is blamed by a session that is biased, but for what was counted. */
static void junit_fails_nobody_without_a_verdict(void)
{
	check_fixture_fill(&fixture);
	fixture.report.valid = false;
	strcpy(fixture.report.reason, "base against itself: \"+9 %\"");
	json_t *object = junit();
	CU_ASSERT_EQUAL(number_at(object, "failures"), 1);
	CU_ASSERT_EQUAL(number_at(object, "errors"), 2);
	CU_ASSERT_EQUAL(number_at(object, "skipped"), 2);
	CU_ASSERT_STRING_EQUAL(text_at(case_of(object, "session"), "message"),
			       "base against itself: \"+9 %\"");
	HOLDS(text_at(case_of(object, "poll"), "message"),
	      "the session has no verdict: base against itself");
	json_decref(object);
}

static json_t *json(void)
{
	char *text = check_fixture_print(&fixture, check_print_json);
	json_t *object = json_loads(text, 0, NULL);

	CU_ASSERT_PTR_NOT_NULL_FATAL(object);
	free(text);
	return object;
}

static json_t *row_at(json_t *object, size_t row)
{
	return json_array_get(json_object_get(object, "rows"), row);
}

static json_t *metric_at(json_t *object, size_t row, enum launch_metric metric)
{
	return json_array_get(json_object_get(row_at(object, row), "metrics"), metric);
}

static void json_has_every_value(void)
{
	static const char *const kinds[] = {"screen", "confirm", "size"};
	static const size_t counts[] = {8, 12, 4};

	check_fixture_fill(&fixture);
	const struct check_metric *was =
		&fixture.rows[FIXTURE_SLOWER].metric[LAUNCH_THROUGHPUT];
	const struct check_values *values[] = {&was->screen, &was->confirm, &was->size};
	json_t *object = json();
	json_t *metric = metric_at(object, FIXTURE_SLOWER, LAUNCH_THROUGHPUT);
	for (int i = 0; i < 3; i++) {
		json_t *array = json_object_get(metric, kinds[i]);
		CU_ASSERT_EQUAL(json_array_size(array), counts[i]);
		for (size_t k = 0; k < counts[i]; k++)
			CU_ASSERT_DOUBLE_EQUAL(
				json_number_value(json_array_get(array, k)),
				values[i]->value[k], 1e-14);
	}
	json_t *finding = json_object_get(metric, "finding");
	CU_ASSERT_STRING_EQUAL(text_at(finding, "decision"), "regression");
	CU_ASSERT_DOUBLE_EQUAL(number_at(finding, "lower"), was->finding.lower, 1e-14);
	CU_ASSERT_DOUBLE_EQUAL(number_at(finding, "detectable"), was->finding.detectable,
			       1e-14);
	json_t *again = json_object_get(metric, "confirmation");
	CU_ASSERT_DOUBLE_EQUAL(number_at(again, "p"), was->confirmation.p, 1e-14);
	CU_ASSERT_TRUE(json_is_true(json_object_get(again, "confirmed")));
	CU_ASSERT_DOUBLE_EQUAL(number_at(metric, "change_percent"), -4.877, 1e-3);
	CU_ASSERT_DOUBLE_EQUAL(number_at(metric, "limit"), log1p(0.05) / 2, 1e-14);
	CU_ASSERT_STRING_EQUAL(text_at(metric, "column"), "throughput_rps");
	json_decref(object);
}

static void json_says_what_it_is(void)
{
	check_fixture_fill(&fixture);
	json_t *object = json();
	CU_ASSERT_STRING_EQUAL(text_at(object, "schema"), CHECK_JSON_SCHEMA);
	CU_ASSERT_EQUAL(number_at(object, "version"), CHECK_JSON_VERSION);
	CU_ASSERT_EQUAL(number_at(object, "exit_status"), CHECK_SLOWER);
	CU_ASSERT_EQUAL(number_at(object, "undecided"), 2);
	CU_ASSERT_EQUAL(number_at(object, "seed"), 4242);
	json_t *looks = json_object_get(json_object_get(object, "plan"), "looks");
	CU_ASSERT_EQUAL(json_array_size(looks), DECISION_LOOKS);
	CU_ASSERT_EQUAL(number_at(json_array_get(looks, 3), "launches"), 24);
	CU_ASSERT_DOUBLE_EQUAL(number_at(json_array_get(looks, 3), "alpha"), 0.015, 1e-9);
	CU_ASSERT_STRING_EQUAL(text_at(row_at(object, FIXTURE_SLOWER), "cell"),
			       "poll/tcp/c16");
	json_t *hostile = row_at(object, FIXTURE_HOSTILE);
	CU_ASSERT_EQUAL(strncmp(text_at(hostile, "server"), FIXTURE_NAME, 30), 0);
	CU_ASSERT_STRING_EQUAL(text_at(hostile, "mode"), "abba");
	json_decref(object);
}

static void json_has_null_for_what_is_not_known(void)
{
	static const char *const keys[] = {"change_percent", "base_median", "finding",
					   "confirmation", "estimate_real"};

	check_fixture_fill(&fixture);
	struct check_metric *open = &fixture.rows[FIXTURE_EQUIVALENT].metric[LAUNCH_P99];
	open->screen.value[3] = NAN;
	open->finding.lower = -INFINITY;
	json_t *object = json();
	json_t *metric = metric_at(object, FIXTURE_FAILED, LAUNCH_CPU);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		CU_ASSERT_TRUE(json_is_null(json_object_get(metric, keys[i])));
	metric = metric_at(object, FIXTURE_EQUIVALENT, LAUNCH_P99);
	CU_ASSERT_TRUE(
		json_is_null(json_array_get(json_object_get(metric, "screen"), 3)));
	CU_ASSERT_TRUE(json_is_null(
		json_object_get(json_object_get(metric, "finding"), "lower")));
	json_t *null = json_object_get(object, "null");
	metric = json_array_get(json_object_get(null, "metrics"), LAUNCH_P50);
	CU_ASSERT_TRUE(json_is_null(json_object_get(metric, "limit")));
	json_decref(object);
}

int main(void)
{
	static const struct test_case cases[] = {
		{"JUnit has a case for each row", junit_has_a_case_for_each_row},
		{"JUnit skips what is not decided", junit_skips_what_is_not_decided},
		{"JUnit says what the session was", junit_says_what_the_session_was},
		{"JUnit fails nobody without a verdict",
		 junit_fails_nobody_without_a_verdict},
		{"JSON has every value", json_has_every_value},
		{"JSON says what it is", json_says_what_it_is},
		{"JSON has null for what is not known",
		 json_has_null_for_what_is_not_known},
		{NULL, NULL},
	};

	return test_suite_run("check_data", cases) != 0;
}
