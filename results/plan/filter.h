/*
 * filter.h - which rows, in words: `model=epoll|poll,connections>=64`.
 *
 *	COLUMN=VALUE	or !=; for one number also < <= > >=. An empty VALUE: not measured
 *	TEXT		without an operator: `cell` holds it in some place
 *	,		and
 *	|		or, between the values of one condition
 *	* ? [..]	in a value: any text, any letter, one of these
 *
 * Columns are those of results.csv. A number may end in k or M: 1024 in a column of bytes,
 * 1000 in every other. For a comma or a bar within a value write '?'.
 */
#ifndef RESULTS_PLAN_FILTER_H
#define RESULTS_PLAN_FILTER_H

#include <stdbool.h>

#include "server/row.h"

struct filter;

/* 0, or -EINVAL or -ENOMEM with one line in `error` (OPTION_ERROR_SIZE bytes); a column
 * that is not in `columns` names the nearest that is. `columns` is borrowed; the caller
 * frees the filter. */
int filter_parse(const char *text, const struct row_column *columns,
		 struct filter **ret_filter, char *error);
void filter_free(struct filter *filter);

/* `row` has the columns that the filter was made for. */
bool filter_matches(const struct filter *filter, const struct row *row);

#endif
