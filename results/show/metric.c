/* metric.c - one metric, line by line: its median, its interval and what that is worth. */
#include <math.h>
#include <string.h>

#include "results/campaign/verdict.h"
#include "results/show/format.h"
#include "results/show/table.h"

static void add_headings(struct grid *grid, const struct show *show,
			 const struct view_column *column)
{
	static const char *const headings[] = {"low", "high", "+-%", "level %", "rows"};

	grid_add(grid, "%s", show->view.name_heading);
	grid_add(grid, "%s", column->name);
	for (size_t i = 0; i < sizeof(headings) / sizeof(headings[0]); i++)
		grid_add(grid, "%s", headings[i]);
	if (show->view.verdicts)
		grid_add(grid, "verdict");
	grid->columns = grid->count;
	grid->last_is_text = show->view.verdicts;
}

static void add_interval(struct grid *grid, const struct summary_value *value,
			 int decimals)
{
	const struct rank_interval *interval = &value->interval;
	const double width = summary_half_width(value);
	char low[64], high[64];

	if (interval->level == 0) {
		for (int i = 0; i < 4; i++)
			grid_add(grid, "-");
		return;
	}
	view_number(interval->low, decimals, low, sizeof(low));
	view_number(interval->high, decimals, high, sizeof(high));
	grid_add(grid, "%s", low);
	grid_add(grid, "%s", high);
	if (isnan(width))
		grid_add(grid, "-");
	else
		grid_add(grid, "%.1f", width);
	grid_add(grid, "%.2f", 100 * interval->level);
}

static void add_line(struct grid *grid, const struct show *show,
		     const struct summary_line *line)
{
	const struct view_column *column = show_metric_column(show, line);
	const struct summary_value *value = show_metric_value(show, line);
	char name[TABLE_NAME_SIZE], text[160];

	table_name(&show->summary, line, name);
	grid_add(grid, "%s", name);
	table_value(value, column, text, sizeof(text));
	grid_add(grid, "%s", text);
	add_interval(grid, value, column->decimals);
	grid_add(grid, "%zu", line->repetitions);
	if (show->view.verdicts)
		grid_add(grid, "%s", verdict_name(verdict_of(line->worst)));
}

static int print(const struct show *show, enum grid_style style, FILE *out)
{
	const struct summary *summary = &show->summary;
	int rc = 0;

	for (size_t start = 0, end; rc == 0 && start < summary->count; start = end) {
		struct grid grid = {0};
		end = summary_table_end(summary, start);
		table_print_heading(summary, start, style, out);
		add_headings(&grid, show,
			     show_metric_column(show, &summary->lines[start]));
		for (size_t i = start; i < end; i++)
			add_line(&grid, show, &summary->lines[i]);
		rc = grid_print(&grid, style, out);
		grid_release(&grid);
		table_print_troubles(summary, start, end, style, out);
		putc('\n', out);
	}
	if (summary->count > 0)
		table_print_legend(summary, style, out);
	return rc;
}

int show_metric_table(const struct show *show, FILE *out, char *error)
{
	(void)error;
	return print(show, GRID_TEXT, out);
}

int show_metric_markdown(const struct show *show, FILE *out, char *error)
{
	(void)error;
	return print(show, GRID_MARKDOWN, out);
}
