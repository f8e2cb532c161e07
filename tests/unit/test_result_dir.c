/* test_result_dir.c - a fresh directory, whole rows, nothing overwritten. */
#include <CUnit/Basic.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "results/campaign/result_dir.h"
#include "tests/suite.h"

static const struct row_column columns[] = {
	{"name", ROW_TEXT, 0},
	{"value", ROW_COUNT, 0},
	{NULL, ROW_TEXT, 0},
};

static const struct io_model model = {
	.name = "only", .family = "iterative", .flags = IO_MODEL_STREAM};
static const struct io_model *const models[] = {&model, NULL};
static const struct io_catalogue catalogue = {.models = models};

/* A directory of the test's own, and the plan of one cell. */
struct fixture {
	char parent[64], path[80];
	struct plan plan;
};

static void set_up(struct fixture *f)
{
	char error[OPTION_ERROR_SIZE];

	strcpy(f->parent, "/tmp/iomodels-test-XXXXXX");
	CU_ASSERT_PTR_NOT_NULL(mkdtemp(f->parent));
	snprintf(f->path, sizeof(f->path), "%s/out", f->parent);
	CU_ASSERT_EQUAL(
		plan_parse("[cells a]\nmodel = only\n", "p", &catalogue, &f->plan, error),
		0);
}

static void read_file(const char *path, const char *name, char *text, size_t size)
{
	char full[160];

	snprintf(full, sizeof(full), "%s/%s", path, name);
	FILE *file = fopen(full, "r");
	CU_ASSERT_PTR_NOT_NULL(file);
	const size_t len = file ? fread(text, 1, size - 1, file) : 0;
	text[len] = '\0';
	if (file)
		fclose(file);
}

static void tear_down(struct fixture *f)
{
	static const char *const names[] = {"results.csv", "plan.ini",
					    "environment.json"};
	char full[160];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(full, sizeof(full), "%s/%s", f->path, names[i]);
		unlink(full);
	}
	snprintf(full, sizeof(full), "%s/histograms", f->path);
	rmdir(full);
	rmdir(f->path);
	CU_ASSERT_EQUAL(rmdir(f->parent), 0);
	plan_release(&f->plan);
}

static void set_row(struct row *row, const char *name, int64_t value)
{
	CU_ASSERT_EQUAL(row_init(row, columns), 0);
	row_set_text(row, "name", name);
	row_set_count(row, "value", value);
}

static void rows_are_there_as_they_come(void)
{
	char error[OPTION_ERROR_SIZE], text[512];
	struct result_dir dir;
	struct fixture f;
	struct row row;

	set_up(&f);
	CU_ASSERT_EQUAL(result_dir_create(&dir, f.path, columns, &f.plan, error), 0);
	read_file(f.path, "plan.ini", text, sizeof(text));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "model = only\n"));
	read_file(f.path, "results.csv", text, sizeof(text));
	CU_ASSERT_STRING_EQUAL(text, "name,value\n");
	set_row(&row, "first", 1);
	CU_ASSERT_EQUAL(result_dir_append(&dir, &row), 0);
	read_file(f.path, "results.csv", text, sizeof(text));
	CU_ASSERT_STRING_EQUAL(text, "name,value\nfirst,1\n");
	row_release(&row);
	result_dir_release(&dir);
	tear_down(&f);
}

static void what_exists_is_refused_and_stays(void)
{
	char error[OPTION_ERROR_SIZE] = "", text[512];
	struct result_dir dir;
	struct fixture f;

	set_up(&f);
	CU_ASSERT_EQUAL(result_dir_create(&dir, f.path, columns, &f.plan, error), 0);
	result_dir_release(&dir);
	CU_ASSERT_EQUAL(result_dir_create(&dir, f.path, columns, &f.plan, error),
			-EEXIST);
	CU_ASSERT_PTR_NOT_NULL(strstr(error, f.path));
	CU_ASSERT_PTR_NOT_NULL(strstr(error, "exists"));
	read_file(f.path, "results.csv", text, sizeof(text));
	CU_ASSERT_STRING_EQUAL(text, "name,value\n");

	/* a file where a directory is wanted, and a parent that is none */
	snprintf(text, sizeof(text), "%s/plan.ini", f.path);
	CU_ASSERT_EQUAL(result_dir_create(&dir, text, columns, &f.plan, error), -EEXIST);
	snprintf(text, sizeof(text), "%s/plan.ini/x", f.path);
	CU_ASSERT_EQUAL(result_dir_create(&dir, text, columns, &f.plan, error), -ENOTDIR);
	CU_ASSERT_PTR_NOT_NULL(strstr(error, "plan.ini/x"));
	tear_down(&f);
}

/* A full disk, as a limit on the size of files: the row that does not fit is not there. */
static void a_row_is_whole_or_not_there(void)
{
	char error[OPTION_ERROR_SIZE], text[8192], name[600];
	const struct rlimit small = {4096, RLIM_INFINITY};
	struct rlimit before;
	struct result_dir dir;
	struct fixture f;
	struct row row;
	int rc = 0, rows = 0;

	set_up(&f);
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	set_row(&row, name, 7);
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &before);
	CU_ASSERT_EQUAL(result_dir_create(&dir, f.path, columns, &f.plan, error), 0);
	setrlimit(RLIMIT_FSIZE, &small);
	while (rc == 0 && rows < 100) {
		rc = result_dir_append(&dir, &row);
		rows += rc == 0;
	}
	setrlimit(RLIMIT_FSIZE, &before);
	CU_ASSERT_EQUAL(rc, -EFBIG);
	CU_ASSERT_EQUAL(rows, 6); /* of 602 bytes, behind a header of 11 */
	row_release(&row);
	result_dir_release(&dir);
	read_file(f.path, "results.csv", text, sizeof(text));
	CU_ASSERT_EQUAL(strlen(text), 11 + 6 * 602);
	tear_down(&f);
}

static void a_log_is_named_by_order_and_cell(void)
{
	struct fixture f;
	struct result_dir dir;
	char error[OPTION_ERROR_SIZE], expected[160];

	set_up(&f);
	CU_ASSERT_EQUAL(result_dir_create(&dir, f.path, columns, &f.plan, error), 0);
	char *path = result_dir_log_path(&dir, 12, "exec:a.py ../x/tcp/c1");
	snprintf(expected, sizeof(expected),
		 "%s/histograms/12-exec-a.py-..-x-tcp-c1.hlog", f.path);
	CU_ASSERT_STRING_EQUAL(path, expected);
	FILE *file = fopen(path, "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	fclose(file);
	unlink(path);
	free(path);
	result_dir_release(&dir);
	tear_down(&f);
}

int main(void)
{
	static const struct test_case cases[] = {
		{"a log is named by order and cell", a_log_is_named_by_order_and_cell},
		{"rows are there as they come", rows_are_there_as_they_come},
		{"what exists is refused, and stays", what_exists_is_refused_and_stays},
		{"a row is whole or not there", a_row_is_whole_or_not_there},
		{NULL, NULL},
	};

	return test_suite_run("result_dir", cases) != 0;
}
