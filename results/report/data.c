/* data.c - what the page of a report shows, as one JSON object. */
#include "results/report/data.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "build_info.h"
#include "results/campaign/result_dir.h"
#include "results/report/page.h"
#include "results/subject/peers.h"
#include "server/options.h"

#define MEMBERS  17        /* of the object */
#define TEXT_MAX (1 << 20) /* of a plan: more is none of ours */

static const char *const metric_names[] = {
	"throughput_rps",
	"response_p50_us",
	"response_p99_us",
	"response_p999_us",
	"service_p50_us",
	"service_p99_us",
	"service_p999_us",
	"connect_p50_us",
	"connect_p99_us",
	"cpu_us_per_request",
	"requests_per_cpu_s",
	"ctx_switches_per_request",
	"syscalls_per_request",
	"pss_per_connection_bytes",
	"system_memory_per_connection_bytes",
	"server_rss_peak_kib",
	"server_threads",
	"server_processes",
	"starved_connections",
	"fairness_jain",
	"headroom",
	"steal_percent",
	"elapsed_s",
	"speedup",
	"cpu_s",
	"utilisation",
	NULL,
};

void report_miss(struct report_source *source, const char *format, ...)
{
	char text[OPTION_ERROR_SIZE];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	json_array_append_new(source->missing, json_text(text));
	warn_user("report: %s", text);
}

void report_choose_metrics(struct report_source *source)
{
	const struct row_column *columns = source->input.file.columns;
	size_t count = 0;

	for (size_t i = 0; metric_names[i]; i++) {
		const int column = row_column_index(columns, metric_names[i]);
		if (column >= 0)
			source->metrics[count++] =
				view_column_of(&source->input.view, &columns[column]);
	}
	source->metrics[count] = (struct view_column){.name = NULL};
}

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

/* A file of JSON in the directory; null where there is none, or none that can be read. */
static json_t *json_of(struct report_source *source, const char *name, bool expected)
{
	char *path = result_dir_file(source->input.directory, name);
	json_error_t error;
	json_t *value = NULL;

	if (!path)
		return NULL;
	if (access(path, F_OK) == 0) {
		value = json_load_file(path, 0, &error);
		if (!value)
			report_miss(source, "%s, line %d: %s", name, error.line,
				    error.text);
	} else if (expected) {
		report_miss(source, "there is no %s", name);
	}
	free(path);
	return value ? value : json_null();
}

static json_t *text_of(const struct report_source *source, const char *name)
{
	char *path = result_dir_file(source->input.directory, name);
	char *text = calloc(1, TEXT_MAX + 1);
	FILE *file = path ? fopen(path, "re") : NULL;
	json_t *value = NULL;

	if (file && text) {
		const size_t length = fread(text, 1, TEXT_MAX, file);
		text[length] = '\0';
		value = json_text(text);
	}
	if (file)
		fclose(file);
	free(text);
	free(path);
	return value ? value : json_null();
}

/* The directory's own name, whatever it is called by. */
static json_t *title_new(const char *directory)
{
	char *path = realpath(directory, NULL);
	const char *last = path ? strrchr(path, '/') : NULL;
	json_t *title = json_text(last && last[1] ? last + 1 : directory);

	free(path);
	return title;
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

json_t *report_data_new(struct report_source *source)
{
	const struct view *view = &source->input.view;
	json_t *data = json_object();

	json_object_set_new(data, "schema", json_integer(1));
	json_object_set_new(data, "title", title_new(source->input.directory));
	json_object_set_new(data, "written_by",
			    json_string("iomodels " IOMODELS_VERSION));
	json_object_set_new(data, "curves", json_boolean(report_page_has_curves()));
	json_object_set_new(data, "columns", columns_new(source->input.file.columns));
	json_object_set_new(data, "rows", rows_new(&source->input.file));
	json_object_set_new(data, "tables", names_new(view->tables));
	json_object_set_new(data, "servers", names_new(view->servers));
	json_object_set_new(data, "first", json_string(view->first));
	json_object_set_new(data, "first_open", json_string(view->first_open));
	json_object_set_new(data, "metrics", metrics_new(&source->summary));
	json_object_set_new(data, "lines", lines_new(source));
	json_object_set_new(data, "models", models_new(source->catalogue));
	json_object_set_new(data, "environment",
			    json_of(source, "environment.json", true));
	json_object_set_new(data, "check", json_of(source, "check.json", false));
	json_object_set_new(data, "plan", text_of(source, "plan.ini"));
	json_object_set_new(data, "missing", json_incref(source->missing));
	return is_whole(source, data) ? data : NULL;
}
