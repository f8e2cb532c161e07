/* pacer.h - so many starts per second, and a burst before them: a token bucket. */
#ifndef LOADGEN_PACER_H
#define LOADGEN_PACER_H

#include <stdbool.h>
#include <stdint.h>

#define PACER_BURST 64

struct pacer {
	double per_ns;
	double tokens;
	int64_t at_ns; /* when they were counted */
};

static inline void pacer_init(struct pacer *pacer, double per_second)
{
	*pacer = (struct pacer){.per_ns = per_second / 1e9, .tokens = PACER_BURST};
}

/* True when one may start now. */
static inline bool pacer_take(struct pacer *pacer, int64_t now)
{
	if (pacer->at_ns > 0)
		pacer->tokens += (double)(now - pacer->at_ns) * pacer->per_ns;
	if (pacer->tokens > PACER_BURST)
		pacer->tokens = PACER_BURST;
	pacer->at_ns = now;
	if (pacer->tokens < 1)
		return false;
	pacer->tokens -= 1;
	return true;
}

#endif
