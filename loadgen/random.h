/* random.h - splitmix64: a counter through a mixer, so that the n-th number is a function
 * of the seed and n. Source: Steele, Lea, Flood, OOPSLA 2014. */
#ifndef LOADGEN_RANDOM_H
#define LOADGEN_RANDOM_H

#include <stdint.h>

static inline uint64_t random_mix(uint64_t z)
{
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

static inline uint64_t random_next(uint64_t *state)
{
	return random_mix(*state += 0x9e3779b97f4a7c15);
}

/* 0 <= x < 1, from the upper 53 bits. */
static inline double random_unit(uint64_t number)
{
	return (double)(number >> 11) * 0x1p-53;
}

/* A whole number below `limit` from the upper bits: limit * number / 2^64. */
static inline uint32_t random_below(uint64_t number, uint32_t limit)
{
	uint64_t low = (number & UINT32_MAX) * limit;

	return (uint32_t)(((number >> 32) * limit + (low >> 32)) >> 32);
}

/* The number of one request, the same whenever it is asked for. */
static inline uint64_t random_at(uint64_t seed, uint32_t connection, uint32_t sequence)
{
	uint64_t stream = random_mix(seed + 0x9e3779b97f4a7c15) ^ connection;

	return random_mix(random_mix(stream) + sequence);
}

#endif
