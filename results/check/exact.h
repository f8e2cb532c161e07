/*
 * exact.h - the figure that a noisy machine does not blur: system calls per request, one
 * connection in lock step, where each request meets the same state.
 *
 * CPU time varies by per cents from one second to the next; this does not vary at all, and an
 * added call is seen at once. Context switches are not exact, not even in lock step (5 to 8 %).
 */
#ifndef RESULTS_CHECK_EXACT_H
#define RESULTS_CHECK_EXACT_H

#include <stdbool.h>

#include "results/campaign/measure.h"

#define EXACT_REPEATS  3
#define EXACT_REQUESTS 5000 /* of each: what the window's ends add is below 0.001 */

struct exact {
	double per_request; /* the median of the repeats; NAN: not known */
	double spread; /* largest less smallest: more than EXACT_AGREES, and it was not
			       exact */
};

/* What repeats of an exact figure may be apart, and what is a change of it: so much, and half
 * a per cent. */
#define EXACT_AGREES 0.01
#define EXACT_SHARE  0.005

/* Counts on fresh servers, with the cell's payload and work. NAN where counting is not
 * permitted or the server failed. 0; -EINTR, -errno with one line in `error`
 * (OPTION_ERROR_SIZE bytes). */
int exact_measure(const struct measure_config *config, struct exact *ret_exact,
		  char *error);

/* From repeats, which it sorts. */
struct exact exact_of(double repeats[EXACT_REPEATS]);

/* Both are exact. */
bool exact_comparable(const struct exact *base, const struct exact *new);

/* More than 0: the new one makes more calls; 0: the same within what is exact. Both are
 * comparable. */
double exact_change(const struct exact *base, const struct exact *new);

#endif
