/* verdict.h - whether a run's numbers may be believed, and why not. */
#ifndef LOADGEN_VERDICT_H
#define LOADGEN_VERDICT_H

#include "loadgen/load.h"

/* Little's law over the served connections: what their requests in flight add up to when
 * each always had `depth` of them, and what the samples add up to. */
struct little_check {
	bool applies; /* no connection was lost, no send had to wait */
	double expected_ns;
	double measured_ns;
};

/* Fills verdict and reason: the first that applies of CORRUPT, SERVER_ERRORS,
 * CLIENT_LIMITED, UNSTABLE, VALID; a broken invariant is added to the reason. */
void verdict_judge(const struct load_config *config, const struct little_check *little,
		   struct load_result *result);

/* Looks once more at an open loop when it is known for how long the generator had no CPU: what
 * it sees late it takes for the server's slowness. Apart from verdict_judge, for on a virtual
 * clock such time means nothing. */
void verdict_judge_waiting(const struct load_config *config, struct load_result *result);

#endif
