/* lines.c - what formats say of a line. */
#include <stdlib.h>
#include <string.h>

#include "results/campaign/verdict.h"
#include "results/show/format.h"

static int metric_index(const struct show *show, const struct summary_line *line)
{
	return view_is_open(line->rows[0]) ? show->open_metric : show->closed_metric;
}

const struct view_column *show_metric_column(const struct show *show,
					     const struct summary_line *line)
{
	return &show->summary.columns[metric_index(show, line)];
}

const struct summary_value *show_metric_value(const struct show *show,
					      const struct summary_line *line)
{
	return &line->values[metric_index(show, line)];
}

static void join(const struct row *row, const char *const *columns, FILE *out)
{
	char text[256];

	for (; *columns; columns++) {
		view_text(row, *columns, text, sizeof(text));
		if (text[0])
			fprintf(out, "%s%s", ftell(out) > 0 ? "/" : "", text);
	}
}

char *show_line_id(const struct show *show, const struct summary_line *line)
{
	const char *cell = row_text(line->rows[0], "cell");
	const char *side = row_text(line->rows[0], "side");
	char *id = NULL;
	size_t size;

	if (cell && side)
		return asprintf(&id, "%s/%s", cell, side) < 0 ? NULL : id;
	if (cell)
		return strdup(cell);
	FILE *out = open_memstream(&id, &size);
	if (!out)
		return NULL;
	join(line->rows[0], show->view.servers, out);
	join(line->rows[0], show->view.tables, out);
	if (fclose(out) == 0)
		return id;
	free(id);
	return NULL;
}

void show_verdict(const struct show *show, const struct summary_line *line, char *text,
		  size_t size)
{
	const char *reason = row_text(line->worst, "verdict_reason");

	text[0] = '\0';
	if (show->view.verdicts && line->troubled > 0)
		snprintf(text, size, "%s in %zu of %zu%s%s",
			 verdict_name(verdict_of(line->worst)), line->troubled,
			 line->repetitions, reason ? ": " : "", reason ? reason : "");
}
