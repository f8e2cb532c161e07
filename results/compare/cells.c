/* cells.c - which rows of two files are repetitions of one cell. */
#include "results/compare/cells.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "results/campaign/verdict.h"
#include "server/printable.h"

#define KEYS_MAX   24
#define FIELD_SIZE 64

const char *const compare_side_names[] = {"base", "new"};

/* A row while they are sorted. */
struct entry {
	char *key;
	const struct row *row;
	enum compare_side side;
	bool valid;
};

struct keys {
	const char *names[KEYS_MAX + 1]; /* end with NULL */
	size_t count;
};

static void add_keys(struct keys *keys, const char *const *names,
		     const struct input *base, const struct input *new)
{
	for (; *names && keys->count < KEYS_MAX; names++)
		if (strcmp(*names, "server_cpus") != 0 &&
		    strcmp(*names, "client_cpus") != 0 &&
		    row_column_index(base->file.columns, *names) >= 0 &&
		    row_column_index(new->file.columns, *names) >= 0)
			keys->names[keys->count++] = *names;
}

/* The values of those columns; the caller frees them. NULL: no memory. For a key what is not
 * set keeps its place, and no value holds the separator. */
static char *join(const struct row *row, const struct keys *keys, bool for_key)
{
	const char *separator = for_key ? "\x1f" : "/";
	char value[FIELD_SIZE] = "", *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	for (size_t i = 0; out && i < keys->count; i++) {
		const char *words = row_text(row, keys->names[i]);
		if (!words)
			view_text(row, keys->names[i], value, sizeof(value));
		if (words || value[0] || for_key)
			fprintf(out, "%s%s", ftell(out) > 0 || for_key ? separator : "",
				words ? words : value);
	}
	if (out && fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}

static int compare_entries(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	const int order = strcmp(x->key, y->key);

	if (order)
		return order;
	if (x->side != y->side)
		return x->side < y->side ? -1 : 1;
	if (x->valid != y->valid)
		return y->valid - x->valid;
	return (x->row > y->row) - (x->row < y->row);
}

static int add_entries(struct entry *entries, const struct input *input,
		       enum compare_side side, const struct keys *keys)
{
	for (size_t i = 0; i < input->file.count; i++) {
		const struct row *row = &input->file.rows[i];
		entries[i] = (struct entry){
			.key = join(row, keys, true),
			.row = row,
			.side = side,
			.valid =
				!input->view.verdicts || verdict_of(row) == VERDICT_VALID,
		};
		if (!entries[i].key)
			return -ENOMEM;
	}
	return 0;
}

static void add_row(struct compare_rows *rows, const struct entry *entry,
		    const struct row **place)
{
	if (rows->count++ == 0)
		rows->rows = place;
	*place = entry->row;
	rows->valid += entry->valid;
	if (!entry->valid &&
	    (!rows->worst || verdict_of(rows->worst) < verdict_of(entry->row)))
		rows->worst = entry->row;
}

/* Entries of one cell stand together now. */
static void group(struct compare_cells *cells, struct entry *entries, size_t count)
{
	struct compare_cell *cell = NULL;

	for (size_t i = 0; i < count; i++) {
		if (!cell || strcmp(cell->key, entries[i].key) != 0) {
			cell = &cells->items[cells->count++];
			cell->key = entries[i].key;
			entries[i].key = NULL;
		}
		add_row(&cell->side[entries[i].side], &entries[i], &cells->rows[i]);
	}
}

static int name_cells(struct compare_cells *cells, const struct keys *keys)
{
	for (size_t i = 0; i < cells->count; i++) {
		struct compare_cell *cell = &cells->items[i];
		const bool in_new = cell->side[COMPARE_NEW].count > 0;
		const struct row *row =
			cell->side[in_new ? COMPARE_NEW : COMPARE_BASE].rows[0];
		const char *name = row_text(row, "cell");
		cell->open = view_is_open(row);
		cell->name = name ? strdup(name) : join(row, keys, false);
		if (!cell->name)
			return -ENOMEM;
		make_printable(cell->name);
	}
	return 0;
}

static int compare_names(const void *a, const void *b)
{
	const struct compare_cell *x = a, *y = b;
	const int order = strcmp(x->name, y->name);

	return order ? order : strcmp(x->key, y->key);
}

int compare_cells_match(const struct input *base, const struct input *new,
			struct compare_cells *ret_cells)
{
	const size_t count = base->file.count + new->file.count;
	struct entry *entries = calloc(count + 1, sizeof(*entries));
	struct keys keys = {.count = 0};
	int rc = -ENOMEM;

	*ret_cells = (struct compare_cells){
		.items = calloc(count + 1, sizeof(*ret_cells->items)),
		.rows = calloc(count + 1, sizeof(const struct row *)),
	};
	if (!entries || !ret_cells->items || !ret_cells->rows)
		goto out;
	add_keys(&keys, new->view.servers, base, new);
	add_keys(&keys, new->view.tables, base, new);
	rc = add_entries(entries, base, COMPARE_BASE, &keys);
	if (rc == 0)
		rc = add_entries(entries + base->file.count, new, COMPARE_NEW, &keys);
	if (rc < 0)
		goto out;
	qsort(entries, count, sizeof(*entries), compare_entries);
	group(ret_cells, entries, count);
	rc = name_cells(ret_cells, &keys);
	if (rc == 0)
		qsort(ret_cells->items, ret_cells->count, sizeof(*ret_cells->items),
		      compare_names);
out:
	for (size_t i = 0; entries && i < count; i++)
		free(entries[i].key);
	free(entries);
	return rc;
}

void compare_cells_release(struct compare_cells *cells)
{
	for (size_t i = 0; cells->items && i < cells->count; i++) {
		free(cells->items[i].key);
		free(cells->items[i].name);
	}
	free(cells->items);
	free(cells->rows);
	*cells = (struct compare_cells){0};
}

bool compare_cell_is_matched(const struct compare_cell *cell)
{
	return cell->side[COMPARE_BASE].count > 0 && cell->side[COMPARE_NEW].count > 0;
}
