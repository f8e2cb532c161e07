/* test_check.c - `check` on real servers: verdicts that no noise can turn, and the files.
 *
 * Launches are short and margins wide: what is slower is slower many times over. */
#include <CUnit/CUnit.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "results/subject/probe.h"
#include "server/options.h"
#include "tests/e2e/csv_table.h"
#include "tests/e2e/process.h"
#include "tests/e2e/workspace.h"
#include "tests/suite.h"

#define BRIEF                                                                         \
	"--slices", "3", "--slice-time", "40ms", "--abba-slices", "3",                \
		"--abba-slice-time", "40ms", "--warmup", "10ms", "--engine", "epoll", \
		"--connections", "4", "--margin", "900%"
#define NO_EXACT   "--syscalls", "no"
#define SLOW       ("exec:exec " PROGRAM_PATH " serve epoll --burn 400us")
#define WORDS      48
#define TRIES      3 /* on a machine that is too busy for a verdict */
#define NO_VERDICT 3
#define LONGEST_MS 120000

/* Into the directory `out`, afresh for each try. The exit status; the caller frees the process. */
static int check(const char *out, const char *const *words, struct process **ret_process)
{
	const char *directory = workspace_path(out);
	const char *arguments[WORDS] = {"check", "--out", directory};
	char command[512];
	int status = -1;

	for (int i = 0; words[i] && i < WORDS - 4; i++)
		arguments[3 + i] = words[i];
	for (int i = 0; i < TRIES; i++) {
		*ret_process = program_start(arguments);
		CU_ASSERT_PTR_NOT_NULL_FATAL(*ret_process);
		status = process_wait(*ret_process, LONGEST_MS);
		if (status != NO_VERDICT || i == TRIES - 1)
			break;
		process_free(*ret_process);
		snprintf(command, sizeof(command), "rm -r '%s'", directory);
		CU_ASSERT_EQUAL(system(command), 0);
	}
	return status;
}

#define CHECK(out, ret, ...) check(out, (const char *const[]){__VA_ARGS__, NULL}, ret)

static json_t *read_json(const char *name)
{
	json_t *all = json_load_file(workspace_path(name), 0, NULL);

	CU_ASSERT_PTR_NOT_NULL_FATAL(all);
	return all;
}

static bool has_file(const char *name)
{
	return access(workspace_path(name), F_OK) == 0;
}

/* Lines of slices.csv with this stage. */
static int lines_of(const struct csv_table *slices, const char *stage)
{
	int count = 0;

	for (int row = 0; row < slices->rows; row++)
		count += strcmp(csv_text(slices, row, "stage"), stage) == 0;
	return count;
}

static void check_slices(const char *name)
{
	struct csv_table *slices = csv_table_read(workspace_path(name));

	CU_ASSERT_PTR_NOT_NULL_FATAL(slices);
	if (!slices)
		return;
	CU_ASSERT_EQUAL(slices->ragged, 0);
	CU_ASSERT_TRUE(lines_of(slices, "null") > 0);
	CU_ASSERT_TRUE(lines_of(slices, "screen") > 0);
	for (int row = 0; row < slices->rows; row++) {
		CU_ASSERT_TRUE(csv_number(slices, row, "requests") >= 0);
		CU_ASSERT_STRING_EQUAL(csv_text(slices, row, "problem"), "");
	}
	csv_table_free(slices);
}

/* A row for each side of a launch that compares the two. */
static void check_results(const char *name)
{
	struct csv_table *csv = csv_table_read(workspace_path(name));
	int base = 0, new = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(csv);
	if (!csv)
		return;
	CU_ASSERT_EQUAL(csv->ragged, 0);
	for (int row = 0; row < csv->rows; row++) {
		const bool is_base = strcmp(csv_text(csv, row, "side"), "base") == 0;
		base += is_base;
		new += !is_base;
		CU_ASSERT_STRING_EQUAL(csv_text(csv, row, "verdict"), "VALID");
		CU_ASSERT_EQUAL(strcmp(csv_text(csv, row, "model"), "epoll") == 0,
				is_base);
		CU_ASSERT_TRUE(csv_number(csv, row, "throughput_rps") > 0);
	}
	CU_ASSERT_TRUE(base >= 8);
	CU_ASSERT_EQUAL(base, new);
	csv_table_free(csv);
}

/* What is of the call and not of the servers. */
static void drop_call(json_t *report)
{
	json_object_del(report, "directory");
	json_object_del(report, "command_line");
}

/* `compare` derives from the directory what check has said, in every field. */
static void derived_the_same(const char *name)
{
	char path[128];
	struct process *p;

	CU_ASSERT_EQUAL(program_run((const char *const[]){"compare", workspace_path(name),
							  "--format", "json", NULL},
				    &p),
			0);
	snprintf(path, sizeof(path), "%s/check.json", name);
	json_t *recorded = read_json(path), *derived = json_loads(p->out.text, 0, NULL);
	drop_call(recorded);
	drop_call(derived);
	CU_ASSERT_TRUE(json_equal(recorded, derived));
	json_decref(recorded);
	json_decref(derived);
	process_free(p);
}

/* And finds nothing to say of it. */
static void derived_again(const char *name, const struct process *check)
{
	struct process *p;

	derived_the_same(name);
	CU_ASSERT_EQUAL(
		program_run((const char *const[]){"compare", workspace_path(name), NULL},
			    &p),
		0);
	const size_t length = strcspn(check->out.text, "\n");
	CU_ASSERT_EQUAL(strncmp(p->out.text, check->out.text, length + 1), 0);
	CU_ASSERT_STRING_EQUAL(p->err.text, "");
	process_free(p);
}

/* Forty times the work: not to be mistaken on any machine. */
static void a_server_that_is_slower_is_a_regression(void)
{
	struct process *p;

	CU_ASSERT_EQUAL(CHECK("slow", &p, "--base", "epoll", "--new", SLOW, BRIEF,
			      NO_EXACT, "--seed", "3", "--junit",
			      workspace_path("slow.xml"), "--json",
			      workspace_path("slow.json"), "--report",
			      workspace_path("slow.html")),
			1);
	CU_ASSERT_PTR_NOT_NULL(strstr(p->out.text, "REGRESSION"));
	derived_again("slow", p);
	CU_ASSERT_TRUE(has_file("slow/plan.ini"));
	CU_ASSERT_TRUE(has_file("slow/check.json"));
	CU_ASSERT_TRUE(has_file("slow.xml"));
	CU_ASSERT_TRUE(has_file("slow.html"));
	CU_ASSERT_FALSE(has_file("slow.html.new"));
	check_slices("slow/slices.csv");
	check_results("slow/results.csv");
	json_t *report = read_json("slow.json");
	json_t *environment = read_json("slow/environment.json");
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(report, "seed")), 3);
	CU_ASSERT_TRUE(json_is_string(json_object_get(environment, "ended_at")));
	CU_ASSERT_TRUE(json_is_object(json_object_get(environment, "check")));
	CU_ASSERT_EQUAL(workspace_children_left(), 0);
	json_decref(report);
	json_decref(environment);
	process_free(p);
}

/* The other way round it is good news. */
static void a_server_that_is_faster_is_none(void)
{
	struct process *p;

	CU_ASSERT_EQUAL(CHECK("fast", &p, "--base", SLOW, "--new", "epoll", BRIEF,
			      NO_EXACT, "--mode", "abba"),
			0);
	CU_ASSERT_PTR_NOT_NULL(strstr(p->out.text, "IMPROVED"));
	derived_again("fast", p);
	process_free(p);
}

/* Nothing but the null control is launched; on GitHub its summary is told, too. */
static void the_same_program_is_equivalent(void)
{
	char command[2048];
	const char *const argv[] = {"/bin/sh", "-c", command, NULL};

	snprintf(
		command, sizeof(command),
		"echo before > %s; GITHUB_STEP_SUMMARY=%s GITHUB_ACTIONS=true exec %s check "
		"--base epoll --new epoll --margin 900%% --slices 2 --slice-time 20ms "
		"--warmup 10ms --connections 4 --engine epoll --out %s",
		workspace_path("summary.md"), workspace_path("summary.md"), PROGRAM_PATH,
		workspace_path("same"));
	struct process *p = process_start(argv);
	CU_ASSERT_EQUAL(process_wait(p, PROCESS_DEADLINE_MS), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(p->out.text, "EQUIVALENT"));
	CU_ASSERT_PTR_NULL(strstr(p->out.text, "::error"));
	struct csv_table *slices = csv_table_read(workspace_path("same/slices.csv"));
	CU_ASSERT_PTR_NOT_NULL_FATAL(slices);
	if (!slices)
		return;
	CU_ASSERT_TRUE(slices->rows > 0);
	CU_ASSERT_EQUAL(lines_of(slices, "null"), slices->rows);
	csv_table_free(slices);
	process_free(p);

	char line[64] = "";
	FILE *summary = fopen(workspace_path("summary.md"), "re");
	CU_ASSERT_PTR_NOT_NULL_FATAL(summary);
	if (!summary)
		return;
	CU_ASSERT_PTR_NOT_NULL(fgets(line, sizeof(line), summary));
	CU_ASSERT_STRING_EQUAL(line, "before\n");
	CU_ASSERT_PTR_NOT_NULL(fgets(line, sizeof(line), summary));
	fclose(summary);
}

/* A thread that blocks in recv needs no look at what is ready. */
static void an_added_system_call_is_a_regression(void)
{
	struct process *p;

	if (!probe_can_count_syscalls())
		return;
	CU_ASSERT_EQUAL(CHECK("calls", &p, "--base", "thread-per-connection", "--new",
			      "epoll", BRIEF),
			1);
	CU_ASSERT_PTR_NOT_NULL(strstr(p->out.text, "REGRESSION"));
	CU_ASSERT_PTR_NOT_NULL(strstr(p->err.text, "raw_syscalls"));
	process_free(p);
}

/* A copy of a program that is another file, but does the same. */
static void copy_program(const char *name)
{
	char command[1024];

	snprintf(command, sizeof(command), "cp %s %s && echo . >> %s", PROGRAM_PATH,
		 workspace_path(name), workspace_path(name));
	CU_ASSERT_EQUAL_FATAL(system(command), 0);
}

static void models_of_two_programs_are_rows(void)
{
	struct process *p;

	copy_program("old");
	CU_ASSERT_EQUAL(CHECK("builds", &p, "--base-program", workspace_path("old"),
			      "--models", "epoll,poll", BRIEF, NO_EXACT),
			0);
	CU_ASSERT_PTR_NOT_NULL(strstr(p->out.text, "epoll"));
	CU_ASSERT_PTR_NOT_NULL(strstr(p->out.text, "poll"));
	CU_ASSERT_PTR_NULL(strstr(p->out.text, "INVALID"));
	json_t *environment = read_json("builds/environment.json");
	json_t *files =
		json_object_get(json_object_get(environment, "check"), "files_sha256");
	CU_ASSERT_EQUAL(json_object_size(files), 2);
	json_decref(environment);
	process_free(p);
	CU_ASSERT_EQUAL(CHECK("one-build", &p, "--base-program", PROGRAM_PATH, "--models",
			      "epoll", BRIEF),
			0);
	CU_ASSERT_PTR_NOT_NULL(strstr(p->out.text, "EQUIVALENT"));
	process_free(p);
}

static void both_modes_are_rows(void)
{
	struct process *p;

	CU_ASSERT_EQUAL(CHECK("both", &p, "--base", "epoll", "--new", "poll", "--mode",
			      "both", BRIEF, NO_EXACT),
			0);
	struct csv_table *slices = csv_table_read(workspace_path("both/slices.csv"));
	CU_ASSERT_PTR_NOT_NULL_FATAL(slices);
	if (!slices)
		return;
	int abba = 0, duet = 0;
	for (int row = 0; row < slices->rows; row++) {
		const bool turns = strcmp(csv_text(slices, row, "mode"), "abba") == 0;
		abba += turns;
		duet += !turns;
	}
	CU_ASSERT_TRUE(abba > 0 && duet > 0);
	derived_again("both", p);
	csv_table_free(slices);
	process_free(p);
}

/* A session for which the machine was too busy is made again, in a directory of its own. */
static struct process *find_injected(const char **ret_directory)
{
	static const char *const directories[TRIES] = {"selftest", "again", "at-last"};
	struct process *p = NULL;

	for (int i = 0; i < TRIES; i++) {
		*ret_directory = directories[i];
		CU_ASSERT_EQUAL(CHECK(directories[i], &p, "--selftest", "--inject",
				      "1000%", "--sessions", "1", BRIEF, "--margin",
				      "200%"),
				0);
		if (strstr(p->out.text, "100.0 % [") || i == TRIES - 1)
			break;
		process_free(p);
	}
	return p;
}

/* Ten times the cost is found, none is not; a further call adds to what is there, and one
 * without sessions prints it. */
static void a_self_test_finds_what_it_injects(void)
{
	const char *directory;
	struct process *p = find_injected(&directory);

	CU_ASSERT_PTR_NOT_NULL(strstr(p->out.text, "100.0 % ["));
	CU_ASSERT_PTR_NULL(strstr(p->out.text, "no change "));
	process_free(p);
	CU_ASSERT_EQUAL(CHECK(directory, &p, "--selftest", "--aa", "1", BRIEF), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(p->out.text, "no change "));
	CU_ASSERT_PTR_NOT_NULL(strstr(p->out.text, "  0.0 % ["));
	CU_ASSERT_PTR_NOT_NULL(strstr(p->out.text, "100.0 % ["));
	char *both = strdup(p->out.text);
	process_free(p);
	CU_ASSERT_EQUAL(CHECK(directory, &p, "--selftest"), 0);
	CU_ASSERT_STRING_EQUAL(p->out.text, both);
	free(both);
	process_free(p);
}

int main(void)
{
	static const struct test_case cases[] = {
		{"a server that is slower is a regression",
		 a_server_that_is_slower_is_a_regression},
		{"a server that is faster is none", a_server_that_is_faster_is_none},
		{"the same program is equivalent", the_same_program_is_equivalent},
		{"an added system call is a regression",
		 an_added_system_call_is_a_regression},
		{"models of two programs are rows", models_of_two_programs_are_rows},
		{"both modes are rows", both_modes_are_rows},
		{"a self-test finds what it injects", a_self_test_finds_what_it_injects},
		{NULL, NULL},
	};

	if (!workspace_open())
		return 1;
	const int failed = test_suite_run("check", cases);
	workspace_close();
	return failed != 0;
}
