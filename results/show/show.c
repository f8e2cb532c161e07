/* show.c - the command `iomodels show`. */
#include "results/show/show.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "results/show/columns.h"
#include "results/show/format.h"
#include "results/show/input.h"
#include "results/show/table.h"
#include "server/options.h"

enum format { TABLE, MARKDOWN, CSV, JSON, GBENCH, GITHUB_ACTION, OPENMETRICS };

struct show_options {
	const char *sort, *where, *columns, *metric, *chart;
	int format;
};

#define AT(member) offsetof(struct show_options, member)

static const char *const format_names[] = {
	"table",  "markdown",      "csv",         "json",
	"gbench", "github-action", "openmetrics", NULL,
};

static const struct option_spec show_options[] = {
	{"where", "CONDITIONS",
	 "only these rows: COLUMN=VALUE, != and of numbers < <= > >=; comma means and; "
	 "A|B either value; * and ? any text, any letter",
	 OPTION_TEXT, AT(where), NULL, 0, 0, NULL},
	{"sort", "COLUMN,..",
	 "order of rows, or of lines in their table; -COLUMN: greatest "
	 "first",
	 OPTION_TEXT, AT(sort), NULL, 0, 0, NULL},
	{"columns", "COLUMN,..", "what is shown, of table, markdown, csv and json",
	 OPTION_TEXT, AT(columns), NULL, 0, 0, NULL},
	{"metric", "METRIC",
	 "throughput, p50, p90, p99, p99.9, mean, max, cpu or any numeric column: alone, with "
	 "its interval; of github-action and gbench the value",
	 OPTION_TEXT, AT(metric), NULL, 0, 0, NULL},
	{"chart", "METRIC", "bars in the terminal", OPTION_TEXT, AT(chart), NULL, 0, 0,
	 NULL},
	{"format", "NAME", "how it is printed", OPTION_CHOICE, AT(format), "table", 0, 0,
	 format_names},
	{NULL, NULL, NULL, OPTION_FLAG, 0, NULL, 0, 0, NULL},
};

static const struct option_command command = {
	.name = "show",
	.summary = "What was measured, again: a table, a chart, or another format.",
	.operands = "DIR|CSV",
	.min_operands = 1,
	.max_operands = 1,
	.options = show_options,
	.epilogue = "DIR is one that `run` has written, CSV a file as in it, of this "
		    "version or another. Exit: 0, 1 failed, 2 usage.",
};

static bool is_of_rows(const struct show_options *options)
{
	return !options->chart && (options->format == CSV || options->format == JSON);
}

/* What does not go together, in one line. */
static int check(const struct show_options *options, char *error)
{
	const char *format = format_names[options->format];
	const char *why = NULL;

	if (options->chart && options->format != TABLE)
		why = "--chart and --format: accepted is one of them";
	else if (options->chart && (options->metric || options->columns))
		why = "--chart names its metric; --metric and --columns are not accepted";
	else if (options->metric && options->columns)
		why = "--metric and --columns: accepted is one of them";
	else if (options->metric &&
		 (is_of_rows(options) || options->format == OPENMETRICS))
		why = "--metric is not accepted with --format";
	else if (options->columns && options->format >= GBENCH)
		why = "--columns is not accepted with --format";
	if (!why)
		return 0;
	snprintf(error, OPTION_ERROR_SIZE, "%s%s%s", why, strstr(why, "with") ? " " : "",
		 strstr(why, "with") ? format : "");
	return -EINVAL;
}

static int print_table(const struct show *show, FILE *out, char *error)
{
	(void)error;
	return table_print_summary(&show->summary, GRID_TEXT, out);
}

static int print_markdown_table(const struct show *show, FILE *out, char *error)
{
	(void)error;
	return table_print_summary(&show->summary, GRID_MARKDOWN, out);
}

static show_format *choose_printer(const struct show_options *options)
{
	static show_format *const printers[] = {
		[TABLE] = print_table,
		[MARKDOWN] = print_markdown_table,
		[CSV] = show_csv,
		[JSON] = show_json,
		[GBENCH] = show_gbench,
		[GITHUB_ACTION] = show_github_action,
		[OPENMETRICS] = show_openmetrics,
	};

	if (options->chart)
		return show_chart;
	if (options->metric && options->format == TABLE)
		return show_metric_table;
	if (options->metric && options->format == MARKDOWN)
		return show_metric_markdown;
	return printers[options->format];
}

/* The metric that is asked for, or that the format needs. */
static const char *metric_of(const struct show_options *options, const struct show *show)
{
	if (options->chart || options->metric)
		return options->chart ? options->chart : options->metric;
	if (options->format == GBENCH)
		return strcmp(show->view.time, "service_p50_us") == 0 ? "p50"
								      : show->view.time;
	return options->format == GITHUB_ACTION ? show->view.first : NULL;
}

static int find_metric(const struct show_options *options, struct show *show, char *error)
{
	const char *metric = metric_of(options, show);

	show->has_metric = metric != NULL;
	return metric ? metric_find(options->chart ? "--chart" : "--metric", metric,
				    show->file.columns, &show->metric, error)
		      : 0;
}

static int print(const struct show_options *options, struct show *show,
		 const struct io_catalogue *catalogue, char *error)
{
	struct show_columns columns;

	int rc = find_metric(options, show, error);
	if (rc < 0)
		return rc;
	rc = show_columns_make(show, options->columns, options->sort, is_of_rows(options),
			       &columns, error);
	if (rc == 0 && is_of_rows(options)) {
		show_columns_sort_rows(&columns, show);
	} else if (rc == 0) {
		const struct summary_request request = {
			.view = &show->view,
			.columns = columns.columns,
			.sorts = columns.sorts,
			.sort_count = columns.sort_count,
			.catalogue = catalogue,
		};
		rc = summary_make(show->file.rows, show->file.count, &request,
				  &show->summary);
	}
	if (rc == 0)
		rc = choose_printer(options)(show, stdout, error);
	if (rc == 0 && (fflush(stdout) != 0 || ferror(stdout)))
		rc = -EIO;
	summary_release(&show->summary);
	show_columns_release(&columns);
	return rc;
}

static int read_input(const struct show_options *options, const char *path,
		      const struct row_column *task_columns, struct show *show,
		      char *error)
{
	struct input input;

	int rc = input_read("show", path, task_columns, &input, error);
	if (rc < 0)
		return rc;
	if (options->where)
		rc = input_where(&input, options->where, error);
	if (options->where && rc == 0 && input.file.count == 0)
		warn_user("show: no row has --where '%.200s'", options->where);
	show->directory = input.directory;
	show->file = input.file;
	show->view = input.view;
	return rc;
}

/* Whose fault it is follows from the error: a file that cannot be read is a wrong operand. */
static int status_of(int rc, const char *error)
{
	if (rc == 0)
		return EXIT_VALID;
	if (error[0] && rc != -ENOMEM && rc != -EIO)
		return error_usage("show: %s", error);
	return error_failed("show: %s", error[0] ? error : strerror(-rc));
}

int show_command(const struct io_catalogue *catalogue,
		 const struct row_column *task_columns, int argc, char **argv)
{
	char error[OPTION_ERROR_SIZE] = "";
	struct show_options options;
	struct show show = {.closed_metric = -1, .open_metric = -1};
	char **operands;

	int rc =
		options_parse(&command, argc, argv, &options, sizeof(options), &operands);
	if (rc < 0)
		return options_exit_status(rc);
	rc = check(&options, error);
	if (rc == 0)
		rc = read_input(&options, operands[0], task_columns, &show, error);
	if (rc == 0)
		rc = print(&options, &show, catalogue, error);
	csv_file_release(&show.file);
	return status_of(rc, error);
}
