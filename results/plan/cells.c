/* cells.c - from axes to cells: the cross product of each section, each cell once. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "loadgen/load.h"
#include "results/plan/filter.h"
#include "results/plan/plan.h"
#include "results/plan/private.h"
#include "results/subject/server_spec.h"
#include "server/socket.h"

/* The words of a cell that tell it from every other; axes that come to be used later are
 * appended where they are not at their default, so that names stay the same. */
static char *cell_format(const struct cell *cell)
{
	int64_t bytes;
	char *id = NULL;
	size_t length;
	FILE *out = open_memstream(&id, &length);

	if (!out)
		return NULL;
	fprintf(out, "%s/%s/c%lld/d%lld/%s%s/%s", cell->model,
		transport_name((enum transport)cell->transport),
		(long long)cell->connections, (long long)cell->depth, cell->payload_bytes,
		parse_size(cell->payload_bytes, &bytes) == 0 ? "B" : "",
		placement_names[cell->placement]);
	if (strcmp(cell->workers, "auto") != 0)
		fprintf(out, "/w%s", cell->workers);
	if (strcmp(cell->work, "none") != 0)
		fprintf(out, "/%s", cell->work);
	if (cell->churn > 0)
		fprintf(out, "/churn%lld", (long long)cell->churn);
	if (cell->idle_connections > 0)
		fprintf(out, "/idle%lld", (long long)cell->idle_connections);
	if (cell->offered_rps > 0)
		fprintf(out, "/r%.15g/%s", cell->offered_rps,
			arrivals_names[cell->arrivals]);
	if (fclose(out) == EOF) {
		free(id);
		return NULL;
	}
	return id;
}

struct expansion {
	const struct plan *plan;
	struct filter *only; /* NULL: all cells */
	struct row row;      /* of the cell that the filter looks at */
	struct cell *cells;
	size_t count;
};

static int begin(struct expansion *all, const struct plan *plan)
{
	char error[OPTION_ERROR_SIZE]; /* the text was checked when it came in */

	memset(all, 0, sizeof(*all));
	all->plan = plan;
	const int rc = row_init(&all->row, result_columns);
	return rc < 0 || !plan->only[0]
		       ? rc
		       : filter_parse(plan->only, result_columns, &all->only, error);
}

static void end(struct expansion *all)
{
	filter_free(all->only);
	row_release(&all->row);
}

static bool already_there(const struct expansion *all, const char *id)
{
	for (size_t i = 0; i < all->count; i++)
		if (strcmp(all->cells[i].id, id) == 0)
			return true;
	return false;
}

static bool is_wanted(struct expansion *all, const struct cell *cell,
		      const struct server_spec *spec)
{
	int64_t workers;

	if (!all->only)
		return true;
	row_clear(&all->row);
	cell_describe(cell, spec, &all->row);
	if (parse_count(cell->workers, &workers) == 0)
		row_set_count(&all->row, "workers", workers);
	else
		row_set_words(&all->row, "workers", cell->workers);
	return filter_matches(all->only, &all->row);
}

static int keep_cell(struct expansion *all, const struct cell *cell)
{
	struct cell *cells = realloc(all->cells, (all->count + 1) * sizeof(*cells));

	if (!cells)
		return -ENOMEM;
	all->cells = cells;
	all->cells[all->count++] = *cell;
	return 0;
}

/* Servers that cannot be told their workers have one cell for all values. Who has been told
 * another number keeps this one, with which subject_prepare refuses the cell. */
static int add_cell(struct expansion *all, const struct cell *values)
{
	char error[OPTION_ERROR_SIZE]; /* the server was checked when it came in */
	struct cell cell = *values;
	struct server_spec spec;

	if (!plan_model_speaks(all->plan, cell.model, (enum transport)cell.transport))
		return 0;
	cell.model = plan_model_name(cell.model);
	int rc = server_spec_parse(cell.model, all->plan->catalogue, &spec, error);
	if (rc < 0)
		return rc;
	if (!server_spec_takes_workers(&spec) &&
	    server_spec_check_workers(&spec, cell.workers, error) == 0)
		cell.workers = "auto";
	cell.id = cell_format(&cell);
	const bool kept =
		cell.id && !already_there(all, cell.id) && is_wanted(all, &cell, &spec);
	rc = !cell.id ? -ENOMEM : kept ? keep_cell(all, &cell) : 0;
	if (rc < 0 || !kept)
		free(cell.id);
	server_spec_release(&spec);
	return rc;
}

/* The axes of a section from the last to the first, so that the first, the model, changes
 * fastest: cells to be compared stand together. */
static int expand_axis(struct expansion *all, const struct plan_cells *section, int axis,
		       struct cell *cell)
{
	char error[OPTION_ERROR_SIZE]; /* the values were checked when they came in */
	int rc = 0;

	if (axis < 0)
		return add_cell(all, cell);
	const struct plan_values *values = &section->axes[axis];
	if (values->count == 0)
		return expand_axis(all, section, axis - 1, cell);
	for (int i = 0; rc == 0 && i < values->count; i++) {
		rc = option_set(&plan_axes[axis], values->items[i], cell, error,
				sizeof(error));
		if (rc == 0)
			rc = expand_axis(all, section, axis - 1, cell);
	}
	return rc;
}

int plan_expand(const struct plan *plan, struct cell **ret_cells, size_t *ret_count)
{
	struct expansion all;
	int rc = begin(&all, plan);

	for (int i = 0; rc == 0 && i < plan->section_count; i++) {
		struct cell cell;
		options_defaults(plan_axes, &cell, sizeof(cell));
		cell.placement = plan->placement;
		rc = expand_axis(&all, &plan->sections[i], PLAN_AXES - 1, &cell);
	}
	end(&all);
	if (rc < 0) {
		plan_cells_free(all.cells, all.count);
		return rc;
	}
	*ret_cells = all.cells;
	*ret_count = all.count;
	return 0;
}

void plan_cells_free(struct cell *cells, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(cells[i].id);
	free(cells);
}
