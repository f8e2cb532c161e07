/* report.h - the command `iomodels report`: a result directory as one page. */
#ifndef RESULTS_REPORT_REPORT_H
#define RESULTS_REPORT_REPORT_H

#include "server/io_model.h"
#include "server/row.h"

/* `task_columns` is the schema of tasks.csv. Returns an exit status. */
int report_command(const struct io_catalogue *catalogue,
		   const struct row_column *task_columns, int argc, char **argv);

#endif
