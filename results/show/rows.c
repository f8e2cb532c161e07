/* rows.c - rows as they are: CSV and JSON. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "results/show/format.h"
#include "server/options.h"

/* A row of some of the columns: its cells are borrowed. */
struct selection {
	const struct show *show;
	struct row row;
};

static int selection_open(struct selection *selection, const struct show *show)
{
	memset(selection, 0, sizeof(*selection));
	selection->show = show;
	return show->rows_shown ? row_init(&selection->row, show->rows_shown) : 0;
}

static void selection_release(struct selection *selection)
{
	free(selection->row.cells); /* the texts belong to the rows of the file */
}

static const struct row *select_cells(struct selection *selection, const struct row *row)
{
	if (!selection->show->rows_shown)
		return row;
	for (int i = 0; i < selection->row.column_count; i++) {
		const char *name = selection->show->rows_shown[i].name;
		selection->row.cells[i] =
			row->cells[row_column_index(row->columns, name)];
	}
	selection->row.failed = row->failed;
	return &selection->row;
}

int show_csv(const struct show *show, FILE *out, char *error)
{
	const struct row_column *columns =
		show->rows_shown ? show->rows_shown : show->file.columns;
	struct selection selection;

	(void)error;
	int rc = selection_open(&selection, show);
	if (rc == 0)
		rc = row_write_csv_header(columns, out);
	for (size_t i = 0; rc == 0 && i < show->file.count; i++)
		rc = row_write_csv(select_cells(&selection, &show->file.rows[i]), out);
	selection_release(&selection);
	return rc;
}

/* One after the other: ten thousand rows need no tree of ten thousand objects. */
int show_json(const struct show *show, FILE *out, char *error)
{
	struct selection selection;

	(void)error;
	int rc = selection_open(&selection, show);
	fputs("[\n", out);
	for (size_t i = 0; rc == 0 && i < show->file.count; i++) {
		json_t *object =
			row_to_json(select_cells(&selection, &show->file.rows[i]));
		fputs(i > 0 ? "," : "", out);
		rc = json_write(object, JSON_COMPACT, out);
		json_decref(object);
	}
	fputs("]\n", out);
	selection_release(&selection);
	return rc;
}
