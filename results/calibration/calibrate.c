/* calibrate.c - the command `iomodels calibrate`. */
#include "results/calibration/calibrate.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "results/calibration/calibration.h"
#include "results/campaign/interrupt.h"
#include "results/campaign/verdict.h"
#include "server/clock.h"

struct calibrate_options {
	struct calibration_config config;
	bool csv, json, progress;
};

#define AT(member) offsetof(struct calibrate_options, member)

static const struct option_spec calibrate_options[] = {
	{"server", "SERVER", "what is driven: MODEL[:key=value,..] or exec:COMMAND",
	 OPTION_TEXT, AT(config.server), "epoll", 0, 0, NULL},
	{"connections", "N,..", "connections", OPTION_TEXT, AT(config.connections),
	 "64,1000", 0, 0, NULL},
	{"payload-bytes", "SIZE,..", "payload of a request", OPTION_TEXT,
	 AT(config.payload_bytes), "64,16k", 0, 0, NULL},
	{"depth", "N", "requests in flight per connection", OPTION_COUNT,
	 AT(config.depth), "1", 1, 4096, NULL},
	{"duration", "TIME", "of each measured window", OPTION_DURATION,
	 AT(config.duration_ns), "500ms", NS_PER_MS, 3600 * NS_PER_S, NULL},
	{"warmup", "TIME", "before each window", OPTION_DURATION, AT(config.warmup_ns),
	 "100ms", 0, 3600 * NS_PER_S, NULL},
	{"repetitions", "N", "of each engine with each workload", OPTION_COUNT,
	 AT(config.repetitions), "5", 1, CALIBRATION_REPETITIONS, NULL},
	{"placement", "HOW", "CPUs of server and generator", OPTION_CHOICE,
	 AT(config.placement), "split", 0, 0, placement_names},
	{"seed", "N", "of the payload", OPTION_COUNT, AT(config.seed), "1", 0, INT64_MAX,
	 NULL},
	{"csv", NULL, "print a header and a row of CSV for each line", OPTION_FLAG,
	 AT(csv), NULL, 0, 0, NULL},
	{"json", NULL, "print JSON", OPTION_FLAG, AT(json), NULL, 0, 0, NULL},
	{"progress", NULL, "progress on stderr although that is no terminal", OPTION_FLAG,
	 AT(progress), NULL, 0, 0, NULL},
	{.name = NULL},
};

static const struct option_command command = {
	.name = "calibrate",
	.summary = "what the load generator costs on this machine, engine by engine",
	.options = calibrate_options,
	.epilogue =
		"Closed loops against one server, the engines in turn; medians. The ceiling is the\n"
		"rate at which the generator's threads would have no time left. Exit: 0 valid,\n"
		"2 usage, 3 client-limited, 4 unstable, 5 corrupt, 6 server errors, 130 "
		"interrupted.",
};

static double number(const struct row *row, const char *column)
{
	double value = 0;

	(void)row_number(row, column, &value);
	return value;
}

static void print_heading(const struct row *row)
{
	char duration[32];

	format_duration((int64_t)(number(row, "duration_s") * NS_PER_S), duration,
			sizeof(duration));
	printf("generator against %s, tcp, depth %.0f; %s (server CPU %s, client CPU %s); "
	       "%.0f x %s\n",
	       row_text(row, "server"), number(row, "depth"), row_text(row, "placement"),
	       row_text(row, "server_cpus"), row_text(row, "client_cpus"),
	       number(row, "repetitions"), duration);
	printf("  %11s  %8s  %-9s %10s  %-17s %13s  %10s  %5s  %s\n", "connections",
	       "payload", "engine", "CPU us/req", "(least .. most)", "ceiling req/s",
	       "requests/s", "busy", "verdict");
}

static void print_line(const struct row *row)
{
	const char *reason =
		verdict_of(row) == VERDICT_VALID ? NULL : row_text(row, "verdict_reason");
	char size[32], range[64];
	double cpu_us;

	const char *words = row_text(row, "payload_bytes"); /* of several sizes */
	if (words)
		snprintf(size, sizeof(size), "%s", words);
	else
		format_size((int64_t)number(row, "payload_bytes"), size, sizeof(size));
	printf("  %11.0f  %8s  %-9s ", number(row, "connections"), size,
	       row_text(row, "engine"));
	if (row_number(row, "client_cpu_us_per_request", &cpu_us)) {
		snprintf(range, sizeof(range), "(%.2f .. %.2f)",
			 number(row, "client_cpu_us_per_request_min"),
			 number(row, "client_cpu_us_per_request_max"));
		printf("%10.2f  %-17s %13.0f  %10.0f  %3.0f %%", cpu_us, range,
		       number(row, "client_ceiling_rps"), number(row, "throughput_rps"),
		       100 * number(row, "client_busy"));
	} else {
		printf("%10s  %-17s %13s  %10s  %5s", "-", "", "-", "-", "-");
	}
	printf("  %s%s%s\n", row_text(row, "verdict"), reason ? ": " : "",
	       reason ? reason : "");
}

static int print_json(const struct row *rows, int count)
{
	json_t *array = json_array();

	for (int i = 0; i < count; i++)
		json_array_append_new(array, row_to_json(&rows[i]));
	json_t *object = json_pack("{so}", "engines", array);
	const int rc = json_write(object, JSON_INDENT(2), stdout);
	json_decref(object);
	return rc;
}

static int print_csv(const struct row *rows, int count)
{
	int rc = row_write_csv_header(calibration_columns, stdout);

	for (int i = 0; rc == 0 && i < count; i++)
		rc = row_write_csv(&rows[i], stdout);
	return rc;
}

static int print(const struct calibrate_options *options, const struct row *rows,
		 int count)
{
	int rc = 0;

	if (options->json) {
		rc = print_json(rows, count);
	} else if (options->csv) {
		rc = print_csv(rows, count);
	} else {
		print_heading(&rows[0]);
		for (int i = 0; i < count; i++)
			print_line(&rows[i]);
	}
	return rc == 0 && (fflush(stdout) == EOF || ferror(stdout)) ? -EIO : rc;
}

static int report(const struct calibrate_options *options, const struct calibration *c)
{
	const int count = calibration_row_count(c);
	struct row *rows = calloc((size_t)count, sizeof(*rows));
	int rc = rows ? 0 : -ENOMEM;

	for (int i = 0; rc == 0 && i < count; i++)
		rc = calibration_to_row(c, i, &rows[i]);
	if (rc == 0)
		rc = print(options, rows, count);
	const int status = rc < 0 ? error_failed("calibrate: %s", strerror(-rc))
				  : verdict_exit_status(rows, (size_t)count);
	for (int i = 0; rows && i < count; i++)
		row_release(&rows[i]);
	free(rows);
	return status;
}

static void show_progress(int done, int all)
{
	progress_line("calibrate: %d/%d", done, all);
}

static int calibrate(const struct calibrate_options *options, struct calibration *c,
		     const struct io_catalogue *catalogue)
{
	char error[OPTION_ERROR_SIZE];

	if (options->csv && options->json)
		return error_usage(
			"calibrate: --csv and --json: one of them is accepted");
	int rc = calibration_prepare(c, &options->config, catalogue, error);
	if (rc < 0)
		return error_usage("calibrate: %s", error);
	(void)progress_enable(options->progress);
	rc = calibration_run(c, interrupt_catch(), show_progress, error);
	progress_clear();
	if (rc == -EINTR)
		return EXIT_INTERRUPTED;
	return rc < 0 ? error_failed("calibrate: %s", error) : report(options, c);
}

int calibrate_command(const struct io_catalogue *catalogue, int argc, char **argv)
{
	struct calibrate_options options;
	char **operands;

	const int count =
		options_parse(&command, argc, argv, &options, sizeof(options), &operands);
	if (count < 0)
		return options_exit_status(count);
	struct calibration *c = calloc(1, sizeof(*c));
	if (!c)
		return error_failed("calibrate: %s", strerror(ENOMEM));
	const int status = calibrate(&options, c, catalogue);
	calibration_release(c);
	free(c);
	return status;
}
