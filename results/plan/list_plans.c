/* list_plans.c - the shipped plans: question, cells and time on this machine. */
#include "results/plan/list_plans.h"

#include <stdio.h>

#include "results/campaign/campaign.h"
#include "results/campaign/forecast.h"
#include "server/clock.h"

/* What a listing shows of one plan. */
struct entry {
	const char *name;
	const char *question;
	const char *reason; /* why it cannot be run at all; NULL: it can */
	size_t cells, unavailable;
	int64_t repetitions, ns;
};

typedef void entry_function(void *context, const struct entry *entry);

static void look_at(const struct plan *plan, struct entry *entry, char *error)
{
	struct campaign campaign;

	entry->question = plan->question;
	entry->repetitions = plan->repetitions;
	if (campaign_prepare(&campaign, plan, error) < 0)
		entry->reason = error;
	else
		entry->ns = forecast_ns(&campaign);
	entry->cells = campaign.count;
	for (size_t i = 0; !entry->reason && i < campaign.count; i++)
		entry->unavailable += campaign.prepared[i].subject.reason != NULL;
	campaign_release(&campaign);
}

static void each(const struct io_catalogue *catalogue, entry_function *function,
		 void *context)
{
	char error[OPTION_ERROR_SIZE];
	struct plan plan;

	for (const struct shipped_plan *p = shipped_plans; p->name; p++) {
		struct entry entry = {.name = p->name, .question = ""};
		if (plan_parse(p->text, p->name, catalogue, &plan, error) < 0) {
			entry.reason = error;
			function(context, &entry);
			continue;
		}
		look_at(&plan, &entry, error);
		function(context, &entry);
		plan_release(&plan);
	}
}

static void print_entry(void *context, const struct entry *entry)
{
	char time[FORECAST_TEXT_SIZE];

	(void)context;
	forecast_format(entry->ns, time);
	printf("  %-11s %3zu cells %8s  %s", entry->name, entry->cells,
	       entry->reason ? "-" : time, entry->question);
	if (entry->reason)
		printf(" (unavailable: %s)", entry->reason);
	else if (entry->unavailable > 0)
		printf(" (%zu of the cells unavailable)", entry->unavailable);
	putchar('\n');
}

void list_plans_print(const struct io_catalogue *catalogue)
{
	each(catalogue, print_entry, NULL);
}

static void append_entry(void *array, const struct entry *entry)
{
	json_array_append_new(array,
			      json_pack("{ss ss sI sI sI sI sb ss}", "name", entry->name,
					"summary", entry->question, "cells",
					(json_int_t)entry->cells, "unavailable_cells",
					(json_int_t)entry->unavailable, "repetitions",
					(json_int_t)entry->repetitions, "estimated_s",
					(json_int_t)(entry->ns / NS_PER_S), "available",
					entry->reason == NULL, "reason",
					entry->reason ? entry->reason : ""));
}

json_t *list_plans_json(const struct io_catalogue *catalogue)
{
	json_t *array = json_array();

	if (array)
		each(catalogue, append_entry, array);
	return array;
}
