/* verdict.h - the verdict of a row as results.csv holds it, and the exit code of many. */
#ifndef RESULTS_CAMPAIGN_VERDICT_H
#define RESULTS_CAMPAIGN_VERDICT_H

#include <stddef.h>

#include "server/row.h"

/* Gravest last. UNAVAILABLE is a cell that was not measured, so it is not grave. */
enum verdict {
	VERDICT_VALID,
	VERDICT_UNAVAILABLE,
	VERDICT_UNSTABLE,
	VERDICT_CLIENT_LIMITED,
	VERDICT_SERVER_ERRORS,
	VERDICT_CORRUPT
};

const char *verdict_name(enum verdict verdict);

/* A row without a verdict, or with an unknown one, is SERVER_ERRORS. */
enum verdict verdict_of(const struct row *row);

/* Adds what went wrong behind a row's reason. One without a verdict has not been measured by
 * a fault of our own: CLIENT_LIMITED. */
void verdict_add_failure(struct row *row, const char *reason);

/* The exit status of a run: that of its gravest row. */
int verdict_exit_status(const struct row *rows, size_t count);

#endif
