/* test_compare_output.c - what `compare` lists, and what it only counts. */
#include <CUnit/CUnit.h>
#include <string.h>

#include "tests/e2e/show_fixture.h"
#include "tests/e2e/workspace.h"
#include "tests/suite.h"

#define HOLDS(text, part) CU_ASSERT_TRUE(fixture_holds(text, part))
#define LACKS(text, part) CU_ASSERT_PTR_NULL(strstr(text, part))
#define COMPARE(ret, ...) \
	program_run((const char *const[]){"compare", __VA_ARGS__, NULL}, ret)

static size_t lines_of(const char *text)
{
	size_t count = 0;

	for (; *text; text++)
		count += *text == '\n';
	return count;
}

/* What a reader has to act on, worst first; of the rest how much there is. */
static void only_changes_are_listed(void)
{
	struct process *p;

	fixture_result("before", 6, 1, 1);
	fixture_result("half", 6, 0.5, 0.7);
	const char *base = workspace_path("before"), *half = workspace_path("half");
	CU_ASSERT_EQUAL(COMPARE(&p, base, half, "--metric", "throughput"), 0);
	CU_ASSERT_TRUE(strstr(p->out.text, "epoll/tcp") <
		       strstr(p->out.text, " poll/tcp"));
	LACKS(p->out.text, "libev/tcp");
	HOLDS(p->out.text, "--all lists the 2 that are not");
	HOLDS(p->out.text, "common drift: half of all cells changed by more than "
			   "throughput_rps -1");
	const size_t lines = lines_of(p->out.text);
	process_free(p);
	CU_ASSERT_EQUAL(COMPARE(&p, base, half, "--metric", "throughput", "--all"), 0);
	HOLDS(p->out.text, "libev/tcp");
	LACKS(p->out.text, "--all");
	CU_ASSERT_TRUE(lines_of(p->out.text) > lines);
	process_free(p);
	CU_ASSERT_EQUAL(COMPARE(&p, base, half, "--metric", "throughput", "--sort",
				"name", "--format", "markdown"),
			0);
	const char *details = strstr(p->out.text, "<details>");
	CU_ASSERT_PTR_NOT_NULL_FATAL(details);
	CU_ASSERT_TRUE(strstr(p->out.text, "| epoll/tcp") < details);
	CU_ASSERT_TRUE(strstr(p->out.text, "| libev/tcp") > details);
	HOLDS(details, "</details>\n\nWORSE?: 2 worse?");
	process_free(p);
}

int main(void)
{
	static const struct test_case cases[] = {
		{"only changes are listed", only_changes_are_listed},
		{NULL, NULL},
	};

	if (!workspace_open())
		return 1;
	const int failures = test_suite_run("compare_output", cases);
	workspace_close();
	return failures != 0;
}
