/* report.c - the command `iomodels report`. */
#include "results/report/report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "results/campaign/result_dir.h"
#include "results/report/write.h"
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
		"DIR is one that `run`, `check` or `tasks` has written. The page is one file that "
		"asks no network for anything; what is there already is replaced. Prints "
		"its name. Exit: 0, 1 failed, 2 usage.",
};

/* A page is of a directory: a file alone has neither machine nor latencies. */
static int read_input(struct input *input, const char *path,
		      const struct row_column *task_columns, char *error)
{
	const int rc = input_read("report", path, task_columns, input, error);

	if (rc < 0 || input->directory)
		return rc;
	snprintf(error, OPTION_ERROR_SIZE,
		 "'%.300s' is no directory: expected one that `run`, `check` or `tasks` "
		 "has written",
		 path);
	csv_file_release(&input->file);
	return -ENOTDIR;
}

static int write_report(const struct io_catalogue *catalogue, const struct input *input,
			const struct report_options *options, char *error)
{
	char *path = options->output ? strdup(options->output)
				     : result_dir_file(input->directory, "report.html");
	const struct report_request request = {.catalogue = catalogue,
					       .base = input,
					       .path = path,
					       .named = true,
					       .plots = options->plots};
	int rc = path ? report_write(&request, error) : -ENOMEM;

	if (rc == 0 && (fflush(stdout) != 0 || ferror(stdout)))
		rc = -EIO;
	free(path);
	return rc;
}

int report_command(const struct io_catalogue *catalogue,
		   const struct row_column *task_columns, int argc, char **argv)
{
	char error[OPTION_ERROR_SIZE] = "";
	struct report_options options;
	struct input input;
	char **operands;

	int rc =
		options_parse(&command, argc, argv, &options, sizeof(options), &operands);
	if (rc < 0)
		return options_exit_status(rc);
	rc = read_input(&input, operands[0], task_columns, error);
	if (rc < 0 && rc != -ENOMEM)
		return error_usage("report: %s", error);
	if (rc == 0) {
		rc = write_report(catalogue, &input, &options, error);
		csv_file_release(&input.file);
	}
	if (rc == 0)
		return EXIT_VALID;
	return error_failed("report: %s", error[0] ? error : strerror(-rc));
}
