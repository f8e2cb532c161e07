/* test_run_resume.c - `run` killed at any moment goes on: no row twice, none lost. */
#include <CUnit/CUnit.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
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

#define ROWS 12
#define PLAN                                                                           \
	"run", "--models", "epoll,poll", "--connections", "1,2", "--repetitions", "3", \
		"--placement", "shared", "--engine", "epoll", "--syscalls", "no",      \
		"--warmup", "0s"
#define SHORT "--duration", "20ms"
#define LONG  "--duration", "150ms"

/* The file DIR/NAME, with a NUL behind it; the caller frees it. */
static char *content(const char *out, const char *name)
{
	char path[128];
	char *text = calloc(1, 1 << 20);

	snprintf(path, sizeof(path), "%s/%s", out, name);
	FILE *file = fopen(workspace_path(path), "re");
	if (file && text)
		text[fread(text, 1, (1 << 20) - 1, file)] = '\0';
	if (file)
		fclose(file);
	return text;
}

static void overwrite(const char *out, const char *name, const char *text,
		      const char *mode)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", out, name);
	FILE *file = fopen(workspace_path(path), mode);
	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	fputs(text, file);
	fclose(file);
}

static int lines_of(const char *text)
{
	int lines = 0;

	for (; *text; text++)
		lines += *text == '\n';
	return lines;
}

/* Until the file of rows has so many lines. */
static bool await_lines(const char *out, int lines)
{
	for (int waited_ms = 0; waited_ms < PROCESS_DEADLINE_MS; waited_ms += 5) {
		char *text = content(out, "results.csv");
		const bool there = text && lines_of(text) >= lines;
		free(text);
		if (there)
			return true;
		usleep(5000);
	}
	return false;
}

static struct csv_table *table(const char *out)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/results.csv", out);
	struct csv_table *csv = csv_table_read(workspace_path(path));
	CU_ASSERT_PTR_NOT_NULL_FATAL(csv);
	return csv;
}

/* Every row of the plan once, in the order in which `whole` has them, and a log of each. */
static void check_complete(const char *out, const char *whole)
{
	struct csv_table *csv = table(out), *expected = table(whole);
	char path[512];

	CU_ASSERT_EQUAL(csv->rows, ROWS);
	CU_ASSERT_EQUAL(csv->ragged, 0);
	for (int row = 0; row < csv->rows; row++) {
		const char *cell = csv_text(csv, row, "cell");
		CU_ASSERT_EQUAL(csv_number(csv, row, "order"), row + 1);
		CU_ASSERT_STRING_EQUAL(cell, csv_text(expected, row, "cell"));
		CU_ASSERT_STRING_EQUAL(csv_text(csv, row, "repetition"),
				       csv_text(expected, row, "repetition"));
		CU_ASSERT_STRING_EQUAL(csv_text(csv, row, "run_id"),
				       csv_text(csv, 0, "run_id"));
		CU_ASSERT_PTR_NULL(strstr(csv_text(csv, row, "verdict_reason"), "write"));
		snprintf(path, sizeof(path), "%s/histograms/%d-%s.hlog", out, row + 1,
			 cell);
		for (char *c = path + strlen(out) + strlen("/histograms/"); *c; c++)
			if (*c == '/')
				*c = '-';
		CU_ASSERT_EQUAL(access(workspace_path(path), R_OK), 0);
	}
	csv_table_free(csv);
	csv_table_free(expected);
}

/* Kills the run when it has `lines` lines and some milliseconds more have passed; then its
 * last line is torn. Returns what was whole. */
static char *kill_at(struct process *p, const char *out, int lines, int more_ms)
{
	CU_ASSERT_TRUE(await_lines(out, lines));
	usleep((useconds_t)more_ms * 1000);
	kill(p->pid, SIGKILL);
	CU_ASSERT_EQUAL(process_wait(p, PROCESS_DEADLINE_MS), 128 + SIGKILL);
	CU_ASSERT_EQUAL(workspace_children_left(), 0);
	process_free(p);
	char *whole = content(out, "results.csv");
	const char *last = strchr(whole, '\n') + 1; /* its first row, or the end */
	char half[64];
	snprintf(half, sizeof(half), "%.60s", *last ? last : "2026");
	overwrite(out, "results.csv", half, "ae");
	return whole;
}

static void goes_on_after_kills_at_any_moment(void)
{
	static const int lines[] = {1, 3, 6, 7, 11}, more_ms[] = {40, 0, 120, 170, 60};
	struct process *p;

	CU_ASSERT_EQUAL(RUN(&p, PLAN, SHORT, "--out", workspace_path("whole")), 0);
	process_free(p);
	p = START(PLAN, LONG, "--out", workspace_path("killed"));
	for (int i = 0; i < 5; i++) {
		char *before = kill_at(p, "killed", lines[i], more_ms[i]);
		p = START("run", "--resume", workspace_path("killed"));
		CU_ASSERT_TRUE(await_lines("killed", lines_of(before) + 1));
		char *after = content("killed", "results.csv");
		CU_ASSERT_NSTRING_EQUAL(after, before, strlen(before));
		free(before);
		free(after);
	}
	CU_ASSERT_EQUAL(process_wait(p, PROCESS_DEADLINE_MS), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(p->out.text, "3 x 0.15 s"));
	process_free(p);
	check_complete("killed", "whole");
	CU_ASSERT_EQUAL(workspace_children_left(), 0);

	/* and once more: there is nothing to be measured */
	char *before = content("killed", "results.csv");
	CU_ASSERT_EQUAL(RUN(&p, "run", "--resume", workspace_path("killed"), "--require",
			    "requests>=1"),
			0);
	CU_ASSERT_PTR_NOT_NULL(strstr(p->out.text, "3 x 0.15 s"));
	process_free(p);
	char *after = content("killed", "results.csv");
	CU_ASSERT_STRING_EQUAL(before, after);
	free(before);
	free(after);
}

/* A session that was killed has no end. */
static void sessions_tell_of_the_pause(void)
{
	json_t *all = json_load_file(workspace_path("killed/environment.json"), 0, NULL);
	const json_t *sessions = json_object_get(all, "sessions");
	const size_t count = json_array_size(sessions);

	CU_ASSERT_EQUAL(count, 7);
	for (size_t i = 0; i < count; i++) {
		const json_t *session = json_array_get(sessions, i);
		CU_ASSERT_TRUE(json_is_string(json_object_get(session, "started_at")));
		CU_ASSERT_EQUAL(json_is_null(json_object_get(session, "ended_at")),
				i < 5);
		CU_ASSERT_EQUAL(json_is_null(json_object_get(session, "rows_after")),
				i < 5);
	}
	const json_t *first = json_array_get(sessions, 0),
		     *last = json_array_get(sessions, 6);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(first, "rows_before")), 0);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(last, "rows_before")), ROWS);
	CU_ASSERT_TRUE(json_equal(json_object_get(all, "started_at"),
				  json_object_get(first, "started_at")));
	CU_ASSERT_TRUE(json_equal(json_object_get(all, "ended_at"),
				  json_object_get(last, "ended_at")));
	json_decref(all);
}

/* One line on stderr that has both words; nothing is changed. */
static void refused(const char *const *arguments, const char *out, const char *word,
		    const char *other)
{
	char *before = content(out, "results.csv");
	struct process *p;

	CU_ASSERT_EQUAL(program_run(arguments, &p), EXIT_USAGE);
	CU_ASSERT_PTR_NOT_NULL(strstr(p->err.text, word));
	CU_ASSERT_PTR_NOT_NULL(strstr(p->err.text, other));
	CU_ASSERT_EQUAL(lines_of(p->err.text), 1);
	CU_ASSERT_STRING_EQUAL(p->out.text, "");
	char *after = content(out, "results.csv");
	CU_ASSERT_STRING_EQUAL(before, after);
	free(before);
	free(after);
	process_free(p);
}

#define REFUSED(out, word, other, ...) \
	refused((const char *const[]){__VA_ARGS__, NULL}, out, word, other)

static void another_plan_is_refused(void)
{
	char dir[256];

	snprintf(dir, sizeof(dir), "%s", workspace_path("whole"));

	REFUSED("whole", "repetitions = 4", "repetitions = 3", "run", "--resume", dir,
		"--repetitions", "4");
	REFUSED("whole", "another plan", "quick", "run", "quick", "--resume", dir);
	REFUSED("whole", "another plan", "where that", "run", "--models", "epoll",
		"--resume", dir);
	REFUSED("whole", "--out", "--resume", "run", "--resume", dir, "--out", "x");
	REFUSED("whole", "plan.ini", "No such file", "run", "--resume", "/nonexistent");
	struct process *p;
	CU_ASSERT_EQUAL(RUN(&p, PLAN, SHORT, "--resume", dir), 0); /* the same one */
	process_free(p);
}

/* `was` in the file becomes `is`. */
static void edit(const char *out, const char *name, const char *was, const char *is)
{
	char *text = content(out, name);
	char *place = strstr(text, was);
	char *edited = calloc(1, 1 << 20);

	CU_ASSERT_PTR_NOT_NULL_FATAL(place);
	snprintf(edited, 1 << 20, "%.*s%s%s", (int)(place - text), text, is,
		 place + strlen(was));
	overwrite(out, name, edited, "we");
	free(edited);
	free(text);
}

static void another_machine_or_program_is_refused(void)
{
	static const char *const facts[] = {"cpu_model", "kernel", "hostname_hash",
					    "binary_sha256", "net.core.somaxconn"};
	char was[64], is[80];

	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
		snprintf(was, sizeof(was), "\"%s\": \"", facts[i]);
		snprintf(is, sizeof(is), "%sother ", was);
		edit("whole", "environment.json", was, is);
		REFUSED("whole", facts[i], "other ", "run", "--resume",
			workspace_path("whole"));
		edit("whole", "environment.json", is, was);
	}
}

static void rows_of_another_plan_are_refused(void)
{
	char dir[256];

	snprintf(dir, sizeof(dir), "%s", workspace_path("whole"));
	char *rows = content("whole", "results.csv");
	char *twice = strdup(strchr(rows, '\n') + 1);

	strchr(twice, '\n')[1] = '\0';
	overwrite("whole", "results.csv", twice, "ae");
	REFUSED("whole", "order 1 ", "twice", "run", "--resume", dir);
	overwrite("whole", "results.csv", rows, "we");
	edit("whole", "results.csv", ",epoll/tcp", ",other/tcp");
	REFUSED("whole", "other/tcp", "not of its plan", "run", "--resume", dir);
	overwrite("whole", "results.csv", rows, "we");
	edit("whole", "results.csv", "run_id,", "run_number,");
	REFUSED("whole", "columns", "another version", "run", "--resume", dir);
	overwrite("whole", "results.csv", rows, "we");
	free(twice);
	free(rows);
}

static void two_runs_never_share_a_directory(void)
{
	struct process *p =
		START(PLAN, "--duration", "60s", "--out", workspace_path("busy"));

	CU_ASSERT_TRUE(await_lines("busy", 1));
	while (access(workspace_path("busy/environment.json"), F_OK) != 0)
		usleep(5000);
	REFUSED("busy", "busy", "another run", "run", "--resume", workspace_path("busy"));
	process_signal(p, SIGTERM);
	CU_ASSERT_EQUAL(process_wait(p, PROCESS_DEADLINE_MS), EXIT_INTERRUPTED);
	CU_ASSERT_PTR_NOT_NULL(strstr(p->err.text, "--resume"));
	process_free(p);
}

static void time_that_is_over_leaves_rows_out(void)
{
	struct process *p;

	CU_ASSERT_EQUAL(
		RUN(&p, PLAN, LONG, "--max-time", "1s", "--out", workspace_path("timed")),
		0);
	CU_ASSERT_PTR_NOT_NULL(strstr(p->err.text, "of 12 rows"));
	CU_ASSERT_PTR_NOT_NULL(strstr(p->err.text, "left out: "));
	process_free(p);
	struct csv_table *csv = table("timed");
	CU_ASSERT_TRUE(csv->rows >= 1 && csv->rows < ROWS);
	csv_table_free(csv);
	json_t *all = json_load_file(workspace_path("timed/environment.json"), 0, NULL);
	const json_t *session = json_array_get(json_object_get(all, "sessions"), 0);
	CU_ASSERT_TRUE(json_array_size(json_object_get(session, "left_out")) > 0);
	json_decref(all);

	CU_ASSERT_EQUAL(RUN(&p, "run", "--resume", workspace_path("timed"), "--dry-run"),
			0);
	CU_ASSERT_PTR_NOT_NULL(strstr(p->out.text, "of 12 rows are there"));
	process_free(p);
	CU_ASSERT_EQUAL(RUN(&p, "run", "--resume", workspace_path("timed")), 0);
	CU_ASSERT_PTR_NULL(strstr(p->err.text, "left out"));
	process_free(p);
	check_complete("timed", "whole");
	CU_ASSERT_EQUAL(RUN(&p, PLAN, LONG, "--max-time", "10ms", "--out",
			    workspace_path("none")),
			EXIT_USAGE);
	CU_ASSERT_PTR_NOT_NULL(strstr(p->err.text, "not one row"));
	CU_ASSERT_NOT_EQUAL(access(workspace_path("none"), F_OK), 0);
	process_free(p);
}

/* What fails at one cell is said in its row, and the others are measured. */
static void a_log_that_cannot_be_written_is_a_reason(void)
{
	struct process *p = START(PLAN, LONG, "--out", workspace_path("nolog"));

	CU_ASSERT_TRUE(await_lines("nolog", 2));
	CU_ASSERT_EQUAL(rename(workspace_path("nolog/histograms"),
			       workspace_path("nolog/elsewhere")),
			0);
	CU_ASSERT_EQUAL(process_wait(p, PROCESS_DEADLINE_MS), 0);
	process_free(p);
	struct csv_table *csv = table("nolog");
	CU_ASSERT_EQUAL(csv->rows, ROWS);
	CU_ASSERT_STRING_EQUAL(csv_text(csv, ROWS - 1, "verdict"), "VALID");
	CU_ASSERT_PTR_NOT_NULL(strstr(csv_text(csv, ROWS - 1, "verdict_reason"),
				      "No such file or directory"));
	csv_table_free(csv);
}

int main(void)
{
	static const struct test_case cases[] = {
		{"goes on after kills at any moment", goes_on_after_kills_at_any_moment},
		{"sessions tell of the pause", sessions_tell_of_the_pause},
		{"another plan is refused", another_plan_is_refused},
		{"another machine or program is refused",
		 another_machine_or_program_is_refused},
		{"rows of another plan are refused", rows_of_another_plan_are_refused},
		{"two runs never share a directory", two_runs_never_share_a_directory},
		{"time that is over leaves rows out", time_that_is_over_leaves_rows_out},
		{"a log that cannot be written is a reason",
		 a_log_that_cannot_be_written_is_a_reason},
		{NULL, NULL},
	};

	if (!workspace_open())
		return 1;
	const int failures = test_suite_run("run_resume", cases);
	workspace_close();
	return failures != 0;
}
