/* compare.c - the command `iomodels compare`. */
#include "results/compare/compare.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "results/campaign/result_dir.h"
#include "results/check/replay.h"
#include "results/compare/environment_diff.h"
#include "results/compare/report.h"
#include "results/report/write.h"
#include "server/options.h"

enum format { TABLE, MARKDOWN, JSON };
enum sort { CHANGE, NAME };
enum fail_on { NEVER, WORSE };

struct compare_options {
	struct option_list margin, metric;
	const char *where, *report;
	int sort, format, fail_on;
	bool all;
};

#define AT(member) offsetof(struct compare_options, member)

static const char *const format_names[] = {"table", "markdown", "json", NULL};
static const char *const sort_names[] = {"change", "name", NULL};
static const char *const fail_on_names[] = {"never", "worse", NULL};

static const struct option_spec compare_options[] = {
	{"margin", "[METRIC=]PCT",
	 "the change that matters, repeatable; if not given 10% of every metric",
	 OPTION_REPEAT, AT(margin), NULL, 0, 0, NULL},
	{"metric", "METRIC",
	 "compare this alone, repeatable: throughput, p50, p99, cpu or any numeric column",
	 OPTION_REPEAT, AT(metric), NULL, 0, 0, NULL},
	{"where", "CONDITIONS", "only these rows of both, as `show --where`", OPTION_TEXT,
	 AT(where), NULL, 0, 0, NULL},
	{"sort", "ORDER", "change: by verdict, then the largest change; name: by cell",
	 OPTION_CHOICE, AT(sort), "change", 0, 0, sort_names},
	{"all", NULL,
	 "list every comparison, not only what is worse? or better?; in Markdown and JSON "
	 "they always are",
	 OPTION_FLAG, AT(all), NULL, 0, 0, NULL},
	{"format", "NAME", "how it is printed", OPTION_CHOICE, AT(format), "table", 0, 0,
	 format_names},
	{"report", "FILE", "write the page for a browser, with both sides", OPTION_TEXT,
	 AT(report), NULL, 0, 0, NULL},
	{"fail-on", "WHAT", "worse: exit 1 when a metric of a cell is worse?",
	 OPTION_CHOICE, AT(fail_on), "never", 0, 0, fail_on_names},
	{NULL, NULL, NULL, OPTION_FLAG, 0, NULL, 0, 0, NULL},
};

static const struct option_command command = {
	.name = "compare",
	.summary = "What changed between two results of different sessions, and how sure "
		   "that is.",
	.operands = "BASE NEW | CHECK",
	.min_operands = 1,
	.max_operands = 2,
	.options = compare_options,
	.epilogue =
		"BASE and NEW are directories that `run` has written, or CSV files as in "
		"them. The machine may have changed between the two sessions: for a "
		"verdict that does not depend on it use `check`, whose directory CHECK is: "
		"its verdicts are derived again from what it measured. Exit: 0; 1 failed, or "
		"worse? with --fail-on worse; 2 usage.",
};

/* Both operands, read. */
struct pair {
	char **paths;
	struct input input[COMPARE_SIDES];
};

static void pair_release(struct pair *pair)
{
	for (int s = 0; s < COMPARE_SIDES; s++)
		csv_file_release(&pair->input[s].file);
}

/* A check's rows are pairs of one session, which two independent samples are not. */
static bool is_of_a_check(const struct input *input)
{
	for (size_t i = 0; i < input->file.count; i++)
		if (row_text(&input->file.rows[i], "side"))
			return true;
	return false;
}

static int refuse_kinds(const struct pair *pair, char *error)
{
	const struct input *base = &pair->input[COMPARE_BASE];
	const struct input *new = &pair->input[COMPARE_NEW];

	for (int s = 0; s < COMPARE_SIDES; s++) {
		if (!is_of_a_check(&pair->input[s]))
			continue;
		snprintf(error, OPTION_ERROR_SIZE,
			 "'%.200s' holds both sides of a check: expected a result of "
			 "`run`",
			 pair->paths[s]);
		return -EINVAL;
	}
	if (base->file.schema == new->file.schema)
		return 0;
	snprintf(
		error, OPTION_ERROR_SIZE,
		"one of '%.150s' and '%.150s' holds a run of servers, the other the pool "
		"experiment: expected two of one kind",
		pair->paths[COMPARE_BASE], pair->paths[COMPARE_NEW]);
	return -EINVAL;
}

static int read_pair(struct pair *pair, const struct row_column *task_columns,
		     const char *where, char *error)
{
	int rc = 0;

	for (int s = 0; rc == 0 && s < COMPARE_SIDES; s++)
		rc = input_read("compare", pair->paths[s], task_columns, &pair->input[s],
				error);
	if (rc == 0)
		rc = refuse_kinds(pair, error);
	for (int s = 0; rc == 0 && where && s < COMPARE_SIDES; s++)
		rc = input_where(&pair->input[s], where, error);
	return rc;
}

static int print(const struct compare_report *report, bool all, int format)
{
	const enum grid_style style = format == MARKDOWN ? GRID_MARKDOWN : GRID_TEXT;
	const int rc = format == JSON ? compare_report_json(report, stdout)
				      : compare_report_print(report, all, style, stdout);

	return rc < 0 ? rc : fflush(stdout) == 0 ? 0 : -EIO;
}

/* What can be wrong with --report, before anything is compared. */
static int refuse_page(const struct compare_options *options, const struct pair *pair,
		       char *error)
{
	const struct row_column *columns = pair->input[COMPARE_NEW].file.schema;

	if (!options->report || row_column_index(columns, "side") >= 0)
		return 0;
	snprintf(error, OPTION_ERROR_SIZE,
		 "--report: a page of the pool experiment shows one result: expected two "
		 "of `run`");
	return -EINVAL;
}

/* Both sides on one page. */
static int write_page(const struct compare_report *report, const char *path,
		      const struct io_catalogue *catalogue, char *error)
{
	json_t *comparison = compare_report_to_json(report);
	const struct report_request request = {.catalogue = catalogue,
					       .base = report->inputs[COMPARE_BASE],
					       .new = report->inputs[COMPARE_NEW],
					       .comparison = comparison,
					       .path = path};
	const int rc = comparison ? report_write(&request, error) : -ENOMEM;

	json_decref(comparison);
	return rc < 0 && rc != -ENOMEM ? -EIO : rc; /* no usage, whatever failed */
}

static int publish(const struct compare_options *options,
		   const struct compare_report *report,
		   const struct io_catalogue *catalogue, char *error)
{
	const int rc = print(report, options->all, options->format);

	return rc == 0 && options->report
		       ? write_page(report, options->report, catalogue, error)
		       : rc;
}

static int compare(const struct compare_options *options, const struct pair *pair,
		   const struct io_catalogue *catalogue, size_t *ret_worse, char *error)
{
	struct compare_report report = {
		.paths = {pair->paths[COMPARE_BASE], pair->paths[COMPARE_NEW]},
		.inputs = {&pair->input[COMPARE_BASE], &pair->input[COMPARE_NEW]},
		.by_change = options->sort == CHANGE,
	};
	int rc = compare_metrics_choose(report.inputs[COMPARE_BASE],
					report.inputs[COMPARE_NEW], &options->metric,
					&options->margin, &report.metrics, error);

	if (rc == 0)
		rc = compare_report_fill(&report, catalogue, error);
	if (rc == 0) {
		report.differences = environment_differences(
			report.paths[COMPARE_BASE], report.inputs[COMPARE_BASE],
			report.paths[COMPARE_NEW], report.inputs[COMPARE_NEW]);
		rc = report.differences ? publish(options, &report, catalogue, error)
					: -ENOMEM;
	}
	*ret_worse = report.verdicts[COMPARISON_WORSE];
	compare_report_release(&report);
	return rc;
}

static int compare_two(const struct compare_options *options,
		       const struct io_catalogue *catalogue,
		       const struct row_column *task_columns, char **paths)
{
	struct pair pair = {.paths = paths};
	char error[OPTION_ERROR_SIZE] = "";
	size_t worse = 0;

	int rc = read_pair(&pair, task_columns, options->where, error);
	if (rc == 0)
		rc = refuse_page(options, &pair, error);
	if (rc == 0)
		rc = compare(options, &pair, catalogue, &worse, error);
	pair_release(&pair);
	if (rc == 0)
		return options->fail_on == WORSE && worse > 0 ? EXIT_FAILED : EXIT_VALID;
	if (error[0] && rc != -ENOMEM && rc != -EIO)
		return error_usage("compare: %s", error);
	return error_failed("compare: %s", error[0] ? error : strerror(-rc));
}

static bool holds_check(const char *path)
{
	char *file = result_dir_file(path, "check.json");
	const bool found = file && access(file, F_OK) == 0;

	free(file);
	return found;
}

/* The check's margins and order are its own: nothing of it is chosen here. */
static int compare_one(const struct compare_options *options,
		       const struct io_catalogue *catalogue, const char *path)
{
	char error[OPTION_ERROR_SIZE] = "out of memory";
	static const enum check_form forms[] = {[TABLE] = CHECK_FORM_TABLE,
						[MARKDOWN] = CHECK_FORM_MARKDOWN,
						[JSON] = CHECK_FORM_JSON};

	if (!holds_check(path))
		return error_usage(
			"compare: '%s' alone: expected BASE and NEW, or a directory that "
			"`check` has written",
			path);
	if (options->margin.count > 0 || options->metric.count > 0 || options->where)
		return error_usage(
			"compare: --margin, --metric and --where are of BASE and "
			"NEW; of a check everything is derived as it was checked");
	const int status =
		compare_check(path, forms[options->format], options->fail_on == WORSE);
	if (status != EXIT_USAGE && options->report &&
	    report_write_check(catalogue, path, options->report, error) < 0)
		return error_failed("compare: --report: %s", error);
	return status;
}

int compare_command(const struct io_catalogue *catalogue,
		    const struct row_column *task_columns, int argc, char **argv)
{
	struct compare_options options;
	char **operands;

	const int count =
		options_parse(&command, argc, argv, &options, sizeof(options), &operands);
	if (count < 0)
		return options_exit_status(count);
	const int status =
		count == 1 ? compare_one(&options, catalogue, operands[0])
			   : compare_two(&options, catalogue, task_columns, operands);
	option_list_release(&options.margin);
	option_list_release(&options.metric);
	return status;
}
