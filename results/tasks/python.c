/* python.c - the pool experiment on the executors of Python. */
#include "results/tasks/python.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "results/subject/captured.h"

#define SECONDS_TO_NS 1e9

const struct io_part tasks_python_executors[] = {
	{.name = PEER_PREFIX "threads",
	 .summary = "concurrent.futures.ThreadPoolExecutor"},
	{.name = PEER_PREFIX "processes",
	 .summary = "concurrent.futures.ProcessPoolExecutor"},
	{.name = PEER_PREFIX "gevent", .summary = "gevent.pool.Pool"},
	{.name = NULL},
};

bool tasks_is_python(const char *executor)
{
	return strncmp(executor, PEER_PREFIX, strlen(PEER_PREFIX)) == 0;
}

static char *script_path(void)
{
	char *directory = peers_directory(), *path = NULL;

	if (directory && asprintf(&path, "%s/tasks.py", directory) < 0)
		path = NULL;
	free(directory);
	return path;
}

char *tasks_python_reason(const struct peers *peers, const char *executor)
{
	char *script = script_path();
	char *const words[] = {(char *)peers->python,
			       "-B",
			       script,
			       "--probe",
			       "--executor",
			       (char *)executor + strlen(PEER_PREFIX),
			       NULL};
	char *reason = script ? peers_ask(peers, words) : NULL;

	free(script);
	return reason;
}

/* 0, or -EPROTO when the line is not what tasks.py says. */
static int read_result(const char *line, struct tasks_result *ret_result)
{
	double elapsed_s, busy_s, cpu_s;
	json_t *object = line ? json_loads(line, 0, NULL) : NULL;
	const int rc = json_unpack(object, "{sF sF sF}", "elapsed_s", &elapsed_s,
				   "busy_s", &busy_s, "cpu_s", &cpu_s);

	json_decref(object);
	if (rc < 0)
		return -EPROTO;
	ret_result->elapsed_ns = (int64_t)(elapsed_s * SECONDS_TO_NS);
	ret_result->busy_ns = (int64_t)(busy_s * SECONDS_TO_NS);
	ret_result->cpu_ns = (int64_t)(cpu_s * SECONDS_TO_NS);
	return 0;
}

int tasks_python_run(const struct peers *peers, const struct tasks_config *config,
		     struct tasks_result *ret_result, char **ret_line)
{
	char numbers[4][32];
	char *script = script_path();
	char *const words[] = {(char *)peers->python,
			       "-B",
			       script,
			       "--executor",
			       (char *)config->executor + strlen(PEER_PREFIX),
			       "--work",
			       config->work == TASK_SPIN ? "spin" : "sleep",
			       numbers[0],
			       numbers[1],
			       numbers[2],
			       numbers[3],
			       NULL};

	*ret_line = NULL;
	if (!script)
		return -ENOMEM;
	snprintf(numbers[0], sizeof(numbers[0]), "--us=%lld",
		 (long long)(config->work_ns / 1000));
	snprintf(numbers[1], sizeof(numbers[1]), "--tasks=%u", config->tasks);
	snprintf(numbers[2], sizeof(numbers[2]), "--workers=%u", config->workers);
	snprintf(numbers[3], sizeof(numbers[3]), "--chunk=%u", config->chunk);
	const int status = captured_run(words, ret_line);
	free(script);
	if (status < 0)
		return status;
	return status > 0 ? -ECHILD : read_result(*ret_line, ret_result);
}
