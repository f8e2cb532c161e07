/* summary.c - rows of results gathered into lines. */
#include "results/show/summary.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "results/campaign/verdict.h"
#include "results/show/summary_best.h"

#define KEYS_MAX 24

/* The columns that tell lines apart, as numbers in the rows. */
struct keys {
	int columns[KEYS_MAX];
	size_t tables; /* the first of them tell tables apart */
	size_t count;
};

int summary_compare_cells(const struct row *a, const struct row *b, int column)
{
	const struct row_cell *x = &a->cells[column], *y = &b->cells[column];
	char text[2][32];

	if (!x->set || !y->set)
		return x->set - y->set;
	if (!x->text && !y->text && a->columns[column].type == ROW_REAL)
		return (x->real > y->real) - (x->real < y->real);
	if (!x->text && !y->text)
		return (x->count > y->count) - (x->count < y->count);
	snprintf(text[0], sizeof(text[0]), "%lld", (long long)x->count);
	snprintf(text[1], sizeof(text[1]), "%lld", (long long)y->count);
	return strcmp(x->text ? x->text : text[0], y->text ? y->text : text[1]);
}

static void add_keys(struct keys *keys, const struct row_column *columns,
		     const char *const *names)
{
	for (; *names; names++) {
		const int column = row_column_index(columns, *names);
		if (column >= 0 && keys->count < KEYS_MAX)
			keys->columns[keys->count++] = column;
	}
}

static void find_keys(struct keys *keys, const struct view *view,
		      const struct row_column *columns)
{
	keys->count = 0;
	add_keys(keys, columns, view->tables);
	keys->tables = keys->count;
	add_keys(keys, columns, view->servers);
}

static int compare_keys(const struct row *a, const struct row *b, const struct keys *keys,
			size_t count)
{
	int order = 0;

	for (size_t i = 0; order == 0 && i < count; i++)
		order = summary_compare_cells(a, b, keys->columns[i]);
	return order;
}

static int compare_rows(const void *a, const void *b, void *context)
{
	const struct keys *keys = context;
	const struct row *x = *(const struct row *const *)a,
			 *y = *(const struct row *const *)b;
	const int order = compare_keys(x, y, keys, keys->count);

	return order ? order : (x > y) - (x < y);
}

/* Requests without an answer in the window are the slowest: they lie in the percentiles
 * above their share, whose values are then lower bounds. */
static bool touches(const struct row *row, double quantile)
{
	double requests = 0, unfinished = 0, starved = 0;

	row_number(row, "requests", &requests);
	row_number(row, "unfinished", &unfinished);
	row_number(row, "starved_connections", &starved);
	unfinished += starved;
	return quantile > 0 && unfinished > 0 &&
	       unfinished >= (1 - quantile) * (requests + unfinished);
}

/* The median of a column over the rows of a line. A percentile that some repetition had
 * too few samples for is left out: of the others' it would be the median of the fastest,
 * perhaps below a lower percentile's. */
static void take_median(const struct summary_line *line, const struct view_column *column,
			double *scratch, struct summary_value *ret_value)
{
	const double quantile = view_quantile(column->name);
	size_t measured = 0, used = 0, bounded = 0;
	double requests;

	for (size_t i = 0; i < line->repetitions; i++) {
		const struct row *row = line->rows[i];
		measured += row_number(row, "requests", &requests) && requests > 0;
		if (!row_number(row, column->name, &scratch[used]))
			continue;
		used++;
		bounded += touches(row, quantile);
	}
	ret_value->median = NAN;
	if (quantile > 0 && used < measured)
		return;
	ret_value->median = statistics_median(scratch, used);
	ret_value->at_least = bounded * 2 > used;
	if (!statistics_interval(scratch, used, &ret_value->interval))
		ret_value->interval.level = 0;
}

static void take_text(const struct summary_line *line, const struct view_column *column,
		      struct summary_value *ret_value)
{
	const char *text = row_text(line->rows[0], column->name);

	ret_value->median = NAN;
	for (size_t i = 1; text && i < line->repetitions; i++) {
		const char *other = row_text(line->rows[i], column->name);
		if (!other || strcmp(text, other) != 0)
			text = "(varies)";
	}
	ret_value->text = text;
}

static void take_values(const struct summary *summary, struct summary_line *line,
			double *scratch)
{
	for (int c = 0; c < summary->column_count; c++) {
		const struct view_column *column = &summary->columns[c];
		if (row_text(line->rows[0], column->name))
			take_text(line, column, &line->values[c]);
		else
			take_median(line, column, scratch, &line->values[c]);
	}
}

bool summary_cpu_is_elsewhere(const struct io_catalogue *catalogue, const char *model)
{
	for (size_t i = 0; catalogue && model && catalogue->models[i]; i++)
		if (strcmp(catalogue->models[i]->name, model) == 0)
			return catalogue->models[i]->flags & IO_MODEL_ECHO_ONLY;
	return false;
}

static void judge(struct summary_line *line, const struct summary_request *request)
{
	double starved;

	line->ranked = true;
	line->worst = line->rows[0];
	line->cpu_elsewhere = summary_cpu_is_elsewhere(request->catalogue,
						       row_text(line->rows[0], "model"));
	for (size_t i = 0; request->view->verdicts && i < line->repetitions; i++) {
		const struct row *row = line->rows[i];
		const enum verdict verdict = verdict_of(row);
		line->troubled += verdict != VERDICT_VALID;
		if (verdict_of(line->worst) < verdict)
			line->worst = row;
		if ((row_number(row, "starved_connections", &starved) && starved > 0) ||
		    (verdict != VERDICT_VALID && verdict != VERDICT_UNSTABLE))
			line->ranked = false;
	}
}

/* Rows of one cell stand together now: each such group is a line. */
static void make_lines(struct summary *summary, size_t row_count, const struct keys *keys)
{
	struct summary_line *line = NULL;

	for (size_t i = 0; i < row_count; i++) {
		const struct row **row = &summary->row_pointers[i];
		if (!line || compare_keys(line->rows[0], *row, keys, keys->count) != 0) {
			line = &summary->lines[summary->count];
			line->rows = row;
			line->values = summary->values +
				       summary->count++ * (size_t)summary->column_count;
		}
		line->repetitions++;
	}
}

struct order {
	const struct summary_request *request;
	const struct summary *summary;
	const struct keys *keys;
};

static int compare_values(const struct summary_value *x, const struct summary_value *y,
			  bool descending)
{
	const bool x_set = x->text || !isnan(x->median);
	const bool y_set = y->text || !isnan(y->median);
	int order;

	if (!x_set || !y_set)
		return y_set - x_set;
	if (x->text && y->text)
		order = strcmp(x->text, y->text);
	else
		order = (x->median > y->median) - (x->median < y->median);
	return descending ? -order : order;
}

/* The view's own order, where its first column is among those of the request. */
static int compare_first(const struct order *by, const struct summary_line *x,
			 const struct summary_line *y)
{
	const struct view *view = by->summary->view;
	const char *first = view_is_open(x->rows[0]) ? view->first_open : view->first;

	for (int c = 0; c < by->summary->column_count; c++) {
		const struct view_column *column = &by->summary->columns[c];
		if (strcmp(column->name, first) == 0)
			return compare_values(&x->values[c], &y->values[c],
					      column->rank != LESS_IS_BETTER);
	}
	return 0;
}

static int compare_lines(const void *a, const void *b, void *context)
{
	const struct order *by = context;
	const struct summary_line *x = a, *y = b;
	int order = compare_keys(x->rows[0], y->rows[0], by->keys, by->keys->tables);

	for (size_t i = 0; order == 0 && i < by->request->sort_count; i++) {
		const struct summary_sort *sort = &by->request->sorts[i];
		order = compare_values(&x->values[sort->column], &y->values[sort->column],
				       sort->descending);
	}
	if (order == 0)
		order = compare_first(by, x, y);
	return order ? order
		     : compare_keys(x->rows[0], y->rows[0], by->keys, by->keys->count);
}

static int allocate(struct summary *summary, size_t rows, double **ret_scratch)
{
	const size_t columns = (size_t)summary->column_count;

	summary->lines = calloc(rows + 1, sizeof(*summary->lines));
	summary->row_pointers = calloc(rows + 1, sizeof(const struct row *));
	summary->values = calloc((rows + 1) * (columns + 1), sizeof(*summary->values));
	*ret_scratch = calloc(rows + 1, sizeof(**ret_scratch));
	return summary->lines && summary->row_pointers && summary->values && *ret_scratch
		       ? 0
		       : -ENOMEM;
}

static void fill(struct summary *summary, const struct row *rows, size_t count,
		 const struct summary_request *request, double *scratch)
{
	struct keys keys;
	struct order order = {request, summary, &keys};

	find_keys(&keys, request->view, rows[0].columns);
	for (size_t i = 0; i < count; i++)
		summary->row_pointers[i] = &rows[i];
	qsort_r(summary->row_pointers, count, sizeof(const struct row *), compare_rows,
		&keys);
	make_lines(summary, count, &keys);
	for (size_t i = 0; i < summary->count; i++) {
		judge(&summary->lines[i], request);
		take_values(summary, &summary->lines[i], scratch);
	}
	qsort_r(summary->lines, summary->count, sizeof(*summary->lines), compare_lines,
		&order);
}

int summary_make(const struct row *rows, size_t count,
		 const struct summary_request *request, struct summary *ret_summary)
{
	struct summary *summary = ret_summary;
	double *scratch;

	*summary = (struct summary){.view = request->view};
	summary->columns = request->columns ? request->columns : request->view->columns;
	while (summary->columns[summary->column_count].name)
		summary->column_count++;
	const int rc = allocate(summary, count, &scratch);
	if (rc == 0 && count > 0) {
		fill(summary, rows, count, request, scratch);
		summary_mark_best(summary);
	}
	free(scratch);
	return rc;
}

void summary_release(struct summary *summary)
{
	free(summary->lines);
	free(summary->row_pointers);
	free(summary->values);
	*summary = (struct summary){0};
}

size_t summary_table_end(const struct summary *summary, size_t start)
{
	const struct row *first = summary->lines[start].rows[0];
	struct keys keys;
	size_t end = start + 1;

	find_keys(&keys, summary->view, first->columns);
	while (end < summary->count &&
	       compare_keys(first, summary->lines[end].rows[0], &keys, keys.tables) == 0)
		end++;
	return end;
}
