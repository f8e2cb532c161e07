/* load_command.c - the command `iomodels load ADDR`. */
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "loadgen/outputs.h"
#include "loadgen/report.h"
#include "loadgen/require.h"
#include "loadgen/watch.h"
#include "server/clock.h"

struct load_arguments {
	struct load_config config; /* first: load_options' offsets hold here too */
	bool csv;
	bool json;
	bool progress;
	const char *hgrm, *hlog;
	struct option_list require;
};

#define OPTION_AT(field) offsetof(struct load_arguments, field)

static const struct option_spec output_options[] = {
	{"csv", NULL, "print a header and one row of CSV", OPTION_FLAG, OPTION_AT(csv),
	 NULL, 0, 0, NULL},
	{"json", NULL, "print one flat JSON object", OPTION_FLAG, OPTION_AT(json), NULL,
	 0, 0, NULL},
	{"hgrm", "FILE",
	 "write the percentiles as HdrHistogram's plotter reads them, in us; - for "
	 "stdout, the result's text then goes to stderr",
	 OPTION_TEXT, OPTION_AT(hgrm), NULL, 0, 0, NULL},
	{"hlog", "FILE",
	 "write an HdrHistogram log with an interval for each second; - for stdout",
	 OPTION_TEXT, OPTION_AT(hlog), NULL, 0, 0, NULL},
	{"require", "METRIC<=VALUE", "or >=: exit 7 unless it holds; repeatable",
	 OPTION_REPEAT, OPTION_AT(require), NULL, 0, 0, NULL},
	{"progress", NULL, "show progress though stderr is no terminal", OPTION_FLAG,
	 OPTION_AT(progress), NULL, 0, 0, NULL},
	{.name = NULL},
};

#define REQUIREMENTS_MAX 64

struct requirements {
	struct requirement items[REQUIREMENTS_MAX];
	int count;
};

static volatile int cancel; /* set by the signal handler alone */

static void on_interrupt(int signal_number)
{
	(void)signal_number;
	__atomic_store_n(&cancel, 1, __ATOMIC_RELAXED);
}

static void handle_signals(void)
{
	struct sigaction action = {.sa_handler = on_interrupt};

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

/* load_options, then output_options, in one table. */
static void join_tables(struct option_spec *table)
{
	const struct option_spec *const parts[] = {load_options, output_options};

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		for (const struct option_spec *spec = parts[i]; spec->name; spec++)
			*table++ = *spec;
	*table = (struct option_spec){.name = NULL};
}

static int parse_requirements(const struct option_list *list, struct requirements *ret,
			      char *error)
{
	int rc = 0;

	ret->count = 0;
	if (list->count > REQUIREMENTS_MAX) {
		snprintf(error, OPTION_ERROR_SIZE, "--require: at most %d are accepted",
			 REQUIREMENTS_MAX);
		return -EINVAL;
	}
	while (ret->count < list->count && rc == 0) {
		rc = requirement_parse(result_columns, list->items[ret->count],
				       &ret->items[ret->count], error);
		ret->count++;
	}
	return rc;
}

static bool is_stdout(const char *file)
{
	return file && strcmp(file, "-") == 0;
}

static int check_formats(const struct load_arguments *arguments, char *error)
{
	const char *to_stdout = arguments->csv    ? "--csv"
				: arguments->json ? "--json"
						  : NULL;
	const char *other = arguments->csv && arguments->json ? "--json"
			    : is_stdout(arguments->hgrm)      ? "--hgrm -"
			    : is_stdout(arguments->hlog)      ? "--hlog -"
							      : NULL;

	if (!to_stdout || !other)
		return 0;
	snprintf(error, OPTION_ERROR_SIZE, "%s and %s: one of them is accepted",
		 to_stdout, other);
	return -EINVAL;
}

static int check(const struct load_arguments *arguments, const char *operand,
		 struct address *ret_address, struct requirements *ret_requirements,
		 char *error)
{
	int rc = check_formats(arguments, error);

	if (rc == 0)
		rc = address_parse(operand, ret_address, error, OPTION_ERROR_SIZE);
	if (rc == 0)
		rc = parse_requirements(&arguments->require, ret_requirements, error);
	if (rc == 0)
		rc = load_config_check(&arguments->config, ret_address->transport, error);
	return rc;
}

static void show_progress(void *context, const struct load_progress *progress)
{
	char text[WATCH_TEXT_SIZE];

	(void)context;
	watch_format(progress, text);
	progress_line("load: %s  %.0f s left", text,
		      ceil((double)progress->left_ns / NS_PER_S));
}

static int print_json(const struct row *row)
{
	json_t *object = row_to_json(row);

	if (!object)
		return -ENOMEM;
	int rc = json_dumpf(object, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(15));
	json_decref(object);
	return rc == 0 && putchar('\n') != EOF && fflush(stdout) == 0 ? 0 : -EIO;
}

static int print_result(const struct load_arguments *arguments,
			const struct address *address, const struct load_result *result,
			const struct row *row)
{
	bool taken = is_stdout(arguments->hgrm) || is_stdout(arguments->hlog);

	if (arguments->json)
		return print_json(row);
	if (!arguments->csv)
		return report_print(&arguments->config, address, result,
				    taken ? stderr : stdout);
	int rc = row_write_csv_header(result_columns, stdout);
	if (rc == 0)
		rc = row_write_csv(row, stdout);
	return rc == 0 && fflush(stdout) == 0 ? 0 : -EIO;
}

/* EXIT_VALID, or EXIT_REQUIREMENT after a line for each that is not met. */
static int check_requirements(const struct requirements *requirements,
			      const struct row *row)
{
	char error[OPTION_ERROR_SIZE];
	int status = EXIT_VALID;

	for (int i = 0; i < requirements->count; i++) {
		if (requirement_met(&requirements->items[i], row, error))
			continue;
		warn_user("%s", error);
		status = EXIT_REQUIREMENT;
	}
	return status;
}

static int show(const struct load_arguments *arguments, const struct address *address,
		const struct load_result *result, const struct requirements *requirements)
{
	struct row row;

	if (row_init(&row, result_columns) < 0)
		return error_failed("load: %s", strerror(ENOMEM));
	load_result_to_row(&arguments->config, address, result, &row);
	int rc = print_result(arguments, address, result, &row);
	int unmet = check_requirements(requirements, &row);
	row_release(&row);
	if (rc < 0)
		return error_failed("load: cannot write the result: %s", strerror(-rc));
	int status = load_exit_status(result);
	return status == EXIT_VALID ? unmet : status;
}

static int measure(const struct load_arguments *arguments, const struct address *address,
		   const struct requirements *requirements, const struct outputs *outputs)
{
	struct load_hooks hooks = {.progress = NULL};
	struct load_result result;
	char error[OPTION_ERROR_SIZE];

	handle_signals();
	if (progress_enable(arguments->progress))
		hooks.progress = show_progress;
	int rc = load_run(&arguments->config, address, &hooks, &cancel, &result, error);
	progress_clear();
	if (rc == 0 && CPU_COUNT(&arguments->config.pin) > 0)
		load_judge_waiting(&arguments->config, &result);
	int status = rc < 0 ? error_failed("load: %s", error)
			    : show(arguments, address, &result, requirements);
	if (rc == 0 && outputs_write(outputs, &result, error) < 0)
		status = error_failed("load: %s", error);
	load_result_release(&result);
	return status;
}

static int run(const struct load_arguments *arguments, const char *operand)
{
	struct requirements requirements = {.count = 0};
	struct address address;
	struct outputs outputs = {NULL, NULL, NULL, NULL};
	char error[OPTION_ERROR_SIZE];

	int rc = check(arguments, operand, &address, &requirements, error);
	if (rc == 0)
		rc = outputs_open(&outputs, arguments->hgrm, arguments->hlog, error);
	int status = rc < 0 ? error_usage("load: %s", error)
			    : measure(arguments, &address, &requirements, &outputs);
	outputs_close(&outputs);
	return status;
}

int load_command(int argc, char **argv)
{
	struct option_spec table[OPTIONS_MAX];
	struct load_arguments arguments;
	char **operands;

	join_tables(table);
	const struct option_command command = {
		.name = "load",
		.summary =
			"Drives any echo server, verifies every byte, prints the numbers.",
		.operands = "ADDR",
		.min_operands = 1,
		.max_operands = 1,
		.options = table,
		.epilogue =
			"ADDR is tcp:HOST:PORT, udp:HOST:PORT or unix:PATH. Exit: 0 valid, 2 usage,\n"
			"3 client-limited, 4 unstable, 5 corrupt, 6 server errors, 7 a --require not "
			"met, 130 interrupted.",
	};
	int rc = options_parse(&command, argc, argv, &arguments, sizeof(arguments),
			       &operands);
	arguments.config.log = rc >= 0 && arguments.hlog;
	int status = rc < 0 ? options_exit_status(rc) : run(&arguments, operands[0]);
	option_list_release(&arguments.require);
	return status;
}
