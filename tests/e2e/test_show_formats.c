/* test_show_formats.c - the formats of others, read back as their own tools read them. */
#include <CUnit/CUnit.h>
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "server/options.h"
#include "tests/e2e/show_fixture.h"
#include "tests/e2e/workspace.h"
#include "tests/suite.h"

#define HOLDS(text, part) CU_ASSERT_TRUE(fixture_holds(text, part))

static const char reader_path[] = SOURCE_DIR "/show_read.py";

/* What the reader of a format says of a text; NULL: it is not installed here. */
static json_t *read_back(const char *format, const char *text)
{
	char name[64];

	snprintf(name, sizeof(name), "read-%s", format);
	fixture_text(name, text);
	const char *const argv[] = {"/usr/bin/python3", reader_path, format,
				    workspace_path(name), NULL};
	struct process *reader = process_start(argv);
	CU_ASSERT_PTR_NOT_NULL_FATAL(reader);
	if (!reader)
		return NULL;
	const int status = process_wait(reader, PROCESS_DEADLINE_MS);
	CU_ASSERT_TRUE(status == 0 || status == TEST_SKIPPED);
	if (status != 0)
		fprintf(stderr, "\n%s: %s", format,
			status == TEST_SKIPPED ? "its reader is not installed: skipped\n"
					       : reader->err.text);
	json_t *said = status == 0 ? json_loads(reader->out.text, 0, NULL) : NULL;
	process_free(reader);
	return said;
}

/* Prints a directory in a format, and reads that back. */
static json_t *shown(const char *dir, const char *format, const char *metric)
{
	struct process *p;

	CU_ASSERT_EQUAL(metric ? SHOW(&p, workspace_path(dir), "--format", format,
				      "--metric", metric)
			       : SHOW(&p, workspace_path(dir), "--format", format),
			0);
	json_t *said = read_back(format, p->out.text);
	process_free(p);
	return said;
}

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static double number_of(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	return json_is_number(value) ? json_number_value(value) : NAN;
}

/* The entry of an array whose `key` is `text`. */
static const json_t *find(const json_t *array, const char *key, const char *text)
{
	size_t i;
	json_t *entry;

	json_array_foreach(array, i, entry) if (strcmp(text_of(entry, key), text) ==
						0) return entry;
	return NULL;
}

static void csv_is_the_file_itself(void)
{
	static char text[65536];
	struct process *p;

	fixture_models("models");
	FILE *file = fopen(workspace_path("models/results.csv"), "re");

	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	text[file ? fread(text, 1, sizeof(text) - 1, file) : 0] = '\0';
	if (file)
		fclose(file);
	CU_ASSERT_EQUAL(SHOW(&p, workspace_path("models"), "--format", "csv"), 0);
	CU_ASSERT_STRING_EQUAL(p->out.text, text);
	process_free(p);
}

static void json_has_an_object_for_each_row(void)
{
	struct process *p;

	CU_ASSERT_EQUAL(SHOW(&p, workspace_path("models"), "--format", "json"), 0);
	json_t *rows = json_loads(p->out.text, 0, NULL);
	CU_ASSERT_EQUAL(json_array_size(rows), 20);
	const json_t *row = json_array_get(rows, 0);
	CU_ASSERT_STRING_EQUAL(text_of(row, "model"), "poll");
	CU_ASSERT_EQUAL(number_of(row, "throughput_rps"), 96000);
	CU_ASSERT_TRUE(json_is_null(json_object_get(row, "response_p99_us")));
	json_decref(rows);
	process_free(p);
}

static void google_benchmark_compares_them(void)
{
	json_t *said = shown("models", "gbench", NULL);
	const json_t *entries = json_object_get(said, "benchmarks");
	const json_t *entry = find(entries, "name", "poll/tcp/c64/d1/64B/split");

	CU_ASSERT_EQUAL(json_array_size(entries), 18 + 3);
	CU_ASSERT_EQUAL(number_of(entry, "repetitions"), 6);
	CU_ASSERT_EQUAL(number_of(entry, "repetition_index"), 0);
	CU_ASSERT_EQUAL(number_of(entry, "iterations"), 96000);
	CU_ASSERT_DOUBLE_EQUAL(number_of(entry, "real_time"), 6.4e7 / 96000, 1e-3);
	CU_ASSERT_DOUBLE_EQUAL(number_of(entry, "cpu_time"), 1e6 / 96000, 1e-3);
	CU_ASSERT_EQUAL(number_of(entry, "items_per_second"), 96000);
	CU_ASSERT_STRING_EQUAL(text_of(entry, "time_unit"), "us");
	entry = find(entries, "name", "poll/tcp/c64/d1/64B/split_median");
	CU_ASSERT_STRING_EQUAL(text_of(entry, "run_type"), "aggregate");
	CU_ASSERT_EQUAL(number_of(entry, "items_per_second"), 98500);
	entry = find(entries, "error_message",
		     "CORRUPT: connection 3, offset 9: expected 01, got 02");
	CU_ASSERT_EQUAL(number_of(entry, "repetition_index"), 2);
	CU_ASSERT_TRUE(json_is_true(json_object_get(entry, "error_occurred")));
	HOLDS(text_of(json_object_get(said, "context"), "not_measured"),
	      "\"io-uring/tcp/c64/d1/64B/split\":\"UNAVAILABLE in 2 of 2: built without");
	const json_t *compared = json_object_get(said, "compared");
	CU_ASSERT_TRUE(!compared || find(compared, "name", "OVERALL_GEOMEAN"));
	if (!compared)
		fprintf(stderr, "\ncompare.py is not installed: not asked\n");
	json_decref(said);
}

static void github_action_has_one_metric(void)
{
	json_t *said = shown("models", "github-action", NULL);
	const json_t *entry =
		find(said, "name", "poll/tcp/c64/d1/64B/split throughput_rps");

	CU_ASSERT_EQUAL(json_array_size(said), 3);
	CU_ASSERT_EQUAL(number_of(entry, "value"), 98500);
	CU_ASSERT_STRING_EQUAL(text_of(entry, "unit"), "ops/s");
	CU_ASSERT_STRING_EQUAL(text_of(entry, "range"), "\xc2\xb1 2500");
	HOLDS(text_of(entry, "extra"),
	      "repetitions 6\ninterval 96000 .. 101000 at 96.88 %");
	entry = find(said, "name", "iterative/tcp/c64/d1/64B/split throughput_rps");
	HOLDS(text_of(entry, "extra"), "verdict CORRUPT in 1 of 6: connection 3");
	json_decref(said);
	said = shown("models", "github-action", "p99");
	CU_ASSERT_STRING_EQUAL(text_of(json_array_get(said, 0), "unit"), "us");
	json_decref(said);

	struct process *p;
	CU_ASSERT_EQUAL(SHOW(&p, workspace_path("models"), "--format", "github-action",
			     "--where", "model=io-uring"),
			EXIT_USAGE);
	HOLDS(p->err.text, "no cell has a value of throughput_rps");
	process_free(p);
}

/* The value of the first sample of that name with that label; NAN: there is none. */
static double sample(const json_t *families, const char *family, const char *name,
		     const char *label, const char *value)
{
	const json_t *samples =
		json_object_get(find(families, "name", family), "samples");
	size_t i;
	json_t *one;

	json_array_foreach(
		samples, i,
		one) if (strcmp(json_string_value(json_array_get(one, 0)), name) == 0 &&
			 strcmp(text_of(json_array_get(one, 1), label), value) ==
				 0) return json_number_value(json_array_get(one, 2));
	return NAN;
}

static void openmetrics_are_read_by_prometheus(void)
{
	json_t *said = shown("models", "openmetrics", NULL);

	if (!said)
		return;
	CU_ASSERT_EQUAL(sample(said, "iomodels_requests", "iomodels_requests_total",
			       "model", "epoll"),
			6 * 98000 + 21000);
	CU_ASSERT_EQUAL(sample(said, "iomodels_throughput_rps", "iomodels_throughput_rps",
			       "model", "poll"),
			98500);
	CU_ASSERT_DOUBLE_EQUAL(sample(said, "iomodels_service_percentile_seconds",
				      "iomodels_service_percentile_seconds", "percentile",
				      "99"),
			       1.28e2 / 101500, 1e-6);
	CU_ASSERT_EQUAL(sample(said, "iomodels_errors", "iomodels_errors_total", "class",
			       "corrupt"),
			0);
	CU_ASSERT_EQUAL(sample(said, "iomodels_repetitions", "iomodels_repetitions",
			       "verdict", "UNAVAILABLE"),
			2);
	CU_ASSERT_EQUAL(sample(said, "iomodels_repetitions", "iomodels_repetitions",
			       "verdict", "CORRUPT"),
			1);
	json_decref(said);
}

static void check_histogram(const json_t *said, const char *name, double requests)
{
	char sample_name[80];

	snprintf(sample_name, sizeof(sample_name), "%s_bucket", name);
	CU_ASSERT_EQUAL(sample(said, name, sample_name, "le", "+Inf"), requests);
	CU_ASSERT_TRUE(sample(said, name, sample_name, "le", "1e-05") <= requests);
	CU_ASSERT_EQUAL(sample(said, name, sample_name, "le", "10.0"), requests);
	snprintf(sample_name, sizeof(sample_name), "%s_count", name);
	CU_ASSERT_EQUAL(sample(said, name, sample_name, "model", "epoll"), requests);
	snprintf(sample_name, sizeof(sample_name), "%s_sum", name);
	CU_ASSERT_TRUE(sample(said, name, sample_name, "model", "epoll") > 0);
}

/* Of a run of our own, whose directory has the logs. */
static void openmetrics_have_histograms(void)
{
	struct process *p;

	const int status = program_run(
		(const char *const[]){"run", "--models", "epoll", "--connections", "4",
				      "--offered-rps", "2k", "--repetitions", "2",
				      "--duration", "300ms", "--warmup", "50ms",
				      "--placement", "shared", "--out",
				      workspace_path("run"), NULL},
		&p);
	process_free(p);
	CU_ASSERT_NOT_EQUAL(status, EXIT_FAILED);
	json_t *said = shown("run", "openmetrics", NULL);
	if (!said)
		return;
	const double requests = sample(said, "iomodels_requests",
				       "iomodels_requests_total", "model", "epoll");
	CU_ASSERT_TRUE(requests > 0);
	check_histogram(said, "iomodels_service_time_seconds", requests);
	check_histogram(said, "iomodels_response_time_seconds", requests);
	json_decref(said);
	said = shown("run/results.csv", "openmetrics", NULL);
	CU_ASSERT_PTR_NULL(find(said, "name", "iomodels_service_time_seconds"));
	json_decref(said);
}

int main(void)
{
	static const struct test_case cases[] = {
		{"CSV is the file itself", csv_is_the_file_itself},
		{"JSON has an object for each row", json_has_an_object_for_each_row},
		{"Google Benchmark compares them", google_benchmark_compares_them},
		{"github-action has one metric", github_action_has_one_metric},
		{"OpenMetrics are read by Prometheus",
		 openmetrics_are_read_by_prometheus},
		{"OpenMetrics have histograms", openmetrics_have_histograms},
		{NULL, NULL},
	};

	if (!workspace_open())
		return 1;
	const int failures = test_suite_run("show_formats", cases);
	workspace_close();
	return failures != 0;
}
