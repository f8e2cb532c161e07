/* show.h - the command `iomodels show`. */
#ifndef RESULTS_SHOW_SHOW_H
#define RESULTS_SHOW_SHOW_H

#include "server/io_model.h"
#include "server/row.h"

/* `task_columns` are those of tasks.csv, which results/ does not know of itself. */
int show_command(const struct io_catalogue *catalogue,
		 const struct row_column *task_columns, int argc, char **argv);

#endif
