/* table.h - the pool experiment as a table: what the texts say of it, read off. */
#ifndef RESULTS_TASKS_TABLE_H
#define RESULTS_TASKS_TABLE_H

#include <stdio.h>

#include "results/tasks/cells.h"

/* What a cell came to; NAN where nothing was measured. */
struct tasks_medians {
	double elapsed_s;
	double speedup;
	double cpu_s;
};

/* One part per work, one line per executor, one column per number of workers. 0 or -EIO. */
int tasks_table_print(const struct tasks_cells *cells,
		      const struct tasks_medians *medians, FILE *out);

#endif
