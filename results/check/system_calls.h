/* system_calls.h - the exact part of a check: whether new makes more system calls for a
 * request than base. */
#ifndef RESULTS_CHECK_SYSTEM_CALLS_H
#define RESULTS_CHECK_SYSTEM_CALLS_H

#include "results/check/run.h"

/* How they are counted here, or why not: a clause. Static. */
const char *check_system_calls_source(const struct check_run *run);

/* Fills `exact` and `exact_verdict` of the rows, before their launches, in at most a quarter
 * of the check's time. 0; -EINTR. */
int check_system_calls(struct check_run *run, char *error);

#endif
