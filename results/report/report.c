/* report.c - the command `iomodels report`. */
#include "results/report/report.h"

#include <errno.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>

#include "results/campaign/result_dir.h"
#include "results/report/data.h"
#include "results/report/latency.h"
#include "results/report/page.h"
#include "results/report/plots.h"
#include "server/options.h"

struct report_options {
	const char *output;
	bool plots;
};

#define AT(member) offsetof(struct report_options, member)

static const struct option_spec report_options[] = {
	{"output", "FILE", "the page; without it, DIR/report.html", OPTION_TEXT,
	 AT(output), NULL, 0, 0, NULL},
	{"plots", NULL, "charts as PNG and SVG too, beside the page, by gnuplot",
	 OPTION_FLAG, AT(plots), NULL, 0, 0, NULL},
	{NULL, NULL, NULL, OPTION_FLAG, 0, NULL, 0, 0, NULL},
};

static const struct option_command command = {
	.name = "report",
	.summary = "What was measured as one page: charts and all rows, for a browser.",
	.operands = "DIR",
	.min_operands = 1,
	.max_operands = 1,
	.options = report_options,
	.epilogue =
		"DIR is one that `run` or `tasks` has written. The page is one file that "
		"asks no network for anything; what is there already is replaced. Prints "
		"its name. Exit: 0, 1 failed, 2 usage.",
};

/* A page is of a directory: a file alone has neither machine nor latencies. */
static int read_input(struct report_source *source, const char *path,
		      const struct row_column *task_columns, char *error)
{
	struct csv_file *file = &source->input.file;
	char torn[OPTION_ERROR_SIZE];

	const int rc = input_read("report", path, task_columns, &source->input, error);
	if (rc < 0)
		return rc;
	if (!source->input.directory) {
		snprintf(error, OPTION_ERROR_SIZE,
			 "'%.300s' is no directory: expected one that `run` has written",
			 path);
		csv_file_release(file);
		*file = (struct csv_file){0};
		return -ENOTDIR;
	}
	snprintf(torn, sizeof(torn), "the row on line %zu is torn, it has no end",
		 file->torn_line);
	if (file->torn_line > 0) /* said on stderr already */
		json_array_append_new(source->missing, json_string(torn));
	return 0;
}

static int sum_up(struct report_source *source)
{
	const struct csv_file *file = &source->input.file;

	report_choose_metrics(source);
	const struct summary_request request = {.view = &source->input.view,
						.columns = source->metrics,
						.catalogue = source->catalogue};
	return summary_make(file->rows, file->count, &request, &source->summary);
}

static int write_page(struct report_source *source, const json_t *latency,
		      const char *path, char *error)
{
	json_t *data = report_data_new(source);
	int rc = -ENOMEM;

	if (data && json_object_set(data, "latency", (json_t *)latency) == 0)
		rc = report_page_write(data, path);
	json_decref(data);
	if (rc == 0)
		puts(path);
	else if (rc != -ENOMEM)
		snprintf(error, OPTION_ERROR_SIZE, "%.300s: %s", path, strerror(-rc));
	return rc;
}

/* Beside the page. */
static int write_plots(const struct report_source *source, const json_t *latency,
		       const char *page, char *error)
{
	char *directory = strdup(page);

	if (!directory)
		return -ENOMEM;
	const int rc = report_plots(source, latency, dirname(directory), error);
	free(directory);
	return rc;
}

static int write_report(struct report_source *source,
			const struct report_options *options, char *error)
{
	char *path = options->output
			     ? strdup(options->output)
			     : result_dir_file(source->input.directory, "report.html");
	json_t *latency = report_latency_new(source);
	int rc = path && latency ? write_page(source, latency, path, error) : -ENOMEM;

	if (rc == 0 && !report_page_has_curves())
		warn_user("report: built without Chart.js (Debian package "
			  "libjs-chart.js): the page has no curves");
	if (rc == 0 && options->plots)
		rc = write_plots(source, latency, path, error);
	if (rc == 0 && (fflush(stdout) != 0 || ferror(stdout)))
		rc = -EIO;
	json_decref(latency);
	free(path);
	return rc;
}

int report_command(const struct io_catalogue *catalogue,
		   const struct row_column *task_columns, int argc, char **argv)
{
	char error[OPTION_ERROR_SIZE] = "";
	struct report_options options;
	struct report_source source = {.catalogue = catalogue};
	char **operands;
	bool read = false;

	int rc =
		options_parse(&command, argc, argv, &options, sizeof(options), &operands);
	if (rc < 0)
		return options_exit_status(rc);
	source.missing = json_array();
	rc = source.missing ? read_input(&source, operands[0], task_columns, error)
			    : -ENOMEM;
	read = rc == 0;
	if (rc == 0)
		rc = sum_up(&source);
	if (rc == 0)
		rc = write_report(&source, &options, error);
	summary_release(&source.summary);
	csv_file_release(&source.input.file);
	json_decref(source.missing);
	if (rc == 0)
		return EXIT_VALID;
	if (!read && rc != -ENOMEM)
		return error_usage("report: %s", error);
	return error_failed("report: %s", error[0] ? error : strerror(-rc));
}
