/* metrics.c - what of two results is compared, and by which margin. */
#include "results/compare/metrics.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "results/campaign/metric.h"
#include "results/show/summary.h"

#define DEFAULT_MARGIN 0.10
#define MARGIN_MOST    10000 /* per cent */
#define BOTH           (COMPARE_CLOSED | COMPARE_OPEN)

/* Of results.csv and tasks.csv, in the order of their tables. */
static const struct {
	const char *column;
	unsigned flags;
} usual[] = {
	{"throughput_rps", BOTH},           {"cpu_us_per_request", BOTH},
	{"syscalls_per_request", BOTH},     {"response_p50_us", COMPARE_OPEN},
	{"response_p99_us", COMPARE_OPEN},  {"service_p50_us", COMPARE_CLOSED},
	{"service_p99_us", COMPARE_CLOSED}, {"connect_p99_us", BOTH | COMPARE_CONNECTS},
	{"server_rss_peak_kib", BOTH},      {"elapsed_s", BOTH},
};

/* One value per cell, and no repetitions whose spread could be known. */
static const char once[] = "syscalls_per_request";

struct choice {
	const struct input *base, *new;
	char *error;
};

static bool ends_with(const char *text, const char *end)
{
	const size_t length = strlen(text), size = strlen(end);

	return length >= size && strcmp(text + length - size, end) == 0;
}

/* What a closed loop waits for is its own next request: it is never judged. */
static bool is_latency(const char *column)
{
	return ends_with(column, "_us") && strcmp(column, "work_us") != 0;
}

static void add_lone(struct compare_metrics *metrics, const char *column,
		     enum compare_side side)
{
	if (metrics->lone_count < COMPARE_METRICS_MAX)
		metrics->lone[metrics->lone_count++] =
			(struct compare_lone){column, side};
}

static void add(struct compare_metrics *metrics, const struct choice *choice,
		const char *column, unsigned flags)
{
	const struct input *new = choice->new;
	const int at = row_column_index(new->file.columns, column);
	const bool in_base = row_column_index(choice->base->file.columns, column) >= 0;

	if (at < 0 || !in_base) {
		if (at >= 0 || in_base)
			add_lone(metrics, column, in_base ? COMPARE_BASE : COMPARE_NEW);
		return;
	}
	if (metrics->count == COMPARE_METRICS_MAX)
		return;
	if (strcmp(column, once) == 0)
		flags |= COMPARE_ONCE;
	metrics->items[metrics->count++] = (struct compare_metric){
		.column = view_column_of(&new->view, &new->file.columns[at]),
		.flags = flags,
		.margin = DEFAULT_MARGIN,
	};
}

static int add_wanted(struct compare_metrics *metrics, const struct choice *choice,
		      const char *name)
{
	struct metric metric;
	const int rc = metric_find("--metric", name, choice->new->file.columns, &metric,
				   choice->error);

	if (rc < 0)
		return rc;
	if (strcmp(metric.closed, metric.open) == 0) {
		add(metrics, choice, metric.closed, BOTH);
		return 0;
	}
	add(metrics, choice, metric.closed, COMPARE_CLOSED);
	add(metrics, choice, metric.open, COMPARE_OPEN);
	return 0;
}

static int parse_percent(const char *option, const char *text, double *ret_margin,
			 char *error)
{
	char *end;
	const double percent = strtod(text, &end);

	if (end != text && (*end == '\0' || strcmp(end, "%") == 0) && percent > 0 &&
	    percent <= MARGIN_MOST) {
		*ret_margin = percent / 100;
		return 0;
	}
	snprintf(
		error, OPTION_ERROR_SIZE,
		"--margin '%.200s': expected [METRIC=]PERCENT, more than 0, such as 10%% "
		"or throughput=5%%",
		option);
	return -EINVAL;
}

static int set_margin(struct compare_metrics *metrics, const struct choice *choice,
		      const char *option)
{
	const char *equals = strchr(option, '=');
	struct metric metric = {NULL, NULL};
	char name[128];
	double margin;

	int rc = parse_percent(option, equals ? equals + 1 : option, &margin,
			       choice->error);
	if (rc < 0)
		return rc;
	if (equals) {
		snprintf(name, sizeof(name), "%.*s", (int)(equals - option), option);
		rc = metric_find("--margin", name, choice->new->file.columns, &metric,
				 choice->error);
	}
	for (size_t i = 0; rc == 0 && i < metrics->count; i++) {
		const char *column = metrics->items[i].column.name;
		if (!equals || strcmp(column, metric.closed) == 0 ||
		    strcmp(column, metric.open) == 0)
			metrics->items[i].margin = margin;
	}
	return rc;
}

int compare_metrics_choose(const struct input *base, const struct input *new,
			   const struct option_list *wanted,
			   const struct option_list *margins,
			   struct compare_metrics *ret_metrics, char *error)
{
	const struct choice choice = {base, new, error};
	struct compare_metrics *m = ret_metrics;
	int rc = 0;

	*m = (struct compare_metrics){.count = 0};
	for (int i = 0; rc == 0 && i < wanted->count; i++)
		rc = add_wanted(m, &choice, wanted->items[i]);
	for (size_t i = 0; wanted->count == 0 && i < sizeof(usual) / sizeof(usual[0]);
	     i++)
		add(m, &choice, usual[i].column, usual[i].flags);
	for (int i = 0; rc == 0 && i < margins->count; i++)
		rc = set_margin(m, &choice, margins->items[i]);
	if (rc == 0 && m->count == 0) {
		snprintf(error, OPTION_ERROR_SIZE,
			 "the two files have no column in common that is compared%s%s",
			 m->lone_count ? ", such as " : "",
			 m->lone_count ? m->lone[0].column : "");
		rc = -EINVAL;
	}
	return rc;
}

struct comparison_rule compare_metric_rule(const struct compare_metric *metric, bool open,
					   const char *model,
					   const struct io_catalogue *catalogue)
{
	const struct view_column *column = &metric->column;
	const bool elsewhere = column->flags & VIEW_SERVER_CPU &&
			       summary_cpu_is_elsewhere(catalogue, model);
	const bool cpu = column->flags & VIEW_SERVER_CPU;

	return (struct comparison_rule){
		.margin = metric->margin,
		.rank = column->rank,
		.judged = column->rank != NOT_RANKED && !elsewhere &&
			  !(metric->flags & COMPARE_ONCE) &&
			  (open || cpu || !is_latency(column->name)),
	};
}
