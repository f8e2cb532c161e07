/* test_compare_check.c - `compare` of a check's directory derives its verdicts again. */
#include <CUnit/CUnit.h>
#include <jansson.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "results/check/output.h"
#include "results/check/slices.h"
#include "results/plan/plan.h"
#include "tests/e2e/show_fixture.h"
#include "tests/e2e/workspace.h"
#include "tests/suite.h"

#define HOLDS(text, part) CU_ASSERT_TRUE(fixture_holds(text, part))
#define COMPARE(ret, ...) \
	program_run((const char *const[]){"compare", __VA_ARGS__, NULL}, ret)

static FILE *create(const char *directory, const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	FILE *file = fopen(workspace_path(path), "we");
	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	return file;
}

/* A check that says all is well, and has made no launch that tells. */
static void write_check(const char *name)
{
	struct cell cell = {.id = (char *)"epoll/c16"};
	struct check_row row = {.name = (char *)"epoll\x1b[2J",
				.scenario = (char *)"c16",
				.cell = &cell,
				.verdict = CHECK_EQUIVALENT,
				.same_program = true};
	const struct check_report report = {.rows = &row, .count = 1, .valid = true};

	for (int m = 0; m < LAUNCH_METRICS; m++)
		row.metric[m] = (struct check_metric){
			.gated = m <= LAUNCH_CPU,
			.margin = 0.05,
			.verdict = m <= LAUNCH_CPU ? CHECK_EQUIVALENT : CHECK_REPORTED};
	CU_ASSERT_EQUAL(mkdir(workspace_path(name), 0777), 0);
	FILE *json = create(name, "check.json"), *slices = create(name, "slices.csv");
	CU_ASSERT_EQUAL(check_print_json(&report, json), 0);
	CU_ASSERT_EQUAL(row_write_csv_header(check_slice_columns, slices), 0);
	fclose(json);
	fclose(slices);
}

static void the_launches_decide(void)
{
	struct process *p;

	write_check("empty");
	CU_ASSERT_EQUAL(COMPARE(&p, workspace_path("empty")), 0);
	CU_ASSERT_EQUAL(strncmp(p->out.text, "NO VERDICT: the null control has 0", 34),
			0);
	HOLDS(p->out.text, "epoll?[2J, c16: EQUIVALENT");
	HOLDS(p->err.text, "the session: check.json says NO REGRESSION, its launches say "
			   "NO VERDICT");
	process_free(p);
	CU_ASSERT_EQUAL(COMPARE(&p, workspace_path("empty"), "--fail-on", "worse"), 3);
	process_free(p);
}

static void in_each_format(void)
{
	struct process *p;

	write_check("formats");
	CU_ASSERT_EQUAL(COMPARE(&p, workspace_path("formats"), "--format", "markdown"),
			0);
	CU_ASSERT_EQUAL(strncmp(p->out.text, "**iomodels check: NO VERDICT", 28), 0);
	process_free(p);
	CU_ASSERT_EQUAL(COMPARE(&p, workspace_path("formats"), "--format", "json"), 0);
	json_t *object = json_loads(p->out.text, 0, NULL);
	CU_ASSERT_TRUE(json_is_false(json_object_get(object, "valid")));
	json_decref(object);
	process_free(p);
}

/* One line, and nothing on stdout. */
static void refused(const char *name, const char *option, const char *value,
		    const char *part)
{
	struct process *p;

	CU_ASSERT_EQUAL(COMPARE(&p, workspace_path(name), option, value), 2);
	HOLDS(p->err.text, part);
	CU_ASSERT_STRING_EQUAL(p->out.text, "");
	CU_ASSERT_PTR_EQUAL(strchr(p->err.text, '\n'),
			    p->err.text + strlen(p->err.text) - 1);
	process_free(p);
}

static void bad_input_is_one_line(void)
{
	write_check("bad");
	refused("bad", "--margin", "5%", "are of BASE and NEW");
	CU_ASSERT_EQUAL(unlink(workspace_path("bad/slices.csv")), 0);
	refused("bad", "--sort", "name", "bad/slices.csv: No such file");
	fixture_text("bad/slices.csv", "cell,launch,slice,side\nepoll/c16,1,1,base\n");
	refused("bad", "--sort", "name", "slices.csv: row 1, column stage");
	CU_ASSERT_EQUAL(unlink(workspace_path("bad/check.json")), 0);
	fixture_text("bad/check.json", "{\"schema\": \"iomodels-check\",\n");
	refused("bad", "--sort", "name", "check.json: line 2");
	refused("nothing", "--sort", "name", "alone: expected BASE and NEW");
}

int main(void)
{
	static const struct test_case cases[] = {
		{"the launches decide", the_launches_decide},
		{"in each format", in_each_format},
		{"bad input is one line", bad_input_is_one_line},
		{NULL, NULL},
	};

	if (!workspace_open())
		return 1;
	const int failed = test_suite_run("compare_check", cases);
	workspace_close();
	return failed != 0;
}
