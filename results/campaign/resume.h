/*
 * resume.h - going on with a run that was killed, interrupted, or out of time.
 *
 * Its rows stay as they are, byte for byte. What has no whole row is measured in the order it
 * would have come in. The plan, the machine and the program must be the same: rows of two
 * would stand in one table.
 */
#ifndef RESULTS_CAMPAIGN_RESUME_H
#define RESULTS_CAMPAIGN_RESUME_H

#include <jansson.h>

#include "results/campaign/campaign.h"

/* 0 when `plan` is the one that DIR was made with; -EINVAL or -errno with one line in `error`
 * (OPTION_ERROR_SIZE bytes), which names the first line that differs. */
int resume_check_plan(const char *path, const struct plan *plan, char *error);

/*
 * Opens the directory of a prepared campaign, takes over its rows, and removes what belongs
 * to none: a torn last row and logs of rows that were not finished. `now` are the facts of
 * this session; *ret_environment receives those of the directory, the caller's. 0, or -errno
 * with one line in `error`: then nothing was changed. Release `dir` on success.
 */
int resume_open(struct campaign *campaign, const char *path, const json_t *now,
		struct result_dir *dir, json_t **ret_environment, char *error);

/* Takes over the rows of a directory and changes nothing: for a look at what is left. */
int resume_look(struct campaign *campaign, const char *path, char *error);

#endif
