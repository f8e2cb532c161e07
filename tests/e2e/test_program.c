/* test_program.c - another build of iomodels, and the files that servers are made of. */
#include <CUnit/CUnit.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "models/registry.h"
#include "results/subject/program.h"
#include "results/subject/program_files.h"
#include "tests/e2e/workspace.h"
#include "tests/suite.h"

static void a_program_says_what_it_has(void)
{
	char error[OPTION_ERROR_SIZE] = "";
	struct program program;

	CU_ASSERT_EQUAL(program_ask(&program, "base-program", PROGRAM_PATH, error), 0);
	CU_ASSERT_EQUAL(strncmp(program.version, "iomodels ", 9), 0);
	CU_ASSERT_EQUAL(program_has(&program, "epoll", error), 0);
	CU_ASSERT_EQUAL(program_has(&program, "epol", error), -EINVAL);
	CU_ASSERT_PTR_NOT_NULL(strstr(error, "has no model epol"));
	program_release(&program);
}

static void other_programs_are_refused(void)
{
	static const char *const paths[] = {"/bin/true", "/bin/echo", "/no/such", "/"};
	char error[OPTION_ERROR_SIZE];
	struct program program;

	for (int i = 0; i < 4; i++) {
		CU_ASSERT_EQUAL(program_ask(&program, "new-program", paths[i], error),
				-EINVAL);
		CU_ASSERT_PTR_NOT_NULL(strstr(error, "--new-program '"));
		CU_ASSERT_PTR_NOT_NULL(strstr(error, paths[i]));
		program_release(&program);
	}
}

static void write_file(const char *name, const char *text)
{
	FILE *file = fopen(workspace_path(name), "we");

	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	if (!file)
		return;
	fputs(text, file);
	fclose(file);
}

/* What is among a command's words, and no more. */
static void files_of_a_command_are_watched(void)
{
	struct program_files files = {.items = NULL};
	char error[OPTION_ERROR_SIZE], text[512];
	struct server_spec spec;

	write_file("server", "one");
	snprintf(text, sizeof(text), "exec:cd /; exec '%s' --no-such-file",
		 workspace_path("server"));
	CU_ASSERT_EQUAL_FATAL(server_spec_parse(text, &io_catalogue, &spec, error), 0);
	CU_ASSERT_EQUAL(program_files_add(&files, &spec), 0);
	CU_ASSERT_EQUAL(program_files_add(&files, &spec), 0);
	CU_ASSERT_EQUAL(files.count, 1);
	CU_ASSERT_EQUAL(strlen(program_files_digest(&files, workspace_path("server"))),
			64);
	CU_ASSERT_STRING_EQUAL(program_files_digest(&files, "other"), "");
	CU_ASSERT_PTR_NULL(program_files_changed(&files));
	write_file("server", "two");
	CU_ASSERT_STRING_EQUAL(program_files_changed(&files), workspace_path("server"));
	json_t *all = program_files_json(&files);
	CU_ASSERT_EQUAL(json_object_size(all), 1);
	json_decref(all);
	server_spec_release(&spec);
	program_files_release(&files);
}

static void a_model_is_its_programs(void)
{
	struct program_files files = {.items = NULL};
	char error[OPTION_ERROR_SIZE];
	struct server_spec spec;

	CU_ASSERT_EQUAL_FATAL(server_spec_parse("epoll", &io_catalogue, &spec, error), 0);
	CU_ASSERT_EQUAL(program_files_add(&files, &spec), 0);
	spec.program = PROGRAM_PATH;
	CU_ASSERT_EQUAL(program_files_add(&files, &spec), 0);
	CU_ASSERT_EQUAL(files.count, 2);
	CU_ASSERT_STRING_EQUAL(files.items[1].path, PROGRAM_PATH);
	CU_ASSERT_STRING_NOT_EQUAL(files.items[0].sha256, files.items[1].sha256);
	server_spec_release(&spec);
	program_files_release(&files);
}

int main(void)
{
	static const struct test_case cases[] = {
		{"a program says what it has", a_program_says_what_it_has},
		{"other programs are refused", other_programs_are_refused},
		{"files of a command are watched", files_of_a_command_are_watched},
		{"a model is its program's", a_model_is_its_programs},
		{NULL, NULL},
	};

	if (!workspace_open())
		return 1;
	const int failed = test_suite_run("program", cases);
	workspace_close();
	return failed != 0;
}
