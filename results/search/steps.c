/* steps.c - the steps of a search: measurements at one rate after another. */
#include "results/search/steps.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "results/campaign/environment.h"
#include "results/campaign/verdict.h"
#include "server/clock.h"

#define LONGEST   10 /* times --duration may a window last, for the sake of samples */
#define CLOSED_NS NS_PER_S

static const struct row_column own_columns[] = {
	{"outcome", ROW_TEXT, 0},
	{"outcome_reason", ROW_TEXT, 0},
	{.name = NULL},
};

static const char *const outcome_names[] = {
	[KNEE_KEPT] = "kept", [KNEE_MISSED] = "missed", [KNEE_UNDECIDED] = "undecided"};

static size_t count_columns(const struct row_column *columns)
{
	size_t count = 0;

	while (columns[count].name)
		count++;
	return count;
}

int search_steps_init(struct search_steps *steps)
{
	const size_t count = count_columns(result_columns);

	steps->columns =
		calloc(count + count_columns(own_columns) + 1, sizeof(*steps->columns));
	if (!steps->columns)
		return -ENOMEM;
	memcpy(steps->columns, result_columns, count * sizeof(*result_columns));
	memcpy(steps->columns + count, own_columns, sizeof(own_columns));
	return 0;
}

void search_steps_release(struct search_steps *steps)
{
	for (size_t i = 0; i < steps->count; i++)
		row_release(&steps->items[i].row);
	free(steps->items);
	free(steps->columns);
	subject_release(&steps->subject);
}

double search_steps_lowest(const struct search_steps *steps)
{
	const double longest_ns = LONGEST * (double)steps->load.duration_ns;

	return fmax(1, slo_samples(&steps->slos) / longest_ns * NS_PER_S);
}

/* Of a row whose verdict says nothing of its queue, for something else came first. */
static bool kept_up(const struct row *row, double rate)
{
	double throughput = 0, seconds = 0;

	(void)row_number(row, "throughput_rps", &throughput);
	(void)row_number(row, "duration_s", &seconds);
	return load_kept_up(rate * seconds, throughput * seconds);
}

/* Response times count from when requests were due: what a late generator lost is in them,
 * and an objective that is met all the same is met. Not so when it ran short of something. */
static bool only_late(const struct row *row)
{
	double errors = 0;

	(void)row_number(row, "errors_client", &errors);
	return verdict_of(row) == VERDICT_CLIENT_LIMITED && errors == 0;
}

enum knee_outcome search_outcome(const struct row *row, const struct slos *slos,
				 double rate, char *why, size_t size)
{
	const enum verdict verdict = verdict_of(row);
	const char *reason = row_text(row, "verdict_reason");

	why[0] = '\0';
	const bool met =
		(verdict == VERDICT_VALID || (only_late(row) && kept_up(row, rate))) &&
		slo_met(slos, row, why, size);
	if (verdict == VERDICT_VALID)
		return met ? KNEE_KEPT : KNEE_MISSED;
	snprintf(why, size, "%s%s%s", verdict_name(verdict), reason ? ": " : "",
		 reason ? reason : "");
	if (met)
		return KNEE_KEPT;
	return verdict == VERDICT_CLIENT_LIMITED ? KNEE_UNDECIDED : KNEE_MISSED;
}

bool search_steps_valid(const struct search_steps *steps, double rate)
{
	for (size_t i = 0; i < steps->count; i++)
		if (steps->items[i].rate == rate &&
		    steps->items[i].outcome == KNEE_KEPT &&
		    verdict_of(&steps->items[i].row) == VERDICT_VALID)
			return true;
	return false;
}

static int add_step(struct search_steps *steps, struct search_step **ret_step)
{
	struct search_step *items =
		realloc(steps->items, (steps->count + 1) * sizeof(*items));
	char now[32];

	if (!items)
		return -ENOMEM;
	steps->items = items;
	struct search_step *step = &items[steps->count];
	memset(step, 0, sizeof(*step));
	if (row_init(&step->row, steps->columns) < 0)
		return -ENOMEM;
	steps->count++;
	format_now(now, sizeof(now));
	row_set_text(&step->row, "started_at", now);
	row_set_count(&step->row, "order", (int64_t)steps->count);
	*ret_step = step;
	return 0;
}

static int measure_running(struct search_steps *steps, const struct load_config *load,
			   struct row *row)
{
	const struct load_hooks hooks = {.progress = steps->progress,
					 .context = steps->context};
	struct load_result result;
	int rc = load_run(load, &steps->address, &hooks, steps->cancel, &result,
			  steps->error);

	if (rc == 0 && result.interrupted)
		rc = -EINTR;
	if (rc == 0)
		load_result_to_row(load, &steps->address, &result, row);
	load_result_release(&result);
	return rc;
}

static int measure_started(struct search_steps *steps, const struct load_config *load,
			   struct row *row)
{
	const struct measure_config config = {
		.cell = &steps->cell,
		.spec = &steps->subject.spec,
		.cpus = &steps->subject.cpus,
		.load = load,
		.seed = load->seed,
		.cancel = steps->cancel,
		.progress = steps->progress,
		.context = steps->context,
	};

	measure_describe(&config, row);
	return measure_cell(&config, row, steps->error);
}

static int measure_step(struct search_steps *steps, struct search_step *step,
			const struct load_config *load)
{
	row_set_count(&step->row, "repetition", step->attempt + 1);
	steps->now = step->rate;
	if (steps->progress)
		steps->progress(steps->context, NULL);
	const int rc = steps->starts_servers ? measure_started(steps, load, &step->row)
					     : measure_running(steps, load, &step->row);
	if (rc < 0)
		row_release(&steps->items[--steps->count].row);
	return rc == 0 && verdict_of(&step->row) == VERDICT_CORRUPT ? -EBADMSG : rc;
}

int search_steps_closed(struct search_steps *steps, double *ret_rate)
{
	struct load_config load = steps->load;
	struct search_step *step;
	double requests;

	int rc = add_step(steps, &step);
	if (rc < 0)
		return rc;
	load.rate = 0;
	if (load.duration_ns > CLOSED_NS)
		load.duration_ns = CLOSED_NS;
	rc = measure_step(steps, step, &load);
	if (rc < 0)
		return rc;
	if (!row_number(&step->row, "requests", &requests) || requests == 0 ||
	    !row_number(&step->row, "throughput_rps", ret_rate))
		return -ENODATA;
	return 0;
}

int search_steps_probe(void *context, double rate, int attempt,
		       enum knee_outcome *ret_outcome)
{
	struct search_steps *steps = context;
	struct load_config load = steps->load;
	struct search_step *step;
	int rc = add_step(steps, &step);

	if (rc < 0)
		return rc;
	step->rate = load.rate = rate;
	step->attempt = attempt;
	/* Other arrivals each time, but the same for every server at this rate. */
	load.seed += attempt;
	const double needed_ns = slo_samples(&steps->slos) / rate * NS_PER_S;
	if ((double)load.duration_ns < needed_ns)
		load.duration_ns = (int64_t)needed_ns;
	steps->cell.offered_rps = rate;
	steps->cell.arrivals = load.arrivals;
	rc = measure_step(steps, step, &load);
	if (rc < 0 && rc != -EBADMSG)
		return rc;
	step->outcome = search_outcome(&step->row, &steps->slos, rate, step->why,
				       sizeof(step->why));
	row_set_text(&step->row, "outcome", outcome_names[step->outcome]);
	row_set_text(&step->row, "outcome_reason", step->why[0] ? step->why : NULL);
	*ret_outcome = step->outcome;
	return rc;
}
