/* selftest.c - see selftest.h. */
#include "results/check/selftest.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "loadgen/random.h"
#include "results/campaign/environment.h"
#include "results/campaign/order.h"
#include "results/campaign/session.h"
#include "results/show/csv_read.h"
#include "server/clock.h"

#define MOST_PERCENT 1000

const struct row_column check_selftest_columns[] = {
	{"started_at", ROW_TEXT, 0},
	{"inject_percent", ROW_REAL, 3},   /* of base's CPU per request, as asked for */
	{"injected_percent", ROW_REAL, 3}, /* as it was */
	{"seed", ROW_COUNT, 0},
	{"cell", ROW_TEXT, 0},
	{"verdict", ROW_TEXT, 0}, /* of the row; of an invalid session INVALID */
	{"reason", ROW_TEXT, 0},
	{"cpu_estimate", ROW_REAL, 6}, /* as the mode shows it, logarithms */
	{"cpu_limit", ROW_REAL, 6},
	{"throughput_estimate", ROW_REAL, 6},
	{"throughput_limit", ROW_REAL, 6},
	{"screen", ROW_COUNT, 0},  /* launches */
	{"confirm", ROW_COUNT, 0}, /* launches */
	{"seconds", ROW_REAL, 3},  /* of the row's launches */
	{NULL, ROW_TEXT, 0},
};

struct selftest {
	struct check_run *run;
	const struct selftest_plan *plan;
	FILE *csv;
	size_t done, sessions;
};

static bool parse_share(const char *text, double *ret_share)
{
	char *end;
	const double percent = strtod(text, &end);

	*ret_share = percent / 100;
	return end != text && (*end == '\0' || strcmp(end, "%") == 0) && percent > 0 &&
	       percent <= MOST_PERCENT;
}

static int add_shares(const struct check_options *options, struct selftest_plan *plan,
		      char *error)
{
	char *copy = strdup(options->inject ? options->inject : ""), *rest = NULL;
	int rc = copy ? 0 : -ENOMEM;

	for (char *word = copy ? strtok_r(copy, ",", &rest) : NULL; word && rc == 0;
	     word = strtok_r(NULL, ",", &rest)) {
		struct selftest_kind *kind = &plan->kinds[plan->count];
		if (plan->count == SELFTEST_KINDS_MAX ||
		    !parse_share(word, &kind->share)) {
			rc = -EINVAL;
		} else {
			kind->sessions = options->sessions;
			plan->count++;
		}
	}
	free(copy);
	if (rc < 0)
		snprintf(error, OPTION_ERROR_SIZE,
			 "--inject '%.200s': expected up to %d percentages above 0: "
			 "3%%,5%%,10%%",
			 options->inject, SELFTEST_KINDS_MAX - 1);
	return rc;
}

int check_selftest_plan(const struct check_options *options,
			struct selftest_plan *ret_plan, char *error)
{
	*ret_plan = (struct selftest_plan){.count = 0};
	if (options->aa > 0)
		ret_plan->kinds[ret_plan->count++].sessions = options->aa;
	const int rc = add_shares(options, ret_plan, error);
	if (rc < 0 || ret_plan->count > 0 || options->run.out)
		return rc;
	snprintf(
		error, OPTION_ERROR_SIZE,
		"--selftest: expected --aa N, --inject PCT,.. or both; or --out DIR alone, "
		"to print what it has");
	return -EINVAL;
}

static void describe(const struct selftest *test, const struct check_report *report,
		     size_t i, double share, struct row *row)
{
	const struct check_row *r = &report->rows[i];
	const struct check_case *one = &test->run->cases->items[i];
	const struct check_metric *cpu = &r->metric[LAUNCH_CPU];
	const struct check_metric *throughput = &r->metric[LAUNCH_THROUGHPUT];
	char now[32];

	format_now(now, sizeof(now));
	row_set_text(row, "started_at", now);
	row_set_real(row, "inject_percent", 100 * share);
	row_set_real(row, "injected_percent",
		     share > 0
			     ? 100.0 * (double)one->inject_ns / NS_PER_US / cpu->median[0]
			     : 0);
	row_set_count(row, "seed", (int64_t)report->seed);
	row_set_text(row, "cell", one->cell[0].id);
	row_set_text(row, "verdict",
		     check_verdict_name(report->valid ? r->verdict : CHECK_INVALID));
	row_set_text(row, "reason", report->valid ? r->reason : report->reason);
	row_set_real(row, "cpu_estimate", cpu->finding.estimate);
	row_set_real(row, "cpu_limit", cpu->limit);
	row_set_real(row, "throughput_estimate", throughput->finding.estimate);
	row_set_real(row, "throughput_limit", throughput->limit);
	row_set_count(row, "screen", (int64_t)cpu->screen.count);
	row_set_count(row, "confirm", (int64_t)cpu->confirm.count);
	row_set_real(row, "seconds", r->seconds);
}

static int append(const struct selftest *test, const struct check_report *report,
		  double share)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < report->count; i++) {
		struct row row;
		rc = row_init(&row, check_selftest_columns);
		if (rc < 0)
			return rc;
		describe(test, report, i, share, &row);
		rc = row_write_csv(&row, test->csv);
		row_release(&row);
	}
	return rc == 0 && fflush(test->csv) != 0 ? -errno : rc;
}

static void inject(struct check_run *run, double share)
{
	for (size_t i = 0; i < run->cases->count; i++) {
		struct check_case *one = &run->cases->items[i];
		one->same_program = false;
		one->inject_ns = (int64_t)(share * one->base_cpu_us * NS_PER_US);
	}
}

/* One check with a seed of its own, and its rows into the file. */
static int make_session(struct selftest *test, double share, uint64_t seed, char *error)
{
	struct check_run run = *test->run;
	struct check_report report = {.seed = seed, .count = run.cases->count};
	int rc;

	inject(&run, share);
	report.rows = check_cases_rows(run.cases);
	run.report = &report;
	if (!report.rows) {
		snprintf(error, OPTION_ERROR_SIZE, "out of memory");
		return -ENOMEM;
	}
	rc = check_run(&run, error);
	if (rc == 0) {
		rc = append(test, &report, share);
		if (rc < 0)
			snprintf(error, OPTION_ERROR_SIZE, "cannot write: %s",
				 strerror(-rc));
	}
	check_cases_free_rows(report.rows, report.count);
	return rc;
}

/* What kind the n-th session is, of an order that mixes them. */
static double share_at(const struct selftest_plan *plan, size_t n)
{
	for (int i = 0; i < plan->count; i++) {
		if (n < (size_t)plan->kinds[i].sessions)
			return plan->kinds[i].share;
		n -= (size_t)plan->kinds[i].sessions;
	}
	return 0;
}

static int make_sessions(struct selftest *test, char *error)
{
	const uint64_t seed = test->run->report->seed;
	size_t *order;
	int rc = 0;

	for (int i = 0; i < test->plan->count; i++)
		test->sessions += (size_t)test->plan->kinds[i].sessions;
	order = calloc(test->sessions + 1, sizeof(*order));
	if (!order)
		return -ENOMEM;
	rc = check_run_probe(test->run, error);
	order_round(seed, 0, order, test->sessions);
	for (; rc == 0 && test->done < test->sessions; test->done++) {
		warn_user("session %zu of %zu", test->done + 1, test->sessions);
		rc = make_session(test, share_at(test->plan, order[test->done]),
				  1 + (random_mix(seed + test->done) >> 33), error);
	}
	free(order);
	return rc;
}

/* To go on with: a file that is there has its header. */
static FILE *open_csv(const char *path)
{
	struct stat status;
	FILE *file = fopen(path, "ae");

	if (file && fstat(fileno(file), &status) == 0 && status.st_size == 0 &&
	    row_write_csv_header(check_selftest_columns, file) < 0) {
		fclose(file);
		return NULL;
	}
	return file;
}

static int print_file(const char *path, char *error)
{
	static const struct row_column *const schemas[] = {check_selftest_columns, NULL};
	struct csv_file file;
	int rc = csv_read(path, schemas, &file, error);

	if (rc < 0)
		return rc;
	rc = check_selftest_print(file.rows, file.count, stdout);
	if (rc < 0)
		snprintf(error, OPTION_ERROR_SIZE, "cannot print: %s", strerror(-rc));
	csv_file_release(&file);
	return rc;
}

static bool has_file(const char *directory, const char *name)
{
	struct stat status;
	char *path = result_dir_file(directory, name);
	const bool has = path && stat(path, &status) == 0 && status.st_size > 0;

	free(path);
	return has;
}

/* Rows of two machines or programs must not be counted together: the directory's first call
 * tells where it was, and later ones must be there too. */
static int at_one_place(const struct check_report *report, const char *directory,
			char *error)
{
	json_t *now = environment_new(report->command_line, (int64_t)report->seed);
	json_t *before = NULL;
	int rc = -ENOMEM;

	if (now && has_file(directory, "environment.json")) {
		rc = session_go_on(directory, now, &before, error);
	} else if (now && has_file(directory, "selftest.csv")) {
		snprintf(
			error, OPTION_ERROR_SIZE,
			"cannot go on in %.200s: no environment.json tells where its rows were "
			"measured",
			directory);
		rc = -EINVAL;
	} else if (now) {
		rc = environment_write_into(now, directory);
		if (rc < 0)
			snprintf(error, OPTION_ERROR_SIZE,
				 "cannot write %.200s/environment.json: %s", directory,
				 strerror(-rc));
	}
	json_decref(before);
	json_decref(now);
	return rc;
}

static int test_into(struct selftest *test, const char *directory, const char *path)
{
	char error[OPTION_ERROR_SIZE] = "out of memory";

	if (at_one_place(test->run->report, directory, error) < 0)
		return error_usage("check: %s", error);
	test->csv = open_csv(path);
	if (!test->csv)
		return error_usage("check: cannot write %s: %s", path, strerror(errno));
	const int rc = make_sessions(test, error);
	fclose(test->csv);
	if (rc < 0 && rc != -EINTR)
		return error_failed("check: %s", error);
	if (print_file(path, error) < 0)
		return error_failed("check: %s", error);
	return rc == -EINTR ? EXIT_INTERRUPTED : EXIT_VALID;
}

int check_selftest_show(const char *directory)
{
	char error[OPTION_ERROR_SIZE] = "out of memory";
	char *path = result_dir_file(directory, "selftest.csv");
	const int rc = path ? print_file(path, error) : -ENOMEM;

	free(path);
	return rc < 0 ? error_usage("check: %s", error) : EXIT_VALID;
}

int check_selftest(struct check_run *run, const struct selftest_plan *plan)
{
	const char *directory = run->options->run.out ? run->options->run.out : ".";
	struct selftest test = {.run = run, .plan = plan};
	char *path = result_dir_file(directory, "selftest.csv");

	if (!path || (mkdir(directory, 0777) < 0 && errno != EEXIST)) {
		free(path);
		return error_usage("check: --out '%s' cannot be made: %s", directory,
				   strerror(errno));
	}
	const int status = test_into(&test, directory, path);
	free(path);
	return status;
}
