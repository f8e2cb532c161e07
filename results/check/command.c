/* command.c - the command `iomodels check`. */
#include "results/check/command.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "results/calibration/engine_choice.h"
#include "results/campaign/interrupt.h"
#include "results/check/publish.h"
#include "results/check/run.h"
#include "results/check/selftest.h"
#include "results/check/system_calls.h"
#include "results/report/write.h"
#include "results/subject/peers.h"
#include "server/clock.h"

static json_t *describe_side(const struct check_cases *cases, int side,
			     const char *server)
{
	const struct program *program = &cases->program[side];

	return json_pack("{s:s?, s:s?, s:s?}", "server", server, "program", program->path,
			 "version", program->version[0] ? program->version : NULL);
}

/* The environment with what a check adds to it. NULL: no memory. */
static json_t *describe(const struct check_run *run, const char *command_line)
{
	const struct check_options *options = run->options;
	json_t *all = environment_new(command_line, run->plan->seed);
	json_t *check =
		json_pack("{s:o, s:o, s:o, s:s, s:n}", "base",
			  describe_side(run->cases, 0, options->server[0]), "new",
			  describe_side(run->cases, 1, options->server[1]),
			  "files_sha256", program_files_json(&run->cases->files),
			  "system_calls", check_system_calls_source(run), "engine");

	if (!all || !check || json_object_set_new(all, "check", check) < 0) {
		json_decref(all);
		return NULL;
	}
	return all;
}

/* Once for all rows. */
static int choose_engine(struct check_run *run, char *account, char *error)
{
	const struct check_case *one = &run->cases->items[0];
	const struct measure_config config = {
		.cell = &one->cell[0],
		.spec = &one->subject[0].spec,
		.cpus = &one->subject[0].cpus,
		.warmup_ns = run->options->warmup_ns,
		.duration_ns = NS_PER_S,
		.seed = run->plan->seed,
		.cancel = run->cancel,
	};
	int rc = 0, engine = engine_choice_fixed(run->plan->engine);

	account[0] = '\0';
	if (engine < 0)
		rc = engine_choose_for_cell(&config, &engine, account, error);
	run->engine = engine < 0 ? ENGINE_DEFAULT : engine;
	return rc;
}

/* The report, whatever the check came to. `rc` is check_run's. */
static int finish(struct check_run *run, struct check_publish *publish, int rc,
		  char *error)
{
	char why[OPTION_ERROR_SIZE];
	int status = check_exit_status(run->report);

	if (rc == -EINTR)
		warn_user("interrupted: %lld launches are in %s",
			  (long long)run->launches, run->files->dir.path);
	if (check_publish(publish, run->report, why) < 0)
		status = error_failed("check: %s", why);
	if (check_files_finish(run->files, run->report, why) < 0)
		status = error_failed("check: %s", why);
	if (run->options->report &&
	    report_write_check(run->catalogue, run->files->dir.path, run->options->report,
			       why) < 0)
		status = error_failed("check: --report: %s", why);
	if (rc == -EINTR)
		return EXIT_INTERRUPTED;
	if (rc < 0)
		return error_failed("check: %s", error);
	warn_user("results: %s", run->files->dir.path);
	return status;
}

static int begin_files(struct check_run *run, const char *command_line, char *error)
{
	json_t *environment = describe(run, command_line);

	if (!environment) {
		snprintf(error, OPTION_ERROR_SIZE, "out of memory");
		return -ENOMEM;
	}
	const int rc = check_files_create(run->files, run->options->run.out, run->plan,
					  environment, error);
	run->report->directory = run->files->dir.path;
	return rc;
}

static int check_with_engine(struct check_run *run, char *error)
{
	json_t *check = json_object_get(run->files->environment, "check");
	char account[ENGINE_TEXT_SIZE];
	const int rc = choose_engine(run, account, error);

	if (rc < 0)
		return rc;
	json_object_set_new(check, "engine", json_string(load_engines[run->engine]));
	if (account[0])
		warn_user("engine %s: %s", load_engines[run->engine], account);
	warn_user("system calls: %s", check_system_calls_source(run));
	return check_run(run, error);
}

static int measure(struct check_run *run, const char *command_line)
{
	char error[OPTION_ERROR_SIZE];
	struct check_publish publish;
	struct check_files files = {.slices = NULL};
	int status;

	run->files = &files;
	run->cancel = interrupt_catch();
	int rc = check_publish_open(&publish, run->options, error);
	if (rc == 0)
		rc = begin_files(run, command_line, error);
	if (rc == 0) {
		rc = check_with_engine(run, error);
		status = finish(run, &publish, rc, error);
	} else {
		status = error_usage("check: %s", error);
	}
	check_files_close(&files);
	check_publish_close(&publish);
	run->files = NULL;
	return status;
}

/* System calls are not counted: an injected cost may make some. */
static int test_itself(struct check_run *run)
{
	char error[OPTION_ERROR_SIZE], account[ENGINE_TEXT_SIZE];
	struct selftest_plan plan;

	run->counts_calls = false;
	if (check_selftest_plan(run->options, &plan, error) < 0)
		return error_usage("check: %s", error);
	if (plan.count == 0)
		return check_selftest_show(run->options->run.out);
	run->cancel = interrupt_catch();
	const int rc = choose_engine(run, account, error);
	if (rc < 0)
		return rc == -EINTR ? EXIT_INTERRUPTED : error_failed("check: %s", error);
	return check_selftest(run, &plan);
}

/* With all that can be wrong before something is started. */
static int run_plan(const struct check_options *options, const struct plan *plan,
		    const struct io_catalogue *catalogue, const char *command_line)
{
	char error[OPTION_ERROR_SIZE] = "out of memory";
	struct check_cases cases;
	struct check_report report = {.strict = options->strict,
				      .seed = (uint64_t)plan->seed,
				      .command_line = command_line};
	struct check_run run = {.options = options,
				.catalogue = catalogue,
				.plan = plan,
				.cases = &cases,
				.report = &report,
				.counts_calls = plan->syscalls};
	double margins[LAUNCH_METRICS];
	int status;

	const char *reason = engine_choice_reason(plan->engine);
	if (reason)
		return error_failed("check: engine %s is unavailable: %s",
				    engine_choices[plan->engine], reason);
	int rc = check_options_margins(options, margins, error);
	cases = (struct check_cases){.cells = NULL};
	if (rc == 0)
		rc = check_cases_prepare(&cases, options, plan, error);
	if (rc == 0) {
		report.rows = check_cases_rows(&cases);
		report.count = cases.count;
		rc = report.rows ? 0 : -ENOMEM;
	}
	if (rc == 0 && cases.left_out)
		warn_user("left out:\n%.*s", (int)strlen(cases.left_out) - 1,
			  cases.left_out);
	if (rc < 0)
		status = error_usage("check: %s", error);
	else if (options->selftest)
		status = test_itself(&run);
	else
		status = measure(&run, command_line);
	check_cases_free_rows(report.rows, report.count);
	check_cases_release(&cases);
	return status;
}

static int parse_options(int argc, char **argv, struct check_options *options,
			 char ***ret_operands)
{
	struct option_spec table[OPTIONS_MAX];

	check_options_table(table);
	const struct option_command command = {
		.name = "check",
		.summary =
			"whether the new of two servers is slower, with few false alarms",
		.operands = "[PLAN]",
		.max_operands = 1,
		.options = table,
		.epilogue =
			"Both servers are launched again and again, at once or in turns, and each "
			"metric is decided by what the launches say together. SERVER is "
			"MODEL[:key=value,..], python:NAME or exec:COMMAND; with --base-program or "
			"--new-program the models of PLAN or --models are compared between two builds. "
			"PLAN names the scenarios (without: tcp, 16 connections, 64 bytes). Exit: 0 no "
			"regression, 1 regression, 2 usage, 3 no verdict, 130 interrupted.",
	};
	return options_parse(&command, argc, argv, options, sizeof(*options),
			     ret_operands);
}

int check_command(const struct io_catalogue *catalogue, int argc, char **argv)
{
	char error[OPTION_ERROR_SIZE] = "out of memory";
	struct check_options options;
	struct plan plan;
	char **operands;
	int status;

	const int count = parse_options(argc, argv, &options, &operands);
	if (count < 0)
		return options_exit_status(count);
	(void)progress_enable(options.run.progress);
	if (peers_use(catalogue->peers, options.run.python, error) < 0 ||
	    check_options_plan(&options, count ? operands[0] : NULL, catalogue, &plan,
			       error) < 0) {
		status = error_usage("check: %s", error);
	} else {
		char *command_line = environment_command_line(argc, argv);
		status = run_plan(&options, &plan, catalogue,
				  command_line ? command_line : "iomodels check");
		free(command_line);
		plan_release(&plan);
	}
	check_options_release(&options);
	return status;
}
