/* require.h - `--require METRIC<=VALUE`: an objective that a row meets or does not. */
#ifndef LOADGEN_REQUIRE_H
#define LOADGEN_REQUIRE_H

#include <stdbool.h>

#include "server/row.h"

struct requirement {
	const char *metric; /* a column of the table; its own text */
	bool at_most;       /* <=, else >= */
	double limit;
};

/* "service_p99_us<=1000"; numeric columns only. 0, or -EINVAL with one line naming the
 * text and what is accepted in `error` (OPTION_ERROR_SIZE bytes). */
int requirement_parse(const struct row_column *columns, const char *text,
		      struct requirement *ret_requirement, char *error);

/* False with one line naming both values in `error`; a cell that was not measured meets
 * nothing. */
bool requirement_met(const struct requirement *requirement, const struct row *row,
		     char *error);

#endif
