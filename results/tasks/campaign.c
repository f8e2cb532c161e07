/* campaign.c - the pool experiment over executors, works and workers. */
#include "results/tasks/campaign.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "results/campaign/environment.h"
#include "results/campaign/interrupt.h"
#include "results/campaign/order.h"
#include "results/campaign/result_dir.h"
#include "results/statistics/statistics.h"
#include "results/tasks/python.h"
#include "results/tasks/row.h"
#include "results/tasks/table.h"
#include "server/clock.h"
#include "server/options.h"

struct measurements {
	const struct tasks_campaign *campaign;
	const volatile int *cancel;
	struct result_dir dir;
	struct tasks_result *results; /* [cell * repetitions + repetition] */
	double *speedups;             /* likewise; NAN: not measured */
	char **reasons;               /* why a cell cannot be measured; NULL: it can */
	size_t *order;
};

int tasks_measure(const struct io_catalogue *catalogue, const struct tasks_config *config,
		  struct tasks_result *ret_result, char *error)
{
	char *line = NULL;
	const int rc =
		tasks_is_python(config->executor)
			? tasks_python_run(catalogue->peers, config, ret_result, &line)
			: catalogue->run_tasks(config, ret_result);

	if (rc < 0)
		snprintf(error, OPTION_ERROR_SIZE, "%s with %u workers: %.300s",
			 config->executor, config->workers,
			 line && line[0] ? line : strerror(-rc));
	free(line);
	return rc;
}

static size_t at(const struct measurements *m, size_t cell, int64_t repetition)
{
	return cell * (size_t)m->campaign->repetitions + (size_t)repetition;
}

/* The cell with one worker of the same executor on the same work; -1: there is none. */
static long baseline_of(const struct tasks_cells *cells, size_t cell)
{
	const struct tasks_config *own = &cells->items[cell];

	for (size_t i = 0; i < cells->count; i++) {
		const struct tasks_config *other = &cells->items[i];
		if (other->workers == 1 && other->work == own->work &&
		    other->work_ns == own->work_ns &&
		    strcmp(other->executor, own->executor) == 0)
			return (long)i;
	}
	return -1;
}

static double speedup_of(const struct measurements *m, size_t cell, int64_t repetition)
{
	const long baseline = baseline_of(m->campaign->cells, cell);
	const double elapsed = (double)m->results[at(m, cell, repetition)].elapsed_ns;
	double alone = (double)tasks_work_ns(&m->campaign->cells->items[cell]);

	if (baseline >= 0)
		alone = (double)m->results[at(m, (size_t)baseline, repetition)]
				.elapsed_ns;
	return alone / elapsed;
}

/* The rows of a round, in the order in which they were measured. 0 or -errno. */
static int write_round(struct measurements *m, int64_t repetition)
{
	struct row row;
	int rc = row_init(&row, tasks_columns);

	for (size_t i = 0; rc == 0 && i < m->campaign->cells->count; i++) {
		const size_t cell = m->order[i];
		if (m->reasons[cell])
			continue;
		m->speedups[at(m, cell, repetition)] = speedup_of(m, cell, repetition);
		row_clear(&row);
		tasks_to_row(&m->campaign->cells->items[cell],
			     &m->results[at(m, cell, repetition)],
			     m->speedups[at(m, cell, repetition)], repetition + 1, &row);
		rc = result_dir_append(&m->dir, &row);
	}
	row_release(&row);
	return rc;
}

static int measure_round(struct measurements *m, int64_t repetition, char *error)
{
	const struct tasks_campaign *c = m->campaign;
	const size_t count = c->cells->count;
	int rc = 0;

	order_round((uint64_t)c->seed, (uint64_t)repetition, m->order, count);
	for (size_t i = 0; rc == 0 && i < count; i++) {
		const size_t cell = m->order[i];
		if (*m->cancel)
			return -EINTR;
		if (m->reasons[cell])
			continue;
		progress_line("tasks: [%zu/%zu] %s, %u workers",
			      (size_t)repetition * count + i + 1,
			      (size_t)c->repetitions * count,
			      c->cells->items[cell].executor,
			      c->cells->items[cell].workers);
		rc = tasks_measure(c->catalogue, &c->cells->items[cell],
				   &m->results[at(m, cell, repetition)], error);
	}
	return rc;
}

/* Each executor of Python is asked once. */
static int find_reasons(struct measurements *m)
{
	const struct tasks_cells *cells = m->campaign->cells;

	for (size_t i = 0; i < cells->count; i++) {
		const char *executor = cells->items[i].executor;
		size_t first = 0;
		if (!tasks_is_python(executor))
			continue;
		while (strcmp(cells->items[first].executor, executor) != 0)
			first++;
		if (first == i) {
			m->reasons[i] = tasks_python_reason(m->campaign->catalogue->peers,
							    executor);
			if (m->reasons[i])
				warn_user("%s is unavailable: %s", executor,
					  m->reasons[i]);
		} else if (m->reasons[first]) {
			m->reasons[i] = strdup(m->reasons[first]);
			if (!m->reasons[i])
				return -ENOMEM;
		}
	}
	return 0;
}

static int measurements_init(struct measurements *m,
			     const struct tasks_campaign *campaign)
{
	const size_t cells = campaign->cells->count;
	const size_t all = cells * (size_t)campaign->repetitions;

	memset(m, 0, sizeof(*m));
	m->campaign = campaign;
	m->results = calloc(all, sizeof(*m->results));
	m->speedups = calloc(all, sizeof(*m->speedups));
	m->reasons = calloc(cells, sizeof(*m->reasons));
	m->order = calloc(cells, sizeof(*m->order));
	if (!m->results || !m->speedups || !m->reasons || !m->order)
		return -ENOMEM;
	for (size_t i = 0; i < all; i++)
		m->speedups[i] = NAN;
	return find_reasons(m);
}

static void measurements_release(struct measurements *m)
{
	for (size_t i = 0; m->reasons && i < m->campaign->cells->count; i++)
		free(m->reasons[i]);
	free(m->results);
	free(m->speedups);
	free(m->reasons);
	free(m->order);
	result_dir_release(&m->dir);
}

static void median_of_cell(const struct measurements *m, size_t cell, double *scratch,
			   struct tasks_medians *ret_medians)
{
	size_t count = 0;

	for (int64_t r = 0; r < m->campaign->repetitions; r++)
		if (!isnan(m->speedups[at(m, cell, r)]))
			scratch[count++] = m->speedups[at(m, cell, r)];
	ret_medians->speedup = statistics_median(scratch, count);
	for (size_t r = 0; r < count; r++)
		scratch[r] =
			(double)m->results[at(m, cell, (int64_t)r)].elapsed_ns / NS_PER_S;
	ret_medians->elapsed_s = statistics_median(scratch, count);
	for (size_t r = 0; r < count; r++)
		scratch[r] =
			(double)m->results[at(m, cell, (int64_t)r)].cpu_ns / NS_PER_S;
	ret_medians->cpu_s = statistics_median(scratch, count);
}

static int print_table(const struct measurements *m)
{
	const size_t cells = m->campaign->cells->count;
	struct tasks_medians *medians = calloc(cells, sizeof(*medians));
	double *scratch = calloc((size_t)m->campaign->repetitions, sizeof(*scratch));
	int rc = medians && scratch ? 0 : -ENOMEM;

	for (size_t i = 0; rc == 0 && i < cells; i++)
		median_of_cell(m, i, scratch, &medians[i]);
	if (rc == 0)
		rc = tasks_table_print(m->campaign->cells, medians, stdout);
	free(medians);
	free(scratch);
	return rc;
}

/* Begins or, when it exists, ends environment.json: the rows are what counts. */
static void write_environment(const struct measurements *m, json_t *environment)
{
	char *path;

	if (!environment || asprintf(&path, "%s/environment.json", m->dir.path) < 0)
		return;
	if (environment_write(environment, path) < 0)
		warn_user("cannot write %s", path);
	free(path);
}

static bool has_python(const struct tasks_cells *cells)
{
	for (size_t i = 0; i < cells->count; i++)
		if (tasks_is_python(cells->items[i].executor))
			return true;
	return false;
}

static json_t *environment_of(const struct tasks_campaign *campaign)
{
	json_t *environment = environment_new(campaign->command_line, campaign->seed);

	if (environment && has_python(campaign->cells))
		json_object_set(environment, "python",
				peers_ask_facts(campaign->catalogue->peers));
	return environment;
}

static int measure_all(struct measurements *m, char *error)
{
	int rc = 0;

	for (int64_t r = 0; rc == 0 && r < m->campaign->repetitions; r++) {
		rc = measure_round(m, r, error);
		if (rc == 0) {
			rc = write_round(m, r);
			if (rc < 0)
				snprintf(error, OPTION_ERROR_SIZE,
					 "cannot write %.300s/tasks.csv: %s", m->dir.path,
					 strerror(-rc));
		}
	}
	progress_clear();
	return rc;
}

static int measure_into(struct measurements *m)
{
	char error[OPTION_ERROR_SIZE] = "", now[32];
	const struct tasks_campaign *c = m->campaign;

	if (result_dir_make(&m->dir, c->out, "tasks.csv", tasks_columns, error) < 0)
		return error_usage("tasks: %s", error);
	json_t *environment = environment_of(c);
	write_environment(m, environment);
	m->cancel = interrupt_catch();
	const int rc = measure_all(m, error);
	format_now(now, sizeof(now));
	(void)json_object_set_new(environment, "ended_at", json_string(now));
	write_environment(m, environment);
	json_decref(environment);
	if (rc < 0 && rc != -EINTR)
		return error_failed("tasks: %s", error);
	if (print_table(m) < 0)
		return error_failed("tasks: cannot print the table");
	warn_user("%s: %s", rc == -EINTR ? "interrupted; whole rounds" : "results",
		  m->dir.path);
	return rc == -EINTR ? EXIT_INTERRUPTED : EXIT_VALID;
}

int tasks_campaign_run(const struct tasks_campaign *campaign)
{
	struct measurements m;
	int status;

	if (measurements_init(&m, campaign) < 0)
		status = error_failed("tasks: %s", strerror(ENOMEM));
	else
		status = measure_into(&m);
	measurements_release(&m);
	return status;
}
