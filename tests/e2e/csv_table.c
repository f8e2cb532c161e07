/* csv_table.c - a CSV file read back by libcsv. */
#include "tests/e2e/csv_table.h"

#include <csv.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void on_field(void *text, size_t length, void *user)
{
	struct csv_table *table = user;

	if (table->row < CSV_ROWS_MAX && table->column < CSV_COLUMNS_MAX)
		table->cells[table->row][table->column] = strndup(text, length);
	table->column++;
}

static void on_row(int end, void *user)
{
	struct csv_table *table = user;

	(void)end;
	if (table->row == 0)
		table->columns = table->column;
	else if (table->column != table->columns)
		table->ragged++;
	if (table->row < CSV_ROWS_MAX)
		table->row++;
	table->column = 0;
}

struct csv_table *csv_table_read(const char *path)
{
	struct csv_table *table = calloc(1, sizeof(*table));
	FILE *file = fopen(path, "re");
	struct csv_parser parser;
	char chunk[4096];
	size_t length;
	int good = table && file && csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI) == 0;

	if (good) {
		while ((length = fread(chunk, 1, sizeof(chunk), file)) > 0)
			good = good && csv_parse(&parser, chunk, length, on_field, on_row,
						 table) == length;
		good = good && csv_fini(&parser, on_field, on_row, table) == 0;
		csv_free(&parser);
		table->rows = table->row - 1;
	}
	if (file)
		fclose(file);
	if (good)
		return table;
	csv_table_free(table);
	return NULL;
}

void csv_table_free(struct csv_table *table)
{
	if (!table)
		return;
	for (int row = 0; row < CSV_ROWS_MAX; row++)
		for (int column = 0; column < CSV_COLUMNS_MAX; column++)
			free(table->cells[row][column]);
	free(table);
}

const char *csv_text(const struct csv_table *table, int row, const char *column)
{
	for (int i = 0; row >= 0 && row < table->rows && i < table->columns; i++)
		if (table->cells[0][i] && strcmp(table->cells[0][i], column) == 0)
			return table->cells[row + 1][i];
	return NULL;
}

double csv_number(const struct csv_table *table, int row, const char *column)
{
	const char *text = csv_text(table, row, column);
	char *end;

	if (!text || !*text)
		return NAN;
	const double value = strtod(text, &end);
	return *end ? NAN : value;
}
