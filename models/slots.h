/*
 * slots.h - memory of the connections of one thread: numbered blocks of one size.
 *
 * A freed block is the next one given out (its lines are still in the cache); a block
 * keeps its address and its memory until release. The key of a connection is its slot and
 * how often the slot was given out, so that an event for a connection that has ended is
 * told from one for its successor.
 */
#ifndef MODELS_SLOTS_H
#define MODELS_SLOTS_H

#include <stddef.h>
#include <stdint.h>

/* First member of every block; the user reads `key`. */
struct slot {
	uint64_t key;  /* generation << 32 | slot number; never 0 while in use */
	uint32_t next; /* of the free list */
	uint32_t used; /* 1: given out */
};

struct slots {
	struct slot **block;
	size_t block_size;
	uint32_t count; /* blocks that exist */
	uint32_t capacity;
	uint32_t free; /* head of the free list */
	uint32_t used;
};

/* `block_size` bytes per block, its struct slot included. */
void slots_init(struct slots *slots, size_t block_size);
void slots_release(struct slots *slots); /* accepts a zeroed one */

/* A block with its slot filled in, the rest as its last user left it; NULL: no memory. */
void *slots_take(struct slots *slots);
void slots_give(struct slots *slots, void *block);

/* The block that has this key now, or NULL when its connection has ended. */
static inline void *slots_find(const struct slots *slots, uint64_t key)
{
	uint32_t number = (uint32_t)key;

	if (number >= slots->count || slots->block[number]->key != key)
		return NULL;
	return slots->block[number];
}

/* The first block in use numbered `*number` or above, NULL at the end; *number is moved
 * behind it. Blocks may be given back while iterating. */
void *slots_next(const struct slots *slots, uint32_t *number);

#endif
