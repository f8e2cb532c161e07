/* recorded.h - the launches of a check, read back from its slices.csv. */
#ifndef RESULTS_CHECK_RECORDED_H
#define RESULTS_CHECK_RECORDED_H

#include <stddef.h>
#include <stdint.h>

#include "results/check/launch.h"
#include "results/check/session.h"

struct check_recorded {
	char *cell;
	size_t row; /* of check.json, from 1; 0: an older check, which does not say */
	enum check_stage stage;
	enum launch_mode mode;
	int64_t number;  /* in the order of the session, from 1 */
	double expected; /* as in struct check_outcome; NAN, NULL: none */
	char *asymmetry;
	bool client_limited;
	double seconds;
	struct launch launch; /* its pairs and its problem; of the whole window nothing */
};

/* In the order of the file, which is the session's. 0; -ENOMEM; or with one line in `error`
 * (OPTION_ERROR_SIZE bytes) that names the file: -EINVAL it is damaged, or no check wrote
 * it; -ENOENT and other -errno it cannot be read. The caller frees them. */
int check_recorded_read(const char *path, struct check_recorded **ret_items,
			size_t *ret_count, char *error);
void check_recorded_free(struct check_recorded *items, size_t count);

#endif
