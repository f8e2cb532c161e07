/* test_run_failures.c - `run` when things go wrong: signals, dying servers, bad input. */
#include <CUnit/CUnit.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/options.h"
#include "tests/e2e/csv_table.h"
#include "tests/e2e/process.h"
#include "tests/e2e/workspace.h"
#include "tests/suite.h"

#define RUN(ret, ...) program_run((const char *const[]){__VA_ARGS__, NULL}, ret)
#define START(...)    program_start((const char *const[]){__VA_ARGS__, NULL})
#define SHORT         "--duration", "200ms", "--warmup", "50ms", "--placement", "shared"

/* Servers of other hands. */
#define SCRIPT "exec:/usr/bin/python3 " SOURCE_DIR "/echo_server.py "
static const char honest[] = SCRIPT "echo {port}";
static const char honest_unix[] = SCRIPT "echo {path}";
static const char dying[] = SCRIPT "die {port}";
static const char flipping[] = SCRIPT "flip {port}";

/* Waits until results.csv of `out` has a header and `rows` lines more. */
static bool await_rows(const char *out, int rows)
{
	char name[64], line[8192];

	snprintf(name, sizeof(name), "%s/results.csv", out);
	for (int waited_ms = 0; waited_ms < PROCESS_DEADLINE_MS; waited_ms += 10) {
		FILE *file = fopen(workspace_path(name), "re");
		int lines = 0;
		while (file && fgets(line, sizeof(line), file))
			lines++;
		if (file)
			fclose(file);
		if (lines > rows)
			return true;
		usleep(10000);
	}
	return false;
}

static int rows_with_verdict(const char *out, const char *model, const char *verdict)
{
	char name[64];
	int count = 0;

	snprintf(name, sizeof(name), "%s/results.csv", out);
	struct csv_table *csv = csv_table_read(workspace_path(name));
	if (!csv)
		return -1;
	CU_ASSERT_EQUAL(csv->ragged, 0);
	for (int row = 0; row < csv->rows; row++)
		count += strstr(csv_text(csv, row, "model"), model) &&
			 strcmp(csv_text(csv, row, "verdict"), verdict) == 0;
	csv_table_free(csv);
	return count;
}

static void an_interrupt_keeps_what_was_measured(void)
{
	static const char *const left[] = {"interrupted", NULL};
	struct process *p =
		START("run", "--models", "epoll", "--models", honest_unix, "--transport",
		      "unix", "--connections", "2", "--repetitions", "100", SHORT,
		      "--out", workspace_path("interrupted"));

	CU_ASSERT_TRUE(await_rows("interrupted", 2));
	process_signal(p, SIGINT);
	CU_ASSERT_EQUAL(process_wait(p, PROCESS_DEADLINE_MS), EXIT_INTERRUPTED);
	CU_ASSERT_PTR_NOT_NULL(strstr(p->out.text, "requests/s"));
	CU_ASSERT_PTR_NOT_NULL(strstr(p->err.text, "interrupted: "));
	CU_ASSERT_TRUE(rows_with_verdict("interrupted", "", "VALID") >= 2);
	CU_ASSERT_EQUAL(workspace_children_left(), 0);
	CU_ASSERT_TRUE(workspace_holds_only(left));
	process_free(p);
}

/* Not even SIGKILL leaves a server behind. */
static void servers_die_with_the_program(void)
{
	static const char *const servers[] = {"thread-per-connection",
					      "fork-per-connection", honest};
	static const char *const names[] = {"killed-a", "killed-b", "killed-c"};

	for (int i = 0; i < 3; i++) {
		struct process *p = START("run", "--models", servers[i], "--connections",
					  "2", "--repetitions", "100", SHORT, "--out",
					  workspace_path(names[i]));
		CU_ASSERT_TRUE(await_rows(names[i], 1));
		usleep(100000); /* into the next repetition, wherever that is */
		kill(p->pid, SIGKILL);
		CU_ASSERT_EQUAL(process_wait(p, PROCESS_DEADLINE_MS), 128 + SIGKILL);
		CU_ASSERT_EQUAL(workspace_children_left(), 0);
		process_free(p);
	}
}

static void a_server_that_dies_is_a_row_and_the_rest_goes_on(void)
{
	struct process *p;

	CU_ASSERT_EQUAL(RUN(&p, "run", "--models", "epoll", "--models", dying, "--models",
			    "exec:exit 3", "--connections", "4", "--repetitions", "2",
			    "--duration", "2s", "--warmup", "0s", "--placement", "shared",
			    "--out", workspace_path("dying")),
			EXIT_SERVER_ERRORS);
	CU_ASSERT_EQUAL(rows_with_verdict("dying", "epoll", "VALID") +
				rows_with_verdict("dying", "epoll", "UNSTABLE"),
			2);
	CU_ASSERT_EQUAL(rows_with_verdict("dying", "die", "SERVER_ERRORS"), 2);
	CU_ASSERT_EQUAL(rows_with_verdict("dying", "exit 3", "SERVER_ERRORS"), 2);
	CU_ASSERT_PTR_NOT_NULL(strstr(p->out.text, "signal 9"));
	CU_ASSERT_PTR_NOT_NULL(strstr(p->out.text, "exited with status 3"));
	CU_ASSERT_EQUAL(workspace_children_left(), 0);
	process_free(p);
}

static void a_liar_is_worse_than_a_dead_server(void)
{
	struct process *p;

	CU_ASSERT_EQUAL(RUN(&p, "run", "--models", flipping, "--models", "exec:exit 3",
			    "--connections", "4", "--repetitions", "1", "--duration",
			    "2s", "--placement", "shared", "--out",
			    workspace_path("lying")),
			EXIT_CORRUPT);
	CU_ASSERT_EQUAL(rows_with_verdict("lying", "flip", "CORRUPT"), 1);
	CU_ASSERT_EQUAL(rows_with_verdict("lying", "exit 3", "SERVER_ERRORS"), 1);
	process_free(p);
}

/* A disk that is full, as a limit on the size of files. */
static void a_full_disk_is_one_line_and_keeps_whole_rows(void)
{
	char command[2048];
	const char *const argv[] = {"/bin/sh", "-c", command, NULL};

	snprintf(
		command, sizeof(command),
		"ulimit -f 20; exec '%s' run --models epoll --connections 1 --duration 20ms "
		"--warmup 0s --repetitions 100 --placement shared --out %s",
		PROGRAM_PATH, workspace_path("full"));
	struct process *p = process_start(argv);
	CU_ASSERT_EQUAL(process_wait(p, PROCESS_DEADLINE_MS), EXIT_FAILED);
	CU_ASSERT_PTR_NOT_NULL(strstr(p->err.text, "cannot write"));
	CU_ASSERT_PTR_EQUAL(strchr(p->err.text, '\n'), p->err.text + p->err.length - 1);
	CU_ASSERT_TRUE(rows_with_verdict("full", "epoll", "VALID") > 0);
	CU_ASSERT_EQUAL(workspace_children_left(), 0);
	process_free(p);
}

struct refusal {
	const char *arguments[8];
	const char *words[2];
};

/* `file` and `directory` stand for paths that exist. */
static const struct refusal refusals[] = {
	{{"run"}, {"PLAN", "--models"}},
	{{"run", "quik"}, {"'quik'", "did you mean quick"}},
	{{"run", "no/such.ini"}, {"'no/such.ini'", "No such file"}},
	{{"run", "quick", "--set", "conections=1"}, {"--set", "mean connections"}},
	{{"run", "quick", "--only", "model=epol"}, {"model=epol", "no cell"}},
	{{"run", "--models", "epol"}, {"'epol'", "did you mean epoll"}},
	{{"run", "--models", "epoll:x=1"}, {"epoll", "x=1"}},
	{{"run", "--models", "libev:backend=pol"}, {"'pol'", "poll"}},
	{{"run", "--models", "epoll", "--connections", "0"}, {"'0'", "1 to"}},
	{{"run", "--models", "epoll", "--connections", ""}, {"connections", "no value"}},
	{{"run", "--models", "epoll", "--connections", "999999"}, {"999999", "ulimit"}},
	{{"run", "--models", "epoll", "--payload-bytes", "65M"}, {"'65M'", "64M"}},
	{{"run", "--models", "epoll", "--work", "sleep:2"}, {"'sleep:2'", "sleep:TIME"}},
	{{"run", "--models", "epoll", "--repetitions", "x"}, {"'x'", "1 to"}},
	{{"run", "--models", "epoll", "--require", "speed>=1"}, {"speed", "column"}},
	{{"run", "--resume", "d"}, {"d/plan.ini", "No such file"}},
	{{"run", "--models", "epoll", "--out", "directory"}, {"directory'", "exists"}},
	{{"run", "--models", "epoll", "--out", "file"}, {"file'", "exists"}},
	{{"run", "--models", "epoll", "--out", "file/x"}, {"file/x'", "Not a directory"}},
	{{"run", "--models", "epoll", "--out", "/proc/x"},
	 {"'/proc/x'", "cannot be made"}},
};

/* One line, exit 2, and nothing more than there was. */
static void check_refusal(const struct refusal *refusal)
{
	static const char *const places[] = {"directory", "file", "file/x"};
	static const char *const left[] = {
		"interrupted", "killed-a", "killed-b",  "killed-c", "dying",
		"lying",       "full",     "directory", "file",     NULL};
	const char *arguments[9] = {NULL};
	struct process *p;

	for (int i = 0; refusal->arguments[i]; i++) {
		arguments[i] = refusal->arguments[i];
		for (int place = 0; place < 3; place++)
			if (strcmp(arguments[i], places[place]) == 0)
				arguments[i] = workspace_path(places[place]);
	}
	CU_ASSERT_EQUAL(program_run(arguments, &p), EXIT_USAGE);
	CU_ASSERT_STRING_EQUAL(p->out.text, "");
	CU_ASSERT_PTR_EQUAL(strchr(p->err.text, '\n'), p->err.text + p->err.length - 1);
	for (int i = 0; i < 2; i++) {
		if (!strstr(p->err.text, refusal->words[i]))
			fprintf(stderr, "\nlacks '%s': %s\n", refusal->words[i],
				p->err.text);
		CU_ASSERT_PTR_NOT_NULL(strstr(p->err.text, refusal->words[i]));
	}
	CU_ASSERT_TRUE(workspace_holds_only(left));
	process_free(p);
}

static void bad_input_is_one_line_and_starts_nothing(void)
{
	FILE *file = fopen(workspace_path("file"), "we");

	CU_ASSERT_EQUAL(mkdir(workspace_path("directory"), 0700), 0);
	CU_ASSERT_TRUE(file && fputs("mine", file) >= 0 && fclose(file) == 0);
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
		check_refusal(&refusals[i]);
}

static void a_plan_says_file_and_line(void)
{
	FILE *file = fopen(workspace_path("p.ini"), "we");
	struct process *p;

	CU_ASSERT_TRUE(file &&
		       fputs("[cells a]\nmodel = epoll\nconections = 1\n", file) >= 0 &&
		       fclose(file) == 0);
	CU_ASSERT_EQUAL(RUN(&p, "run", workspace_path("p.ini")), EXIT_USAGE);
	CU_ASSERT_PTR_NOT_NULL(strstr(p->err.text, "p.ini:3: "));
	CU_ASSERT_PTR_NOT_NULL(strstr(p->err.text, "did you mean connections"));
	process_free(p);
}

int main(void)
{
	static const struct test_case cases[] = {
		{"an interrupt keeps what was measured",
		 an_interrupt_keeps_what_was_measured},
		{"servers die with the program", servers_die_with_the_program},
		{"a server that dies is a row, and the rest goes on",
		 a_server_that_dies_is_a_row_and_the_rest_goes_on},
		{"a liar is worse than a dead server",
		 a_liar_is_worse_than_a_dead_server},
		{"a full disk is one line and keeps whole rows",
		 a_full_disk_is_one_line_and_keeps_whole_rows},
		{"bad input is one line and starts nothing",
		 bad_input_is_one_line_and_starts_nothing},
		{"a plan says file and line", a_plan_says_file_and_line},
		{NULL, NULL},
	};

	if (!workspace_open())
		return 1;
	const int failures = test_suite_run("run_failures", cases);
	workspace_close();
	return failures != 0;
}
