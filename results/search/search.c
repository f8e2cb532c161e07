/* search.c - the command `iomodels search ADDR|SERVER`. */
#include "results/search/search.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "loadgen/watch.h"
#include "results/calibration/engine_choice.h"
#include "results/campaign/interrupt.h"
#include "results/campaign/verdict.h"
#include "results/search/options.h"
#include "results/search/report.h"

/* Of the closed loop's rate: where the search begins, and where it ends at the latest. */
#define START   0.7
#define HIGHEST 2.0
#define LOWEST  0.1 /* where a low --duration would have it end above */

#define RATE_MOST 10e6 /* of any open loop */

static int choose_engine(const struct search_options *options, struct search_steps *steps,
			 char *account)
{
	const struct measure_config config = {
		.cell = &steps->cell,
		.spec = &steps->subject.spec,
		.cpus = &steps->subject.cpus,
		.load = &steps->load,
		.cancel = steps->cancel,
	};
	int rc = 0, engine = engine_choice_fixed(options->engine);

	account[0] = '\0';
	if (engine < 0 && steps->starts_servers)
		rc = engine_choose_for_cell(&config, &engine, account, steps->error);
	else if (engine < 0)
		rc = engine_choose(&steps->load, &steps->address, steps->cancel, &engine,
				   account, steps->error);
	steps->load.engine = engine < 0 ? ENGINE_DEFAULT : engine;
	if (engine < 0)
		account[0] = '\0'; /* nobody answered: there was no choice */
	return rc;
}

/* Where to look: on the same connections an open loop has no more requests in flight than
 * the closed one. */
static int find_knee(struct search_steps *steps, struct knee_search *search,
		     struct knee *ret_knee)
{
	double rate;
	const int rc = search_steps_closed(steps, &rate);

	if (rc < 0)
		return rc;
	search->highest = fmin(fmax(HIGHEST * rate, 1), RATE_MOST);
	search->lowest = fmin(search_steps_lowest(steps), LOWEST * rate);
	search->start = fmin(fmax(START * rate, search->lowest), search->highest);
	return knee_find(search, ret_knee);
}

static void show_progress(void *context, const struct load_progress *now)
{
	const struct search_steps *steps = context;
	char text[WATCH_TEXT_SIZE] = "", rate[32] = "closed loop";

	if (now)
		watch_format(now, text);
	if (steps->now > 0)
		snprintf(rate, sizeof(rate), "%.0f requests/s", steps->now);
	progress_line("search: step %zu, %s%s%s", steps->count, rate, now ? ": " : "",
		      text);
}

static enum search_limit limit_of(const struct search_steps *steps,
				  const struct knee *knee)
{
	if (knee->kept.rate > 0 && !search_steps_valid(steps, knee->kept.rate))
		return SEARCH_LIMIT_CLIENT;
	if (knee->above.rate == 0)
		return SEARCH_LIMIT_NONE;
	return knee_end_undecided(&knee->above) ? SEARCH_LIMIT_CLIENT
						: SEARCH_LIMIT_SERVER;
}

/* Nothing was kept: the objective was missed, or the last row has a graver reason. */
static int status_of_none(const struct search_report *report)
{
	const struct search_steps *steps = report->steps;
	const int status = verdict_exit_status(&steps->items[steps->count - 1].row, 1);

	if (report->limit == SEARCH_LIMIT_CLIENT)
		return EXIT_CLIENT_LIMITED;
	return status == EXIT_VALID ? EXIT_REQUIREMENT : status;
}

/* Ends of a search that are shown with what is known by then. */
static const struct cut {
	int rc, status;
	const char *words;
} cuts[] = {
	{-EINTR, EXIT_INTERRUPTED, "interrupted"},
	{-EBADMSG, EXIT_CORRUPT, "wrong bytes came back"},
	{-ENODATA, EXIT_SERVER_ERRORS, "no reply in the closed loop"},
};

static const struct cut *find_cut(int rc)
{
	for (size_t i = 0; i < sizeof(cuts) / sizeof(cuts[0]); i++)
		if (cuts[i].rc == rc)
			return &cuts[i];
	return NULL;
}

static int status_of(const struct search_report *report)
{
	if (report->knee->kept.rate == 0)
		return status_of_none(report);
	return report->limit == SEARCH_LIMIT_CLIENT ? EXIT_CLIENT_LIMITED : EXIT_VALID;
}

static int print(const struct search_options *options, const struct search_report *report)
{
	if (options->json)
		return search_report_json(report, stdout);
	return options->csv ? search_report_csv(report, stdout)
			    : search_report_text(report, stdout);
}

static int search(const struct search_options *options, const char *target,
		  struct search_steps *steps, struct knee_search *search)
{
	char account[ENGINE_TEXT_SIZE];
	struct knee knee = {.kept = {.rate = 0}};

	steps->cancel = interrupt_catch();
	if (progress_enable(options->progress))
		steps->progress = show_progress;
	steps->context = steps;
	int rc = choose_engine(options, steps, account);
	if (rc == 0)
		rc = find_knee(steps, search, &knee);
	progress_clear();
	if (account[0])
		warn_user("engine %s: %s", load_engines[steps->load.engine], account);
	const struct cut *cut = find_cut(rc);
	if (rc < 0 && !cut)
		return error_failed("search: %s",
				    steps->error[0] ? steps->error : strerror(-rc));
	const struct search_report report = {target, steps, &knee, limit_of(steps, &knee),
					     cut ? cut->words : NULL};
	const int written = print(options, &report);
	if (written < 0)
		return error_failed("search: cannot write the result: %s",
				    strerror(-written));
	return cut ? cut->status : status_of(&report);
}

static int run(const struct search_options *options, const char *target,
	       const struct io_catalogue *catalogue)
{
	struct search_steps steps = {.items = NULL};
	struct knee_search search_for = {.precision = 0};
	char error[OPTION_ERROR_SIZE];
	int status;

	const char *engine_reason = engine_choice_reason(options->engine);
	if (search_prepare(options, target, catalogue, &steps, &search_for, error) < 0)
		status = error_usage("search: %s", error);
	else if (steps.subject.reason)
		status = error_usage("search: %s is unavailable: %s", target,
				     steps.subject.reason);
	else if (engine_reason)
		status = error_failed("search: engine %s is unavailable: %s",
				      engine_choices[options->engine], engine_reason);
	else if (search_steps_init(&steps) < 0)
		status = error_failed("search: %s", strerror(ENOMEM));
	else
		status = search(options, target, &steps, &search_for);
	search_steps_release(&steps);
	return status;
}

int search_command(const struct io_catalogue *catalogue, int argc, char **argv)
{
	struct option_spec table[OPTIONS_MAX];
	struct search_options options;
	char **operands;

	search_options_table(table);
	const struct option_command command = {
		.name = "search",
		.summary = "the highest rate at which response times keep an objective",
		.operands = "ADDR|SERVER",
		.min_operands = 1,
		.max_operands = 1,
		.options = table,
		.epilogue =
			"ADDR is tcp:HOST:PORT, udp:HOST:PORT or unix:PATH of a server that runs; SERVER\n"
			"is MODEL[:key=value,..], python:NAME or exec:COMMAND, started afresh for each step. Exit: 0\n"
			"found, 2 usage, 3 the generator was the limit, 4 unstable, 5 corrupt, 6 server\n"
			"errors, 7 no rate keeps the objective, 130 interrupted.",
	};
	const int count =
		options_parse(&command, argc, argv, &options, sizeof(options), &operands);
	if (count < 0)
		return options_exit_status(count);
	const int status = run(&options, operands[0], catalogue);
	option_list_release(&options.slo);
	return status;
}
