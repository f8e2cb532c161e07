/* forecast.h - what a campaign will do, and how long it takes. */
#ifndef RESULTS_CAMPAIGN_FORECAST_H
#define RESULTS_CAMPAIGN_FORECAST_H

#include <stdio.h>

#include "results/campaign/campaign.h"

#define FORECAST_TEXT_SIZE 32

/* About how long what has no row yet takes, in ns: windows and warm-ups, the work of the last
 * requests, starting servers, making and ending connections, the extra repetition that counts
 * system calls. */
int64_t forecast_ns(const struct campaign *campaign);

/* The same where no server keeps up with an open loop: what waits when the window ends is
 * served on up to the time-out. */
int64_t forecast_most_ns(const struct campaign *campaign);

/* At most, of the next repetition of a cell that can be measured. */
int64_t forecast_next_ns(const struct campaign *campaign,
			 const struct campaign_cell *one);

/* The same of the first one that has no row; 0: all have, or cannot be measured. */
int64_t forecast_first_ns(const struct campaign *campaign);

/* "40 s", "17 min", "1 h 5 min". `text` holds FORECAST_TEXT_SIZE bytes. */
void forecast_format(int64_t ns, char *text);

/* The cells in the order of the first round, one a line, with those that this machine
 * cannot measure behind them; their numbers and the time. 0, or -ENOMEM. */
int forecast_print(const struct campaign *campaign, FILE *out);

#endif
