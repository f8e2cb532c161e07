/* cells.h - executors x works x workers: the cells of the pool experiment. */
#ifndef RESULTS_TASKS_CELLS_H
#define RESULTS_TASKS_CELLS_H

#include <stddef.h>

#include "server/io_model.h"
#include "server/tasks.h"

/* What a user asks for: lists separated by commas. */
struct tasks_axes {
	const char *executors; /* names, "all" */
	const char *works;     /* spin:TIME, sleep:TIME */
	const char *workers;   /* numbers; NULL: one per CPU */
	int64_t tasks;
	int64_t chunk;
};

struct tasks_cells {
	struct tasks_config *items; /* the workers change fastest, then the executors */
	size_t count;
	char *texts; /* owns the names */
};

/* 0, -ENOMEM, or -EINVAL with one line in `error` (OPTION_ERROR_SIZE bytes). */
int tasks_cells_make(const struct tasks_axes *axes, const struct io_catalogue *catalogue,
		     struct tasks_cells *ret_cells, char *error);
void tasks_cells_release(struct tasks_cells *cells);

#endif
