/* test_report.c - `report` writes a page that holds what was measured and nothing else's markup;
 * tests/browser looks at it. */
#include <CUnit/CUnit.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/options.h"
#include "tests/e2e/show_fixture.h"
#include "tests/e2e/workspace.h"
#include "tests/suite.h"

#define HOLDS(text, part) CU_ASSERT_TRUE(fixture_holds(text, part))
#define REPORT(ret, ...) \
	program_run((const char *const[]){"report", __VA_ARGS__, NULL}, ret)
#define COMPARE(ret, ...) \
	program_run((const char *const[]){"compare", __VA_ARGS__, NULL}, ret)

/* The whole file; the caller frees it. */
static char *read_file(const char *path)
{
	FILE *file = fopen(path, "re");
	char *text = NULL;
	size_t size = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	if (!file)
		return NULL;
	const ssize_t length = getdelim(&text, &size, '\0', file);
	CU_ASSERT_TRUE(length > 0);
	fclose(file);
	return text;
}

/* What stands in the element of the data; cut off at its end. */
static const char *data_of(char *page)
{
	static const char start[] = "id=\"data\">";
	char *data = strstr(page, start);

	CU_ASSERT_PTR_NOT_NULL_FATAL(data);
	if (!data)
		return "";
	data += strlen(start);
	char *end = strstr(data, "</script>");
	CU_ASSERT_PTR_NOT_NULL_FATAL(end);
	if (end)
		*end = '\0';
	return data;
}

static void a_directory_becomes_a_page(void)
{
	struct process *p;

	fixture_models("models");
	CU_ASSERT_EQUAL(REPORT(&p, workspace_path("models")), 0);
	char *page = read_file(workspace_path("models/report.html"));
	HOLDS(p->out.text, "/models/report.html\n");
	HOLDS(p->err.text, "report: there is no environment.json");
	HOLDS(page, "<!DOCTYPE html>");
	const char *data = data_of(page);
	HOLDS(data, "\"titles\":[\"models\"]");
	HOLDS(data, "[101500.0,99000.0,104000.0,96.875,true,false]");
	HOLDS(data, "connection 3, offset 9");
	CU_ASSERT_NOT_EQUAL(access(workspace_path("models/report.html.new"), F_OK), 0);
	free(page);
	process_free(p);
}

static void logs_become_curves(void)
{
	struct process *run, *p;
	const char *dir = workspace_path("measured");

	const int status = program_run(
		(const char *const[]){"run", "--models", "epoll", "--connections", "2",
				      "--repetitions", "2", "--duration", "200ms",
				      "--warmup", "50ms", "--placement", "shared",
				      "--out", dir, NULL},
		&run);
	CU_ASSERT_EQUAL(status, 0);
	process_free(run);
	CU_ASSERT_EQUAL(REPORT(&p, dir, "--output", workspace_path("else.html")), 0);
	CU_ASSERT_PTR_NULL(strstr(p->err.text, "hlog"));
	CU_ASSERT_NOT_EQUAL(access(workspace_path("measured/report.html"), F_OK), 0);
	char *page = read_file(workspace_path("else.html"));
	const char *data = data_of(page);
	HOLDS(data, "\"tag\":\"service\",\"logs\":2,\"curve\":[");
	HOLDS(data, "\"levels\":\"");
	HOLDS(data, "\"cpu_model\":");
	HOLDS(data, "\"plans\":[\"[plan]");
	free(page);
	process_free(p);
}

static void hostile(struct row *row)
{
	row_set_text(row, "server_options", "a&b,\"c\"\n\x1b]0;x\a");
	row_set_text(row, "verdict_reason", "\xe2\x80\xa8 ]]> <!-- <script>");
}

static void no_text_is_markup(void)
{
	struct process *p;
	FILE *csv = fixture_open("hostile");

	fixture_add(csv, "exec:</script><img src=x>\xff", 1, 1000, hostile);
	CU_ASSERT_EQUAL(fclose(csv), 0);
	CU_ASSERT_EQUAL(REPORT(&p, workspace_path("hostile")), 0);
	char *page = read_file(workspace_path("hostile/report.html"));
	const char *data = data_of(page);
	HOLDS(data, "exec:\\u003c/script\\u003e\\u003cimg src=x\\u003e?");
	HOLDS(data, "\\u2028 ]]\\u003e");
	for (const char *c = data; *c; c++)
		CU_ASSERT_TRUE(*c >= ' ' && !strchr("<>&", *c));
	free(page);
	process_free(p);
}

static void damage_is_said_and_the_rest_stands(void)
{
	struct process *p;
	FILE *csv = fixture_open("torn");

	fixture_add(csv, "epoll", 1, 1000, NULL);
	fputs("x,2026-01-31T12:00:00Z,epoll/tcp", csv);
	CU_ASSERT_EQUAL(fclose(csv), 0);
	fixture_text("torn/environment.json", "{\"cpus\": 2,\n");
	fixture_text("torn/slices.csv", "cell,launch,slice,side\nepoll,1\n");
	CU_ASSERT_EQUAL(REPORT(&p, workspace_path("torn")), 0);
	HOLDS(p->err.text, "the row on line 3 is torn");
	HOLDS(p->err.text, "environment.json, line 2:");
	HOLDS(p->err.text,
	      "torn/slices.csv: line 2, column slice: 2 fields, but the header");
	CU_ASSERT_EQUAL(access(workspace_path("torn/report.html"), F_OK), 0);
	process_free(p);
}

static void tasks_have_a_page(void)
{
	struct process *p;

	CU_ASSERT_EQUAL(mkdir(workspace_path("tasks"), 0777), 0);
	fixture_text("tasks/tasks.csv",
		     "executor,language,work,work_us,tasks,workers,chunk,repetition,"
		     "elapsed_s,speedup,cpu_s,utilisation\n"
		     "thread,c,spin:10ms,10000.000,50,8,1,1,0.300000,1.667,0.5,0.99\n");
	CU_ASSERT_EQUAL(REPORT(&p, workspace_path("tasks")), 0);
	char *page = read_file(workspace_path("tasks/report.html"));
	HOLDS(data_of(page), "\"first\":\"elapsed_s\"");
	free(page);
	process_free(p);
}

/* A PNG and an SVG that are what they are called. */
static void check_plot(const char *name)
{
	char path[128], start[8] = "";

	snprintf(path, sizeof(path), "measured/%s-1.png", name);
	FILE *file = fopen(workspace_path(path), "re");
	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	if (!file)
		return;
	CU_ASSERT_EQUAL(fread(start, 1, 4, file), 4);
	CU_ASSERT_EQUAL(memcmp(start, "\x89PNG", 4), 0);
	fclose(file);
	snprintf(path, sizeof(path), "measured/%s-1.svg", name);
	char *text = read_file(workspace_path(path));
	HOLDS(text, "<svg");
	HOLDS(text, "epoll");
	free(text);
}

static void plots_are_drawn_where_gnuplot_is(void)
{
	struct process *p;

	const int status = REPORT(&p, workspace_path("measured"), "--plots");
	if (status == 0) {
		check_plot("throughput");
		check_plot("latency");
		HOLDS(p->out.text, "/measured/throughput-1.svg\n");
	} else {
		HOLDS(p->err.text,
		      "there is no gnuplot here (Debian package gnuplot-nox)");
	}
	process_free(p);
	const char *now = getenv("PATH");
	char *path = strdup(now ? now : "/usr/bin:/bin");
	CU_ASSERT_PTR_NOT_NULL_FATAL(path);
	if (!path)
		return;
	setenv("PATH", "/nowhere", 1);
	CU_ASSERT_EQUAL(REPORT(&p, workspace_path("measured"), "--plots"), EXIT_FAILED);
	setenv("PATH", path, 1);
	free(path);
	HOLDS(p->out.text, "/measured/report.html\n");
	HOLDS(p->err.text, "--plots: there is no gnuplot here");
	process_free(p);
}

/* What is in it: tests/browser. */
static void two_results_have_a_page(void)
{
	char models[PATH_MAX], tasks[PATH_MAX]; /* workspace_path has room for a few */
	struct process *p;

	snprintf(models, sizeof(models), "%s", workspace_path("models"));
	snprintf(tasks, sizeof(tasks), "%s", workspace_path("tasks"));
	CU_ASSERT_EQUAL(
		COMPARE(&p, models, models, "--report", workspace_path("both.html")), 0);
	HOLDS(p->out.text, "UNPAIRED");
	char *page = read_file(workspace_path("both.html"));
	HOLDS(data_of(page), "\"titles\":[\"models\",\"models\"]");
	free(page);
	process_free(p);
	CU_ASSERT_EQUAL(
		COMPARE(&p, models, models, "--report", workspace_path("no/b.html")), 1);
	HOLDS(p->err.text, "no/b.html: No such file or directory");
	process_free(p);
	CU_ASSERT_EQUAL(COMPARE(&p, tasks, tasks, "--report", workspace_path("t.html")),
			2);
	HOLDS(p->err.text, "--report: a page of the pool experiment shows one result");
	CU_ASSERT_NOT_EQUAL(access(workspace_path("t.html"), F_OK), 0);
	process_free(p);
}

static void bad_input_is_named(void)
{
	static const struct {
		const char *directory, *output;
		int status;
		const char *said;
	} cases[] = {
		{"nowhere", "x.html", EXIT_USAGE, "nowhere: No such file"},
		{"empty", "x.html", EXIT_USAGE, "expected a directory with results.csv"},
		{"damaged", "x.html", EXIT_USAGE, "line 2, column connections: '6x'"},
		{"models/results.csv", "x.html", EXIT_USAGE, "csv' is no directory"},
		{"models", "no/such/x.html", EXIT_FAILED, "x.html: No such file"},
	};
	struct process *p;

	CU_ASSERT_EQUAL(mkdir(workspace_path("empty"), 0777), 0);
	CU_ASSERT_EQUAL(mkdir(workspace_path("damaged"), 0777), 0);
	fixture_text("damaged/results.csv", "model,connections\nepoll,6x\n");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CU_ASSERT_EQUAL(REPORT(&p, workspace_path(cases[i].directory), "--output",
				       workspace_path(cases[i].output)),
				cases[i].status);
		HOLDS(p->err.text, cases[i].said);
		CU_ASSERT_STRING_EQUAL(p->out.text, "");
		process_free(p);
	}
	CU_ASSERT_NOT_EQUAL(access(workspace_path("x.html"), F_OK), 0);
}

int main(void)
{
	static const struct test_case cases[] = {
		{"a directory becomes a page", a_directory_becomes_a_page},
		{"logs become curves", logs_become_curves},
		{"plots are drawn where gnuplot is", plots_are_drawn_where_gnuplot_is},
		{"no text is markup", no_text_is_markup},
		{"damage is said and the rest stands",
		 damage_is_said_and_the_rest_stands},
		{"tasks have a page", tasks_have_a_page},
		{"two results have a page", two_results_have_a_page},
		{"bad input is named", bad_input_is_named},
		{NULL, NULL},
	};

	if (!workspace_open())
		return 1;
	const int failures = test_suite_run("report", cases);
	workspace_close();
	return failures != 0;
}
