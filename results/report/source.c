/* source.c - what a page is of: one result, or two that are compared. */
#include "results/report/source.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "server/options.h"

static const char *const side_names[REPORT_SIDES] = {"base", "new"};

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

const char *report_directory_of(const struct report_source *source, const struct row *row)
{
	const size_t index = (size_t)(row - source->input.file.rows);

	return source->directories[index < source->first_count ? 0 : 1];
}

/* What both have by that name. 0 or -ENOMEM. */
static int copy_row(const struct row *from, struct row *to)
{
	for (int c = 0; c < to->column_count; c++) {
		const int there = row_column_index(from->columns, to->columns[c].name);
		const struct row_cell *cell = there < 0 ? NULL : &from->cells[there];
		if (!cell || !cell->set)
			continue;
		char *text = cell->text ? strdup(cell->text) : NULL;
		if (cell->text && !text)
			return -ENOMEM;
		to->cells[c] = *cell;
		to->cells[c].text = text;
	}
	return 0;
}

static int copy_rows(const struct input *from, const char *side, struct csv_file *to)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < from->file.count; i++) {
		struct row *row = &to->rows[to->count];
		rc = row_init(row, to->columns);
		if (rc < 0)
			break;
		to->count++;
		rc = copy_row(&from->file.rows[i], row);
		if (side && row_column_index(to->columns, "side") >= 0)
			row_set_text(row, "side", side);
	}
	return rc;
}

static void choose_metrics(struct report_source *source)
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

/* Another machine, and another session, counts its CPUs otherwise: they keep no two results
 * apart. */
static void leave_cpus_out(struct report_source *source)
{
	size_t count = 0;

	for (const char *const *name = source->input.view.tables; *name; name++)
		if (strcmp(*name, "server_cpus") != 0 &&
		    strcmp(*name, "client_cpus") != 0 && count + 1 < REPORT_TABLES_MAX)
			source->tables[count++] = *name;
	source->tables[count] = NULL;
	source->input.view.tables = source->tables;
}

static int sum_up(struct report_source *source)
{
	const struct csv_file *file = &source->input.file;
	const struct summary_request request = {.view = &source->input.view,
						.columns = source->metrics,
						.catalogue = source->catalogue};

	choose_metrics(source);
	return summary_make(file->rows, file->count, &request, &source->summary);
}

/* Said on stderr when it was read. */
static void note_torn(struct report_source *source, const struct input *input)
{
	char text[OPTION_ERROR_SIZE];

	snprintf(text, sizeof(text), "the row on line %zu is torn, it has no end",
		 input->file.torn_line);
	if (input->file.torn_line > 0)
		json_array_append_new(source->missing, json_string(text));
}

int report_source_open(struct report_source *source, const struct input *base,
		       const struct input *new, const struct io_catalogue *catalogue)
{
	const struct input *const inputs[REPORT_SIDES] = {base, new};
	const size_t most = base->file.count + (new ? new->file.count : 0);
	struct csv_file *file = &source->input.file;
	int rc = 0;

	*source = (struct report_source){.catalogue = catalogue, .sides = new ? 2 : 1};
	source->input.view = base->view;
	if (new)
		leave_cpus_out(source);
	source->missing = json_array();
	file->schema = base->file.schema;
	file->columns = new ? base->file.schema : base->file.columns;
	file->rows = calloc(most + 1, sizeof(*file->rows));
	if (!source->missing || !file->rows)
		return -ENOMEM;
	for (size_t i = 0; rc == 0 && i < REPORT_SIDES && inputs[i]; i++) {
		source->directories[i] = inputs[i]->directory;
		note_torn(source, inputs[i]);
		rc = copy_rows(inputs[i], new ? side_names[i] : NULL, file);
		if (i == 0)
			source->first_count = file->count;
	}
	return rc < 0 ? rc : sum_up(source);
}

void report_source_release(struct report_source *source)
{
	summary_release(&source->summary);
	csv_file_release(&source->input.file);
	json_decref(source->missing);
	*source = (struct report_source){.sides = 0};
}
