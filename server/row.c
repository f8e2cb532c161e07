/* row.c - one row of a result: named cells to CSV and JSON. */
#include "server/row.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define JSON_DIGITS 15 /* what a double holds for certain: no 0.30000000000000004 */

int row_init(struct row *row, const struct row_column *columns)
{
	memset(row, 0, sizeof(*row));
	row->columns = columns;
	while (columns[row->column_count].name)
		row->column_count++;
	row->cells = calloc((size_t)row->column_count + 1, sizeof(*row->cells));
	return row->cells ? 0 : -ENOMEM;
}

void row_clear(struct row *row)
{
	for (int i = 0; row->cells && i < row->column_count; i++) {
		free(row->cells[i].text);
		row->cells[i] = (struct row_cell){0};
	}
	row->failed = false;
}

void row_release(struct row *row)
{
	if (!row)
		return;
	row_clear(row);
	free(row->cells);
	row->cells = NULL;
}

int row_column_index(const struct row_column *columns, const char *name)
{
	for (int i = 0; columns[i].name; i++)
		if (strcmp(columns[i].name, name) == 0)
			return i;
	return -1;
}

static struct row_cell *cell_of_type(struct row *row, const char *column,
				     enum row_type type)
{
	int i = row_column_index(row->columns, column);

	assert(i >= 0 && row->columns[i].type == type);
	(void)type; /* without assertions the name alone counts */
	return &row->cells[i];
}

static void keep_text(struct row *row, struct row_cell *cell, const char *text)
{
	free(cell->text);
	cell->text = text ? strdup(text) : NULL;
	cell->set = cell->text != NULL;
	if (text && !cell->text)
		row->failed = true;
}

void row_set_text(struct row *row, const char *column, const char *text)
{
	keep_text(row, cell_of_type(row, column, ROW_TEXT), text);
}

void row_set_words(struct row *row, const char *column, const char *words)
{
	keep_text(row, cell_of_type(row, column, ROW_COUNT), words);
}

void row_set_count(struct row *row, const char *column, int64_t value)
{
	struct row_cell *cell = cell_of_type(row, column, ROW_COUNT);

	keep_text(row, cell, NULL);
	cell->count = value;
	cell->set = true;
}

double row_rounded(double value, int decimals)
{
	char text[400]; /* DBL_MAX has 309 digits before the point */

	snprintf(text, sizeof(text), "%.*f", decimals, value);
	return strtod(text, NULL);
}

void row_set_real(struct row *row, const char *column, double value)
{
	struct row_cell *cell = cell_of_type(row, column, ROW_REAL);

	if (!isfinite(value))
		return;
	cell->real = row_rounded(value, row->columns[cell - row->cells].decimals);
	cell->set = true;
}

bool row_number(const struct row *row, const char *column, double *ret_value)
{
	int i = row_column_index(row->columns, column);

	if (i < 0 || !row->cells[i].set || row->cells[i].text)
		return false;
	*ret_value = row->columns[i].type == ROW_REAL ? row->cells[i].real
						      : (double)row->cells[i].count;
	return true;
}

const char *row_text(const struct row *row, const char *column)
{
	int i = row_column_index(row->columns, column);

	return i < 0 ? NULL : row->cells[i].text;
}

/* Digits, a point, a sign: what strtod takes beside that was not written by us. */
static bool looks_numeric(const char *text)
{
	return text[strspn(text, "+-.")] >= '0' && text[strspn(text, "+-.")] <= '9';
}

static int parse_cell(struct row_cell *cell, enum row_type type, const char *text)
{
	char *end;

	errno = 0;
	if (type == ROW_REAL)
		cell->real = strtod(text, &end);
	else
		cell->count = strtoll(text, &end, 10);
	if (*end || errno || strpbrk(text, "xX") || !isfinite(cell->real))
		return -EINVAL;
	cell->set = true;
	return 0;
}

int row_parse(struct row *row, int column, const char *text)
{
	const enum row_type type = row->columns[column].type;
	struct row_cell *cell = &row->cells[column];

	if (*text == '\0')
		return 0;
	if (type == ROW_TEXT || (type == ROW_COUNT && !looks_numeric(text))) {
		keep_text(row, cell, text);
		return cell->set ? 0 : -ENOMEM;
	}
	return looks_numeric(text) ? parse_cell(cell, type, text) : -EINVAL;
}

/* Blanks at the ends too: readers such as libcsv drop them from a bare field. */
static bool needs_quotes(const char *text)
{
	size_t length = strlen(text);

	if (length == 0)
		return false;
	return strpbrk(text, ",\"\r\n") || strchr(" \t", text[0]) ||
	       strchr(" \t", text[length - 1]);
}

static void write_text(const char *text, FILE *out)
{
	if (!needs_quotes(text)) {
		fputs(text, out);
		return;
	}
	putc('"', out);
	for (; *text; text++) {
		if (*text == '"')
			putc('"', out);
		putc(*text, out);
	}
	putc('"', out);
}

static void write_cell(const struct row_column *column, const struct row_cell *cell,
		       FILE *out)
{
	if (!cell->set)
		return;
	if (cell->text)
		write_text(cell->text, out);
	else if (column->type == ROW_REAL)
		fprintf(out, "%.*f", column->decimals, cell->real);
	else
		fprintf(out, "%" PRId64, cell->count);
}

int row_write_csv_header(const struct row_column *columns, FILE *out)
{
	for (int i = 0; columns[i].name; i++) {
		if (i > 0)
			putc(',', out);
		write_text(columns[i].name, out);
	}
	putc('\n', out);
	return ferror(out) ? -EIO : 0;
}

int row_write_csv(const struct row *row, FILE *out)
{
	if (row->failed)
		return -ENOMEM;
	for (int i = 0; i < row->column_count; i++) {
		if (i > 0)
			putc(',', out);
		write_cell(&row->columns[i], &row->cells[i], out);
	}
	putc('\n', out);
	return ferror(out) ? -EIO : 0;
}

/* A command line or a path may hold any bytes; JSON may not. */
json_t *json_text(const char *text)
{
	json_t *value = json_string(text);

	if (value)
		return value;
	char *ascii = strdup(text);
	if (!ascii)
		return NULL;
	for (char *c = ascii; *c; c++)
		if ((unsigned char)*c >= 0x80)
			*c = '?';
	value = json_string(ascii);
	free(ascii);
	return value;
}

static json_t *cell_to_json(const struct row_column *column, const struct row_cell *cell)
{
	if (!cell->set)
		return json_null();
	if (cell->text)
		return json_text(cell->text);
	if (column->type == ROW_REAL)
		return json_real(cell->real);
	return json_integer(cell->count);
}

json_t *row_to_json(const struct row *row)
{
	json_t *object = row->failed ? NULL : json_object();

	for (int i = 0; object && i < row->column_count; i++) {
		const struct row_column *column = &row->columns[i];
		json_t *value = cell_to_json(column, &row->cells[i]);
		if (json_object_set_new(object, column->name, value) < 0) {
			json_decref(object);
			object = NULL;
		}
	}
	return object;
}

int json_write(const json_t *value, size_t flags, FILE *out)
{
	if (!value)
		return -ENOMEM;
	if (json_dumpf(value, out, flags | JSON_REAL_PRECISION(JSON_DIGITS)) < 0)
		return -EIO;
	putc('\n', out);
	return ferror(out) ? -EIO : 0;
}
