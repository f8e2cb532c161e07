/* cell_describe.c - a cell as the columns of results.csv show it. */
#include <stdio.h>
#include <string.h>

#include "loadgen/load.h"
#include "results/plan/plan.h"
#include "results/subject/server_spec.h"
#include "server/socket.h"

static void describe_work(const char *text, struct row *row)
{
	char error[OPTION_ERROR_SIZE];
	struct work work;

	row_set_text(row, "work", text);
	if (work_parse(text, WORK_LIMIT_NS, &work, error) == 0)
		row_set_real(row, "work_us", work_mean_us(&work));
}

static void describe_loop(const struct cell *cell, struct row *row)
{
	row_set_text(row, "loop", cell->offered_rps > 0 ? "open" : "closed");
	if (cell->offered_rps <= 0)
		return;
	row_set_real(row, "offered_rps", cell->offered_rps);
	row_set_text(row, "arrivals", arrivals_names[cell->arrivals]);
}

/* `workers` is short for the server's option, and makes another server of it. */
static void describe_options(const struct cell *cell, const struct server_spec *spec,
			     struct row *row)
{
	char text[OPTION_ERROR_SIZE];

	if (strcmp(cell->workers, "auto") == 0 || !server_spec_takes_workers(spec)) {
		row_set_text(row, "server_options", spec->options);
		return;
	}
	snprintf(text, sizeof(text), "workers=%s%s%s", cell->workers,
		 spec->options ? "," : "", spec->options ? spec->options : "");
	row_set_text(row, "server_options", text);
}

void cell_describe(const struct cell *cell, const struct server_spec *spec,
		   struct row *row)
{
	row_set_text(row, "cell", cell->id);
	row_set_text(row, "model", spec->name);
	describe_options(cell, spec, row);
	row_set_text(row, "transport", transport_name((enum transport)cell->transport));
	row_set_count(row, "connections", cell->connections);
	row_set_count(row, "idle_connections", cell->idle_connections);
	load_size_to_row(cell->payload_bytes, row);
	row_set_count(row, "depth", cell->depth);
	describe_loop(cell, row);
	describe_work(cell->work, row);
	row_set_count(row, "churn", cell->churn);
	row_set_text(row, "placement", placement_names[cell->placement]);
}
