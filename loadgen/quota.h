/* quota.h - `--requests` in a closed loop: the window ends with the N-th reply. */
#ifndef LOADGEN_QUOTA_H
#define LOADGEN_QUOTA_H

#include <stdatomic.h>
#include <stdint.h>

struct target;

struct quota {
	uint64_t wanted; /* replies in the window, of all workers */
	uint64_t workers;
	atomic_ullong done; /* of them, as far as the workers have told */
};

/* From now on the target's replies count towards it. */
void quota_begin(struct quota *quota, struct target *target);

/* The target has come to its limit: ends its window at `now` when all replies are in, else
 * gives it another part of what is left. One worker ends exactly with the N-th reply;
 * several may be a few replies behind when the last one comes. */
void quota_spend(struct target *target, int64_t now);

#endif
