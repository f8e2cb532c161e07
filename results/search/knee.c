/* knee.c - the highest rate that keeps an objective: bracket, bisect, measure again. */
#include "results/search/knee.h"

#include <errno.h>
#include <math.h>

#define RATES_MAX  128
#define FIRST_STEP 1.5 /* up or down; the second is its square, and so on */

struct rate {
	struct knee_end end;
	int again; /* measurements since the bisection came to its end here */
};

/* Every rate that was measured, lowest first: those that are kept, then the others. */
struct rates {
	const struct knee_search *search;
	struct rate items[RATES_MAX];
	int count;
	double step; /* of the bracket */
};

static int others(const struct knee_end *end)
{
	return end->missed + end->undecided;
}

bool knee_end_kept(const struct knee_end *end)
{
	return end->kept > others(end);
}

bool knee_end_undecided(const struct knee_end *end)
{
	return !knee_end_kept(end) && end->undecided > end->missed;
}

/* The index of the lowest rate that is not kept, `count` when all are. */
static int first_above(const struct rates *rates)
{
	int i = 0;

	while (i < rates->count && knee_end_kept(&rates->items[i].end))
		i++;
	return i;
}

static int probe(const struct knee_search *search, struct knee_end *end)
{
	enum knee_outcome outcome = KNEE_UNDECIDED;
	const int rc = search->probe(search->context, end->rate, end->kept + others(end),
				     &outcome);

	if (rc < 0)
		return rc;
	end->kept += outcome == KNEE_KEPT;
	end->missed += outcome == KNEE_MISSED;
	end->undecided += outcome == KNEE_UNDECIDED;
	return 0;
}

static int probe_new(struct rates *rates, int place, double rate)
{
	struct rate new = {.end = {.rate = rate}};
	int rc = 0;

	if (rates->count == RATES_MAX)
		return -ENOSPC;
	while (rc == 0 && !knee_end_kept(&new.end) && others(&new.end) < 2)
		rc = probe(rates->search, &new.end);
	if (rc < 0)
		return rc;
	for (int i = rates->count++; i > place; i--)
		rates->items[i] = rates->items[i - 1];
	rates->items[place] = new;
	return 0;
}

/* Measures a rate again while that can turn it over. */
static int settle(const struct knee_search *search, struct rate *rate)
{
	int rc = 0;

	for (; rc == 0 && rate->again < search->again; rate->again++) {
		const int lead = rate->end.kept - others(&rate->end);
		const int left = search->again - rate->again;
		if (lead > left || -lead >= left)
			break;
		rc = probe(search, &rate->end);
	}
	return rc;
}

/* Both ends of a bracket that is narrow enough, or the one that there is. 1: they are as
 * they were; 0: one has turned over. */
static int settle_ends(struct rates *rates, int above)
{
	int rc = above > 0 ? settle(rates->search, &rates->items[above - 1]) : 0;

	if (rc == 0 && first_above(rates) == above && above < rates->count)
		rc = settle(rates->search, &rates->items[above]);
	return rc < 0 ? rc : first_above(rates) == above;
}

static double next_step(struct rates *rates)
{
	const double step = rates->step;

	rates->step *= step;
	return step;
}

/* One more rate, or the ends again; 1 when there is nothing more to be known. */
static int advance(struct rates *rates)
{
	const struct knee_search *search = rates->search;
	const int above = first_above(rates);

	if (rates->count == 0)
		return probe_new(rates, 0, search->start);
	const double low = above > 0 ? rates->items[above - 1].end.rate : 0;
	const double high = above < rates->count ? rates->items[above].end.rate : 0;
	if (high == 0 && low < search->highest)
		return probe_new(rates, above,
				 fmin(low * next_step(rates), search->highest));
	if (low == 0 && high > search->lowest)
		return probe_new(rates, above,
				 fmax(high / next_step(rates), search->lowest));
	if (low > 0 && high > low * (1 + search->precision))
		return probe_new(rates, above, sqrt(low * high));
	return settle_ends(rates, above);
}

int knee_find(const struct knee_search *search, struct knee *ret_knee)
{
	struct rates rates = {.search = search, .step = FIRST_STEP};
	int rc;

	do
		rc = advance(&rates);
	while (rc == 0);
	const int above = first_above(&rates);
	*ret_knee = (struct knee){.kept = {.rate = 0}};
	if (above > 0)
		ret_knee->kept = rates.items[above - 1].end;
	if (above < rates.count)
		ret_knee->above = rates.items[above].end;
	return rc < 0 ? rc : 0;
}
