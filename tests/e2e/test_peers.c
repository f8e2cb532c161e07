/* test_peers.c - Python peers beside models: listed, measured, or unavailable with what
 * Python said. */
#include <CUnit/CUnit.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "results/subject/peers.h"
#include "tests/e2e/csv_table.h"
#include "tests/e2e/process.h"
#include "tests/e2e/workspace.h"
#include "tests/suite.h"

#define RUN(ret, ...) program_run((const char *const[]){__VA_ARGS__, NULL}, ret)
#define SHORT                                                                           \
	"--duration", "200ms", "--warmup", "50ms", "--placement", "shared", "--engine", \
		"epoll", "--repetitions", "1"

static struct csv_table *results(const char *out)
{
	char name[64];

	snprintf(name, sizeof(name), "%s/results.csv", out);
	struct csv_table *csv = csv_table_read(workspace_path(name));
	CU_ASSERT_PTR_NOT_NULL(csv);
	return csv;
}

/* An interpreter that runs nothing. */
static const char *fake_python(const char *name, const char *script)
{
	const char *path = workspace_path(name);
	FILE *file = fopen(path, "we");

	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	fputs(script, file);
	fclose(file);
	chmod(path, 0755);
	return path;
}

/* The list of peers as `python` leads to; the caller releases it. */
static json_t *list_peers(const char *python)
{
	struct process *process;

	CU_ASSERT_EQUAL(RUN(&process, "list", "peers", "--json", "--python", python), 0);
	json_t *object = json_loads(process->out.text, 0, NULL);
	process_free(process);
	return object;
}

static const char *reason_of(const json_t *peer)
{
	const char *reason = json_string_value(json_object_get(peer, "reason"));

	return reason ? reason : "none";
}

static void every_peer_is_listed(void)
{
	json_t *object = list_peers(PEER_PYTHON);
	json_t *list = json_object_get(object, "peers");
	size_t count = 0;

	for (; python_peers[count]; count++) {
		const json_t *peer = json_array_get(list, count);
		CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(peer, "name")),
				       python_peers[count]->name);
		CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(peer, "family")),
				       python_peers[count]->family);
		/* what a Debian package may lack has a reason, the others have none */
		if (!strstr("python:greenlet python:gevent python:eventlet",
			    python_peers[count]->name))
			CU_ASSERT_STRING_EQUAL(reason_of(peer), "");
	}
	CU_ASSERT_EQUAL(json_array_size(list), count);
	json_decref(object);
}

static void python_says_why_not(void)
{
	const char *python =
		fake_python("python-without", "#!/bin/sh\necho 'Traceback:\n  import x\n"
					      "ImportError: no x' >&2\nexit 1\n");
	json_t *object = list_peers(python), *peer;
	size_t i;

	json_array_foreach(json_object_get(object, "peers"), i, peer)
	{
		CU_ASSERT(json_is_false(json_object_get(peer, "available")));
		CU_ASSERT_STRING_EQUAL(reason_of(peer), "ImportError: no x");
	}
	json_decref(object);
	unlink(python);
}

/* What runs Python, and writes a line each time. */
static const char *counting_python(void)
{
	char script[512];

	snprintf(script, sizeof(script), "#!/bin/sh\necho >> %s\nexec %s \"$@\"\n",
		 workspace_path("starts"), PEER_PYTHON);
	return fake_python("python-counting", script);
}

static void python_is_started_once_and_only_for_peers(void)
{
	static const struct {
		const char *arguments[4];
		int starts;
	} commands[] = {
		{{"list", "models"}, 0},
		{{"list", "peers"}, 1},
		{{"list", "plans"}, 1},
		{{"run", "quick", "--dry-run"}, 0},
		{{"run", "cpu-vs-io", "--dry-run"}, 1},
		{{"run", "cpu-vs-io", "--dry-run", "--only=epoll"}, 0},
	};
	char python[256];

	snprintf(python, sizeof(python), "%s", counting_python());
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		const char *const *a = commands[i].arguments;
		struct process *process;
		struct stat st = {.st_size = 0};
		CU_ASSERT_EQUAL(RUN(&process, a[0], a[1], "--python", python, a[2], a[3]),
				0);
		process_free(process);
		(void)stat(workspace_path("starts"), &st); /* absent: nobody wrote */
		CU_ASSERT_EQUAL(st.st_size, commands[i].starts);
		unlink(workspace_path("starts"));
	}
	unlink(python);
}

static void what_is_no_python_is_said(void)
{
	json_t *object = list_peers("/bin/true");
	const json_t *first = json_array_get(json_object_get(object, "peers"), 0);

	CU_ASSERT_STRING_EQUAL(reason_of(first),
			       "/bin/true does not answer as Python does");
	json_decref(object);
}

static void absent_files_are_a_reason(void)
{
	setenv(PEER_DIRECTORY, workspace_path("nowhere"), 1);
	json_t *object = list_peers(PEER_PYTHON);
	unsetenv(PEER_DIRECTORY);
	const json_t *first = json_array_get(json_object_get(object, "peers"), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(reason_of(first), "nowhere/probe.py"));
	json_decref(object);
}

static json_t *environment(const char *out)
{
	char name[64];

	snprintf(name, sizeof(name), "%s/environment.json", out);
	json_t *all = json_load_file(workspace_path(name), 0, NULL);
	CU_ASSERT_PTR_NOT_NULL(all);
	return all;
}

/* One of threads, one of processes, told their workers by the plan and by the user. */
static void peers_are_measured_beside_models(void)
{
	struct process *process;
	const char *out = workspace_path("measured");

	CU_ASSERT_EQUAL(
		RUN(&process, "run", "--models",
		    "epoll,python:selectors,python:thread-pool,python:pool-processes:workers=3",
		    "--connections", "3", "--out", out, SHORT),
		0);
	CU_ASSERT_PTR_NOT_NULL(strstr(process->out.text, "python:thread-pool"));
	process_free(process);
	struct csv_table *csv = results("measured");
	for (int row = 0; csv && row < csv->rows; row++) {
		const char *model = csv_text(csv, row, "model");
		CU_ASSERT_STRING_EQUAL(csv_text(csv, row, "verdict"), "VALID");
		CU_ASSERT(csv_number(csv, row, "requests") > 0);
		if (strcmp(model, "python:thread-pool") == 0)
			CU_ASSERT_EQUAL(csv_number(csv, row, "workers"), 3);
		if (strcmp(model, "python:pool-processes") == 0) {
			CU_ASSERT_STRING_EQUAL(csv_text(csv, row, "server_options"),
					       "workers=3");
			CU_ASSERT_EQUAL(csv_number(csv, row, "workers"), 3);
			CU_ASSERT(csv_number(csv, row, "server_processes") >= 4);
		}
	}
	CU_ASSERT(csv && csv->rows == 4);
	csv_table_free(csv);
	CU_ASSERT_EQUAL(workspace_children_left(), 0);
}

/* Of a run with peers, after the one above. */
static void the_interpreter_is_part_of_the_environment(void)
{
	json_t *all = environment("measured");
	const json_t *python = json_object_get(all, "python");
	const json_t *packages = json_object_get(python, "packages");
	const char *version = json_string_value(json_object_get(python, "version"));
	const char *interpreter =
		json_string_value(json_object_get(python, "interpreter"));

	CU_ASSERT(version && version[0] == '3' && version[1] == '.');
	CU_ASSERT(interpreter && strcmp(interpreter, PEER_PYTHON) == 0);
	CU_ASSERT(json_is_string(json_object_get(python, "implementation")));
	CU_ASSERT_EQUAL(json_object_size(packages), 3);
	json_decref(all);

	struct process *process;
	CU_ASSERT_EQUAL(RUN(&process, "run", "--models", "epoll", "--connections", "1",
			    "--out", workspace_path("models"), SHORT),
			0);
	process_free(process);
	all = environment("models");
	CU_ASSERT_PTR_NULL(json_object_get(all, "python"));
	json_decref(all);
}

static void another_interpreter_does_not_go_on(void)
{
	struct process *process;
	char python[256], measured[256];

	snprintf(python, sizeof(python), "%s", counting_python());
	snprintf(measured, sizeof(measured), "%s", workspace_path("measured"));
	CU_ASSERT_EQUAL(RUN(&process, "run", "--resume", measured, "--python", python),
			2);
	CU_ASSERT_PTR_NOT_NULL(
		strstr(process->err.text, "python.interpreter was \"" PEER_PYTHON "\""));
	CU_ASSERT_PTR_NOT_NULL(strstr(process->err.text, python));
	CU_ASSERT_PTR_EQUAL(strchr(process->err.text, '\n'),
			    process->err.text + process->err.length - 1);
	process_free(process);
	CU_ASSERT_EQUAL(RUN(&process, "run", "--resume", measured), 0);
	process_free(process);
	unlink(python);
	unlink(workspace_path("starts"));
}

static void an_unavailable_peer_is_a_row(void)
{
	struct process *process;
	const char *python = fake_python(
		"python-without",
		"#!/bin/sh\necho \"ModuleNotFoundError: No module named 'gevent'\" >&2\n"
		"exit 1\n");

	CU_ASSERT_EQUAL(RUN(&process, "run", "--models", "epoll,python:gevent",
			    "--python", python, "--out", workspace_path("without"),
			    SHORT),
			0);
	process_free(process);
	struct csv_table *csv = results("without");
	for (int row = 0; csv && row < csv->rows; row++) {
		if (strcmp(csv_text(csv, row, "model"), "python:gevent") != 0)
			continue;
		CU_ASSERT_STRING_EQUAL(csv_text(csv, row, "verdict"), "UNAVAILABLE");
		CU_ASSERT_STRING_EQUAL(csv_text(csv, row, "verdict_reason"),
				       "ModuleNotFoundError: No module named 'gevent'");
	}
	CU_ASSERT(csv && csv->rows == 2);
	csv_table_free(csv);
	unlink(python);
}

static void family_python_is_all_that_serve_the_transport(void)
{
	struct process *process;

	CU_ASSERT_EQUAL(RUN(&process, "run", "--models", "family:python", "--dry-run"),
			0);
	for (size_t i = 0; python_peers[i]; i++) {
		char id[80];
		snprintf(id, sizeof(id), "%s/tcp/", python_peers[i]->name);
		CU_ASSERT_EQUAL(strstr(process->out.text, id) != NULL,
				(python_peers[i]->flags & IO_MODEL_STREAM) != 0);
	}
	process_free(process);
}

static void mistakes_are_one_line(void)
{
	static const char *const mistakes[][2] = {
		{"python:gevnt", "did you mean python:gevent"},
		{"python:", "'python:'"},
		{"python:thread-pool:wrkers=2", "did you mean workers"},
		{"python:thread-pool:workers=0", "workers '0'"},
		{"python:hybrid:threads=many", "threads 'many'"},
		{"python:asyncio:workers=2", "takes no options, not 'workers=2'"},
		{"family:python:thred", "did you mean thread"},
	};
	struct process *process;

	for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
		CU_ASSERT_EQUAL(
			RUN(&process, "run", "--models", mistakes[i][0], "--dry-run"), 2);
		const char *end = strchr(process->err.text, '\n');
		CU_ASSERT(end && end[1] == '\0');
		if (!strstr(process->err.text, mistakes[i][1]))
			fprintf(stderr, "\n'%s' lacks '%s'\n", process->err.text,
				mistakes[i][1]);
		CU_ASSERT_PTR_NOT_NULL(strstr(process->err.text, mistakes[i][1]));
		process_free(process);
	}
	static const char *const commands[][4] = {
		{"run", "--models", "epoll", "--dry-run"},
		{"search", "epoll", "--slo", "p99=1ms"},
		{"list", "peers", NULL},
	};
	for (size_t i = 0; i < 3; i++) {
		CU_ASSERT_EQUAL(RUN(&process, commands[i][0], "--python", "/no/python",
				    commands[i][1], commands[i][2],
				    commands[i][2] ? commands[i][3] : NULL),
				2);
		CU_ASSERT_PTR_NOT_NULL(strstr(process->err.text, "'/no/python'"));
		process_free(process);
	}
}

int main(void)
{
	static const struct test_case cases[] = {
		{"every peer is listed", every_peer_is_listed},
		{"Python says why not", python_says_why_not},
		{"Python is started once, and only for peers",
		 python_is_started_once_and_only_for_peers},
		{"what is no Python is said", what_is_no_python_is_said},
		{"absent files are a reason", absent_files_are_a_reason},
		{"peers are measured beside models", peers_are_measured_beside_models},
		{"the interpreter is part of the environment",
		 the_interpreter_is_part_of_the_environment},
		{"another interpreter does not go on",
		 another_interpreter_does_not_go_on},
		{"an unavailable peer is a row", an_unavailable_peer_is_a_row},
		{"family:python is all that serve the transport",
		 family_python_is_all_that_serve_the_transport},
		{"mistakes are one line", mistakes_are_one_line},
		{NULL, NULL},
	};

	if (access(PEER_PYTHON, X_OK) != 0)
		return TEST_SKIPPED;
	if (!workspace_open())
		return 1;
	const int failures = test_suite_run("peers", cases);
	workspace_close();
	return failures != 0;
}
