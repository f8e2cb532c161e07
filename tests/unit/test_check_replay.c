/* test_check_replay.c - a check's verdicts follow from its files, and a changed record shows. */
#include <CUnit/Basic.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "results/check/output.h"
#include "results/check/read.h"
#include "results/check/replay.h"
#include "server/options.h"
#include "tests/suite.h"
#include "tests/unit/check_made.h"

struct again {
	struct check_recording recording;
	struct check_recorded *items;
	size_t count;
	struct check_report derived;
	size_t differences;
	char *said;
};

static void derive(struct again *again)
{
	char error[OPTION_ERROR_SIZE] = "";
	size_t size;

	*again = (struct again){.count = 0};
	CU_ASSERT_EQUAL_FATAL(
		check_read(made_path("check.json"), &again->recording, error), 0);
	CU_ASSERT_EQUAL_FATAL(check_recorded_read(made_path("slices.csv"), &again->items,
						  &again->count, error),
			      0);
	CU_ASSERT_EQUAL_FATAL(check_replay(&again->recording.report, again->items,
					   again->count, &again->derived, error),
			      0);
	FILE *out = open_memstream(&again->said, &size);
	CU_ASSERT_PTR_NOT_NULL_FATAL(out);
	again->differences =
		check_print_differences(&again->recording.report, &again->derived, out);
	fclose(out);
}

static void forget(struct again *again)
{
	free(again->said);
	free(again->derived.rows);
	check_recorded_free(again->items, again->count);
	check_recording_release(&again->recording);
}

static char *json_of(const struct check_report *report)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	CU_ASSERT_PTR_NOT_NULL_FATAL(out);
	CU_ASSERT_EQUAL(check_print_json(report, out), 0);
	fclose(out);
	return text;
}

/* In every field, to the last digit. */
static void same_report(const struct check_report *a, const struct check_report *b)
{
	char *one = json_of(a), *other = json_of(b);

	size_t at = 0;
	while (one[at] && one[at] == other[at])
		at++;
	if (one[at] || other[at])
		fprintf(stderr, "\n%.300s\n--- but ---\n%.300s\n",
			one + (at > 200 ? at - 200 : 0),
			other + (at > 200 ? at - 200 : 0));
	CU_ASSERT_STRING_EQUAL(one, other);
	free(one);
	free(other);
}

static void every_verdict_follows_from_the_files(void)
{
	static const enum check_verdict verdicts[ROWS] = {
		CHECK_EQUIVALENT, CHECK_REGRESSION, CHECK_INCONCLUSIVE, CHECK_INVALID,
		CHECK_EQUIVALENT, CHECK_EQUIVALENT, CHECK_EQUIVALENT};
	struct made made;
	struct again again;

	made_session(&made, INT64_MAX);
	derive(&again);
	for (int i = 0; i < ROWS; i++)
		CU_ASSERT_EQUAL(made.rows[i].verdict, verdicts[i]);
	CU_ASSERT_EQUAL(made.rows[UNEVEN].mode, LAUNCH_ABBA);
	CU_ASSERT_FALSE(made.rows[LIMITED].metric[LAUNCH_THROUGHPUT].gated);
	CU_ASSERT_PTR_NOT_NULL(strstr(made.rows[LIMITED].reason, "generator was the"));
	same_report(&made.report, &again.derived);
	CU_ASSERT_EQUAL(again.count, (size_t)made.launches);
	CU_ASSERT_EQUAL(again.differences, 0);
	CU_ASSERT_STRING_EQUAL(again.said, "");
	CU_ASSERT_STRING_EQUAL(again.derived.rows[FAILING].reason,
			       made.rows[FAILING].reason);
	CU_ASSERT_DOUBLE_EQUAL(again.derived.rows[SAME].metric[LAUNCH_CPU].median[1],
			       1000, 1e-9);
	forget(&again);
}

/* Wherever it was: in the screen, in the midst of what confirms. */
static void sessions_that_ended_early_too(void)
{
	for (int64_t launches = 5; launches < 170; launches += 40) {
		struct made made;
		struct again again;
		made_session(&made, launches);
		derive(&again);
		same_report(&made.report, &again.derived);
		CU_ASSERT_EQUAL(again.differences, 0);
		CU_ASSERT_EQUAL(again.derived.out_of_time, made.report.out_of_time);
		forget(&again);
	}
}

/* Overwrites the first `from` in a file by `to`, of the same length. */
static void change_file(const char *name, const char *from, const char *to)
{
	static char text[1 << 20];
	FILE *file = fopen(made_path(name), "r+e");

	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	const char *at = strstr(text, from);
	CU_ASSERT_PTR_NOT_NULL_FATAL(at);
	if (!at)
		return;
	fseek(file, at - text, SEEK_SET);
	fputs(to, file);
	fclose(file);
}

static void a_changed_record_shows(void)
{
	struct made made;
	struct again again;

	made_session(&made, INT64_MAX);
	change_file("check.json", "\"verdict\": \"EQUIVALENT\"",
		    "\"verdict\": \"REGRESSION\"");
	derive(&again);
	CU_ASSERT_EQUAL(again.differences, 1);
	CU_ASSERT_STRING_EQUAL(again.said, "same, c16: check.json says REGRESSION, its "
					   "launches say EQUIVALENT\n");
	forget(&again);
}

static void expect_error(const char *says)
{
	struct check_recording recording;
	struct check_recorded *items = NULL;
	struct check_report derived;
	char error[OPTION_ERROR_SIZE] = "";
	size_t count = 0;

	int rc = check_read(made_path("check.json"), &recording, error);
	if (rc == 0) {
		rc = check_recorded_read(made_path("slices.csv"), &items, &count, error);
		if (rc == 0)
			rc = check_replay(&recording.report, items, count, &derived,
					  error);
		check_recorded_free(items, count);
		check_recording_release(&recording);
	}
	CU_ASSERT_EQUAL(rc, -EINVAL);
	CU_ASSERT_PTR_NOT_NULL(strstr(error, says));
	if (!strstr(error, says))
		fprintf(stderr, "\nnot '%s' but '%s'\n", says, error);
}

/* Written before there were `row` and `client_limited`. */
static void cut_columns(void)
{
	static char text[1 << 21];
	FILE *in = fopen(made_path("slices.csv"), "re");

	CU_ASSERT_PTR_NOT_NULL_FATAL(in);
	text[fread(text, 1, sizeof(text) - 1, in)] = '\0';
	fclose(in);
	FILE *out = made_create("slices.csv");
	char *rest = text, *line;
	while ((line = strsep(&rest, "\n")) && *line) {
		*strrchr(line, ',') = '\0';
		*strrchr(line, ',') = '\0';
		fprintf(out, "%s\n", line);
	}
	fclose(out);
}

static void files_of_an_older_check_are_read(void)
{
	struct made made;
	struct again again;

	made_session(&made, 10);
	cut_columns();
	derive(&again);
	same_report(&made.report, &again.derived);
	forget(&again);
	/* Since the second round both rows are in turns. */
	made_session(&made, INT64_MAX);
	cut_columns();
	expect_error("of 'uneven' is of no row of check.json, or of two");
}

static void damaged_files_are_named(void)
{
	static const struct {
		const char *file, *from, *to, *says;
	} cases[] = {
		{"check.json", "{", "<", "check.json: line 1, column 1"},
		{"check.json", "\"rows\"", "\"raws\"", "check.json: 'rows' is missing"},
		{"check.json", "iomodels-check", "iomodels-chick", "'schema' is missing"},
		{"check.json", "\"version\": 1", "\"version\": 7",
		 "'version' is missing"},
		{"check.json", "\"verdict\": \"REG", "\"verdict\": \"RUG", "'verdict'"},
		{"check.json", "\"mode\": \"duet\"", "\"mode\": \"trio\"", "'mode'"},
		{"slices.csv", ",screen,", ",scream,", "column stage: no check writes"},
		{"slices.csv", ",base,", ",bass,", "column side: no check writes"},
		{"slices.csv", ",duet,", ",trio,", "column mode: no check writes"},
		{"slices.csv", "\nslower,", "\nsludge,", "of 'sludge' is of no row"},
		{"slices.csv", ",,1,0\n", ",,9,0\n", "of 'same' is of no row"},
		{"slices.csv", ",,1,0\n", ",,-,0\n", "column row: no check writes"},
		{"slices.csv", ",,1,0\n", ",,1,2\n", "column client_limited: no check"},
	};
	struct made made;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		made_session(&made, INT64_MAX);
		change_file(cases[i].file, cases[i].from, cases[i].to);
		expect_error(cases[i].says);
	}
}

int main(void)
{
	static const struct test_case cases[] = {
		{"every verdict follows from the files",
		 every_verdict_follows_from_the_files},
		{"sessions that ended early, too", sessions_that_ended_early_too},
		{"a changed record shows", a_changed_record_shows},
		{"files of an older check are read", files_of_an_older_check_are_read},
		{"damaged files are named", damaged_files_are_named},
		{NULL, NULL},
	};

	if (!made_open())
		return 1;
	const int failed = test_suite_run("check_replay", cases);
	made_close();
	return failed != 0;
}
