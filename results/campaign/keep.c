/* keep.c - rows of earlier sessions, and what has been decided with them. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "results/campaign/private.h"

/* The step that the row's columns name, or -EINVAL with one line in `error`. */
static int find_step(const struct campaign *campaign, const struct row *row,
		     size_t *ret_step, char *error)
{
	const char *cell = row_text(row, "cell");
	double order = 0, repetition = 0;

	(void)row_number(row, "order", &order);
	(void)row_number(row, "repetition", &repetition);
	const bool inside = order >= 1 && order <= (double)campaign->step_count;
	const struct campaign_step *step =
		inside ? &campaign->steps[(size_t)order - 1] : NULL;
	if (!step || !cell || step->repetition != (int64_t)repetition ||
	    strcmp(campaign->cells[step->cell].id, cell) != 0) {
		snprintf(
			error, OPTION_ERROR_SIZE,
			"the row with order %.15g, repetition %.15g of %.300s, is not of "
			"its plan",
			order, repetition, cell ? cell : "no cell");
		return -EINVAL;
	}
	if (step->done) {
		snprintf(error, OPTION_ERROR_SIZE,
			 "the row with order %.15g is there twice", order);
		return -EINVAL;
	}
	*ret_step = (size_t)order - 1;
	return 0;
}

static void keep_decisions(struct campaign *campaign, const struct row *row,
			   struct campaign_cell *one)
{
	const char *engine = row_text(row, "engine"), *run = row_text(row, "run_id");
	double syscalls;

	snprintf(campaign->run_id, sizeof(campaign->run_id), "%s", run ? run : "");
	for (int i = 0; engine && campaign->engine < 0 && load_engines[i]; i++)
		if (strcmp(load_engines[i], engine) == 0)
			campaign->engine = i;
	if (row_number(row, "syscalls_per_request", &syscalls)) {
		one->counted = true;
		one->syscalls_per_request = syscalls;
	}
}

int campaign_keep(struct campaign *campaign, struct row *row, char *error)
{
	size_t step;
	const int rc = find_step(campaign, row, &step, error);

	if (rc < 0)
		return rc;
	keep_decisions(campaign, row, &campaign->prepared[campaign->steps[step].cell]);
	campaign->rows[campaign->row_count] = *row;
	campaign_settle(campaign, step);
	campaign->kept++;
	return 0;
}
