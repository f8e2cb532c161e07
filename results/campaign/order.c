/* order.c - Fisher-Yates over a counter-based generator (splitmix64, Steele et al. 2014). */
#include "results/campaign/order.h"

static uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

/* 0 .. bound-1, without the bias of a plain remainder. */
static uint64_t random_below(uint64_t *state, uint64_t bound)
{
	const uint64_t limit = UINT64_MAX - UINT64_MAX % bound;
	uint64_t value;

	do
		value = next_random(state);
	while (value >= limit);
	return value % bound;
}

void order_round(uint64_t seed, uint64_t round, size_t *order, size_t count)
{
	uint64_t state = seed;

	/* Mixed, not added: round 1 of seed 1 must not be round 0 of seed 2. */
	state = next_random(&state) ^ round;
	for (size_t i = 0; i < count; i++)
		order[i] = i;
	for (size_t i = count; i > 1; i--) {
		const size_t j = random_below(&state, i);
		const size_t swap = order[i - 1];
		order[i - 1] = order[j];
		order[j] = swap;
	}
}
