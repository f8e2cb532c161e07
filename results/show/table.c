/* table.c - rows of results as a table for people. */
#include "results/show/table.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "results/campaign/verdict.h"
#include "server/printable.h"

#define FIELD_SIZE  160
#define LEFT_MARGIN 2

void table_value(const struct summary_value *value, const struct view_column *column,
		 char *text, size_t size)
{
	char number[FIELD_SIZE / 2];

	if (value->text) {
		snprintf(text, size, "%s", value->text);
		make_printable(text);
	} else if (isnan(value->median)) {
		snprintf(text, size, "-");
	} else {
		view_number(value->median, column->decimals, number, sizeof(number));
		snprintf(text, size, "%s%s%s", value->best ? "*" : "",
			 value->at_least ? ">=" : "", number);
	}
}

void table_name(const struct summary *summary, const struct summary_line *line,
		char *name)
{
	view_name(summary->view, line->rows[0], name, TABLE_NAME_SIZE);
}

/* Which of the columns are shown: some only where there is something to show. */
static bool is_shown(const struct summary *summary, size_t start, size_t end, int c)
{
	const struct view_column *column = &summary->columns[c];

	if (column->flags & VIEW_HIDDEN || !(column->flags & VIEW_OPTIONAL))
		return !(column->flags & VIEW_HIDDEN);
	for (size_t i = start; i < end; i++)
		if (!isnan(summary->lines[i].values[c].median))
			return true;
	return false;
}

static bool has_spread(const struct summary *summary, size_t start, size_t end, int c)
{
	if (!(summary->columns[c].flags & VIEW_SPREAD))
		return false;
	for (size_t i = start; i < end; i++)
		if (!isnan(summary_half_width(&summary->lines[i].values[c])))
			return true;
	return false;
}

static void add_spread(struct grid *grid, const struct summary_value *value)
{
	const double width = summary_half_width(value);

	if (isnan(width))
		grid_add(grid, "-");
	else
		grid_add(grid, "%.1f", width);
}

static void add_verdict(struct grid *grid, const struct summary *summary,
			const struct summary_line *line)
{
	if (summary->view->verdicts)
		grid_add(grid, "%s", verdict_name(verdict_of(line->worst)));
}

static void add_headings(struct grid *grid, const struct summary *summary, size_t start,
			 size_t end)
{
	grid_add(grid, "%s", summary->view->name_heading);
	for (int c = 0; c < summary->column_count; c++) {
		char heading[FIELD_SIZE];
		if (!is_shown(summary, start, end, c))
			continue;
		snprintf(heading, sizeof(heading), "%s", summary->columns[c].heading);
		make_printable(heading);
		grid_add(grid, "%s", heading);
		if (has_spread(summary, start, end, c))
			grid_add(grid, "+-%%");
	}
	if (summary->view->verdicts)
		grid_add(grid, "verdict");
	grid->columns = grid->count;
	grid->last_is_text = summary->view->verdicts;
}

static void add_line(struct grid *grid, const struct summary *summary, size_t start,
		     size_t end, const struct summary_line *line)
{
	char name[TABLE_NAME_SIZE], text[FIELD_SIZE];

	table_name(summary, line, name);
	grid_add(grid, "%s", name);
	for (int c = 0; c < summary->column_count; c++) {
		if (!is_shown(summary, start, end, c))
			continue;
		table_value(&line->values[c], &summary->columns[c], text, sizeof(text));
		grid_add(grid, "%s", text);
		if (has_spread(summary, start, end, c))
			add_spread(grid, &line->values[c]);
	}
	add_verdict(grid, summary, line);
}

static int print_lines(const struct summary *summary, size_t start, size_t end,
		       enum grid_style style, FILE *out)
{
	struct grid grid = {0};

	add_headings(&grid, summary, start, end);
	for (size_t i = start; i < end; i++)
		add_line(&grid, summary, start, end, &summary->lines[i]);
	const int rc = grid_print(&grid, style, out);
	grid_release(&grid);
	return rc;
}

/* A sentence that quotes texts of rows. */
static void print_sentence(const char *text, enum grid_style style, FILE *out)
{
	if (style == GRID_MARKDOWN)
		print_markdown(text, out);
	else
		fputs(text, out);
	putc('\n', out);
}

void table_print_troubles(const struct summary *summary, size_t start, size_t end,
			  enum grid_style style, FILE *out)
{
	char name[TABLE_NAME_SIZE], text[1024];
	bool first = true;

	for (size_t i = start; i < end; i++) {
		const struct summary_line *line = &summary->lines[i];
		const char *reason = row_text(line->worst, "verdict_reason");
		if (line->troubled == 0)
			continue;
		table_name(summary, line, name);
		snprintf(text, sizeof(text), "%s: %s in %zu of %zu%s%s", name,
			 verdict_name(verdict_of(line->worst)), line->troubled,
			 line->repetitions, reason ? ": " : "", reason ? reason : "");
		make_printable(text);
		if (style == GRID_MARKDOWN)
			fputs(first ? "\n- " : "- ", out);
		else
			fprintf(out, "%*s", LEFT_MARGIN, "");
		first = false;
		print_sentence(text, style, out);
	}
}

void table_print_heading(const struct summary *summary, size_t start,
			 enum grid_style style, FILE *out)
{
	const struct summary_line *line = &summary->lines[start];
	char text[1024] = "";
	FILE *memory = fmemopen(text, sizeof(text), "w");

	if (memory) {
		view_heading(summary->view, line->rows[0], line->repetitions, memory);
		fclose(memory);
	}
	if (style == GRID_MARKDOWN)
		fputs("### ", out);
	print_sentence(text, style, out);
	if (style == GRID_MARKDOWN)
		putc('\n', out);
}

struct levels {
	double least, most;
	bool none; /* some value has no interval */
};

static void find_levels(const struct summary *summary, struct levels *ret_levels)
{
	*ret_levels = (struct levels){1, 0, false};
	for (size_t i = 0; i < summary->count; i++)
		for (int c = 0; c < summary->column_count; c++) {
			const struct summary_value *value = &summary->lines[i].values[c];
			const double level = value->interval.level;
			if (isnan(value->median) ||
			    summary->columns[c].rank == NOT_RANKED)
				continue;
			ret_levels->none |= level == 0;
			if (level > 0)
				ret_levels->least = fmin(ret_levels->least, level);
			ret_levels->most = fmax(ret_levels->most, level);
		}
}

static void print_ties(const struct summary *summary, FILE *out)
{
	struct levels levels;

	find_levels(summary, &levels);
	fputs("Medians of the repetitions. * the best of its column and what is tied with "
	      "it: ",
	      out);
	if (levels.most == 0) {
		fputs("within 10 %,\nas so few repetitions give no interval.", out);
		return;
	}
	fprintf(out,
		"their\nintervals overlap%s. +-%% half the width of the exact\n"
		"Hodges-Lehmann interval in per cent of the median; its level is %.4g",
		levels.none ? " (within 10 % where there is none)" : "",
		100 * levels.least);
	if (levels.most > levels.least)
		fprintf(out, " .. %.4g", 100 * levels.most);
	fputs(" %.", out);
}

static bool shows(const struct summary *summary, const char *column)
{
	for (int c = 0; c < summary->column_count; c++)
		if (strcmp(summary->columns[c].name, column) == 0)
			return true;
	return false;
}

static void print_legend(const struct summary *summary, FILE *out)
{
	print_ties(summary, out);
	if (summary->view->verdicts)
		fputs(" Servers that starved connections, or failed, are not marked.",
		      out);
	putc('\n', out);
	if (!shows(summary, "headroom"))
		return;
	fputs(">= unanswered requests lie in this percentile: it is at least this. "
	      "headroom: how much faster\n"
	      "the load generator could have gone. CPU is the server's; on loopback a send "
	      "also runs the\n"
	      "receiver's network code, so each side does some of the other's work.\n",
	      out);
}

void table_print_legend(const struct summary *summary, enum grid_style style, FILE *out)
{
	char text[1024] = "";
	FILE *memory = fmemopen(text, sizeof(text), "w");

	if (!memory)
		return;
	print_legend(summary, memory);
	fclose(memory);
	if (style == GRID_MARKDOWN)
		print_markdown(text, out);
	else
		fputs(text, out);
}

int table_print_summary(const struct summary *summary, enum grid_style style, FILE *out)
{
	int rc = 0;

	for (size_t start = 0, end; rc == 0 && start < summary->count; start = end) {
		end = summary_table_end(summary, start);
		table_print_heading(summary, start, style, out);
		rc = print_lines(summary, start, end, style, out);
		table_print_troubles(summary, start, end, style, out);
		putc('\n', out);
	}
	if (summary->count > 0)
		table_print_legend(summary, style, out);
	return rc < 0 ? rc : fflush(out) == 0 && !ferror(out) ? 0 : -EIO;
}

int table_print(const struct row *rows, size_t count,
		const struct io_catalogue *catalogue, FILE *out)
{
	const struct summary_request request = {.view = &view_results,
						.catalogue = catalogue};
	struct summary summary;

	int rc = summary_make(rows, count, &request, &summary);
	if (rc == 0)
		rc = table_print_summary(&summary, GRID_TEXT, out);
	summary_release(&summary);
	return rc;
}
