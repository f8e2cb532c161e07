/* print.c - what two results say, for people. */
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "results/campaign/verdict.h"
#include "results/compare/report.h"
#include "server/printable.h"

#define TEXT_SIZE  160
#define VALUE_MOST 56 /* letters of a difference's value */

struct printing {
	const struct compare_report *report;
	enum grid_style style;
	FILE *out;
};

static void say(const struct printing *p, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* A line by itself: in Markdown a paragraph. */
static void say(const struct printing *p, const char *format, ...)
{
	va_list arguments;
	char *text;

	va_start(arguments, format);
	const int length = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (length < 0)
		return;
	make_printable(text);
	if (p->style == GRID_MARKDOWN)
		print_markdown(text, p->out);
	else
		fputs(text, p->out);
	fputs(p->style == GRID_MARKDOWN ? "\n\n" : "\n", p->out);
	free(text);
}

static const char *started(const struct input *input)
{
	const char *first = NULL;

	for (size_t i = 0; i < input->file.count; i++) {
		const char *at = row_text(&input->file.rows[i], "started_at");
		if (at && (!first || strcmp(at, first) < 0))
			first = at;
	}
	return first;
}

static void print_sides(const struct printing *p)
{
	for (int s = 0; s < COMPARE_SIDES; s++) {
		const struct input *input = p->report->inputs[s];
		const char *at = started(input);
		say(p, "%s  %s: %zu row%s%s%s", s == COMPARE_BASE ? "base" : "new ",
		    p->report->paths[s], input->file.count,
		    input->file.count == 1 ? "" : "s", at ? " from " : "", at ? at : "");
	}
	say(p,
	    "UNPAIRED: drift between sessions is not controlled; `iomodels check` runs "
	    "both in one session");
}

static void add_value(struct grid *grid, const json_t *difference, const char *key)
{
	const char *text = json_string_value(json_object_get(difference, key));

	text = text ? text : "";
	grid_add(grid, "%.*s%s", VALUE_MOST, text, strlen(text) > VALUE_MOST ? ".." : "");
}

static int print_differences(const struct printing *p)
{
	struct grid grid = {.columns = 3, .last_is_text = true};
	const json_t *difference;
	size_t i;

	if (json_array_size(p->report->differences) == 0) {
		say(p, "machine, build and settings: no difference known");
		return 0;
	}
	say(p, "different machine, build or settings:");
	grid_add(&grid, "what");
	grid_add(&grid, "base");
	grid_add(&grid, "new");
	json_array_foreach(p->report->differences, i, difference)
	{
		add_value(&grid, difference, "name");
		add_value(&grid, difference, "base");
		add_value(&grid, difference, "new");
	}
	const int rc = grid_print(&grid, p->style, p->out);
	grid_release(&grid);
	return rc;
}

/* When half of all cells moved together, a server of its own is the lesser suspect. */
static void print_drift(const struct printing *p)
{
	char text[1024] = "";
	size_t used = 0;
	bool wide = false;

	for (size_t i = 0; i < p->report->metrics.count; i++) {
		const struct compare_table *table = &p->report->tables[i];
		if (isnan(table->drift) || used + TEXT_SIZE > sizeof(text))
			continue;
		used += (size_t)snprintf(text + used, sizeof(text) - used,
					 "%s%.80s %+.1f %%", used ? ", " : "",
					 table->metric->column.name,
					 comparison_percent(table->drift));
		wide = wide || fabs(table->drift) > log1p(table->metric->margin) / 2;
	}
	if (!used)
		return;
	say(p, "common drift, the median of all cells: %s", text);
	if (wide)
		say(p,
		    "drift of more than half a margin: what all cells share has changed, "
		    "the machine or the generator, or all servers");
}

static void format_percent(double logarithm, char *text, size_t size)
{
	if (isfinite(logarithm))
		snprintf(text, size, "%+.1f", comparison_percent(logarithm));
	else
		snprintf(text, size, "-");
}

static void add_numbers(struct grid *grid, const struct compare_table *table,
			const struct comparison *c)
{
	const int decimals = table->metric->column.decimals;
	char base[TEXT_SIZE] = "-", new[TEXT_SIZE] = "-", low[32], high[32], change[32];

	if (isfinite(c->base))
		view_number(c->base, decimals, base, sizeof(base));
	if (isfinite(c->new))
		view_number(c->new, decimals, new, sizeof(new));
	format_percent(c->estimate, change, sizeof(change));
	format_percent(c->low, low, sizeof(low));
	format_percent(c->high, high, sizeof(high));
	grid_add(grid, "%s", base);
	grid_add(grid, "%s", new);
	grid_add(grid, "%s", change);
	if (isfinite(c->low))
		grid_add(grid, "%s .. %s", low, high);
	else
		grid_add(grid, "-");
	if (isfinite(c->detectable) && c->verdict != COMPARISON_SHOWN)
		grid_add(grid, "%.1f", 100 * c->detectable);
	else
		grid_add(grid, "-");
	grid_add(grid, "%zu:%zu", c->base_count, c->new_count);
}

static void add_headings(struct grid *grid)
{
	static const char *const headings[] = {"cell",     "base",          "new",
					       "change %", "90 % interval", "sees %",
					       "rows",     "verdict"};

	for (size_t i = 0; i < sizeof(headings) / sizeof(headings[0]); i++)
		grid_add(grid, "%s", headings[i]);
	grid->columns = grid->count;
	grid->last_is_text = true;
}

static void print_heading(const struct printing *p, const struct compare_table *table)
{
	const struct compare_metric *metric = table->metric;
	char margin[64] = "", note[TEXT_SIZE] = "";

	if (metric->column.rank != NOT_RANKED)
		snprintf(note, sizeof(note), ", %s is better",
			 metric->column.rank == MORE_IS_BETTER ? "more" : "less");
	if (table->verdicts[COMPARISON_SHOWN] < table->count)
		snprintf(margin, sizeof(margin), ", margin %.3g %%",
			 100 * metric->margin);
	else
		snprintf(margin, sizeof(margin), ", shown, not judged");
	fputs(p->style == GRID_MARKDOWN ? "### " : "\n", p->out);
	say(p, "%s%s%s", metric->column.name, note, margin);
}

static int print_table(const struct printing *p, const struct compare_table *table)
{
	struct grid grid = {0};

	if (table->count == 0)
		return 0;
	print_heading(p, table);
	add_headings(&grid);
	for (size_t i = 0; i < table->count; i++) {
		const struct comparison *c = &table->lines[i].result;
		grid_add(&grid, "%s", table->lines[i].cell->name);
		add_numbers(&grid, table, c);
		grid_add(&grid, "%s%s%s", comparison_name(c->verdict),
			 c->reason[0] ? ": " : "", c->reason);
	}
	const int rc = grid_print(&grid, p->style, p->out);
	grid_release(&grid);
	if (p->style == GRID_MARKDOWN)
		putc('\n', p->out);
	return rc;
}

static void print_lonely(const struct printing *p)
{
	const struct compare_metrics *metrics = &p->report->metrics;

	for (size_t i = 0; i < p->report->cells.count; i++) {
		const struct compare_cell *cell = &p->report->cells.items[i];
		if (!compare_cell_is_matched(cell))
			say(p, "%s: only in %s", cell->name,
			    cell->side[COMPARE_NEW].count ? "new: added"
							  : "base: removed");
	}
	for (size_t i = 0; i < metrics->lone_count; i++)
		say(p, "column %s: only in %s, not compared", metrics->lone[i].column,
		    compare_side_names[metrics->lone[i].side]);
}

/* What no verdict rests on. */
static void print_left_out(const struct printing *p)
{
	size_t count = 0;

	for (size_t i = 0; i < p->report->cells.count; i++) {
		const struct compare_cell *cell = &p->report->cells.items[i];
		for (int s = 0; s < COMPARE_SIDES; s++) {
			const struct compare_rows *rows = &cell->side[s];
			if (!rows->worst)
				continue;
			const char *reason = row_text(rows->worst, "verdict_reason");
			say(p, "%s: %zu of %zu rows of %s left out, %s%s%s", cell->name,
			    rows->count - rows->valid, rows->count, compare_side_names[s],
			    verdict_name(verdict_of(rows->worst)), reason ? ": " : "",
			    reason ? reason : "");
			count += rows->count - rows->valid;
		}
	}
	if (count > 0)
		say(p, "%zu row%s not VALID: no verdict rests on them", count,
		    count == 1 ? " is" : "s are");
}

int compare_report_print(const struct compare_report *report, enum grid_style style,
			 FILE *out)
{
	const struct printing p = {report, style, out};
	const size_t *verdicts = report->verdicts;

	print_sides(&p);
	int rc = print_differences(&p);
	if (style == GRID_MARKDOWN)
		putc('\n', out);
	print_drift(&p);
	for (size_t i = 0; rc == 0 && i < report->metrics.count; i++)
		rc = print_table(&p, &report->tables[i]);
	if (style == GRID_TEXT)
		putc('\n', out);
	print_lonely(&p);
	print_left_out(&p);
	say(&p,
	    "%zu worse?, %zu better?, %zu same, %zu shown and not judged; %zu not decided",
	    verdicts[COMPARISON_WORSE], verdicts[COMPARISON_BETTER],
	    verdicts[COMPARISON_SAME], verdicts[COMPARISON_SHOWN],
	    verdicts[COMPARISON_UNCLEAR]);
	return rc < 0 ? rc : ferror(out) ? -EIO : 0;
}
