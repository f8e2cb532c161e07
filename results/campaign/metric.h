/* metric.h - what is asked for by a short name: `throughput`, `p99`, or any numeric column. */
#ifndef RESULTS_CAMPAIGN_METRIC_H
#define RESULTS_CAMPAIGN_METRIC_H

#include "server/row.h"

/* The columns of a metric: an open loop has its latencies in columns of their own. */
struct metric {
	const char *closed, *open; /* names that `columns` holds */
};

/* 0, or -EINVAL with one line in `error` (OPTION_ERROR_SIZE bytes) that begins with `option`
 * and names the nearest. `columns` are those of the rows. */
int metric_find(const char *option, const char *text, const struct row_column *columns,
		struct metric *ret_metric, char *error);

/* The column of that name: -1, with one such line in `error`, where there is none. */
int metric_find_column(const char *option, const char *name,
		       const struct row_column *columns, char *error);

/* The unit of a column, for those who write it beside the value: "us", "ops/s"; "" of a
 * mere number. */
const char *metric_unit(const char *column);

#endif
