/* table.c - the pool experiment as a table. */
#include "results/tasks/table.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "results/tasks/row.h"

/* Cells from `from` on of the same work, and of the same executor. */
static size_t same_work(const struct tasks_cells *cells, size_t from)
{
	const struct tasks_config *first = &cells->items[from];
	size_t end = from;

	while (end < cells->count && cells->items[end].work == first->work &&
	       cells->items[end].work_ns == first->work_ns)
		end++;
	return end;
}

static size_t same_executor(const struct tasks_cells *cells, size_t from, size_t end)
{
	size_t i = from;

	while (i < end &&
	       strcmp(cells->items[i].executor, cells->items[from].executor) == 0)
		i++;
	return i;
}

static void print_head(const struct tasks_cells *cells, size_t from, size_t end,
		       FILE *out)
{
	const struct tasks_config *first = &cells->items[from];
	char work[64];

	tasks_format_work(first, work, sizeof(work));
	fprintf(out, "%u tasks of %s: %s\n", first->tasks, work,
		first->work == TASK_SPIN ? "CPU-bound" : "waiting, as for I/O");
	fprintf(out, "  %-18s", "executor");
	for (size_t i = from; i < same_executor(cells, from, end); i++)
		fprintf(out, " %9u worker%c", cells->items[i].workers,
			cells->items[i].workers == 1 ? ' ' : 's');
	fputs("     CPU s\n", out);
}

static void print_line(const struct tasks_cells *cells,
		       const struct tasks_medians *medians, size_t from, size_t end,
		       FILE *out)
{
	fprintf(out, "  %-18s", cells->items[from].executor);
	for (size_t i = from; i < end; i++) {
		if (isnan(medians[i].elapsed_s))
			fprintf(out, " %17s", "-");
		else
			fprintf(out, " %8.3f s x%6.2f", medians[i].elapsed_s,
				medians[i].speedup);
	}
	if (isnan(medians[end - 1].cpu_s))
		fprintf(out, " %9s\n", "-");
	else
		fprintf(out, " %9.3f\n", medians[end - 1].cpu_s);
}

int tasks_table_print(const struct tasks_cells *cells,
		      const struct tasks_medians *medians, FILE *out)
{
	for (size_t work = 0; work < cells->count;) {
		const size_t end = same_work(cells, work);
		print_head(cells, work, end, out);
		while (work < end) {
			const size_t next = same_executor(cells, work, end);
			print_line(cells, medians, work, next, out);
			work = next;
		}
		fputc('\n', out);
	}
	fputs("Medians of the repetitions; x: how much faster than one worker of the same "
	      "executor\n(or, without such a column, than the tasks one after the other). "
	      "CPU s: of the last column.\n",
	      out);
	return ferror(out) || fflush(out) != 0 ? -EIO : 0;
}
