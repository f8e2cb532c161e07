/* command.c - the command `iomodels tasks`. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "results/campaign/environment.h"
#include "results/subject/peers.h"
#include "results/tasks/campaign.h"
#include "results/tasks/command.h"
#include "results/tasks/row.h"
#include "server/clock.h"

#define TASKS_MAX 1000000

struct tasks_arguments {
	struct tasks_axes axes;
	int64_t repetitions;
	int64_t seed;
	const char *python;
	bool csv;
	bool json;
	const char *out;
	bool progress;
};

#define OPTION_AT(field) offsetof(struct tasks_arguments, field)

static const struct option_spec tasks_options[] = {
	{"executor", "NAME,..",
	 "where the tasks run: thread, process, coroutine, python:threads, "
	 "python:processes, python:gevent; all",
	 OPTION_TEXT, OPTION_AT(axes.executors), "thread", 0, 0, NULL},
	{"work", "WORK,..", "of each task: spin:TIME burns CPU, sleep:TIME waits",
	 OPTION_TEXT, OPTION_AT(axes.works), "spin:10ms", 0, 0, NULL},
	{"tasks", "N", "how many", OPTION_COUNT, OPTION_AT(axes.tasks), "50", 1,
	 TASKS_MAX, NULL},
	{"workers", "N,..", "the most tasks at a time; 1 per CPU if not given",
	 OPTION_TEXT, OPTION_AT(axes.workers), NULL, 0, 0, NULL},
	{"chunk", "N", "tasks per hand-over", OPTION_COUNT, OPTION_AT(axes.chunk), "1", 1,
	 TASKS_CHUNK_MAX, NULL},
	{"repetitions", "N", "of the whole, each in a fresh pool", OPTION_COUNT,
	 OPTION_AT(repetitions), "1", 1, 1000, NULL},
	{"seed", "N", "of the order of several", OPTION_COUNT, OPTION_AT(seed), "1", 0,
	 INT64_MAX, NULL},
	PEERS_OPTION(OPTION_AT(python)),
	{"csv", NULL, "print a header and a row of CSV per repetition", OPTION_FLAG,
	 OPTION_AT(csv), NULL, 0, 0, NULL},
	{"json", NULL, "print an array with an object per repetition", OPTION_FLAG,
	 OPTION_AT(json), NULL, 0, 0, NULL},
	{"out", "FILE|DIR",
	 "write the rows of CSV to a new file too; of several: directory to be made "
	 "(default ./iomodels-YYYYMMDD-HHMMSS)",
	 OPTION_TEXT, OPTION_AT(out), NULL, 0, 0, NULL},
	{"progress", NULL, "show progress though stderr is no terminal", OPTION_FLAG,
	 OPTION_AT(progress), NULL, 0, 0, NULL},
	{.name = NULL},
};

/* Where rows go as they are measured. */
struct output {
	const struct tasks_arguments *arguments;
	FILE *file;    /* NULL: no --out */
	json_t *array; /* NULL: no --json */
	struct row row;
};

/* The file must not exist: nothing measured is ever overwritten. */
static int output_open(struct output *output, const struct tasks_arguments *arguments,
		       char *error)
{
	memset(output, 0, sizeof(*output));
	output->arguments = arguments;
	if (arguments->out && !(output->file = fopen(arguments->out, "wxe"))) {
		snprintf(error, OPTION_ERROR_SIZE, "--out '%.300s': %s", arguments->out,
			 errno == EEXIST
				 ? "exists; expected the name of a file to be made"
				 : strerror(errno));
		return -EINVAL;
	}
	return 0;
}

static int write_row(struct output *output, FILE *file, bool first)
{
	int result = first ? row_write_csv_header(tasks_columns, file) : 0;

	if (result == 0)
		result = row_write_csv(&output->row, file);
	return result == 0 && fflush(file) == 0 ? 0 : -EIO;
}

/* The work of all tasks, one after the other, over the time it took. */
static double speedup(const struct tasks_config *config,
		      const struct tasks_result *result)
{
	return (double)tasks_work_ns(config) / (double)result->elapsed_ns;
}

static int print_text(const struct tasks_config *config,
		      const struct tasks_result *result, bool first)
{
	char work[64];

	tasks_format_work(config, work, sizeof(work));
	if (first)
		printf("%s  %u task%s of %s, %u worker%s, %u per hand-over\n",
		       config->executor, config->tasks, config->tasks == 1 ? "" : "s",
		       work, config->workers, config->workers == 1 ? "" : "s",
		       config->chunk);
	printf("elapsed %.4g s  speed-up %.2f  CPU %.4g s  workers in use %.0f %%\n",
	       (double)result->elapsed_ns / NS_PER_S, speedup(config, result),
	       (double)result->cpu_ns / NS_PER_S,
	       100 * tasks_utilisation(config, result));
	return fflush(stdout) == 0 && !ferror(stdout) ? 0 : -EIO;
}

/* 0 or -errno. */
static int output_add(struct output *output, const struct tasks_config *config,
		      const struct tasks_result *measured, int64_t repetition)
{
	const bool first = repetition == 1;
	int result = 0;

	row_clear(&output->row);
	tasks_to_row(config, measured, speedup(config, measured), repetition,
		     &output->row);
	if (output->file)
		result = write_row(output, output->file, first);
	if (result < 0)
		return result;
	progress_clear();
	if (output->array)
		return json_array_append_new(output->array, row_to_json(&output->row)) < 0
			       ? -ENOMEM
			       : 0;
	return output->arguments->csv ? write_row(output, stdout, first)
				      : print_text(config, measured, first);
}

static int output_end(struct output *output)
{
	int result = 0;

	if (output->array)
		result = json_write(output->array, JSON_INDENT(2), stdout);
	if (output->array && result == 0 && fflush(stdout) != 0)
		result = -EIO;
	return result;
}

static void output_release(struct output *output)
{
	if (output->file)
		(void)fclose(output->file); /* every row was flushed */
	json_decref(output->array);
	row_release(&output->row);
}

/* An exit status; the line for a failure is printed. */
static int repeat(const struct io_catalogue *catalogue, const struct tasks_config *config,
		  struct output *output)
{
	const int64_t repetitions = output->arguments->repetitions;
	char error[OPTION_ERROR_SIZE];
	struct tasks_result measured;

	for (int64_t i = 1; i <= repetitions; i++) {
		progress_line("tasks: repetition %lld of %lld", (long long)i,
			      (long long)repetitions);
		int result = tasks_measure(catalogue, config, &measured, error);
		progress_clear();
		if (result < 0)
			return error_failed("tasks: %s", error);
		result = output_add(output, config, &measured, i);
		if (result < 0)
			return error_failed("tasks: cannot write the result: %s",
					    strerror(-result));
	}
	int result = output_end(output);
	return result < 0 ? error_failed("tasks: cannot write the result: %s",
					 strerror(-result))
			  : EXIT_VALID;
}

/* One cell, printed row by row. */
static int run_one(const struct io_catalogue *catalogue,
		   const struct tasks_arguments *arguments,
		   const struct tasks_config *config)
{
	char error[OPTION_ERROR_SIZE];
	struct output output;

	if (output_open(&output, arguments, error) < 0)
		return error_usage("tasks: %s", error);
	output.array = arguments->json ? json_array() : NULL;
	int status = EXIT_FAILED;
	if (row_init(&output.row, tasks_columns) < 0 ||
	    (arguments->json && !output.array))
		(void)error_failed("tasks: %s", strerror(ENOMEM));
	else
		status = repeat(catalogue, config, &output);
	output_release(&output);
	return status;
}

static int run_campaign(const struct io_catalogue *catalogue,
			const struct tasks_arguments *arguments,
			const struct tasks_cells *cells, const char *command_line)
{
	const struct tasks_campaign campaign = {
		.catalogue = catalogue,
		.cells = cells,
		.repetitions = arguments->repetitions,
		.seed = arguments->seed,
		.out = arguments->out,
		.command_line = command_line,
	};

	if (arguments->csv || arguments->json)
		return error_usage(
			"tasks: --%s: accepted with one executor, one work and "
			"one number of workers; of several the rows are in "
			"tasks.csv",
			arguments->csv ? "csv" : "json");
	return tasks_campaign_run(&campaign);
}

static int run(const struct io_catalogue *catalogue,
	       const struct tasks_arguments *arguments, const char *command_line)
{
	char error[OPTION_ERROR_SIZE] = "out of memory";
	struct tasks_cells cells;

	if (arguments->csv && arguments->json)
		return error_usage("tasks: --csv and --json: one of them is accepted");
	if (peers_use(catalogue->peers, arguments->python, error) < 0 ||
	    tasks_cells_make(&arguments->axes, catalogue, &cells, error) < 0)
		return error_usage("tasks: %s", error);
	(void)progress_enable(arguments->progress);
	const int status =
		cells.count == 1
			? run_one(catalogue, arguments, &cells.items[0])
			: run_campaign(catalogue, arguments, &cells, command_line);
	tasks_cells_release(&cells);
	return status;
}

int tasks_command(const struct io_catalogue *catalogue, int argc, char **argv)
{
	static const struct option_command command = {
		.name = "tasks",
		.summary = "The experiment of the texts on pools: the same tasks on "
			   "threads, processes or coroutines, in C and in Python.",
		.options = tasks_options,
		.epilogue =
			"Speed-up is the work of all tasks over the time they took. Several executors,\n"
			"works or numbers of workers (by commas) are measured in rounds of random order\n"
			"into a directory; speed-up is then against 1 worker of the same executor, if\n"
			"that is among them. Exit: 0, 1 failed, 2 usage, 130 interrupted.",
	};
	struct tasks_arguments arguments;
	char **operands;

	char *command_line = environment_command_line(argc, argv);
	int status = options_parse(&command, argc, argv, &arguments, sizeof(arguments),
				   &operands);
	status = status < 0 ? options_exit_status(status)
			    : run(catalogue, &arguments,
				  command_line ? command_line : "iomodels tasks");
	free(command_line);
	return status;
}
