/* print.c - what two results say, for people. */
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "results/campaign/verdict.h"
#include "results/compare/print_private.h"
#include "server/printable.h"

#define TEXT_SIZE   160
#define VALUE_MOST  56 /* letters of a difference's value */
#define LISTED_MOST 8  /* cells that are named one by one */

void compare_say(const struct printing *p, const char *format, ...)
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

void compare_space(const struct printing *p)
{
	if (p->style == GRID_MARKDOWN)
		putc('\n', p->out);
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
		compare_say(p, "%s  %s: %zu row%s%s%s",
			    s == COMPARE_BASE ? "base" : "new ", p->report->paths[s],
			    input->file.count, input->file.count == 1 ? "" : "s",
			    at ? " from " : "", at ? at : "");
	}
	compare_say(
		p,
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
		compare_say(p, "machine, build and settings: no difference known");
		return 0;
	}
	compare_say(p, "different machine, build or settings:");
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

static bool drifts(const struct compare_table *table)
{
	return table->verdicts[COMPARISON_SHOWN] < table->count &&
	       fabs(table->drift) > log1p(table->metric->margin) / 2;
}

/* When half of all cells moved together, a server of its own is the lesser suspect. */
static void print_drift(const struct printing *p)
{
	char text[1024] = "";
	size_t used = 0;

	for (size_t i = 0; i < p->report->metrics.count; i++) {
		const struct compare_table *table = &p->report->tables[i];
		if (drifts(table) && used + TEXT_SIZE <= sizeof(text))
			used += (size_t)snprintf(text + used, sizeof(text) - used,
						 "%s%.80s %+.1f %%", used ? ", " : "",
						 table->metric->column.name,
						 comparison_percent(table->drift));
	}
	if (used)
		compare_say(p,
			    "common drift: half of all cells changed by more than %s, "
			    "over half a margin: look at what they share, the machine or "
			    "the generator",
			    text);
}

void compare_format_percent(double logarithm, char *text, size_t size)
{
	if (isfinite(logarithm))
		snprintf(text, size, "%+.1f", comparison_percent(logarithm));
	else
		snprintf(text, size, "-");
}

void compare_add_numbers(struct grid *grid, const struct compare_table *table,
			 const struct comparison *c)
{
	const int decimals = table->metric->column.decimals;
	char base[TEXT_SIZE] = "-", new[TEXT_SIZE] = "-", low[32], high[32], change[32];

	if (isfinite(c->base))
		view_number(c->base, decimals, base, sizeof(base));
	if (isfinite(c->new))
		view_number(c->new, decimals, new, sizeof(new));
	compare_format_percent(c->estimate, change, sizeof(change));
	compare_format_percent(c->low, low, sizeof(low));
	compare_format_percent(c->high, high, sizeof(high));
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

void compare_add_headings(struct grid *grid)
{
	static const char *const headings[] = {"base",          "new",    "change %",
					       "90 % interval", "sees %", "rows"};

	for (size_t i = 0; i < sizeof(headings) / sizeof(headings[0]); i++)
		grid_add(grid, "%s", headings[i]);
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
	compare_say(p, "%s%s%s", metric->column.name, note, margin);
}

static int print_table(const struct printing *p, const struct compare_table *table)
{
	struct grid grid = {.last_is_text = true};

	if (table->count == 0)
		return 0;
	print_heading(p, table);
	grid_add(&grid, "cell");
	compare_add_headings(&grid);
	grid_add(&grid, "verdict");
	grid.columns = grid.count;
	for (size_t i = 0; i < table->count; i++) {
		const struct comparison *c = &table->lines[i].result;
		grid_add(&grid, "%s", table->lines[i].cell->name);
		compare_add_numbers(&grid, table, c);
		grid_add(&grid, "%s%s%s", comparison_name(c->verdict),
			 c->reason[0] ? ": " : "", c->reason);
	}
	const int rc = grid_print(&grid, p->style, p->out);
	grid_release(&grid);
	if (p->style == GRID_MARKDOWN)
		putc('\n', p->out);
	return rc;
}

/* Where there are many, only their number. */
static void print_cells_of(const struct printing *p, enum compare_side side)
{
	const struct compare_cells *cells = &p->report->cells;
	const char *word =
		side == COMPARE_NEW ? "only in new: added" : "only in base: removed";
	size_t count = 0;

	for (size_t i = 0; i < cells->count; i++)
		count += cells->items[i].side[!side].count == 0;
	if (count > LISTED_MOST && !p->all) {
		compare_say(p, "%zu cells %s", count, word);
		return;
	}
	for (size_t i = 0; i < cells->count; i++)
		if (cells->items[i].side[!side].count == 0)
			compare_say(p, "%s: %s", cells->items[i].name, word);
}

static void print_lonely(const struct printing *p)
{
	const struct compare_metrics *metrics = &p->report->metrics;

	print_cells_of(p, COMPARE_NEW);
	print_cells_of(p, COMPARE_BASE);
	for (size_t i = 0; i < metrics->lone_count; i++)
		compare_say(p, "column %s: only in %s, not compared",
			    metrics->lone[i].column,
			    compare_side_names[metrics->lone[i].side]);
}

static void print_left_out_of(const struct printing *p, const struct compare_cell *cell,
			      int side)
{
	const struct compare_rows *rows = &cell->side[side];
	const char *reason = row_text(rows->worst, "verdict_reason");

	compare_say(p, "%s: %zu of %zu rows of %s left out, %s%s%s", cell->name,
		    rows->count - rows->valid, rows->count, compare_side_names[side],
		    verdict_name(verdict_of(rows->worst)), reason ? ": " : "",
		    reason ? reason : "");
}

/* What no verdict rests on. */
static void print_left_out(const struct printing *p)
{
	const struct compare_cells *cells = &p->report->cells;
	size_t rows = 0, places = 0;

	for (size_t i = 0; i < cells->count; i++)
		for (int s = 0; s < COMPARE_SIDES; s++) {
			const struct compare_rows *its = &cells->items[i].side[s];
			rows += its->count - its->valid;
			places += its->worst != NULL;
		}
	for (size_t i = 0; i < cells->count; i++)
		for (int s = 0; s < COMPARE_SIDES; s++)
			if (cells->items[i].side[s].worst &&
			    (places <= LISTED_MOST || p->all))
				print_left_out_of(p, &cells->items[i], s);
	if (rows > 0)
		compare_say(p, "%zu row%s not VALID: no verdict rests on them", rows,
			    rows == 1 ? " is" : "s are");
}

/* In Markdown folded away: a page has room for them, and a reader has not. */
static int print_all(const struct printing *p)
{
	const bool folded = p->style == GRID_MARKDOWN;
	int rc = 0;

	if (folded)
		fprintf(p->out, "<details><summary>All comparisons</summary>\n\n");
	for (size_t i = 0; rc == 0 && i < p->report->metrics.count; i++)
		rc = print_table(p, &p->report->tables[i]);
	if (folded)
		fprintf(p->out, "</details>\n\n");
	return rc;
}

static const char *verdict_word(const size_t *verdicts)
{
	if (verdicts[COMPARISON_WORSE] > 0)
		return "WORSE?";
	if (verdicts[COMPARISON_UNCLEAR] > 0)
		return "NOT ALL DECIDED";
	if (verdicts[COMPARISON_BETTER] > 0)
		return "BETTER?";
	return verdicts[COMPARISON_SAME] > 0 ? "SAME" : "NOTHING TO JUDGE";
}

static void print_verdict(const struct printing *p)
{
	const size_t *verdicts = p->report->verdicts;
	const size_t hidden = verdicts[COMPARISON_UNCLEAR] + verdicts[COMPARISON_SAME] +
			      verdicts[COMPARISON_SHOWN];

	if (!p->all && p->style == GRID_TEXT && hidden > 0)
		compare_say(p, "--all lists the %zu that are not worse? or better?",
			    hidden);
	compare_say(p,
		    "%s: %zu worse?, %zu better?, %zu same, %zu shown and not judged; "
		    "%zu not decided",
		    verdict_word(verdicts), verdicts[COMPARISON_WORSE],
		    verdicts[COMPARISON_BETTER], verdicts[COMPARISON_SAME],
		    verdicts[COMPARISON_SHOWN], verdicts[COMPARISON_UNCLEAR]);
}

int compare_report_print(const struct compare_report *report, bool all,
			 enum grid_style style, FILE *out)
{
	const struct printing p = {report, style, all, out};

	print_sides(&p);
	int rc = print_differences(&p);
	putc('\n', out);
	if (rc == 0 && all && style == GRID_TEXT)
		rc = print_all(&p);
	else if (rc == 0)
		rc = compare_print_changes(&p);
	putc('\n', out);
	if (rc == 0)
		rc = compare_print_counts(&p);
	print_drift(&p);
	print_lonely(&p);
	print_left_out(&p);
	if (rc == 0 && style == GRID_MARKDOWN)
		rc = print_all(&p);
	print_verdict(&p);
	return rc < 0 ? rc : ferror(out) ? -EIO : 0;
}
