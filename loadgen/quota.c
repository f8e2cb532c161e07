/* quota.c - `--requests` in a closed loop: the window ends with the N-th reply. */
#include "loadgen/quota.h"

#include "loadgen/target.h"

/* Of what is left, small enough that what another worker has not told of yet is little. */
static uint64_t part(const struct quota *quota, uint64_t done)
{
	return (quota->wanted - done) / (16 * quota->workers) + 1;
}

void quota_begin(struct quota *quota, struct target *target)
{
	target->quota = quota;
	target->limit = part(quota, 0);
}

void quota_spend(struct target *target, int64_t now)
{
	uint64_t since = target->requests - target->told;
	uint64_t done = atomic_fetch_add(&target->quota->done, since) + since;

	target->told = target->requests;
	if (done >= target->quota->wanted)
		recorder_cut_window(target, now);
	else
		target->limit = target->requests + part(target->quota, done);
}
