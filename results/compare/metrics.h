/* metrics.h - what of two results is compared, and by which margin. */
#ifndef RESULTS_COMPARE_METRICS_H
#define RESULTS_COMPARE_METRICS_H

#include "results/compare/cells.h"
#include "results/compare/comparison.h"
#include "server/io_model.h"
#include "server/options.h"

#define COMPARE_METRICS_MAX 32

enum compare_metric_flags {
	COMPARE_CLOSED = 1,   /* of closed loops */
	COMPARE_OPEN = 2,     /* of open ones */
	COMPARE_CONNECTS = 4, /* where connections come and go */
	COMPARE_ONCE = 8 /* measured once per cell, and written into all of its rows */
};

struct compare_metric {
	struct view_column column;
	unsigned flags;
	double margin;
};

/* A column that only one of the files has: a metric under another name or unit. */
struct compare_lone {
	const char *column;
	enum compare_side side;
};

struct compare_metrics {
	struct compare_metric items[COMPARE_METRICS_MAX];
	size_t count;
	struct compare_lone lone[COMPARE_METRICS_MAX];
	size_t lone_count;
};

/*
 * Those that `wanted` (--metric) names or, where it is empty, those that are usually looked
 * at, as far as both files have them. `margins` (--margin) are `PCT` or `METRIC=PCT`, the last one of a
 * metric decides. 0, or -EINVAL with one line in `error` (OPTION_ERROR_SIZE bytes).
 */
int compare_metrics_choose(const struct input *base, const struct input *new,
			   const struct option_list *wanted,
			   const struct option_list *margins,
			   struct compare_metrics *ret_metrics, char *error);

/* How a cell is judged by a metric. `model` (may be NULL) is its server's. */
struct comparison_rule compare_metric_rule(const struct compare_metric *metric, bool open,
					   const char *model,
					   const struct io_catalogue *catalogue);

#endif
