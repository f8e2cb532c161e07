/* test_show.c - `show` prints what was measured, again, and says what it cannot read. */
#include <CUnit/CUnit.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "loadgen/load.h"
#include "server/options.h"
#include "tests/e2e/show_fixture.h"
#include "tests/e2e/workspace.h"
#include "tests/suite.h"

#define HOLDS(text, part) CU_ASSERT_TRUE(fixture_holds(text, part))

static void the_table_of_run_comes_again(void)
{
	struct process *run, *show;

	const int status = program_run(
		(const char *const[]){"run", "--models", "epoll,poll", "--connections",
				      "1,4", "--repetitions", "2", "--duration", "200ms",
				      "--warmup", "50ms", "--placement", "shared",
				      "--out", workspace_path("again"), NULL},
		&run);
	CU_ASSERT_EQUAL(status, 0);
	CU_ASSERT_EQUAL(SHOW(&show, workspace_path("again")), 0);
	CU_ASSERT_STRING_EQUAL(show->out.text, run->out.text);
	CU_ASSERT_STRING_EQUAL(show->err.text, "");
	process_free(show);
	CU_ASSERT_EQUAL(SHOW(&show, workspace_path("again/results.csv")), 0);
	CU_ASSERT_STRING_EQUAL(show->out.text, run->out.text);
	process_free(show);
	process_free(run);
}

static void medians_have_their_interval(void)
{
	struct process *p;

	fixture_models("models");
	CU_ASSERT_EQUAL(SHOW(&p, workspace_path("models")), 0);
	HOLDS(p->out.text, "*101,500  2.5");
	HOLDS(p->out.text, "*98,500  2.5"); /* 96,000 .. 101,000 and 99,000 .. 104,000 */
	HOLDS(p->out.text, "iterative: CORRUPT in 1 of 6: connection 3, offset 9");
	HOLDS(p->out.text, "io-uring: UNAVAILABLE in 2 of 2: built without liburing");
	HOLDS(p->out.text, "level is 96.88 %");
	process_free(p);
	CU_ASSERT_EQUAL(SHOW(&p, workspace_path("models"), "--metric", "throughput"), 0);
	HOLDS(p->out.text, "low");
	HOLDS(p->out.text, " 99,000  104,000  2.5    96.88     6  VALID");
	HOLDS(p->out.text, "  -        -    -        -     2  UNAVAILABLE");
	process_free(p);
}

static const char *line_of(const char *text, const char *name)
{
	char start[64];

	snprintf(start, sizeof(start), "\n  %s ", name);
	return strstr(text, start);
}

static void rows_are_chosen_and_sorted(void)
{
	struct process *p;
	const char *dir = workspace_path("models");

	CU_ASSERT_EQUAL(SHOW(&p, dir, "--where", "model=*poll,repetition<=3"), 0);
	CU_ASSERT_PTR_NOT_NULL(line_of(p->out.text, "epoll"));
	CU_ASSERT_PTR_NULL(strstr(p->out.text, "iterative"));
	HOLDS(p->out.text, "so few repetitions give no interval");
	process_free(p);
	CU_ASSERT_EQUAL(SHOW(&p, dir, "--sort", "model"), 0);
	CU_ASSERT_TRUE(line_of(p->out.text, "epoll") < line_of(p->out.text, "io-uring"));
	CU_ASSERT_TRUE(line_of(p->out.text, "iterative") < line_of(p->out.text, "poll"));
	process_free(p);
	CU_ASSERT_EQUAL(SHOW(&p, dir, "--sort", "-service_p50_us"), 0);
	CU_ASSERT_TRUE(line_of(p->out.text, "iterative") < line_of(p->out.text, "epoll"));
	CU_ASSERT_TRUE(line_of(p->out.text, "epoll") < line_of(p->out.text, "io-uring"));
	process_free(p);
	CU_ASSERT_EQUAL(SHOW(&p, dir, "--columns", "model,service_p99_us,errors_corrupt",
			     "--format", "markdown"),
			0);
	HOLDS(p->out.text, "| model | p99 us | errors\\_corrupt | verdict |\n"
			   "| --- | ---: | ---: | --- |\n"
			   "| epoll | \\*1,261.1 | 0 | VALID |\n");
	process_free(p);
	CU_ASSERT_EQUAL(SHOW(&p, dir, "--columns", "repetition,model", "--format", "csv",
			     "--sort", "-repetition,model", "--where", "model=*poll"),
			0);
	static const char first[] = "repetition,model\n6,epoll\n6,poll\n5,epoll\n";
	CU_ASSERT_EQUAL(strncmp(p->out.text, first, strlen(first)), 0);
	process_free(p);
	CU_ASSERT_EQUAL(SHOW(&p, dir, "--where", "model=nobody"), 0);
	CU_ASSERT_STRING_EQUAL(p->out.text, "");
	HOLDS(p->err.text, "no row has --where 'model=nobody'");
	process_free(p);
}

static void charts_fit_the_terminal(void)
{
	struct process *p;

	setenv("COLUMNS", "200", 1);
	setenv("LC_ALL", "C.UTF-8", 1);
	CU_ASSERT_EQUAL(SHOW(&p, workspace_path("models"), "--chart", "throughput"), 0);
	HOLDS(p->out.text, "throughput_rps\n");
	HOLDS(p->out.text, "\xe2\x96\x88");
	HOLDS(p->out.text, "\xe2\x94\xa4"); /* the interval's end */
	HOLDS(p->out.text, "*101,500 +-2.5 %");
	HOLDS(p->out.text, "9,035 +-0.3 %  CORRUPT");
	process_free(p);
	setenv("COLUMNS", "70", 1);
	setenv("LC_ALL", "C", 1);
	CU_ASSERT_EQUAL(SHOW(&p, workspace_path("models"), "--chart", "p99"), 0);
	HOLDS(p->out.text, "service_p99_us\n");
	HOLDS(p->out.text, "###");
	const char *line = line_of(p->out.text, "iterative");
	CU_ASSERT_PTR_NOT_NULL_FATAL(line);
	CU_ASSERT_TRUE(line && strcspn(line + 1, "\n") <= 70);
	for (const char *c = p->out.text; *c; c++)
		CU_ASSERT_TRUE((signed char)*c > 0);
	process_free(p);
	unsetenv("COLUMNS");
	unsetenv("LC_ALL");
}

static void other_versions_are_read(void)
{
	struct process *p;

	fixture_text("other.csv", "model,colour,throughput_rps,verdict\n"
				  "epoll,red,1000,VALID\npoll,\"a,b\",900,VALID\n");
	CU_ASSERT_EQUAL(SHOW(&p, workspace_path("other.csv")), 0);
	HOLDS(p->err.text, "another version: it has no run_id, started_at");
	HOLDS(p->err.text, "kept as text: colour");
	HOLDS(p->out.text, "*1,000");
	process_free(p);
	CU_ASSERT_EQUAL(SHOW(&p, workspace_path("other.csv"), "--format", "csv"), 0);
	CU_ASSERT_STRING_EQUAL(p->out.text,
			       "model,colour,throughput_rps,verdict\n"
			       "epoll,red,1000.000,VALID\npoll,\"a,b\",900.000,VALID\n");
	process_free(p);
	CU_ASSERT_EQUAL(SHOW(&p, workspace_path("other.csv"), "--format", "json",
			     "--where", "colour=red"),
			0);
	HOLDS(p->out.text, "\"colour\":\"red\"");
	CU_ASSERT_PTR_NULL(strstr(p->out.text, "a,b"));
	process_free(p);
	CU_ASSERT_EQUAL(SHOW(&p, workspace_path("other.csv"), "--columns", "colour"), 0);
	HOLDS(p->out.text, "red");
	process_free(p);
}

static void an_interrupted_run_shows_what_is_whole(void)
{
	struct process *p;
	FILE *csv = fixture_open("torn");

	fixture_add(csv, "epoll", 1, 1000, NULL);
	fputs("x,2026-01-31T12:00:00Z,epoll/tcp", csv);
	CU_ASSERT_EQUAL(fclose(csv), 0);
	CU_ASSERT_EQUAL(SHOW(&p, workspace_path("torn")), 0);
	HOLDS(p->err.text, "line 3 is torn, it has no end: shown are the 1 whole rows");
	HOLDS(p->out.text, "*1,000");
	process_free(p);
}

static void hostile(struct row *row)
{
	row_set_text(row, "server_options", "a|b,\"c\"\n\x1b]0;x\a");
	row_set_text(row, "verdict", "SERVER_ERRORS");
	row_set_text(row, "verdict_reason", "<b>\x1b[2J</b>\n| x");
}

static void hostile_names_stay_text(void)
{
	const char *const formats[] = {"table", "markdown", "openmetrics", "json"};
	struct process *p;
	FILE *csv = fixture_open("hostile");

	fixture_add(csv, "exec:\x1b[31mrm\r\n\xc2\x9b\xff", 1, 1000, hostile);
	CU_ASSERT_EQUAL(fclose(csv), 0);
	for (size_t i = 0; i < 4; i++) {
		CU_ASSERT_EQUAL(
			SHOW(&p, workspace_path("hostile"), "--format", formats[i]), 0);
		for (const char *c = p->out.text; *c; c++)
			CU_ASSERT_TRUE(*c == '\n' || (unsigned char)*c >= ' ');
		CU_ASSERT_PTR_NULL(strstr(p->out.text, "\xc2\x9b"));
		process_free(p);
	}
	CU_ASSERT_EQUAL(SHOW(&p, workspace_path("hostile"), "--format", "markdown"), 0);
	HOLDS(p->out.text, "exec:?\\[31mrm?????:a\\|b,\"c\"");
	HOLDS(p->out.text, "\\<b\\>?\\[2J\\</b\\>?\\| x");
	process_free(p);
	CU_ASSERT_EQUAL(SHOW(&p, workspace_path("hostile"), "--chart", "cpu"), 0);
	CU_ASSERT_PTR_NULL(strchr(p->out.text, '\x1b'));
	process_free(p);
}

static void tasks_have_a_table(void)
{
	struct process *p;

	CU_ASSERT_EQUAL(mkdir(workspace_path("tasks"), 0777), 0);
	fixture_text(
		"tasks/tasks.csv",
		"executor,language,work,work_us,tasks,workers,chunk,repetition,"
		"elapsed_s,speedup,cpu_s,utilisation\n"
		"thread,c,spin:10ms,10000.000,50,8,1,1,0.300000,1.667,0.5,0.99\n"
		"thread,python,spin:10ms,10000.000,50,8,1,1,0.600000,0.833,0.5,0.5\n");
	CU_ASSERT_EQUAL(SHOW(&p, workspace_path("tasks")), 0);
	HOLDS(p->out.text, "50 tasks of spin:10ms; 1 repetition\n");
	HOLDS(p->out.text, "  executor       workers  chunk  elapsed s");
	HOLDS(p->out.text, "  thread c             8      1     *0.300     *1.67");
	CU_ASSERT_PTR_NULL(strstr(p->out.text, "verdict"));
	process_free(p);
	CU_ASSERT_EQUAL(SHOW(&p, workspace_path("tasks"), "--chart", "elapsed"), 0);
	HOLDS(p->out.text, "thread python");
	process_free(p);
}

static void bad_input_is_named(void)
{
	static const struct {
		const char *path, *option, *value, *said;
	} cases[] = {
		{"nowhere", "--format", "table", "nowhere: No such file"},
		{"empty", "--format", "table", "expected a directory with results.csv"},
		{"empty.csv", "--format", "csv", "empty.csv: line 1: is empty"},
		{"garbage.csv", "--format", "csv", "no column of results is named here"},
		{"damaged.csv", "--format", "csv",
		 "damaged.csv: line 2, column connections: '6x' is no number"},
		{"models", "--sort", "throughputrps", "did you mean throughput_rps"},
		{"models", "--sort", "model,,cell", "a name is expected"},
		{"models", "--columns", "verdickt", "did you mean verdict"},
		{"models", "--where", "modle=epoll", "did you mean model"},
		{"models", "--chart", "throughputt", "did you mean throughput"},
		{"models", "--metric", "model", "no numeric column"},
		{"models", "--format", "xml", "--format 'xml'"},
	};
	struct process *p;

	CU_ASSERT_EQUAL(mkdir(workspace_path("empty"), 0777), 0);
	fixture_text("empty.csv", "");
	fixture_text("garbage.csv", "\x7f"
				    "ELF\x01,\x02\n\x03\n");
	fixture_text("damaged.csv", "model,connections\nepoll,6x\n");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CU_ASSERT_EQUAL(SHOW(&p, workspace_path(cases[i].path), cases[i].option,
				     cases[i].value),
				EXIT_USAGE);
		HOLDS(p->err.text, cases[i].said);
		CU_ASSERT_STRING_EQUAL(p->out.text, "");
		CU_ASSERT_PTR_EQUAL(strchr(p->err.text, '\n'),
				    p->err.text + strlen(p->err.text) - 1);
		process_free(p);
	}
	CU_ASSERT_EQUAL(SHOW(&p, workspace_path("models"), "--format", "gbench",
			     "--metric", "throughput"),
			EXIT_USAGE);
	HOLDS(p->err.text, "is no time");
	process_free(p);
}

static void ten_thousand_rows_are_shown(void)
{
	struct process *p;
	FILE *csv = fixture_open("many");
	char model[32];

	for (int i = 0; i < 10000; i++) {
		snprintf(model, sizeof(model), "model-%04d", i / 4);
		fixture_add(csv, model, i % 4, 1000 + i, NULL);
	}
	CU_ASSERT_EQUAL(fclose(csv), 0);
	CU_ASSERT_EQUAL(SHOW(&p, workspace_path("many")), 0);
	HOLDS(p->out.text, "model-2499");
	process_free(p);
}

int main(void)
{
	static const struct test_case cases[] = {
		{"the table of run comes again", the_table_of_run_comes_again},
		{"medians have their interval", medians_have_their_interval},
		{"rows are chosen and sorted", rows_are_chosen_and_sorted},
		{"charts fit the terminal", charts_fit_the_terminal},
		{"other versions are read", other_versions_are_read},
		{"an interrupted run shows what is whole",
		 an_interrupted_run_shows_what_is_whole},
		{"hostile names stay text", hostile_names_stay_text},
		{"tasks have a table", tasks_have_a_table},
		{"bad input is named", bad_input_is_named},
		{"ten thousand rows are shown", ten_thousand_rows_are_shown},
		{NULL, NULL},
	};

	if (!workspace_open())
		return 1;
	const int failures = test_suite_run("show", cases);
	workspace_close();
	return failures != 0;
}
