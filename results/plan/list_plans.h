/* list_plans.h - the shipped plans: question, cells and time on this machine. */
#ifndef RESULTS_PLAN_LIST_PLANS_H
#define RESULTS_PLAN_LIST_PLANS_H

#include <jansson.h>

#include "server/io_model.h"

void list_plans_print(const struct io_catalogue *catalogue);

/* An array; NULL: no memory. The caller owns the reference. */
json_t *list_plans_json(const struct io_catalogue *catalogue);

#endif
