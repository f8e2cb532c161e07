/* objectives.h - `--require METRIC<=VALUE` over the rows of a run. */
#ifndef RESULTS_SEARCH_OBJECTIVES_H
#define RESULTS_SEARCH_OBJECTIVES_H

#include <stddef.h>

#include "loadgen/require.h"
#include "server/options.h"

struct objectives {
	struct requirement *items;
	int count;
};

/* 0, or -EINVAL or -ENOMEM with one line in `error` (OPTION_ERROR_SIZE bytes). The texts
 * of `list` must stay. Release it in either case. */
int objectives_parse(const struct option_list *list, struct objectives *ret_objectives,
		     char *error);
void objectives_release(struct objectives *objectives);

/* Holds each against the median of each measured cell; calls `unmet` with one line for
 * every one that is not met, and returns their number, or -ENOMEM. */
int objectives_check(const struct objectives *objectives, const struct row *rows,
		     size_t count, void (*unmet)(const char *line));

#endif
