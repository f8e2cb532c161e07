/* launches.c - what the launches of a check measured, from its slices.csv. */
#include "results/report/launches.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "results/campaign/result_dir.h"
#include "results/check/slices.h"
#include "server/options.h"

static json_t *text_of(const struct row *row, const char *column)
{
	const char *text = row_text(row, column);

	return text ? json_text(text) : json_null();
}

static json_t *number_of(const struct row *row, const char *column)
{
	double value;

	return row_number(row, column, &value) ? json_real(value) : json_null();
}

static json_t *launch_new(const struct row *row, json_int_t number)
{
	return json_pack("{s:I, s:o, s:o, s:o, s:o, s:o, s:f, s:[], s:[], s:[]}",
			 "launch", number, "cell", text_of(row, "cell"), "mode",
			 text_of(row, "mode"), "stage", text_of(row, "stage"), "seconds",
			 number_of(row, "launch_s"), "problem", text_of(row, "problem"),
			 "steal", 0.0, "base", "new", "first");
}

/* The side of a pair that comes first in the file had the first turn, if turns there were. */
static void add_first(json_t *launch, bool is_base)
{
	const char *mode = json_string_value(json_object_get(launch, "mode"));
	const bool turns = mode && strcmp(mode, "abba") == 0;

	json_array_append_new(json_object_get(launch, "first"),
			      json_integer(!turns    ? -1
					   : is_base ? 0
						     : 1));
}

static void add_slice(json_t *launch, const struct row *row, bool begins)
{
	const char *side = row_text(row, "side");
	const bool is_base = side && strcmp(side, "base") == 0;
	double steal;

	if (!side)
		return;
	if (begins)
		add_first(launch, is_base);
	json_array_append_new(json_object_get(launch, is_base ? "base" : "new"),
			      number_of(row, "throughput_rps"));
	if (row_number(row, "steal_percent", &steal) &&
	    steal > json_real_value(json_object_get(launch, "steal")))
		json_object_set_new(launch, "steal", json_real(steal));
}

static json_t *launches_of(const struct csv_file *file)
{
	json_t *all = json_array(), *launch = NULL;
	double number, slice, last = -1, last_slice = -1;

	for (size_t i = 0; i < file->count; i++) {
		const struct row *row = &file->rows[i];
		if (!row_number(row, "launch", &number) ||
		    !row_number(row, "slice", &slice))
			continue;
		if (!launch || number != last) {
			launch = launch_new(row, (json_int_t)number);
			json_array_append_new(all, launch);
			last_slice = -1;
		}
		add_slice(launch, row, slice != last_slice);
		last = number;
		last_slice = slice;
	}
	return all;
}

json_t *report_launches_new(struct report_source *source)
{
	static const struct row_column *const schemas[] = {check_slice_columns, NULL};
	const char *directory = source->directories[0];
	char *path = directory ? result_dir_file(directory, "slices.csv") : NULL;
	char error[OPTION_ERROR_SIZE];
	struct csv_file file = {.rows = NULL};
	json_t *all = NULL;

	if (!path)
		return directory ? NULL : json_null();
	if (access(path, F_OK) == 0) {
		if (csv_read(path, schemas, &file, error) == 0)
			all = launches_of(&file);
		else
			report_miss(source, "%s", error);
	}
	csv_file_release(&file);
	free(path);
	return all ? all : json_null();
}
