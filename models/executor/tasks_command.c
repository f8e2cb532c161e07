/* tasks_command.c - the command `iomodels tasks`. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "models/executor/tasks.h"
#include "models/workers.h"
#include "server/clock.h"
#include "server/io_model.h"

#define TASKS_MAX 1000000

struct tasks_arguments {
	int executor;
	const char *work;
	int64_t tasks;
	int64_t workers; /* 0: not given */
	int64_t chunk;
	int64_t repetitions;
	bool csv;
	bool json;
	const char *out;
	bool progress;
};

#define EXECUTOR(name, summary) #name,
static const char *const kinds[] = {
#include "models/executor/executors.def"
	NULL,
};
#undef EXECUTOR

#define OPTION_AT(field) offsetof(struct tasks_arguments, field)

static const struct option_spec tasks_options[] = {
	{"executor", "NAME", "where the tasks run", OPTION_CHOICE, OPTION_AT(executor),
	 "thread", 0, 0, kinds},
	{"work", "WORK", "of each task: spin:TIME burns CPU, sleep:TIME waits",
	 OPTION_TEXT, OPTION_AT(work), "spin:10ms", 0, 0, NULL},
	{"tasks", "N", "how many", OPTION_COUNT, OPTION_AT(tasks), "50", 1, TASKS_MAX,
	 NULL},
	{"workers", "N", "the most tasks at a time; " WORKERS_PER_CPU, OPTION_COUNT,
	 OPTION_AT(workers), NULL, 1, WORKERS_MAX, NULL},
	{"chunk", "N", "tasks per hand-over", OPTION_COUNT, OPTION_AT(chunk), "1", 1,
	 TASKS_CHUNK_MAX, NULL},
	{"repetitions", "N", "of the whole, each in a fresh pool", OPTION_COUNT,
	 OPTION_AT(repetitions), "1", 1, 1000, NULL},
	{"csv", NULL, "print a header and a row of CSV per repetition", OPTION_FLAG,
	 OPTION_AT(csv), NULL, 0, 0, NULL},
	{"json", NULL, "print an array with an object per repetition", OPTION_FLAG,
	 OPTION_AT(json), NULL, 0, 0, NULL},
	{"out", "FILE", "write the rows of CSV to a new file too", OPTION_TEXT,
	 OPTION_AT(out), NULL, 0, 0, NULL},
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

static int parse_work(const char *text, struct tasks_config *config, char *error)
{
	const char *time = strchr(text, ':');

	if (strncmp(text, "spin:", 5) == 0)
		config->work = TASK_SPIN;
	else if (strncmp(text, "sleep:", 6) == 0)
		config->work = TASK_SLEEP;
	else
		time = NULL;
	if (time && parse_duration(time + 1, &config->work_ns) == 0 &&
	    config->work_ns >= NS_PER_US && config->work_ns <= 3600 * NS_PER_S)
		return 0;
	snprintf(error, OPTION_ERROR_SIZE,
		 "--work '%.200s': spin:TIME or sleep:TIME, 1us to 60m, is accepted",
		 text);
	return -EINVAL;
}

static int config_init(const struct tasks_arguments *arguments,
		       struct tasks_config *config, char *error)
{
	config->ops = executors[arguments->executor];
	config->tasks = (unsigned)arguments->tasks;
	config->chunk = (unsigned)arguments->chunk;
	config->workers =
		arguments->workers > 0 ? (unsigned)arguments->workers : cpus_usable();
	if (arguments->csv && arguments->json) {
		snprintf(error, OPTION_ERROR_SIZE,
			 "--csv and --json: one of them is accepted");
		return -EINVAL;
	}
	return parse_work(arguments->work, config, error);
}

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

static int print_text(const struct tasks_config *config,
		      const struct tasks_result *result, bool first)
{
	char work[64];

	tasks_format_work(config, work, sizeof(work));
	if (first)
		printf("%s  %u task%s of %s, %u worker%s, %u per hand-over\n",
		       executor_name(config->ops), config->tasks,
		       config->tasks == 1 ? "" : "s", work, config->workers,
		       config->workers == 1 ? "" : "s", config->chunk);
	printf("elapsed %.4g s  speed-up %.2f  CPU %.4g s  workers in use %.0f %%\n",
	       (double)result->elapsed_ns / NS_PER_S, tasks_speedup(config, result),
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
	tasks_to_row(config, measured, repetition, &output->row);
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
static int repeat(const struct tasks_config *config, struct output *output)
{
	const int64_t repetitions = output->arguments->repetitions;
	struct tasks_result measured;

	for (int64_t i = 1; i <= repetitions; i++) {
		progress_line("tasks: repetition %lld of %lld", (long long)i,
			      (long long)repetitions);
		int result = tasks_run(config, &measured);
		progress_clear();
		if (result < 0)
			return error_failed("tasks: %s with %u workers: %s",
					    executor_name(config->ops), config->workers,
					    strerror(-result));
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

static int run(const struct tasks_arguments *arguments)
{
	char error[OPTION_ERROR_SIZE];
	struct tasks_config config;
	struct output output;

	if (config_init(arguments, &config, error) < 0 ||
	    output_open(&output, arguments, error) < 0)
		return error_usage("tasks: %s", error);
	(void)progress_enable(arguments->progress);
	output.array = arguments->json ? json_array() : NULL;
	int status = EXIT_FAILED;
	if (row_init(&output.row, tasks_columns) < 0 ||
	    (arguments->json && !output.array))
		(void)error_failed("tasks: %s", strerror(ENOMEM));
	else
		status = repeat(&config, &output);
	output_release(&output);
	return status;
}

int tasks_command(const struct io_catalogue *catalogue, int argc, char **argv)
{
	static const struct option_command command = {
		.name = "tasks",
		.summary = "The experiment of the texts on pools: the same tasks on "
			   "threads, processes or coroutines.",
		.options = tasks_options,
		.epilogue = "Speed-up is the work of all tasks over the time they took. "
			    "Exit: 0, 1 failed, 2 usage.",
	};
	struct tasks_arguments arguments;
	char **operands;

	(void)catalogue; /* kinds of executors are no models */
	int result = options_parse(&command, argc, argv, &arguments, sizeof(arguments),
				   &operands);
	return result < 0 ? options_exit_status(result) : run(&arguments);
}
