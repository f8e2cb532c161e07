/* summary_best.c - who is best in each column of each table, and who is tied with it. */
#include "results/show/summary_best.h"

#include <math.h>

/* Where there is no interval (three repetitions have none) this close is a tie. */
#define TIE 0.10

static bool is_ranked(const struct summary_line *line, const struct view_column *column,
		      int c)
{
	return line->ranked && !isnan(line->values[c].median) &&
	       !(column->flags & VIEW_SERVER_CPU && line->cpu_elsewhere);
}

/* The line that the others of the table are compared with; NULL: none is ranked. */
static const struct summary_value *find_best(const struct summary_line *lines,
					     size_t count,
					     const struct view_column *column, int c)
{
	const struct summary_value *best = NULL;

	for (size_t i = 0; i < count; i++) {
		const struct summary_value *value = &lines[i].values[c];
		if (!is_ranked(&lines[i], column, c))
			continue;
		if (!best ||
		    (column->rank == MORE_IS_BETTER ? value->median > best->median
						    : value->median < best->median))
			best = value;
	}
	return best;
}

static bool is_tied(const struct summary_value *value, const struct summary_value *best,
		    enum view_rank rank)
{
	if (value->interval.level > 0 && best->interval.level > 0)
		return rank == MORE_IS_BETTER
			       ? value->interval.high >= best->interval.low
			       : value->interval.low <= best->interval.high;
	return rank == MORE_IS_BETTER ? value->median >= best->median * (1 - TIE)
				      : value->median <= best->median * (1 + TIE);
}

static void mark_table(struct summary_line *lines, size_t count,
		       const struct view_column *column, int c)
{
	const struct summary_value *best = find_best(lines, count, column, c);

	for (size_t i = 0; best && i < count; i++)
		lines[i].values[c].best =
			is_ranked(&lines[i], column, c) &&
			is_tied(&lines[i].values[c], best, column->rank);
}

void summary_mark_best(struct summary *summary)
{
	for (size_t start = 0, end; start < summary->count; start = end) {
		end = summary_table_end(summary, start);
		for (int c = 0; c < summary->column_count; c++)
			if (summary->columns[c].rank != NOT_RANKED)
				mark_table(&summary->lines[start], end - start,
					   &summary->columns[c], c);
	}
}

double summary_half_width(const struct summary_value *value)
{
	const struct rank_interval *interval = &value->interval;

	if (interval->level == 0 || value->median == 0)
		return NAN;
	return 50 * (interval->high - interval->low) / fabs(value->median);
}
