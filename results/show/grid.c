/* grid.c - lines of texts printed in columns. */
#include "results/show/grid.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "server/printable.h"

#define LEFT_MARGIN 2

void grid_add(struct grid *grid, const char *format, ...)
{
	va_list arguments;

	if (grid->count == grid->capacity) {
		const size_t wanted = grid->capacity ? 2 * grid->capacity : 128;
		char **cells = reallocarray(grid->cells, wanted, sizeof(*cells));
		if (!cells) {
			grid->failed = true;
			return;
		}
		grid->cells = cells;
		grid->capacity = wanted;
	}
	va_start(arguments, format);
	if (vasprintf(&grid->cells[grid->count], format, arguments) < 0)
		grid->failed = true;
	else
		grid->count++;
	va_end(arguments);
}

static size_t width_of(const struct grid *grid, size_t column)
{
	size_t most = 0;

	for (size_t i = column; i < grid->count; i += grid->columns) {
		const size_t width = printable_width(grid->cells[i]);
		if (width > most)
			most = width;
	}
	return most;
}

static void print_padding(size_t width, const char *text, FILE *out)
{
	for (size_t used = printable_width(text); used < width; used++)
		putc(' ', out);
}

static bool is_number(const struct grid *grid, size_t column)
{
	return column > 0 && !(grid->last_is_text && column + 1 == grid->columns);
}

static void print_text(const struct grid *grid, const size_t *widths, FILE *out)
{
	for (size_t i = 0; i < grid->count; i++) {
		const size_t column = i % grid->columns;
		const char *text = grid->cells[i];
		const bool last = column + 1 == grid->columns;
		fprintf(out, "%*s", LEFT_MARGIN, "");
		if (is_number(grid, column))
			print_padding(widths[column], text, out);
		fputs(text, out);
		if (column == 0 && !last)
			print_padding(widths[column], text, out);
		if (last)
			putc('\n', out);
	}
}

void print_markdown(const char *text, FILE *out)
{
	for (; *text; text++) {
		if (strchr("\\`*_|<>[]&#~", *text))
			putc('\\', out);
		putc(*text, out);
	}
}

static void print_rule(const struct grid *grid, FILE *out)
{
	putc('|', out);
	for (size_t column = 0; column < grid->columns; column++)
		fputs(is_number(grid, column) ? " ---: |" : " --- |", out);
	putc('\n', out);
}

static void print_table(const struct grid *grid, FILE *out)
{
	for (size_t i = 0; i < grid->count; i++) {
		fputs(i % grid->columns == 0 ? "| " : " ", out);
		print_markdown(grid->cells[i], out);
		fputs(" |", out);
		if ((i + 1) % grid->columns == 0)
			putc('\n', out);
		if (i + 1 == grid->columns)
			print_rule(grid, out);
	}
}

int grid_print(const struct grid *grid, enum grid_style style, FILE *out)
{
	if (grid->failed)
		return -ENOMEM;
	if (grid->columns == 0)
		return 0;
	size_t *widths = calloc(grid->columns, sizeof(*widths));
	if (!widths)
		return -ENOMEM;
	for (size_t i = 0; i < grid->columns; i++)
		widths[i] = width_of(grid, i);
	if (style == GRID_MARKDOWN)
		print_table(grid, out);
	else
		print_text(grid, widths, out);
	free(widths);
	return 0;
}

void grid_release(struct grid *grid)
{
	for (size_t i = 0; i < grid->count; i++)
		free(grid->cells[i]);
	free(grid->cells);
	*grid = (struct grid){0};
}
