/* present.c - a report as its readers want it: the gravest first, nothing to obey. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "results/check/lines.h"
#include "server/printable.h"

struct place {
	size_t index;
	enum check_verdict verdict;
	double size;
};

/* How far the gated metrics are from no change, in their limits; REPORTED ones do not
 * count. */
static double size_of(const struct check_row *row)
{
	double most = 0;

	for (int m = 0; m < LAUNCH_METRICS; m++) {
		const struct check_metric *metric = &row->metric[m];
		const double size = fabs(metric->finding.estimate) / metric->limit;
		if (metric->gated && metric->limit > 0 && size > most)
			most = size;
	}
	return most;
}

static int compare_places(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->verdict != y->verdict)
		return x->verdict < y->verdict ? -1 : 1;
	if (x->size != y->size)
		return x->size > y->size ? -1 : 1;
	return x->index < y->index ? -1 : 1;
}

static char *printable(const char *text)
{
	char *copy = text ? strdup(text) : NULL;

	if (copy)
		make_printable(copy);
	return copy;
}

/* False: no memory. */
static bool copy_row(const struct check_row *row, struct check_row *ret_copy)
{
	*ret_copy = *row;
	ret_copy->name = printable(row->name);
	ret_copy->scenario = printable(row->scenario);
	make_printable(ret_copy->mode_reason);
	make_printable(ret_copy->reason);
	for (int m = 0; m < LAUNCH_METRICS; m++)
		make_printable(ret_copy->metric[m].reason);
	return ret_copy->name && ret_copy->scenario;
}

static void order_rows(const struct check_report *report, struct place *places)
{
	for (size_t i = 0; i < report->count; i++)
		places[i] = (struct place){i, report->rows[i].verdict,
					   size_of(&report->rows[i])};
	qsort(places, report->count, sizeof(*places), compare_places);
}

int check_present(const struct check_report *report, struct check_report *ret_copy)
{
	struct place *places = calloc(report->count + 1, sizeof(*places));
	struct check_report copy = *report;
	bool whole = true;

	copy.rows = calloc(report->count + 1, sizeof(*copy.rows));
	copy.directory = printable(report->directory);
	copy.command_line = printable(report->command_line);
	make_printable(copy.reason);
	if (!places || !copy.rows) {
		free(places);
		copy.count = 0;
		check_present_release(&copy);
		return -ENOMEM;
	}
	order_rows(report, places);
	for (size_t i = 0; i < report->count; i++)
		whole = copy_row(&report->rows[places[i].index], &copy.rows[i]) && whole;
	free(places);
	if (!whole || (report->directory && !copy.directory) ||
	    (report->command_line && !copy.command_line)) {
		check_present_release(&copy);
		return -ENOMEM;
	}
	*ret_copy = copy;
	return 0;
}

void check_present_release(struct check_report *copy)
{
	for (size_t i = 0; i < copy->count; i++) {
		free(copy->rows[i].name);
		free(copy->rows[i].scenario);
	}
	free(copy->rows);
	free((char *)copy->directory);
	free((char *)copy->command_line);
	*copy = (struct check_report){0};
}
