/* run.c - the command `iomodels run`. */
#include "results/campaign/run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "loadgen/load.h"
#include "results/campaign/campaign.h"
#include "results/campaign/environment.h"
#include "results/campaign/forecast.h"
#include "results/campaign/interrupt.h"
#include "results/campaign/result_dir.h"
#include "results/campaign/resume.h"
#include "results/campaign/session.h"
#include "results/campaign/verdict.h"
#include "results/plan/run_plan.h"
#include "results/search/objectives.h"
#include "results/show/table.h"
#include "results/subject/peers.h"
#include "server/clock.h"

#define LEFT_OUT_LINES 12

#define AT(member) offsetof(struct run_options, member)
static const struct option_spec own_options[] = {
	{"out", "DIR", "directory to be made (default ./iomodels-YYYYMMDD-HHMMSS)",
	 OPTION_TEXT, AT(out), NULL, 0, 0, NULL},
	{"resume", "DIR",
	 "go on in a directory of `run`: keep its rows, measure what has none; with the "
	 "plan, machine and program that it was begun with",
	 OPTION_TEXT, AT(resume), NULL, 0, 0, NULL},
	{"max-time", "TIME",
	 "begin no row that would end later, and say what was left out (--resume goes on)",
	 OPTION_DURATION, AT(max_time_ns), NULL, 1, 86400 * NS_PER_S, NULL},
	{"dry-run", NULL, "print the cells and the time they take, measure nothing",
	 OPTION_FLAG, AT(dry_run), NULL, 0, 0, NULL},
	{"progress", NULL, "progress on stderr although that is no terminal", OPTION_FLAG,
	 AT(progress), NULL, 0, 0, NULL},
	{"require", "METRIC<=VALUE",
	 "or >=: exit 7 unless the median of every cell meets it; repeatable",
	 OPTION_REPEAT, AT(require), NULL, 0, 0, NULL},
	{NULL, NULL, NULL, OPTION_FLAG, 0, NULL, 0, 0, NULL},
};

static void unmet(const char *line)
{
	warn_user("%s", line);
}

/* What --max-time did not let begin: the cells, as many as fit a screen. */
static void tell_left_out(const struct campaign *campaign)
{
	const size_t missing = campaign->step_count - campaign->row_count;
	int told = 0;

	warn_user(
		"--max-time left out %zu of %zu rows; `iomodels run --resume %s` goes on",
		missing, campaign->step_count, campaign->dir->path);
	for (size_t i = 0; i < campaign->count; i++) {
		const struct campaign_cell *one = &campaign->prepared[i];
		if (one->left == 0)
			continue;
		if (told++ == LEFT_OUT_LINES) {
			warn_user("left out: .. (all are in environment.json)");
			return;
		}
		warn_user("left out: %s, %lld of %lld", one->cell->id,
			  (long long)one->left, (long long)campaign->plan->repetitions);
	}
}

/* The table of all rows, and the exit status. `rc` is campaign_run's. */
static int finish(const struct campaign *campaign, const struct objectives *objectives,
		  int rc, const char *error)
{
	const struct row *rows = campaign->rows;
	int status = verdict_exit_status(rows, campaign->row_count);

	if (table_print(rows, campaign->row_count, campaign->plan->catalogue, stdout) <
		    0 &&
	    rc == 0)
		status = error_failed("run: cannot print the table");
	if (rc == -EINTR) {
		warn_user(
			"interrupted: %zu of %zu rows are in %s; `iomodels run --resume "
			"%s` goes on",
			campaign->row_count, campaign->step_count, campaign->dir->path,
			campaign->dir->path);
		return EXIT_INTERRUPTED;
	}
	if (rc < 0)
		return error_failed("run: %s", error);
	const int failures =
		objectives_check(objectives, rows, campaign->row_count, unmet);
	if (failures < 0)
		status = error_failed("run: %s", strerror(-failures));
	if (campaign->engine >= 0 && campaign->engine_account[0])
		warn_user("engine %s: %s", load_engines[campaign->engine],
			  campaign->engine_account);
	if (campaign->row_count < campaign->step_count)
		tell_left_out(campaign);
	warn_user("results: %s", campaign->dir->path);
	return status == EXIT_VALID && failures > 0 ? EXIT_REQUIREMENT : status;
}

/* A directory that would get no row at all is a mistake. */
static int check_max_time(const struct campaign *campaign, char *error)
{
	const int64_t first_ns = forecast_first_ns(campaign);
	char given[32], needed[FORECAST_TEXT_SIZE];

	if (campaign->max_time_ns == 0 || first_ns <= campaign->max_time_ns)
		return 0;
	format_duration(campaign->max_time_ns, given, sizeof(given));
	forecast_format(first_ns + NS_PER_S, needed);
	snprintf(error, OPTION_ERROR_SIZE,
		 "--max-time '%s': not one row fits; accepted is %s or more", given,
		 needed);
	return -EINVAL;
}

/* A new directory, or the one to go on in, and what environment.json is to say. */
static int open_directory(struct campaign *campaign, const struct run_options *options,
			  const char *command_line, struct result_dir *dir,
			  json_t **ret_environment, char *error)
{
	json_t *now = environment_new(command_line, campaign->plan->seed);
	json_t *python = peers_facts(campaign->plan->catalogue->peers);
	int rc = now ? 0 : -ENOMEM;

	snprintf(error, OPTION_ERROR_SIZE, "out of memory");
	if (python)
		json_object_set(now, "python", python);
	if (rc == 0 && options->resume) {
		rc = resume_open(campaign, options->resume, now, dir, ret_environment,
				 error);
		json_decref(now);
		return rc;
	}
	if (rc == 0)
		rc = check_max_time(campaign, error);
	if (rc == 0)
		rc = result_dir_create(dir, options->out, result_columns, campaign->plan,
				       error);
	if (rc < 0)
		json_decref(now);
	else
		*ret_environment = now;
	return rc;
}

static int measure_rows(struct campaign *campaign, const struct result_dir *dir,
			json_t *environment, const char *command_line, char *error)
{
	int rc = session_begin(environment, command_line, campaign->row_count);

	if (rc == 0)
		rc = environment_write_into(environment, dir->path);
	if (rc < 0) {
		snprintf(error, OPTION_ERROR_SIZE,
			 "cannot write %.200s/environment.json: %s", dir->path,
			 strerror(-rc));
		return rc;
	}
	campaign->cancel = interrupt_catch();
	rc = campaign_run(campaign, error);
	session_end(environment, campaign, rc == 0);
	(void)environment_write_into(environment,
				     dir->path); /* the rows are what counts */
	return rc;
}

static int measure_into(struct campaign *campaign, const struct objectives *objectives,
			const struct run_options *options, const char *command_line)
{
	char error[OPTION_ERROR_SIZE] = "";
	struct result_dir dir;
	json_t *environment;

	if (open_directory(campaign, options, command_line, &dir, &environment, error) <
	    0)
		return error_usage("run: %s", error);
	campaign->dir = &dir;
	const int rc = measure_rows(campaign, &dir, environment, command_line, error);
	const int status = finish(campaign, objectives, rc, error);
	campaign->dir = NULL;
	json_decref(environment);
	result_dir_release(&dir);
	return status;
}

static int run(const struct run_options *options, const struct plan *plan,
	       const char *command_line)
{
	char error[OPTION_ERROR_SIZE] = "";
	struct objectives objectives = {NULL, 0};
	struct campaign campaign;
	int status;

	const char *reason = engine_choice_reason(plan->engine);
	if (reason)
		return error_failed("run: engine %s is unavailable: %s",
				    engine_choices[plan->engine], reason);
	int rc = campaign_prepare(&campaign, plan, error);
	campaign.max_time_ns = options->max_time_ns;
	if (rc == 0)
		rc = objectives_parse(&options->require, &objectives, error);
	if (rc == 0 && options->resume && options->dry_run)
		rc = resume_look(&campaign, options->resume, error);
	if (rc < 0)
		status = error_usage("run: %s", error);
	else if (options->dry_run)
		status = forecast_print(&campaign, stdout) < 0
				 ? error_failed("run: out of memory")
				 : EXIT_VALID;
	else
		status = measure_into(&campaign, &objectives, options, command_line);
	objectives_release(&objectives);
	campaign_release(&campaign);
	return status;
}

/* What --resume says stands for PLAN, where that is not given again. */
static int make_plan(const struct run_options *options, const char *argument,
		     const struct io_catalogue *catalogue, struct plan *plan, char *error)
{
	char *own = NULL;

	if (!options->resume)
		return run_plan_make(options, argument, catalogue, plan, error);
	if (options->out) {
		snprintf(error, OPTION_ERROR_SIZE,
			 "--out '%.300s': --resume goes on in its own directory",
			 options->out);
		return -EINVAL;
	}
	if (!argument && options->models.count == 0)
		argument = own = result_dir_file(options->resume, "plan.ini");
	int rc = run_plan_make(options, argument, catalogue, plan, error);
	free(own);
	if (rc < 0)
		return rc;
	rc = resume_check_plan(options->resume, plan, error);
	if (rc < 0)
		plan_release(plan);
	return rc;
}

static int parse_options(int argc, char **argv, struct run_options *options,
			 char ***ret_operands)
{
	struct option_spec table[OPTIONS_MAX];

	options_join(table, own_options, run_plan_options, NULL);
	const struct option_command command = {
		.name = "run",
		.summary =
			"measure a plan: every server of it, row by row, into a directory",
		.operands = "[PLAN]",
		.max_operands = 1,
		.options = table,
		.epilogue =
			"PLAN is a shipped plan (`iomodels list plans`) or a file, which has a slash "
			"or ends in .ini. What is given beside it replaces what the plan says, an "
			"axis in every section. Without PLAN, --models and the other axes make one "
			"(3 repetitions of 1 s, tcp, 64 connections, 64 bytes, split). With --resume no "
			"plan is given, or the same again.",
	};

	return options_parse(&command, argc, argv, options, sizeof(*options),
			     ret_operands);
}

int run_command(const struct io_catalogue *catalogue, int argc, char **argv)
{
	char error[OPTION_ERROR_SIZE] = "out of memory";
	struct run_options options;
	struct plan plan;
	char **operands;
	int status;

	const int count = parse_options(argc, argv, &options, &operands);
	if (count < 0)
		return options_exit_status(count);
	(void)progress_enable(options.progress);
	if (peers_use(catalogue->peers, options.python, error) < 0 ||
	    make_plan(&options, count ? operands[0] : NULL, catalogue, &plan, error) <
		    0) {
		status = error_usage("run: %s", error);
	} else {
		char *command_line = environment_command_line(argc, argv);
		status = run(&options, &plan,
			     command_line ? command_line : "iomodels run");
		free(command_line);
		plan_release(&plan);
	}
	option_list_release(&options.models);
	option_list_release(&options.require);
	option_list_release(&options.set);
	return status;
}
