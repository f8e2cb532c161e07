/* compare.h - the command `iomodels compare`. */
#ifndef RESULTS_COMPARE_COMPARE_H
#define RESULTS_COMPARE_COMPARE_H

#include "server/io_model.h"
#include "server/row.h"

/* `task_columns` are those of tasks.csv, which results/ does not know of itself. */
int compare_command(const struct io_catalogue *catalogue,
		    const struct row_column *task_columns, int argc, char **argv);

#endif
