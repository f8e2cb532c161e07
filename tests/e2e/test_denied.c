/* test_denied.c - a model that the machine does not let run stays in the list with the
 * reason, is refused in one line, and its contract is skipped, not passed. */
#include <CUnit/CUnit.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "build_info.h"
#include "tests/e2e/process.h"
#include "tests/suite.h"

static const char *const rings[] = {"io-uring", "io-uring-multishot", "io-uring-sqpoll",
				    NULL};
static const char *const sockmaps[] = {"sockmap", NULL};

/* Runs `program` with up to two words, denied `what`. */
static int run_denied(const char *what, const char *program, const char *first,
		      const char *second, struct process **ret_process)
{
	const char *const argv[] = {DENY_PATH, what, program, first, second, NULL};

	struct process *process = process_start(argv);
	if (!process)
		abort();
	*ret_process = process;
	return process_wait(process, PROCESS_DEADLINE_MS);
}

static const json_t *find_model(const json_t *models, const char *name)
{
	const json_t *entry;
	size_t i;

	json_array_foreach(models, i, entry)
	{
		if (strcmp(json_string_value(json_object_get(entry, "name")), name) == 0)
			return entry;
	}
	return NULL;
}

static void check_listed(const char *what, const char *const *names)
{
	struct process *process;

	CU_ASSERT_EQUAL(run_denied(what, PROGRAM_PATH, "list", "--json", &process), 0);
	json_t *object = json_loads(process->out.text, 0, NULL);
	const json_t *models = json_object_get(object, "models");
	for (; *names; names++) {
		const json_t *entry = find_model(models, *names);
		const char *reason = json_string_value(json_object_get(entry, "reason"));
		CU_ASSERT(json_is_false(json_object_get(entry, "available")));
		CU_ASSERT(reason && strstr(reason, "(EPERM)"));
	}
	const json_t *epoll = find_model(models, "epoll");
	CU_ASSERT(json_is_true(json_object_get(epoll, "available")));
	json_decref(object);
	process_free(process);
}

/* One line, which names the model and the reason. */
static void check_refused(const char *what, const char *const *names)
{
	struct process *process;

	for (; *names; names++) {
		CU_ASSERT_EQUAL(run_denied(what, PROGRAM_PATH, "serve", *names, &process),
				2);
		const struct process_output *err = &process->err;
		CU_ASSERT_EQUAL(process->out.length, 0);
		CU_ASSERT_PTR_NOT_NULL(strstr(err->text, *names));
		CU_ASSERT_PTR_NOT_NULL(strstr(err->text, "(EPERM)"));
		CU_ASSERT_PTR_EQUAL(strchr(err->text, '\n'), err->text + err->length - 1);
		process_free(process);
	}
}

static void check_contract_skipped(const char *what, const char *const *names)
{
	struct process *process;

	for (; *names; names++) {
		CU_ASSERT_EQUAL(run_denied(what, CONTRACT_PATH, *names, NULL, &process),
				TEST_SKIPPED);
		CU_ASSERT_PTR_NOT_NULL(strstr(process->out.text, "(EPERM)"));
		process_free(process);
	}
}

static void check_denied(const char *what, const char *const *names)
{
	check_listed(what, names);
	check_refused(what, names);
	check_contract_skipped(what, names);
}

static void check_engine_refused(const char *const *words)
{
	const char *argv[16] = {DENY_PATH, "io_uring", PROGRAM_PATH};

	for (int i = 0; words[i]; i++)
		argv[3 + i] = words[i];
	struct process *process = process_start(argv);
	CU_ASSERT_EQUAL(process_wait(process, PROCESS_DEADLINE_MS), 1);
	const struct process_output *err = &process->err;
	CU_ASSERT_EQUAL(process->out.length, 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(err->text, "engine io-uring"));
	CU_ASSERT_PTR_NOT_NULL(strstr(err->text, "(EPERM)"));
	CU_ASSERT_PTR_EQUAL(strchr(err->text, '\n'), err->text + err->length - 1);
	process_free(process);
}

/* Whoever is asked for it fails in one line, and `list engines` says why; nobody listens at
 * the address, and no server is started. */
static void check_engine_denied(void)
{
	static const char *const commands[][8] = {
		{"load", "tcp:127.0.0.1:1", "--engine", "io-uring"},
		{"run", "--models", "epoll", "--engine", "io-uring"},
		{"search", "epoll", "--slo", "p99=1ms", "--engine", "io-uring"},
	};
	struct process *process;

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		check_engine_refused(commands[i]);
	CU_ASSERT_EQUAL(run_denied("io_uring", PROGRAM_PATH, "list", "engines", &process),
			0);
	CU_ASSERT_PTR_NOT_NULL(strstr(process->out.text, "(unavailable: "));
	process_free(process);
}

static void rings_under_a_filter(void)
{
	if (!HAVE_LIBURING)
		return;
	check_denied("io_uring", rings);
	check_engine_denied();
}

static void sockmap_under_a_filter(void)
{
	if (HAVE_LIBBPF)
		check_denied("bpf", sockmaps);
}

static void sockmap_without_capabilities(void)
{
	if (HAVE_LIBBPF)
		check_denied("capabilities", sockmaps);
}

int main(void)
{
	static const struct test_case cases[] = {
		{"io_uring under a seccomp filter", rings_under_a_filter},
		{"bpf under a seccomp filter", sockmap_under_a_filter},
		{"bpf without capabilities", sockmap_without_capabilities},
		{NULL, NULL},
	};

	return test_suite_run("denied", cases) != 0;
}
