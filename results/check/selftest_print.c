/* selftest_print.c - the rates of a self-test, with their intervals. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "results/check/selftest.h"
#include "results/statistics/inference.h"
#include "results/statistics/statistics.h"

#define LINE "%-10s %8s %11s %9s %11s %13s %11s  %-22s %9s\n"

struct tally {
	size_t sessions, verdicts[CHECK_REPORTED + 1];
	double *seconds; /* of each */
};

static enum check_verdict verdict_of(const struct row *row)
{
	const char *text = row_text(row, "verdict");

	for (int i = 0; text && i <= CHECK_REPORTED; i++)
		if (strcmp(text, check_verdict_name((enum check_verdict)i)) == 0)
			return (enum check_verdict)i;
	return CHECK_INVALID;
}

static double share_of(const struct row *row)
{
	double percent = 0;

	(void)row_number(row, "inject_percent", &percent);
	return percent;
}

static void count_row(const struct row *row, struct tally *tally)
{
	double seconds = NAN;

	(void)row_number(row, "seconds", &seconds);
	tally->seconds[tally->sessions++] = seconds;
	tally->verdicts[verdict_of(row)]++;
}

static void print_tally(double percent, const struct tally *tally, FILE *out)
{
	const size_t *verdicts = tally->verdicts;
	const struct rank_interval rate =
		wilson_interval(verdicts[CHECK_REGRESSION], tally->sessions);
	char kind[32], numbers[6][24], interval[64], seconds[32];

	if (percent > 0)
		snprintf(kind, sizeof(kind), "+%g %%", percent);
	else
		snprintf(kind, sizeof(kind), "no change");
	snprintf(numbers[0], sizeof(numbers[0]), "%zu", tally->sessions);
	for (int i = 0; i < CHECK_REPORTED; i++)
		snprintf(numbers[1 + i], sizeof(numbers[0]), "%zu", verdicts[i]);
	snprintf(interval, sizeof(interval), "%.1f %% [%.1f, %.1f]",
		 100.0 * (double)verdicts[CHECK_REGRESSION] / (double)tally->sessions,
		 100 * rate.low, 100 * rate.high);
	snprintf(seconds, sizeof(seconds), "%.1f s",
		 statistics_median(tally->seconds, tally->sessions));
	fprintf(out, LINE, kind, numbers[0], numbers[1 + CHECK_REGRESSION],
		numbers[1 + CHECK_IMPROVED], numbers[1 + CHECK_EQUIVALENT],
		numbers[1 + CHECK_INCONCLUSIVE], numbers[1 + CHECK_INVALID], interval,
		seconds);
}

/* The smallest share above `last`; INFINITY: there is none. */
static double next_share(const struct row *rows, size_t count, double last)
{
	double next = INFINITY;

	for (size_t i = 0; i < count; i++)
		if (share_of(&rows[i]) > last && share_of(&rows[i]) < next)
			next = share_of(&rows[i]);
	return next;
}

int check_selftest_print(const struct row *rows, size_t count, FILE *out)
{
	double *seconds = calloc(count + 1, sizeof(*seconds));

	if (!seconds)
		return -ENOMEM;
	fprintf(out, LINE, "injected", "sessions", "REGRESSION", "IMPROVED", "EQUIVALENT",
		"INCONCLUSIVE", "no verdict", "called a regression", "time");
	for (double share = next_share(rows, count, -1); isfinite(share);
	     share = next_share(rows, count, share)) {
		struct tally tally = {.seconds = seconds};
		for (size_t i = 0; i < count; i++)
			if (share_of(&rows[i]) == share)
				count_row(&rows[i], &tally);
		print_tally(share, &tally, out);
	}
	fputs("in brackets the 95 % interval of the rate (Wilson); time is the median row's\n",
	      out);
	free(seconds);
	return fflush(out) != 0 || ferror(out) ? -EIO : 0;
}
