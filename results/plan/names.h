/* names.h - the names that a command line may have, for completion. */
#ifndef RESULTS_PLAN_NAMES_H
#define RESULTS_PLAN_NAMES_H

#include "server/io_model.h"

/* A line for each kind on stdout: "models", "peers" or "plans", a tab, the names separated by
 * blanks. */
void names_print(const struct io_catalogue *catalogue);

#endif
