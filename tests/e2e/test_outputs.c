/*
 * test_outputs.c - the files beside a result: --hgrm, --hlog and DIR/histograms, read back by
 * a decoder that knows the formats from their description alone.
 */
#include <CUnit/CUnit.h>
#include <jansson.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "server/options.h"
#include "tests/e2e/csv_table.h"
#include "tests/e2e/served.h"
#include "tests/e2e/workspace.h"
#include "tests/suite.h"

#define PYTHON "/usr/bin/python3"
#define READER SOURCE_DIR "/hdr_read.py"

#define LOAD(ret, ...) program_run((const char *const[]){"load", __VA_ARGS__, NULL}, ret)
#define SHORT          "--connections", "8", "--warmup", "50ms", "--duration"

/* What the decoder says of a file; the caller owns it. */
static json_t *read_back(const char *path)
{
	const char *const argv[] = {PYTHON, READER, path, NULL};
	struct process *reader = process_start(argv);

	CU_ASSERT_PTR_NOT_NULL_FATAL(reader);
	if (!reader)
		return NULL;
	CU_ASSERT_EQUAL(process_wait(reader, PROCESS_DEADLINE_MS), 0);
	if (reader->err.text[0])
		fprintf(stderr, "\n%s", reader->err.text);
	json_t *said = json_loads(reader->out.text, 0, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(said);
	process_free(reader);
	return said;
}

static double number(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	CU_ASSERT_TRUE(json_is_number(value));
	return json_number_value(value);
}

/* The row's column of a histogram, such as response_p50_us. */
static const json_t *column(const json_t *row, const char *tag, const char *key)
{
	char name[64];

	snprintf(name, sizeof(name), "%s_%s_us", tag, key);
	return json_object_get(row, name);
}

/* A value at a cell's upper end is the row's, which the greatest sample limits. */
static void check_us(const json_t *row, const char *tag, const char *key, double us)
{
	const double most = json_number_value(column(row, tag, "max"));
	const json_t *expected = column(row, tag, key);

	if (json_is_null(expected))
		return; /* too few samples */
	CU_ASSERT_TRUE(json_is_number(expected));
	if (fabs(json_number_value(expected) - fmin(us, most)) > 0.0006)
		printf("\n%s_%s %.3f, read back %.3f", tag, key,
		       json_number_value(expected), us);
	CU_ASSERT_DOUBLE_EQUAL(json_number_value(expected), fmin(us, most), 0.0006);
}

/* All intervals of a tag together are the row's histogram. */
static void check_tag(const json_t *row, const json_t *tags, const char *tag)
{
	static const char *const keys[] = {"p50", "p90", "p99", "p999", "p9999", "max"};
	const json_t *one = json_object_get(tags, tag);

	CU_ASSERT_EQUAL(number(one, "count"), number(row, "requests"));
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		check_us(row, tag, keys[i], number(one, keys[i]) / 1000);
}

/* The intervals, each a second but the last, are the window. */
static void check_intervals(const json_t *row, const json_t *tags, size_t count)
{
	const json_t *list =
		json_object_get(json_object_get(tags, "service"), "intervals");

	CU_ASSERT_TRUE(json_array_size(list) >= count); /* and the drain's, if any */
	for (size_t i = 0; i < count; i++) {
		const json_t *one = json_array_get(list, i);
		double left = number(row, "duration_s") - (double)i;
		CU_ASSERT_EQUAL(number(one, "start"), (double)i);
		CU_ASSERT_DOUBLE_EQUAL(number(one, "length"), fmin(left, 1), 0.001);
	}
}

static void check_log(const json_t *row, const char *path, bool is_open)
{
	json_t *said = read_back(path);
	const json_t *tags = json_object_get(said, "tags");

	CU_ASSERT_EQUAL(json_object_size(tags), is_open ? 2 : 1);
	check_tag(row, tags, "service");
	if (is_open)
		check_tag(row, tags, "response");
	check_intervals(row, tags, 2);
	json_decref(said);
}

/* The table is of what a user waits for. */
static void check_table(const json_t *row, const char *path, const char *tag)
{
	json_t *said = read_back(path);
	const double mean = json_number_value(column(row, tag, "mean"));

	CU_ASSERT_EQUAL(number(said, "count"), number(row, "requests"));
	CU_ASSERT_EQUAL(number(said, "total"), number(row, "requests"));
	check_us(row, tag, "p50", number(said, "p50"));
	check_us(row, tag, "p90", number(said, "p90"));
	check_us(row, tag, "max", number(said, "max"));
	CU_ASSERT_DOUBLE_EQUAL(number(said, "mean"), mean, 0.001 * mean + 0.001);
	json_decref(said);
}

static void check_files(const struct served *s, const char *option, const char *value,
			bool is_open)
{
	struct process *load;

	/* On a busy machine an open loop's generator may be late: exit 3. */
	const int status = LOAD(&load, s->ready + 6, option, value, "--json", "--hlog",
				workspace_path("a.hlog"), "--hgrm",
				workspace_path("a.hgrm"), SHORT, "1200ms");
	CU_ASSERT_TRUE(status == EXIT_VALID ||
		       (is_open && status == EXIT_CLIENT_LIMITED));
	json_t *row = json_loads(load->out.text, 0, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(row);
	check_log(row, workspace_path("a.hlog"), is_open);
	check_table(row, workspace_path("a.hgrm"), is_open ? "response" : "service");
	json_decref(row);
	process_free(load);
}

static void both_files_say_what_the_row_says(void)
{
	struct served s;

	served_start(&s, "epoll", NULL);
	check_files(&s, "--threads", "1", false);
	check_files(&s, "--threads", "3", false);
	check_files(&s, "--rate", "2k", true);
	served_stop(&s, SIGTERM);
	served_free(&s);
}

static void a_dash_is_stdout_and_the_text_goes_to_stderr(void)
{
	struct process *load;
	struct served s;

	served_start(&s, "epoll", NULL);
	CU_ASSERT_EQUAL(LOAD(&load, s.ready + 6, "--hgrm", "-", SHORT, "100ms"),
			EXIT_VALID);
	CU_ASSERT_EQUAL(strncmp(load->out.text, "       Value     Percentile", 27), 0);
	CU_ASSERT_PTR_NULL(strstr(load->out.text, "verdict"));
	CU_ASSERT_PTR_NOT_NULL(strstr(load->err.text, "verdict        VALID"));
	process_free(load);
	CU_ASSERT_EQUAL(LOAD(&load, s.ready + 6, "--hlog", "-", SHORT, "100ms"),
			EXIT_VALID);
	CU_ASSERT_EQUAL(strncmp(load->out.text, "#[Logged with iomodels ", 23), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(load->out.text, "\nTag=service,0.000,0.100,"));
	process_free(load);
	served_stop(&s, SIGTERM);
	served_free(&s);
}

struct bad {
	const char *arguments[5];
	const char *named; /* in the one line of stderr */
};

static void check_refused(const struct bad *bad)
{
	struct process *load;
	const char *const *a = bad->arguments;

	CU_ASSERT_EQUAL(LOAD(&load, "tcp:127.0.0.1:1", a[0], a[1], a[2], a[3]),
			EXIT_USAGE);
	if (!strstr(load->err.text, bad->named))
		printf("\nlacks '%s': %s", bad->named, load->err.text);
	CU_ASSERT_PTR_NOT_NULL(strstr(load->err.text, bad->named));
	CU_ASSERT_PTR_EQUAL(strchr(load->err.text, '\n'),
			    load->err.text + strlen(load->err.text) - 1);
	CU_ASSERT_STRING_EQUAL(load->out.text, "");
	process_free(load);
}

static void what_cannot_be_is_refused_before_the_run(void)
{
	static const struct bad bad[] = {
		{{"--json", "--hgrm", "-"}, "--json and --hgrm -: one of them"},
		{{"--csv", "--hlog", "-"}, "--csv and --hlog -: one of them"},
		{{"--csv", "--json"}, "--csv and --json: one of them"},
		{{"--hgrm", "-", "--hlog", "-"}, "two files are accepted"},
		{{"--hgrm", "/tmp/x", "--hlog", "/tmp/x"}, "--hlog '/tmp/x'"},
		{{"--hlog", "/no/such/dir/x"}, "--hlog '/no/such/dir/x': No such file"},
		{{"--hgrm", "/tmp"}, "--hgrm '/tmp': Is a directory"},
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		check_refused(&bad[i]);
}

static void a_full_disk_is_a_failure(void)
{
	struct process *load;
	struct served s;

	served_start(&s, "epoll", NULL);
	CU_ASSERT_EQUAL(LOAD(&load, s.ready + 6, "--hlog", "/dev/full", SHORT, "100ms"),
			EXIT_FAILED);
	CU_ASSERT_PTR_NOT_NULL(strstr(load->err.text, "cannot write '/dev/full': "));
	CU_ASSERT_PTR_NOT_NULL(strstr(load->out.text, "verdict        VALID"));
	process_free(load);
	served_stop(&s, SIGTERM);
	served_free(&s);
}

/* The count of all samples of a row's log. */
static double logged(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "plan/histograms/%s", name);
	json_t *said = read_back(workspace_path(path));
	const json_t *tags = json_object_get(said, "tags");
	double count = number(json_object_get(tags, "service"), "count");
	json_decref(said);
	return count;
}

static void run_keeps_a_log_of_each_row(void)
{
	struct process *p;

	CU_ASSERT_EQUAL(
		program_run((const char *const[]){"run", "--models", "epoll",
						  "--connections", "2", "--repetitions",
						  "2", "--duration", "200ms", "--warmup",
						  "50ms", "--placement", "shared",
						  "--out", workspace_path("plan"), NULL},
			    &p),
		EXIT_VALID);
	process_free(p);
	struct csv_table *csv = csv_table_read(workspace_path("plan/results.csv"));
	CU_ASSERT_PTR_NOT_NULL_FATAL(csv);
	if (!csv)
		return;
	CU_ASSERT_EQUAL_FATAL(csv->rows, 2);
	CU_ASSERT_EQUAL(csv_number(csv, 0, "requests"),
			logged("1-epoll-tcp-c2-d1-64B-shared.hlog"));
	CU_ASSERT_EQUAL(csv_number(csv, 1, "requests"),
			logged("2-epoll-tcp-c2-d1-64B-shared.hlog"));
	csv_table_free(csv);
}

static const struct test_case cases[] = {
	{"both files say what the row says", both_files_say_what_the_row_says},
	{"a dash is stdout, and the text goes to stderr",
	 a_dash_is_stdout_and_the_text_goes_to_stderr},
	{"what cannot be is refused before the run",
	 what_cannot_be_is_refused_before_the_run},
	{"a full disk is a failure", a_full_disk_is_a_failure},
	{"run keeps a log of each row", run_keeps_a_log_of_each_row},
	{NULL, NULL},
};

int main(void)
{
	if (access(PYTHON, X_OK) < 0)
		return TEST_SKIPPED;
	if (!workspace_open())
		return 1;
	const int failures = test_suite_run("outputs", cases);
	workspace_close();
	return failures != 0;
}
