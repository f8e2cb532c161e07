/* models.c - models that `all` and `family:NAME` stand for: see private.h. */
#include <stdlib.h>
#include <string.h>

#include "results/plan/private.h"
#include "results/subject/server_spec.h"

const char *plan_model_name(const char *text)
{
	return text[0] == PLAN_IMPLIED ? text + 1 : text;
}

bool plan_model_speaks(const struct plan *plan, const char *text,
		       enum transport transport)
{
	char error[OPTION_ERROR_SIZE]; /* the server was checked when it came in */
	struct server_spec spec;

	if (text[0] != PLAN_IMPLIED ||
	    server_spec_parse(plan_model_name(text), plan->catalogue, &spec, error) < 0)
		return true;
	const bool speaks = !server_spec_transport_reason(&spec, transport);
	server_spec_release(&spec);
	return speaks;
}

/* How many of the section's transports a model has cells of; *ret_all: of how many. */
static int count_spoken(const struct plan *plan, const struct plan_cells *section,
			const char *text, int *ret_all)
{
	const struct option_spec *axis = &plan_axes[PLAN_TRANSPORT];
	const struct plan_values *transports = &section->axes[PLAN_TRANSPORT];
	char error[OPTION_ERROR_SIZE]; /* the values were checked when they came in */
	struct cell cell;
	int spoken = 0, i = 0;

	options_defaults(plan_axes, &cell, sizeof(cell));
	do {
		if (transports->count > 0)
			(void)option_set(axis, transports->items[i], &cell, error,
					 sizeof(error));
		spoken += plan_model_speaks(plan, text, (enum transport)cell.transport);
	} while (++i < transports->count);
	*ret_all = i;
	return spoken;
}

static bool has_cells(const struct plan *plan, const struct plan_cells *section)
{
	const struct plan_values *models = &section->axes[PLAN_MODEL];
	int all;

	for (int i = 0; i < models->count; i++)
		if (count_spoken(plan, section, models->items[i], &all) > 0)
			return true;
	return false;
}

static void settle_section(const struct plan *plan, struct plan_cells *section)
{
	struct plan_values *models = &section->axes[PLAN_MODEL];
	int kept = 0, all;

	if (!has_cells(plan, section))
		return; /* a section without models could not be read again */
	for (int i = 0; i < models->count; i++) {
		char *text = models->items[i];
		const int spoken = count_spoken(plan, section, text, &all);
		if (spoken == 0) {
			free(text);
			continue;
		}
		if (spoken == all && text[0] == PLAN_IMPLIED)
			memmove(text, text + 1, strlen(text));
		models->items[kept++] = text;
	}
	models->count = kept;
}

void plan_settle_models(struct plan *plan)
{
	for (int i = 0; i < plan->section_count; i++)
		settle_section(plan, &plan->sections[i]);
}
