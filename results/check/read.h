/* read.h - a check's report, read back from its check.json. */
#ifndef RESULTS_CHECK_READ_H
#define RESULTS_CHECK_READ_H

#include "results/check/check.h"
#include "results/plan/plan.h"

/* What does not follow from the launches: of the rows names, cell (its id and rate), mode,
 * margins, medians, system calls; and the verdicts as they were recorded. Values, findings
 * and the null control stay empty. */
struct check_recording {
	struct check_report report;
	struct cell *cells; /* of the rows */
};

/* 0; -ENOMEM; or with one line in `error` (OPTION_ERROR_SIZE bytes) that names the file:
 * -EINVAL it is damaged or of another version; -ENOENT and other -errno it cannot be read.
 * On success the caller releases it. */
int check_read(const char *path, struct check_recording *ret_recording, char *error);
void check_recording_release(
	struct check_recording *recording); /* accepts a zeroed one */

#endif
