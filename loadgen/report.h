/* report.h - one result as a person reads it. */
#ifndef LOADGEN_REPORT_H
#define LOADGEN_REPORT_H

#include <stdio.h>

#include "loadgen/load.h"

#define REPORT_TIME_SIZE 32

/* "355 us", "1.20 ms": three significant digits in the unit that fits. */
void report_time(double ns, char *text);

/* A percentile with fewer than 10 samples beyond it is shown as `-`, one that unanswered
 * requests may raise with a leading ">=". 0 or -EIO. */
int report_print(const struct load_config *config, const struct address *address,
		 const struct load_result *result, FILE *out);

#endif
