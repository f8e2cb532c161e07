/* recorded.c - see recorded.h. */
#include "results/check/recorded.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "results/check/slices.h"
#include "results/show/csv_read.h"
#include "server/options.h"

/* Greater than any number of launches or rows, and exact as a double. */
#define LAUNCH_NUMBER_MAX 1e9

struct reader {
	struct check_recorded *items;
	size_t count;
};

/* A line as it was read; its texts are the row's. */
struct line {
	const char *cell;
	int stage, mode, side;  /* -1: none that a check writes */
	double number, slice;   /* NAN: none */
	double of_row, limited; /* 0: none */
};

static double number_of(const struct row *row, const char *column)
{
	double value;

	return row_number(row, column, &value) ? value : NAN;
}

static int stage_of(const char *word)
{
	for (int i = 0; word && i < CHECK_STAGES; i++)
		if (strcmp(word, check_stage_name((enum check_stage)i)) == 0)
			return i;
	return -1;
}

static int mode_of(const char *word)
{
	for (int i = LAUNCH_DUET; word && i <= LAUNCH_ABBA; i++)
		if (strcmp(word, launch_mode_name((enum launch_mode)i)) == 0)
			return i;
	return -1;
}

static int side_of(const char *word)
{
	for (int i = 0; word && i < DUET_SIDES; i++)
		if (strcmp(word, launch_side_name(i)) == 0)
			return i;
	return -1;
}

/* 0 where there is none: a check that is older than the column. -1: words. */
static double number_or_0(const struct row *row, const char *column)
{
	const double value = number_of(row, column);

	if (row_text(row, column))
		return -1;
	return isnan(value) ? 0 : value;
}

/* NULL, or the column that makes no sense. Slice 0 is a launch that failed. */
static const char *read_line(const struct row *row, struct line *line)
{
	*line = (struct line){
		.cell = row_text(row, "cell"),
		.stage = stage_of(row_text(row, "stage")),
		.mode = mode_of(row_text(row, "mode")),
		.side = side_of(row_text(row, "side")),
		.number = number_of(row, "launch"),
		.slice = number_of(row, "slice"),
		.of_row = number_or_0(row, "row"),
		.limited = number_or_0(row, "client_limited"),
	};
	if (!line->cell)
		return "cell";
	if (line->stage < 0)
		return "stage";
	if (line->mode < 0)
		return "mode";
	if (!(line->number >= 1) || line->number > LAUNCH_NUMBER_MAX)
		return "launch";
	if (!(line->slice >= 0) || line->slice > LAUNCH_PAIRS_MAX)
		return "slice";
	if (line->of_row < 0 || line->of_row > LAUNCH_NUMBER_MAX)
		return "row";
	if (line->limited != 0 && line->limited != 1)
		return "client_limited";
	return line->side < 0 && line->slice > 0 ? "side" : NULL;
}

static void forget_pairs(struct launch *launch)
{
	for (int i = 0; i < LAUNCH_PAIRS_MAX; i++)
		for (int m = 0; m < LAUNCH_METRICS; m++)
			launch->pair[i].value[m][0] = launch->pair[i].value[m][1] = NAN;
	for (int m = 0; m < LAUNCH_METRICS; m++)
		launch->whole[m][0] = launch->whole[m][1] = NAN;
}

static char *copy(const char *text, bool *ret_lost)
{
	char *made = text ? strdup(text) : NULL;

	*ret_lost = *ret_lost || (text && !made);
	return made;
}

/* Begins the launch of a line. 0 or -ENOMEM. */
static int begin(struct reader *reader, const struct row *row, const struct line *line)
{
	const char *problem = row_text(row, "problem");
	const double seconds = number_of(row, "launch_s");
	bool lost = false;
	struct check_recorded *items =
		reallocarray(reader->items, reader->count + 1, sizeof(*items));

	if (!items)
		return -ENOMEM;
	reader->items = items;
	struct check_recorded *item = &items[reader->count++];
	*item = (struct check_recorded){
		.cell = copy(line->cell, &lost),
		.row = (size_t)line->of_row,
		.stage = (enum check_stage)line->stage,
		.mode = (enum launch_mode)line->mode,
		.number = (int64_t)line->number,
		.expected = number_of(row, "expected"),
		.asymmetry = copy(row_text(row, "asymmetry"), &lost),
		.client_limited = line->limited == 1,
		.seconds = isnan(seconds) ? 0 : seconds,
	};
	forget_pairs(&item->launch);
	snprintf(item->launch.problem, sizeof(item->launch.problem), "%s",
		 problem ? problem : "");
	return lost ? -ENOMEM : 0;
}

static void take_slice(const struct row *row, const struct line *line,
		       struct launch *launch)
{
	struct launch_pair *pair = &launch->pair[(int)line->slice - 1];

	for (int m = 0; m < LAUNCH_METRICS; m++) {
		const enum launch_metric metric = (enum launch_metric)m;
		const double closed = number_of(row, check_metric_column(metric, false));
		pair->value[m][line->side] =
			isnan(closed) ? number_of(row, check_metric_column(metric, true))
				      : closed;
	}
	const double steal = number_of(row, "steal_percent");
	pair->steal = isnan(steal) ? 0 : steal / 100;
	if (launch->pairs < (int)line->slice)
		launch->pairs = (int)line->slice;
}

/* 0, -ENOMEM, or -EINVAL and the column in *ret_column. */
static int take(struct reader *reader, const struct row *row, const char **ret_column)
{
	struct line line;

	*ret_column = read_line(row, &line);
	if (*ret_column)
		return -EINVAL;
	if (reader->count == 0 ||
	    reader->items[reader->count - 1].number != (int64_t)line.number) {
		const int rc = begin(reader, row, &line);
		if (rc < 0)
			return rc;
	}
	if (line.slice > 0)
		take_slice(row, &line, &reader->items[reader->count - 1].launch);
	return 0;
}

int check_recorded_read(const char *path, struct check_recorded **ret_items,
			size_t *ret_count, char *error)
{
	static const struct row_column *const schemas[] = {check_slice_columns, NULL};
	struct reader reader = {.count = 0};
	struct csv_file file;

	int rc = csv_read(path, schemas, &file, error);
	if (rc < 0)
		return rc;
	for (size_t i = 0; rc == 0 && i < file.count; i++) {
		const char *column;
		rc = take(&reader, &file.rows[i], &column);
		if (rc == -EINVAL)
			snprintf(error, OPTION_ERROR_SIZE,
				 "%.300s: row %zu, column %s: no check writes this", path,
				 i + 1, column);
		else if (rc < 0)
			snprintf(error, OPTION_ERROR_SIZE, "out of memory");
	}
	csv_file_release(&file);
	if (rc < 0) {
		check_recorded_free(reader.items, reader.count);
		return rc;
	}
	*ret_items = reader.items;
	*ret_count = reader.count;
	return 0;
}

void check_recorded_free(struct check_recorded *items, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(items[i].cell);
		free(items[i].asymmetry);
	}
	free(items);
}
