/* columns.c - which columns `show` needs, and in which order. */
#include "results/show/columns.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "server/options.h"

#define WORD_SIZE 128

/* While --columns and --sort are read. */
struct making {
	struct show *show;
	struct show_columns *made;
	bool of_rows;
	char *error;
};

/* Calls `add` with each word of a list; the first failure ends it. */
static int each_word(struct making *m, const char *option, const char *list,
		     int (*add)(struct making *m, const char *word))
{
	char word[WORD_SIZE];
	int rc = 0;

	while (rc == 0 && list) {
		const size_t length = strcspn(list, ",");
		if (length == 0 || length >= sizeof(word)) {
			snprintf(m->error, OPTION_ERROR_SIZE,
				 "%s: a name is expected before and behind each comma",
				 option);
			return -EINVAL;
		}
		snprintf(word, sizeof(word), "%.*s", (int)length, list);
		rc = add(m, word);
		list = list[length] ? list + length + 1 : NULL;
	}
	return rc;
}

/* Its place, or -1. */
static int find(const struct show_columns *made, const char *name)
{
	for (size_t i = 0; made->columns[i].name; i++)
		if (strcmp(made->columns[i].name, name) == 0)
			return (int)i;
	return -1;
}

/* The place of a column of the file, which is appended where it is not there yet. */
static int place(struct making *m, int column, unsigned flags)
{
	const struct row_column *known = &m->show->file.columns[column];
	const int found = find(m->made, known->name);

	if (found >= 0)
		return found;
	m->made->columns[m->made->count] = view_column_of(&m->show->view, known);
	m->made->columns[m->made->count].flags |= flags;
	return (int)m->made->count++;
}

/* A table has the server's name and the verdict beside all columns. */
static int add_column(struct making *m, const char *word)
{
	const struct show *show = m->show;
	const int column =
		metric_find_column("--columns", word, show->file.columns, m->error);

	if (column < 0)
		return -EINVAL;
	if (m->of_rows)
		m->made->rows[m->made->count++] = show->file.columns[column];
	else if (strcmp(word, show->view.servers[0]) != 0 && strcmp(word, "verdict") != 0)
		(void)place(m, column, 0);
	return 0;
}

static int add_columns(struct making *m, const char *list)
{
	const int first = row_column_index(m->show->file.columns, m->show->view.first);
	const int rc = each_word(m, "--columns", list, add_column);

	if (rc == 0 && !m->of_rows && first >= 0)
		(void)place(m, first, VIEW_HIDDEN);
	return rc;
}

static int add_sort(struct making *m, const char *word)
{
	const bool descending = word[0] == '-';
	const int column = metric_find_column("--sort", word + descending,
					      m->show->file.columns, m->error);

	if (column < 0)
		return -EINVAL;
	m->made->sorts[m->made->sort_count++] = (struct summary_sort){
		m->of_rows ? column : place(m, column, VIEW_HIDDEN), descending};
	return 0;
}

static void add_defaults(struct making *m)
{
	const struct view_column *columns = m->show->view.columns;

	for (; columns->name; columns++)
		if (row_column_index(m->show->file.columns, columns->name) >= 0)
			m->made->columns[m->made->count++] = *columns;
}

static void add_metric(struct making *m)
{
	const struct row_column *columns = m->show->file.columns;
	const struct metric *metric = &m->show->metric;

	m->show->view.first = metric->closed;
	m->show->view.first_open = metric->open;
	m->show->closed_metric = place(m, row_column_index(columns, metric->closed), 0);
	m->show->open_metric = place(m, row_column_index(columns, metric->open), 0);
}

/* Words of a list, at most. */
static size_t words(const char *list)
{
	size_t count = list != NULL;

	for (; list && *list; list++)
		count += *list == ',';
	return count;
}

static int allocate(struct show_columns *made, const struct show *show,
		    const char *columns, const char *sort)
{
	size_t most = words(columns) + words(sort) + 3;

	for (const struct view_column *c = show->view.columns; c->name; c++)
		most++;
	made->columns = calloc(most, sizeof(*made->columns));
	made->rows = calloc(most, sizeof(*made->rows));
	made->sorts = calloc(most, sizeof(*made->sorts));
	return made->columns && made->rows && made->sorts ? 0 : -ENOMEM;
}

int show_columns_make(struct show *show, const char *columns, const char *sort,
		      bool of_rows, struct show_columns *ret_columns, char *error)
{
	struct making m = {show, ret_columns, of_rows, error};

	memset(ret_columns, 0, sizeof(*ret_columns));
	int rc = allocate(ret_columns, show, columns, sort);
	if (rc == 0 && columns)
		rc = add_columns(&m, columns);
	else if (rc == 0 && show->has_metric)
		add_metric(&m);
	else if (rc == 0 && !of_rows)
		add_defaults(&m);
	if (rc == 0 && of_rows && columns)
		show->rows_shown = ret_columns->rows;
	if (rc == 0 && sort)
		rc = each_word(&m, "--sort", sort, add_sort);
	return rc;
}

void show_columns_release(struct show_columns *columns)
{
	free(columns->columns);
	free(columns->rows);
	free(columns->sorts);
	memset(columns, 0, sizeof(*columns));
}

static int compare_rows(const void *a, const void *b, void *context)
{
	const struct show_columns *columns = context;
	const struct row *x = a, *y = b;
	int order = 0;

	for (size_t i = 0; order == 0 && i < columns->sort_count; i++) {
		const struct summary_sort *sort = &columns->sorts[i];
		const bool x_set = x->cells[sort->column].set;
		const bool y_set = y->cells[sort->column].set;
		if (!x_set || !y_set)
			order = y_set - x_set;
		else
			order = summary_compare_cells(x, y, sort->column) *
				(sort->descending ? -1 : 1);
	}
	return order;
}

void show_columns_sort_rows(const struct show_columns *columns, struct show *show)
{
	if (columns->sort_count > 0)
		qsort_r(show->file.rows, show->file.count, sizeof(*show->file.rows),
			compare_rows, (void *)columns);
}
