/* run.c - the command `iomodels run`. */
#include "results/run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "loadgen/load.h"
#include "results/campaign.h"
#include "results/environment.h"
#include "results/forecast.h"
#include "results/interrupt.h"
#include "results/objectives.h"
#include "results/peers.h"
#include "results/result_dir.h"
#include "results/run_plan.h"
#include "results/table.h"
#include "results/verdict.h"
#include "server/clock.h"

#define AT(member) offsetof(struct run_options, member)
#define AXIS(option, axis, metavar, help)                                            \
	{                                                                            \
		option, metavar, help, OPTION_TEXT, AT(axes[axis]), NULL, 0, 0, NULL \
	}

static const struct option_spec run_options[] = {
	{"out", "DIR", "directory to be made (default ./iomodels-YYYYMMDD-HHMMSS)",
	 OPTION_TEXT, AT(out), NULL, 0, 0, NULL},
	{"dry-run", NULL, "print the cells and the time they take, measure nothing",
	 OPTION_FLAG, AT(dry_run), NULL, 0, 0, NULL},
	{"progress", NULL, "progress on stderr although that is no terminal", OPTION_FLAG,
	 AT(progress), NULL, 0, 0, NULL},
	{"require", "METRIC<=VALUE",
	 "or >=: exit 7 unless the median of every cell meets it; repeatable",
	 OPTION_REPEAT, AT(require), NULL, 0, 0, NULL},
	{"set", "KEY=VALUE",
	 "any key of a plan, or an axis in every section of it (values separated by "
	 "commas); repeatable",
	 OPTION_REPEAT, AT(set), NULL, 0, 0, NULL},
	{"only", "CELLS",
	 "of the cells: a part of the name, or COLUMN=VALUE|.. (also != < <= > >=, globs) "
	 "with ',' as and",
	 OPTION_TEXT, AT(only), NULL, 0, 0, NULL},
	{"seed", "N", "of the order and the payload", OPTION_TEXT, AT(seed), NULL, 0, 0,
	 NULL},
	{"repetitions", "N", "of each cell", OPTION_TEXT, AT(repetitions), NULL, 0, 0,
	 NULL},
	{"duration", "TIME", "of the measured window", OPTION_TEXT, AT(duration), NULL, 0,
	 0, NULL},
	{"warmup", "TIME", "before the window", OPTION_TEXT, AT(warmup), NULL, 0, 0,
	 NULL},
	{"engine", "NAME",
	 "of the generator: auto tries each on the first server and keeps the cheaper",
	 OPTION_TEXT, AT(engine), NULL, 0, 0, NULL},
	{"syscalls", "yes|no",
	 "count system calls in an extra repetition where permitted", OPTION_TEXT,
	 AT(syscalls), NULL, 0, 0, NULL},
	{"models", "SERVER,..",
	 "MODEL[:key=value,..], python:NAME, all, family:NAME; exec:COMMAND stands "
	 "alone; may be repeated",
	 OPTION_REPEAT, AT(models), NULL, 0, 0, NULL},
	PEERS_OPTION(AT(python)),
	AXIS("transport", PLAN_TRANSPORT, "NAME,..", "tcp, unix, udp"),
	AXIS("connections", PLAN_CONNECTIONS, "N,..", "that send"),
	AXIS("idle-connections", PLAN_IDLE_CONNECTIONS, "N,..",
	     "silent ones beside them"),
	AXIS("payload-bytes", PLAN_PAYLOAD_BYTES, "SIZE,..",
	     "N, uniform:A-B, @FILE with lines of SIZE,WEIGHT"),
	AXIS("depth", PLAN_DEPTH, "N,..", "requests in flight per connection"),
	AXIS("offered-rps", PLAN_OFFERED_RPS, "RATE,..",
	     "of an open loop; 0: closed loop"),
	AXIS("arrivals", PLAN_ARRIVALS, "HOW,..", "of an open loop: poisson, constant"),
	AXIS("work", PLAN_WORK, "WORK,..",
	     "none, spin:TIME, sleep:TIME, exp:TIME, mix:TIME+TIME"),
	AXIS("churn", PLAN_CHURN, "N,..", "requests per connection; 0: no churn"),
	AXIS("workers", PLAN_WORKERS, "N,..",
	     "auto, or of models that have such an option"),
	AXIS("placement", PLAN_PLACEMENT, "HOW,..", "split, shared, same"),
	{NULL, NULL, NULL, OPTION_FLAG, 0, NULL, 0, 0, NULL},
};

static const struct option_command command = {
	.name = "run",
	.summary = "measure a plan: every server of it, row by row, into a directory",
	.operands = "[PLAN]",
	.max_operands = 1,
	.options = run_options,
	.epilogue =
		"PLAN is a shipped plan (`iomodels list plans`) or a file, which has a slash "
		"or ends in .ini. What is given beside it replaces what the plan says, an "
		"axis in every section. Without PLAN, --models and the other axes make one "
		"(3 repetitions of 1 s, tcp, 64 connections, 64 bytes, split).",
};

static char *join_arguments(int argc, char **argv)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	fputs("iomodels", out);
	for (int i = 0; i < argc; i++)
		fprintf(out, " %s", argv[i]);
	fclose(out);
	return text;
}

static int write_environment(const struct result_dir *dir, json_t *environment)
{
	char *path;

	if (asprintf(&path, "%s/environment.json", dir->path) < 0)
		return -ENOMEM;
	const int rc = environment ? environment_write(environment, path) : -ENOMEM;
	free(path);
	return rc;
}

static void unmet(const char *line)
{
	warn_user("%s", line);
}

/* The table of what was measured, and the exit status. `rc` is campaign_run's. */
static int finish(const struct campaign *campaign, const struct objectives *objectives,
		  int rc, const char *error)
{
	const size_t all = campaign->count * (size_t)campaign->plan->repetitions;
	const struct row *rows = campaign->rows;
	int status = verdict_exit_status(rows, campaign->row_count);

	if (table_print(rows, campaign->row_count, stdout) < 0 && rc == 0)
		status = error_failed("run: cannot print the table");
	if (rc == -EINTR) {
		warn_user("interrupted: %zu of %zu rows are in %s", campaign->row_count,
			  all, campaign->dir->path);
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
	warn_user("results: %s", campaign->dir->path);
	return status == EXIT_VALID && failures > 0 ? EXIT_REQUIREMENT : status;
}

static int measure_into(struct campaign *campaign, const struct objectives *objectives,
			const char *out, const char *command_line)
{
	char error[OPTION_ERROR_SIZE] = "";
	struct result_dir dir;

	if (result_dir_create(&dir, out, result_columns, campaign->plan, error) < 0)
		return error_usage("run: %s", error);
	json_t *environment = environment_new(command_line, campaign->plan->seed);
	int rc = write_environment(&dir, environment);
	if (rc < 0)
		snprintf(error, sizeof(error), "cannot write %.200s/environment.json: %s",
			 dir.path, strerror(-rc));
	campaign->dir = &dir;
	campaign->cancel = interrupt_catch();
	if (rc == 0)
		rc = campaign_run(campaign, error);
	if (environment) {
		environment_end(environment);
		(void)write_environment(&dir, environment); /* the rows are what counts */
	}
	json_decref(environment);
	const int status = finish(campaign, objectives, rc, error);
	campaign->dir = NULL;
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
	if (rc == 0)
		rc = objectives_parse(&options->require, &objectives, error);
	if (rc < 0)
		status = error_usage("run: %s", error);
	else if (options->dry_run)
		status = forecast_print(&campaign, stdout) < 0
				 ? error_failed("run: out of memory")
				 : EXIT_VALID;
	else
		status = measure_into(&campaign, &objectives, options->out, command_line);
	objectives_release(&objectives);
	campaign_release(&campaign);
	return status;
}

int run_command(const struct io_catalogue *catalogue, int argc, char **argv)
{
	char error[OPTION_ERROR_SIZE] = "out of memory";
	struct run_options options;
	struct plan plan;
	char **operands;
	int status;

	const int count =
		options_parse(&command, argc, argv, &options, sizeof(options), &operands);
	if (count < 0)
		return options_exit_status(count);
	(void)progress_enable(options.progress);
	if (peers_use(catalogue->peers, options.python, error) < 0 ||
	    run_plan_make(&options, count ? operands[0] : NULL, catalogue, &plan, error) <
		    0) {
		status = error_usage("run: %s", error);
	} else {
		char *command_line = join_arguments(argc, argv);
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
