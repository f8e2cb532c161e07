/* test_check_text.c - a check as a table, as Markdown and as annotations. */
#include <CUnit/Basic.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/suite.h"
#include "tests/unit/check_fixture.h"

#define WIDTH             100
#define HOLDS(text, part) CU_ASSERT_TRUE(check_fixture_holds(text, part))
#define LACKS(text, part) CU_ASSERT_PTR_NULL(strstr(text, part))

static struct check_fixture fixture;

static int print_markdown_whole(const struct check_report *report, FILE *out)
{
	return check_print_markdown(report, 0, out);
}

static char *printed(check_fixture_printer *print)
{
	return check_fixture_print(&fixture, print);
}

static size_t longest_line(const char *text)
{
	size_t longest = 0;

	while (*text) {
		const size_t length = strcspn(text, "\n");
		longest = length > longest ? length : longest;
		text += length + (text[length] == '\n');
	}
	return longest;
}

static bool begins(const char *text, const char *with)
{
	const bool so = strncmp(text, with, strlen(with)) == 0;

	if (!so)
		fprintf(stderr, "\nbegins not with '%s':\n%s\n", with, text);
	return so;
}

static size_t count_of(const char *text, const char *part)
{
	size_t count = 0;

	for (; (text = strstr(text, part)); text++)
		count++;
	return count;
}

static const char *last_line(char *text)
{
	text[strlen(text) - 1] = '\0';
	return strrchr(text, '\n') + 1;
}

static void the_verdict_is_the_first_line(void)
{
	check_fixture_fill(&fixture);
	char *text = printed(check_print_table);
	CU_ASSERT_TRUE(begins(text, "REGRESSION; 7 rows: 2 slower, 1 invalid, 1 not "
				    "decided, 1 faster, 2 equivalent\n"));
	CU_ASSERT_STRING_EQUAL(last_line(text), "2 of 7 rows not decided: REGRESSION");
	free(text);
}

static void the_table_fits_the_terminal(void)
{
	check_fixture_fill(&fixture);
	memset(fixture.rows[FIXTURE_FAILED].reason, 'x', CHECK_REASON_SIZE - 1);
	for (int i = 20; i < CHECK_REASON_SIZE - 1; i += 20)
		fixture.rows[FIXTURE_FAILED].reason[i] = ' ';
	char *text = printed(check_print_table);
	CU_ASSERT_TRUE(longest_line(text) <= WIDTH);
	CU_ASSERT_TRUE(longest_line(text) > 80);
	/* one run of 20, and 11 of 19 behind it: nothing is lost */
	CU_ASSERT_EQUAL(count_of(text, "xxxxxxxxxxxxxxxxxxx"), 2 + 11);
	free(text);
}

static void a_line_has_all_there_is_of_a_metric(void)
{
	check_fixture_fill(&fixture);
	char *text = printed(check_print_table);
	/* exp(-0.05) - 1 in a limit of exp(-0.5 log 1.05) - 1 */
	HOLDS(text, "throughput  1,234,568  1,200,000    -4.9     -5.1 .. -4.6   -2.4  "
		    "REGRESSION     8+12+4");
	HOLDS(text, "  p50         411,522.6  400,000.1    +0.3     +0.1 .. +0.5      -  "
		    "REPORTED");
	HOLDS(text,
	      "duet and ABBA; looks at 8, 12, 16 and 24 launches; seed 4242; 123 s");
	HOLDS(text, "margins of the real change: throughput 5 %, cpu 5 %");
	HOLDS(text, "it shows: throughput 50 %, cpu 50 %");
	HOLDS(text, "4 launches: throughput -0.1 (of 1.2) %, cpu +0.1 (of");
	HOLDS(text, "throughput: ABBA says -9.5 % (4 launches)");
	HOLDS(text, "system calls per request 3.000 -> 4.000");
	HOLDS(text, "ABBA: the new one uses 1.9 CPUs, base 0.9");
	HOLDS(text, "3 of 80 pairs of slices dropped");
	HOLDS(text, "the same program on both sides");
	HOLDS(text, "not exact here: repeats differ by 0.400 and 0.400");
	HOLDS(text, "every value is in check-1");
	free(text);
}

static void rows_stand_in_order_of_gravity_and_size(void)
{
	static const char *const order[] = {"\nselect,", "\npoll,",    "\nfork,",
					    "\nexec:",   "\nsockmap,", "\nepoll,"};
	const char *at;

	check_fixture_fill(&fixture);
	struct check_metric *worse = &fixture.rows[FIXTURE_EXACT].metric[LAUNCH_CPU];
	worse->finding.estimate = 0.2;
	char *text = printed(check_print_table);
	at = text;
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		const char *found = strstr(text, order[i]);
		CU_ASSERT_PTR_NOT_NULL(found);
		CU_ASSERT_TRUE(found > at);
		at = found;
	}
	free(text);
}

static void a_terminal_obeys_nothing(void)
{
	check_fixture_fill(&fixture);
	fixture.report.valid = false;
	strcpy(fixture.report.reason, "\x1b]0;owned\x07");
	char *text = printed(check_print_table);
	for (const char *c = text; *c; c++)
		CU_ASSERT_TRUE(*c == '\n' || ((unsigned char)*c >= 0x20 && *c != 0x7f));
	HOLDS(text, "REGRESSION by system calls; none by time: ?]0;owned?; 7 rows");
	HOLDS(text, "`*??[2J::error::x%?");
	free(text);
}

/* Each verdict of the session, in words, with its reason. */
static void sessions_say_why_they_have_no_verdict(void)
{
	static const enum fixture_row good[] = {FIXTURE_EQUIVALENT, FIXTURE_FASTER};
	static const enum fixture_row open[] = {FIXTURE_EQUIVALENT, FIXTURE_HOSTILE};
	static const enum fixture_row failed[] = {FIXTURE_FAILED, FIXTURE_HOSTILE};
	static const struct {
		const enum fixture_row *rows;
		size_t count;
		bool strict;
		const char *says;
	} cases[] = {
		{good, 2, false, "NO REGRESSION; 2 rows: 1 faster, 1 equivalent\n"},
		{open, 2, false, "NO REGRESSION; 2 rows: 1 not decided, 1 equivalent\n"},
		{open, 2, true,
		 "NO VERDICT: 1 row not decided, which --strict does not take; 2 rows"},
		{failed, 2, true, "NO VERDICT: 1 row could not be judged; 2 rows"},
		{good, 1, true, "NO REGRESSION; 1 row: 1 equivalent\n"},
		{good, 0, false, "NO VERDICT: there was nothing to check\n"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		check_fixture_fill(&fixture);
		check_fixture_keep(&fixture, cases[i].rows, cases[i].count);
		fixture.report.strict = cases[i].strict;
		char *text = printed(check_print_table);
		CU_ASSERT_TRUE(begins(text, cases[i].says));
		free(text);
	}
}

static void markdown_has_the_table_and_the_rest_folded(void)
{
	check_fixture_fill(&fixture);
	char *text = printed(print_markdown_whole);
	CU_ASSERT_TRUE(begins(text, "**iomodels check: REGRESSION; 7 rows"));
	HOLDS(text, "| poll | tcp/c16/d1/64B/shared | throughput | 1,234,568 |");
	HOLDS(text, "  - throughput: ABBA says -9.5 % (4 launches)\n");
	HOLDS(text,
	      "| select | tcp/c16/d1/64B/shared | syscalls | 3.000 | 4.000 | +33.3 |");
	CU_ASSERT_TRUE(strstr(text, "<details>") > strstr(text, "ABBA says"));
	CU_ASSERT_TRUE(strstr(text, "the same program") > strstr(text, "<details>"));
	HOLDS(text, "\n</details>\n");
	HOLDS(text, "\n2 of 7 rows not decided: REGRESSION\n");
	LACKS(text, "left out");
	free(text);
}

static void markdown_takes_nothing_for_markup(void)
{
	check_fixture_fill(&fixture);
	char *text = printed(print_markdown_whole);
	HOLDS(text, "| exec:./a\\|b \\<i\\>\\&\"'\\`\\*??\\[2J::error::x%?");
	HOLDS(text, "so much noise \\| \\<b\\>");
	HOLDS(text, "--base 'a\\|b' \\<x\\>");
	LACKS(text, "<i>");
	LACKS(text, "<b>");
	LACKS(text, "\x1b");
	free(text);
}

/* At every limit: no byte more, whole lines, the verdict first. */
static void markdown_keeps_to_its_limit(void)
{
	check_fixture_fill(&fixture);
	char *whole = printed(print_markdown_whole);
	const size_t full = strlen(whole);
	size_t last = 0;

	for (size_t limit = 1; limit <= full + 1; limit += limit < 400 ? 1 : 13) {
		char *text = NULL;
		size_t size;
		FILE *out = open_memstream(&text, &size);
		CU_ASSERT_PTR_NOT_NULL_FATAL(out);
		CU_ASSERT_EQUAL(check_print_markdown(&fixture.report, limit, out), 0);
		fclose(out);
		CU_ASSERT_TRUE(size <= limit);
		CU_ASSERT_TRUE(size == 0 || text[size - 1] == '\n');
		const size_t rows = count_of(text, "| tcp/c16/d1/64B/shared |");
		CU_ASSERT_TRUE(rows >= last);
		last = rows;
		free(text);
	}
	CU_ASSERT_TRUE(last > 20);
	free(whole);
}

static char *limited(size_t limit)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	CU_ASSERT_PTR_NOT_NULL_FATAL(out);
	CU_ASSERT_EQUAL(check_print_markdown(&fixture.report, limit, out), 0);
	fclose(out);
	return text;
}

static void markdown_drops_details_then_the_least_grave_rows(void)
{
	check_fixture_fill(&fixture);
	char *whole = printed(print_markdown_whole);
	char *text = limited(strlen(whole));
	CU_ASSERT_STRING_EQUAL(text, whole);
	free(text);
	text = limited(strlen(whole) - 1);
	LACKS(text, "<details>");
	LACKS(text, "left out");
	HOLDS(text, "| same |");
	const size_t without = strlen(text);
	free(text);
	text = limited(without - 1);
	HOLDS(text, "1 of 7 rows are left out");
	LACKS(text, "| same |");
	HOLDS(text, "| poll |");
	free(text);
	text = limited(700);
	HOLDS(text, "rows are left out");
	HOLDS(text, "\n2 of 7 rows not decided: REGRESSION\n");
	free(text);
	free(whole);
}

static void annotations_are_workflow_commands(void)
{
	check_fixture_fill(&fixture);
	char *text = printed(check_print_annotations);
	CU_ASSERT_EQUAL(count_of(text, "\n"), 4);
	CU_ASSERT_EQUAL(count_of(text, "::error title="), 3);
	CU_ASSERT_EQUAL(count_of(text, "\n::warning title="), 1);
	HOLDS(text, "::error title=iomodels check%3A poll::REGRESSION of "
		    "tcp/c16/d1/64B/shared%0Athroughput -4.9 %25 (-5.1 .. -4.6), limit "
		    "-2.4, base 1,234,568, new 1,200,000, detectable ");
	HOLDS(text, "\n::warning title=iomodels check%3A exec%3A./a|b "
		    "<i>&\"'`*??[2J%3A%3Aerror%3A%3Ax%25?");
	LACKS(text, "epoll");
	LACKS(text, "sockmap");
	free(text);
	fixture.report.strict = true;
	text = printed(check_print_annotations);
	CU_ASSERT_EQUAL(count_of(text, "::error title="), 4);
	free(text);
}

static void annotations_are_ten_at_most(void)
{
	struct check_row rows[14];

	check_fixture_fill(&fixture);
	for (int i = 0; i < 14; i++)
		rows[i] = fixture.rows[i < 3 ? FIXTURE_HOSTILE : FIXTURE_SLOWER];
	fixture.report.rows = rows;
	fixture.report.count = 14;
	char *text = printed(check_print_annotations);
	CU_ASSERT_EQUAL(count_of(text, "\n"), 10);
	CU_ASSERT_EQUAL(count_of(text, "::error title=iomodels check%3A poll"), 10);
	free(text);
	fixture.report.valid = false;
	strcpy(fixture.report.reason, "base against itself: +9 %");
	text = printed(check_print_annotations);
	CU_ASSERT_EQUAL(count_of(text, "\n"), 10);
	CU_ASSERT_TRUE(begins(text, "::error title=iomodels check%3A no verdict::base "
				    "against itself: +9 %25\n"));
	free(text);
}

static void a_good_session_has_no_annotation(void)
{
	static const enum fixture_row good[] = {FIXTURE_EQUIVALENT, FIXTURE_FASTER};

	check_fixture_fill(&fixture);
	check_fixture_keep(&fixture, good, 2);
	char *text = printed(check_print_annotations);
	CU_ASSERT_STRING_EQUAL(text, "");
	free(text);
}

int main(void)
{
	static const struct test_case cases[] = {
		{"the verdict is the first line", the_verdict_is_the_first_line},
		{"the table fits the terminal", the_table_fits_the_terminal},
		{"a line has all there is of a metric",
		 a_line_has_all_there_is_of_a_metric},
		{"rows stand in order of gravity and size",
		 rows_stand_in_order_of_gravity_and_size},
		{"a terminal obeys nothing", a_terminal_obeys_nothing},
		{"sessions say why they have no verdict",
		 sessions_say_why_they_have_no_verdict},
		{"Markdown has the table, and the rest folded",
		 markdown_has_the_table_and_the_rest_folded},
		{"Markdown takes nothing for markup", markdown_takes_nothing_for_markup},
		{"Markdown keeps to its limit", markdown_keeps_to_its_limit},
		{"Markdown drops details, then the least grave rows",
		 markdown_drops_details_then_the_least_grave_rows},
		{"annotations are workflow commands", annotations_are_workflow_commands},
		{"annotations are ten at most", annotations_are_ten_at_most},
		{"a good session has no annotation", a_good_session_has_no_annotation},
		{NULL, NULL},
	};

	return test_suite_run("check_text", cases) != 0;
}
