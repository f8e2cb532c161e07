/* campaign.c - a plan, measured: rounds of random order, each row kept as it comes. */
#include "results/campaign/campaign.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "loadgen/watch.h"
#include "results/campaign/environment.h"
#include "results/campaign/forecast.h"
#include "results/campaign/measure.h"
#include "results/campaign/order.h"
#include "results/campaign/private.h"
#include "results/campaign/verdict.h"
#include "server/clock.h"

/* The repetition that counts system calls is not timed, so a short one does, but where
 * requests take their time. */
#define COUNT_WARMUP_NS   (100 * NS_PER_MS)
#define COUNT_DURATION_NS (300 * NS_PER_MS)

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static void configure(const struct campaign *campaign, const struct campaign_cell *one,
		      struct measure_config *ret_config)
{
	*ret_config = (struct measure_config){
		.cell = one->cell,
		.spec = &one->subject.spec,
		.cpus = &one->subject.cpus,
		.warmup_ns = campaign->plan->warmup_ns,
		.duration_ns = campaign->plan->duration_ns,
		.seed = campaign->plan->seed,
		.engine = campaign->engine < 0 ? ENGINE_DEFAULT : campaign->engine,
		.cancel = campaign->cancel,
	};
}

static int check_load(const struct campaign *campaign, struct campaign_cell *one,
		      char *error)
{
	struct measure_config config;
	struct load_config load;

	configure(campaign, one, &config);
	measure_load_config(&config, &load);
	return load_config_check(&load, (enum transport)one->cell->transport, error);
}

static int prepare_cell(const struct campaign *campaign, struct campaign_cell *one,
			char *error)
{
	int rc = subject_prepare(one->cell, campaign->plan->catalogue, &one->subject,
				 error);

	if (rc == 0 && !one->subject.reason)
		rc = check_load(campaign, one, error);
	if (rc != -ENODEV && rc != -EMFILE)
		return rc;
	one->subject.reason = one->shortage = strdup(error);
	return one->shortage ? 0 : -ENOMEM;
}

/* A larger machine's cells are no reason not to measure the others. */
static int check_shortage(const struct campaign *campaign, char *error)
{
	const char *shortage = NULL;

	for (size_t i = 0; i < campaign->count; i++) {
		if (!campaign->prepared[i].subject.reason)
			return 0;
		if (!shortage)
			shortage = campaign->prepared[i].shortage;
	}
	if (!shortage)
		return 0;
	snprintf(error, OPTION_ERROR_SIZE, "%.500s", shortage);
	return -EINVAL;
}

static int allocate(struct campaign *campaign)
{
	const size_t steps = campaign->count * (size_t)campaign->plan->repetitions;

	campaign->prepared = calloc(campaign->count + 1, sizeof(*campaign->prepared));
	campaign->steps = calloc(steps + 1, sizeof(*campaign->steps));
	campaign->rows = calloc(steps + 1, sizeof(*campaign->rows));
	return campaign->prepared && campaign->steps && campaign->rows ? 0 : -ENOMEM;
}

/* Rounds of all cells, each in an order of its own that follows from the seed. */
static int order_steps(struct campaign *campaign)
{
	size_t *order = calloc(campaign->count + 1, sizeof(*order));

	if (!order)
		return -ENOMEM;
	for (int64_t round = 0; round < campaign->plan->repetitions; round++) {
		order_round((uint64_t)campaign->plan->seed, (uint64_t)round, order,
			    campaign->count);
		for (size_t i = 0; i < campaign->count; i++)
			campaign->steps[campaign->step_count++] =
				(struct campaign_step){order[i], round + 1, false};
	}
	free(order);
	return 0;
}

int campaign_prepare(struct campaign *campaign, const struct plan *plan, char *error)
{
	memset(campaign, 0, sizeof(*campaign));
	campaign->plan = plan;
	campaign->counts_syscalls = plan->syscalls && probe_can_count_syscalls();
	campaign->engine = engine_choice_fixed(plan->engine);
	int rc = plan_expand(plan, &campaign->cells, &campaign->count);
	if (rc == 0)
		rc = allocate(campaign);
	if (rc == 0)
		rc = order_steps(campaign);
	if (rc < 0)
		snprintf(error, OPTION_ERROR_SIZE, "out of memory");
	for (size_t i = 0; rc == 0 && i < campaign->count; i++) {
		campaign->prepared[i].cell = &campaign->cells[i];
		campaign->prepared[i].syscalls_per_request = NAN;
		campaign->prepared[i].left = plan->repetitions;
		rc = prepare_cell(campaign, &campaign->prepared[i], error);
	}
	return rc < 0 ? rc : check_shortage(campaign, error);
}

void campaign_release(struct campaign *campaign)
{
	for (size_t i = 0; i < campaign->row_count; i++)
		row_release(&campaign->rows[i]);
	free(campaign->rows);
	for (size_t i = 0; campaign->prepared && i < campaign->count; i++) {
		subject_release(&campaign->prepared[i].subject);
		free(campaign->prepared[i].shortage);
	}
	free(campaign->prepared);
	free(campaign->steps);
	plan_cells_free(campaign->cells, campaign->count);
	memset(campaign, 0, sizeof(*campaign));
}

void campaign_count_times(const struct campaign *campaign,
			  const struct campaign_cell *one, int64_t *ret_warmup_ns,
			  int64_t *ret_duration_ns)
{
	const bool brief = strcmp(one->cell->work, "none") == 0;
	const int64_t warmup_ns = campaign->plan->warmup_ns;
	const int64_t duration_ns = campaign->plan->duration_ns;

	*ret_warmup_ns = brief ? least(warmup_ns, COUNT_WARMUP_NS) : warmup_ns;
	*ret_duration_ns = brief ? least(duration_ns, COUNT_DURATION_NS) : duration_ns;
}

int64_t campaign_timeout_ns(const struct campaign *campaign,
			    const struct campaign_cell *one)
{
	struct measure_config config;
	struct load_config load;

	configure(campaign, one, &config);
	measure_load_config(&config, &load);
	return load_timeout_ns(&load, (enum transport)one->cell->transport);
}

/* Inside a window `now` says how it goes; the time left follows from those before. */
static void show_progress(void *context, const struct load_progress *now)
{
	const struct campaign *c = context;
	const double done = (double)(c->row_count - c->kept);
	const double parts = done + (now ? now->done : 0);
	const int64_t spent = clock_ns() - c->started_ns;
	const double all = (double)(c->step_count - c->kept);
	const double left = done > 0 ? (double)spent / parts * (all - parts)
				     : (double)forecast_ns(c) * (1 - parts / all);
	char text[WATCH_TEXT_SIZE] = "";

	if (now)
		watch_format(now, text);
	progress_line("[%zu/%zu] %d:%02d left%s%s, %.60s", c->row_count + 1,
		      c->step_count, (int)(left / NS_PER_S) / 60,
		      (int)(left / NS_PER_S) % 60, now ? ", " : "", text,
		      c->current->cell->id);
}

/* Once for all cells, on the first whose server answers. */
static int choose_engine(struct campaign *campaign, struct measure_config *config,
			 char *error)
{
	int engine;

	if (campaign->engine >= 0)
		return 0;
	const int rc =
		engine_choose_for_cell(config, &engine, campaign->engine_account, error);
	if (rc == 0 && engine >= 0)
		campaign->engine = config->engine = engine;
	return rc;
}

/* Once for each cell, so that all its rows can have the figure when they are written. */
static int count_syscalls(const struct campaign *campaign, struct campaign_cell *one,
			  struct measure_config config, char *error)
{
	if (one->counted || !campaign->counts_syscalls)
		return 0;
	config.progress = NULL;
	campaign_count_times(campaign, one, &config.warmup_ns, &config.duration_ns);
	one->counted = true;
	return measure_syscalls(&config, &one->syscalls_per_request, error);
}

/* With a log of its own in the directory. */
static int measure_logged(const struct campaign *campaign, int64_t order,
			  struct measure_config *config, struct row *row, char *error)
{
	char *path = result_dir_log_path(campaign->dir, order, config->cell->id);
	int rc = -ENOMEM;

	if (path) {
		config->log_path = path;
		rc = measure_cell(config, row, error);
	} else {
		snprintf(error, OPTION_ERROR_SIZE, "out of memory");
	}
	free(path);
	return rc;
}

static int measure(struct campaign *campaign, struct campaign_cell *one, int64_t order,
		   struct row *row, char *error)
{
	struct measure_config config;

	configure(campaign, one, &config);
	if (isatty(STDERR_FILENO)) /* one line per repetition is enough for a log */
		config.progress = show_progress;
	config.context = campaign;
	measure_describe(&config, row);
	if (one->subject.reason) {
		row_set_text(row, "verdict", verdict_name(VERDICT_UNAVAILABLE));
		row_set_text(row, "verdict_reason", one->subject.reason);
		return 0;
	}
	campaign->current = one;
	show_progress(campaign, NULL);
	int rc = choose_engine(campaign, &config, error);
	if (rc == 0)
		rc = count_syscalls(campaign, one, config, error);
	if (rc < 0)
		return rc;
	row_set_real(row, "syscalls_per_request", one->syscalls_per_request);
	const int64_t started_ns = clock_ns();
	rc = measure_logged(campaign, order, &config, row, error);
	one->took_ns = clock_ns() - started_ns;
	return rc;
}

static int append(struct campaign *campaign, struct row *row, char *error)
{
	const int rc = result_dir_append(campaign->dir, row);

	if (rc < 0)
		snprintf(error, OPTION_ERROR_SIZE, "cannot write %s/results.csv: %s",
			 campaign->dir->path, strerror(-rc));
	return rc;
}

/* The next measurements would fare no better. */
static bool is_disks_fault(int rc)
{
	return rc == -ENOSPC || rc == -EDQUOT || rc == -EFBIG || rc == -EROFS ||
	       rc == -EIO;
}

void campaign_settle(struct campaign *campaign, size_t step)
{
	campaign->steps[step].done = true;
	campaign->prepared[campaign->steps[step].cell].left--;
	campaign->row_count++;
}

/* One repetition of one cell, into memory and into the file. */
static int add_row(struct campaign *campaign, size_t step, char *error)
{
	struct row *row = &campaign->rows[campaign->row_count];
	const int64_t order = (int64_t)step + 1;
	char now[32], lost[OPTION_ERROR_SIZE];

	if (row_init(row, result_columns) < 0) {
		snprintf(error, OPTION_ERROR_SIZE, "out of memory");
		return -ENOMEM;
	}
	format_now(now, sizeof(now));
	row_set_text(row, "run_id", campaign->run_id);
	row_set_text(row, "started_at", now);
	row_set_count(row, "repetition", campaign->steps[step].repetition);
	row_set_count(row, "order", order);
	const int failed =
		measure(campaign, &campaign->prepared[campaign->steps[step].cell], order,
			row, error);
	if (failed < 0 && failed != -EINTR)
		verdict_add_failure(row, error);
	const int rc = failed == -EINTR ? failed : append(campaign, row, lost);
	if (rc < 0) {
		if (rc != -EINTR)
			memcpy(error, lost, sizeof(lost));
		row_release(row);
		return rc;
	}
	campaign_settle(campaign, step);
	return is_disks_fault(failed) ? failed : 0;
}

static bool fits(const struct campaign *campaign, const struct campaign_step *step)
{
	const struct campaign_cell *one = &campaign->prepared[step->cell];

	if (campaign->max_time_ns == 0 || one->subject.reason)
		return true;
	return clock_ns() - campaign->started_ns + forecast_next_ns(campaign, one) <=
	       campaign->max_time_ns;
}

int campaign_run(struct campaign *campaign, char *error)
{
	int rc = 0;

	if (campaign->run_id[0] == '\0')
		format_run_id(campaign->run_id);
	campaign->started_ns = clock_ns();
	for (size_t i = 0; rc == 0 && i < campaign->step_count; i++) {
		if (campaign->steps[i].done)
			continue;
		if (*campaign->cancel)
			rc = -EINTR;
		else if (!fits(campaign, &campaign->steps[i]))
			break;
		else
			rc = add_row(campaign, i, error);
	}
	progress_clear();
	return rc;
}
