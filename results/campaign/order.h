/* order.h - the order of a round: seeded, so that it can be repeated; random, so that no
 * server always runs behind the same one. */
#ifndef RESULTS_CAMPAIGN_ORDER_H
#define RESULTS_CAMPAIGN_ORDER_H

#include <stddef.h>
#include <stdint.h>

/* Fills `order` with a permutation of 0 .. count-1; the same seed and round, the same
 * permutation on every machine. */
void order_round(uint64_t seed, uint64_t round, size_t *order, size_t count);

#endif
