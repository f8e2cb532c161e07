/* private.h - what the files of the campaign share among themselves. */
#ifndef RESULTS_CAMPAIGN_PRIVATE_H
#define RESULTS_CAMPAIGN_PRIVATE_H

#include "results/campaign/campaign.h"

/* The row behind the last one is that of this step. */
void campaign_settle(struct campaign *campaign, size_t step);

#endif
