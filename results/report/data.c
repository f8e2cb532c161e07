/* data.c - what the page of a report shows, as one JSON object. */
#include "results/report/data.h"

#include <math.h>

#include "build_info.h"
#include "results/report/files.h"
#include "results/report/launches.h"
#include "results/report/page.h"
#include "results/subject/peers.h"

#define MEMBERS 18 /* of the object */

static json_t *columns_new(const struct row_column *columns)
{
	json_t *all = json_array();

	for (; columns->name; columns++)
		json_array_append_new(
			all,
			json_pack("{s:o, s:b, s:i}", "name", json_text(columns->name),
				  "numeric", columns->type != ROW_TEXT, "decimals",
				  columns->type == ROW_REAL ? columns->decimals : 0));
	return all;
}

static json_t *cell_new(const struct row *row, int column)
{
	const struct row_cell *cell = &row->cells[column];

	if (!cell->set)
		return json_null();
	if (cell->text)
		return json_text(cell->text);
	return row->columns[column].type == ROW_REAL ? json_real(cell->real)
						     : json_integer(cell->count);
}

static json_t *rows_new(const struct csv_file *file)
{
	json_t *all = json_array();

	for (size_t i = 0; i < file->count; i++) {
		json_t *row = json_array();
		for (int c = 0; c < file->rows[i].column_count; c++)
			json_array_append_new(row, cell_new(&file->rows[i], c));
		json_array_append_new(all, row);
	}
	return all;
}

static json_t *names_new(const char *const *names)
{
	json_t *all = json_array();

	for (; *names; names++)
		json_array_append_new(all, json_string(*names));
	return all;
}

static json_t *metrics_new(const struct summary *summary)
{
	static const char *const better[] = {[NOT_RANKED] = "none",
					     [MORE_IS_BETTER] = "more",
					     [LESS_IS_BETTER] = "less"};
	json_t *all = json_array();

	for (int c = 0; c < summary->column_count; c++) {
		const struct view_column *column = &summary->columns[c];
		json_array_append_new(
			all, json_pack("{s:s, s:s, s:i, s:s}", "name", column->name,
				       "heading", column->heading, "decimals",
				       column->decimals, "better", better[column->rank]));
	}
	return all;
}

static json_t *value_new(const struct summary_value *value)
{
	const struct rank_interval *interval = &value->interval;

	if (isnan(value->median))
		return json_null();
	if (interval->level > 0)
		return json_pack("[f, f, f, f, b, b]", value->median, interval->low,
				 interval->high, 100 * interval->level, value->best,
				 value->at_least);
	return json_pack("[f, n, n, n, b, b]", value->median, value->best,
			 value->at_least);
}

static json_t *line_new(const struct report_source *source,
			const struct summary_line *line)
{
	const struct row *rows = source->input.file.rows;
	json_t *numbers = json_array(), *values = json_array();

	for (size_t i = 0; i < line->repetitions; i++)
		json_array_append_new(numbers, json_integer(line->rows[i] - rows));
	for (int c = 0; c < source->summary.column_count; c++)
		json_array_append_new(values, value_new(&line->values[c]));
	return json_pack("{s:o, s:I, s:I, s:b, s:b, s:o}", "rows", numbers, "worst",
			 (json_int_t)(line->worst - rows), "troubled",
			 (json_int_t)line->troubled, "ranked", line->ranked, "elsewhere",
			 line->cpu_elsewhere, "values", values);
}

static json_t *lines_new(const struct report_source *source)
{
	json_t *all = json_array();

	for (size_t i = 0; i < source->summary.count; i++)
		json_array_append_new(all, line_new(source, &source->summary.lines[i]));
	return all;
}

static void add_models(json_t *all, const struct io_model *const *models)
{
	for (; *models; models++)
		json_array_append_new(all, json_pack("{s:s, s:s, s:s}", "name",
						     (*models)->name, "family",
						     (*models)->family, "summary",
						     (*models)->summary));
}

static json_t *models_new(const struct io_catalogue *catalogue)
{
	json_t *all = json_array();

	add_models(all, catalogue->models);
	add_models(all, python_peers);
	return all;
}

/* Nothing was lost to a lack of memory; ends `data` where something was. */
static bool is_whole(const struct report_source *source, json_t *data)
{
	if (json_array_size(json_object_get(data, "rows")) == source->input.file.count &&
	    json_array_size(json_object_get(data, "lines")) == source->summary.count &&
	    json_object_size(data) == MEMBERS)
		return true;
	json_decref(data);
	return false;
}

/* Of each directory what `make` finds there. */
static json_t *of_each(struct report_source *source,
		       json_t *(*make)(struct report_source *source,
				       const char *directory))
{
	json_t *all = json_array();

	for (size_t i = 0; i < source->sides; i++)
		json_array_append_new(all, make(source, source->directories[i]));
	return all;
}

static void add_rows(struct report_source *source, json_t *data)
{
	const struct view *view = &source->input.view;

	json_object_set_new(data, "columns", columns_new(source->input.file.columns));
	json_object_set_new(data, "rows", rows_new(&source->input.file));
	json_object_set_new(data, "tables", names_new(view->tables));
	json_object_set_new(data, "servers", names_new(view->servers));
	json_object_set_new(data, "first", json_string(view->first));
	json_object_set_new(data, "first_open", json_string(view->first_open));
	json_object_set_new(data, "metrics", metrics_new(&source->summary));
	json_object_set_new(data, "lines", lines_new(source));
	json_object_set_new(data, "models", models_new(source->catalogue));
}

json_t *report_data_new(struct report_source *source)
{
	json_t *data = json_object();

	json_object_set_new(data, "schema", json_integer(2));
	json_object_set_new(data, "titles", of_each(source, report_files_title));
	json_object_set_new(data, "written_by",
			    json_string("iomodels " IOMODELS_VERSION));
	json_object_set_new(data, "curves", json_boolean(report_page_has_curves()));
	add_rows(source, data);
	json_object_set_new(data, "environments",
			    of_each(source, report_files_environment));
	json_object_set_new(data, "plans", of_each(source, report_files_plan));
	json_object_set_new(data, "check",
			    report_files_check(source, source->directories[0]));
	json_object_set_new(data, "launches", report_launches_new(source));
	json_object_set_new(data, "missing", json_incref(source->missing));
	return is_whole(source, data) ? data : NULL;
}
