/*
 * github_action.c - the custom JSON of github-action-benchmark: one metric, for the tool
 * customBiggerIsBetter or customSmallerIsBetter.
 *
 *	[{"name", "value", "unit", "range": "± 1.5", "extra": "lines of text"}, ..]
 *
 * Source: its src/extract.ts. The array must not be empty; `range` is read by its number;
 * units are compared between runs, so they stay what they are.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "results/show/format.h"
#include "server/options.h"

/* What is shown where the mouse is: interval, repetitions, verdict. */
static json_t *extra_of(const struct show *show, const struct summary_line *line)
{
	const struct rank_interval *interval = &show_metric_value(show, line)->interval;
	char verdict[512], text[1024];
	size_t used;

	used = (size_t)snprintf(text, sizeof(text), "repetitions %zu", line->repetitions);
	if (interval->level > 0)
		used += (size_t)snprintf(text + used, sizeof(text) - used,
					 "\ninterval %.9g .. %.9g at %.4g %%",
					 interval->low, interval->high,
					 100 * interval->level);
	show_verdict(show, line, verdict, sizeof(verdict));
	if (verdict[0])
		snprintf(text + used, sizeof(text) - used, "\nverdict %s", verdict);
	return json_text(text);
}

static json_t *entry_of(const struct show *show, const struct summary_line *line,
			const char *id)
{
	const struct view_column *column = show_metric_column(show, line);
	const struct summary_value *value = show_metric_value(show, line);
	char name[1024], range[64];
	json_t *entry = json_object();

	snprintf(name, sizeof(name), "%s %s", id, column->name);
	snprintf(range, sizeof(range), "\xc2\xb1 %.6g",
		 (value->interval.high - value->interval.low) / 2);
	int rc = json_object_set_new(entry, "name", json_text(name));
	rc |= json_object_set_new(entry, "value", json_real(value->median));
	rc |= json_object_set_new(entry, "unit", json_string(metric_unit(column->name)));
	if (value->interval.level > 0)
		rc |= json_object_set_new(entry, "range", json_string(range));
	rc |= json_object_set_new(entry, "extra", extra_of(show, line));
	if (rc == 0)
		return entry;
	json_decref(entry);
	return NULL;
}

static int add_entry(const struct show *show, const struct summary_line *line,
		     json_t *array)
{
	char *id = show_line_id(show, line);
	const int rc = id ? json_array_append_new(array, entry_of(show, line, id)) : -1;

	free(id);
	return rc < 0 ? -ENOMEM : 0;
}

int show_github_action(const struct show *show, FILE *out, char *error)
{
	json_t *array = json_array();
	size_t left_out = 0;
	int rc = array ? 0 : -ENOMEM;

	for (size_t i = 0; rc == 0 && i < show->summary.count; i++) {
		const struct summary_line *line = &show->summary.lines[i];
		if (isnan(show_metric_value(show, line)->median))
			left_out++;
		else
			rc = add_entry(show, line, array);
	}
	if (rc == 0 && json_array_size(array) == 0) {
		snprintf(error, OPTION_ERROR_SIZE,
			 "no cell has a value of %s, and this format takes no empty list",
			 show->metric.closed);
		rc = -EINVAL;
	}
	if (rc == 0)
		rc = json_write(array, JSON_INDENT(2), out);
	if (rc == 0 && left_out > 0)
		warn_user("show: %zu cells without a value of %s are left out", left_out,
			  show->metric.closed);
	json_decref(array);
	return rc;
}
