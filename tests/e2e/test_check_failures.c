/* test_check_failures.c - `check` when there can be no verdict: servers that fail, time that
 * is up, programs that change, bad input. */
#include <CUnit/CUnit.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/options.h"
#include "tests/e2e/process.h"
#include "tests/e2e/workspace.h"
#include "tests/suite.h"

#define RUN(ret, ...) program_run((const char *const[]){__VA_ARGS__, NULL}, ret)
#define START(...)    program_start((const char *const[]){__VA_ARGS__, NULL})
#define BRIEF                                                                    \
	"--slices", "3", "--slice-time", "20ms", "--warmup", "10ms", "--engine", \
		"epoll", "--connections", "4", "--syscalls", "no", "--margin", "900%"
#define NO_VERDICT 3
#define LONGEST_MS 120000

static const char flipping[] = "exec:exec " FAULTY_PATH " flip 100";
static const char dying[] =
	"exec:/usr/bin/python3 " SOURCE_DIR "/echo_server.py die {port}";

static void check_no_verdict(const char *base, const char *new, const char *name,
			     const char *reason)
{
	struct process *p;
	const int status = RUN(&p, "check", "--base", base, "--new", new, BRIEF, "--out",
			       workspace_path(name));

	if (status != NO_VERDICT || !strstr(p->out.text, reason))
		printf("\n%s: exit %d\n%s%s", name, status, p->out.text, p->err.text);
	CU_ASSERT_EQUAL(status, NO_VERDICT);
	CU_ASSERT_PTR_NOT_NULL(strstr(p->out.text, reason));
	CU_ASSERT_PTR_NULL(strstr(p->out.text, "EQUIVALENT"));
	CU_ASSERT_EQUAL(workspace_children_left(), 0);
	process_free(p);
}

static void a_server_that_fails_has_no_verdict(void)
{
	check_no_verdict("epoll", flipping, "lying", "wrong byte");
	check_no_verdict(flipping, "epoll", "lying-base", "wrong byte");
	check_no_verdict("epoll", dying, "dying", "signal 9");
	check_no_verdict("epoll", "exec:exit 3", "absent", "status 3");
}

static void too_few_launches_are_no_verdict(void)
{
	struct process *p;

	CU_ASSERT_EQUAL(RUN(&p, "check", "--base", "epoll", "--new", "poll", "--max-time",
			    "1s", "--slice-time", "300ms", "--syscalls", "no", "--engine",
			    "epoll", "--out", workspace_path("few")),
			NO_VERDICT);
	CU_ASSERT_PTR_NOT_NULL(strstr(p->out.text, "too few launches"));
	process_free(p);
}

static bool await_lines(const char *name, int lines)
{
	char line[8192];

	for (int waited_ms = 0; waited_ms < PROCESS_DEADLINE_MS; waited_ms += 10) {
		FILE *file = fopen(workspace_path(name), "re");
		int seen = 0;
		while (file && fgets(line, sizeof(line), file))
			seen++;
		if (file)
			fclose(file);
		if (seen > lines)
			return true;
		usleep(10000);
	}
	return false;
}

static void an_interrupt_keeps_what_is_known(void)
{
	struct process *p = START("check", "--base", "epoll", "--new", "poll", "--out",
				  workspace_path("interrupted"), BRIEF, "--slices", "64");

	CU_ASSERT_TRUE(await_lines("interrupted/slices.csv", 1));
	process_signal(p, SIGINT);
	CU_ASSERT_EQUAL(process_wait(p, LONGEST_MS), EXIT_INTERRUPTED);
	CU_ASSERT_PTR_NOT_NULL(strstr(p->out.text, "epoll -> poll"));
	CU_ASSERT_PTR_NOT_NULL(strstr(p->err.text, "interrupted: "));
	CU_ASSERT_EQUAL(access(workspace_path("interrupted/check.json"), F_OK), 0);
	CU_ASSERT_EQUAL(workspace_children_left(), 0);
	process_free(p);
}

static void copy_program(const char *name, const char *more)
{
	char command[1024];

	snprintf(command, sizeof(command), "cp %s %s && echo %s >> %s", PROGRAM_PATH,
		 workspace_path(name), more, workspace_path(name));
	CU_ASSERT_EQUAL_FATAL(system(command), 0);
}

/* Installed anew in the middle of the check, as a build does. */
static void a_program_that_changes_is_no_verdict(void)
{
	copy_program("program", "a");
	copy_program("rebuilt", "b");
	struct process *p = START("check", "--base", "epoll", "--new", "epoll",
				  "--new-program", workspace_path("program"), "--out",
				  workspace_path("changed"), BRIEF);
	CU_ASSERT_TRUE(await_lines("changed/slices.csv", 1));
	CU_ASSERT_EQUAL(rename(workspace_path("rebuilt"), workspace_path("program")), 0);
	CU_ASSERT_EQUAL(process_wait(p, LONGEST_MS), NO_VERDICT);
	CU_ASSERT_PTR_NOT_NULL(strstr(p->out.text, "changed during the check"));
	process_free(p);
}

static void bad_input_is_one_line(void)
{
	static const struct {
		const char *words[8], *message;
	} cases[] = {
		{{NULL}, "nothing to compare"},
		{{"--base", "epoll"}, "--base needs --new"},
		{{"--base", "epoll", "--new", "pol"}, "did you mean poll"},
		{{"--base", "epoll", "--new", "udp-epoll"}, "transport udp"},
		{{"--base", "epoll", "--new", "poll", "--margin", "much"},
		 "--margin 'much'"},
		{{"--base", "epoll", "--new", "poll", "--mode", "trio"},
		 "duet|abba|both"},
		{{"--base", "epoll", "--new", "poll", "--launches", "7"}, "8 to 24"},
		{{"--base", "epoll", "--new", "poll", "--json", "/no/such/file"},
		 "/no/such/file"},
		{{"--base", "epoll", "--new", "poll", "--out", "/no/such/dir"},
		 "/no/such/dir"},
		{{"--models", "epoll", "--base-program", "/bin/true"},
		 "expected an iomodels"},
		{{"--models", "epoll", "--base-program", "/no/such"}, "'/no/such'"},
		{{"--base", "epoll", "--new", "poll", "/no/plan.ini"}, "/no/plan.ini"},
		{{"--selftest"}, "--aa N"},
		{{"--selftest", "--out", "/no/such"}, "/no/such/selftest.csv"},
		{{"--selftest", "--aa", "1", "--new", "poll"}, "--selftest"},
		{{"--aa", "1", "--base", "epoll", "--new", "poll"}, "--selftest"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *words[16] = {"check"};
		struct process *p;
		memcpy(&words[1], cases[i].words, sizeof(cases[i].words));
		const int status = program_run(words, &p);
		const char *end = strchr(p->err.text, '\n');
		if (status != EXIT_USAGE || !strstr(p->err.text, cases[i].message))
			printf("\n%d, not '%s': %s", status, cases[i].message,
			       p->err.text);
		CU_ASSERT_EQUAL(status, EXIT_USAGE);
		CU_ASSERT_PTR_NOT_NULL(strstr(p->err.text, cases[i].message));
		CU_ASSERT_TRUE(end && end[1] == '\0');
		CU_ASSERT_STRING_EQUAL(p->out.text, "");
		process_free(p);
	}
}

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "we");

	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	CU_ASSERT_TRUE(fputs(text, file) >= 0);
	CU_ASSERT_EQUAL(fclose(file), 0);
}

/* `what` says why the self-test in the directory cannot be gone on with. */
static void check_refused(const char *what)
{
	struct process *p;

	CU_ASSERT_EQUAL(
		RUN(&p, "check", "--selftest", "--aa", "1", "--out", "kept", BRIEF),
		EXIT_USAGE);
	if (!strstr(p->err.text, what))
		printf("\nnot '%s': %s", what, p->err.text);
	CU_ASSERT_PTR_NOT_NULL(strstr(p->err.text, what));
	CU_ASSERT_STRING_EQUAL(p->out.text, "");
	process_free(p);
}

static void a_self_test_stays_on_its_machine(void)
{
	static const char row[] = "a row, to be left alone\n";
	char text[sizeof(row) + 1] = "";

	CU_ASSERT_EQUAL_FATAL(mkdir("kept", 0700), 0);
	write_file("kept/selftest.csv", row);
	check_refused("no environment.json");
	write_file("kept/environment.json", "{\"cpu_model\": \"an abacus\"}");
	check_refused("hostname_hash was unknown");
	write_file("kept/environment.json", "{");
	check_refused("kept/environment.json");

	FILE *file = fopen("kept/selftest.csv", "re");
	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	CU_ASSERT_EQUAL(fread(text, 1, sizeof(text), file), strlen(row));
	CU_ASSERT_STRING_EQUAL(text, row);
	fclose(file);
}

int main(void)
{
	static const struct test_case cases[] = {
		{"a server that fails has no verdict",
		 a_server_that_fails_has_no_verdict},
		{"too few launches are no verdict", too_few_launches_are_no_verdict},
		{"an interrupt keeps what is known", an_interrupt_keeps_what_is_known},
		{"a program that changes is no verdict",
		 a_program_that_changes_is_no_verdict},
		{"bad input is one line", bad_input_is_one_line},
		{"a self-test stays on its machine", a_self_test_stays_on_its_machine},
		{NULL, NULL},
	};

	if (!workspace_open() || chdir(workspace_path(".")) < 0)
		return 1;
	const int failed = test_suite_run("check_failures", cases);
	workspace_close();
	return failed != 0;
}
