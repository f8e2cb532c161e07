/*
 * stacks.h - stacks for the coroutines of one thread.
 *
 *	slab   |guard|      stack      |head| |guard|      stack     |head|   |guard| ..
 *	              <--- grows ------                             ^ colour ^
 *
 * Slabs are mapped without being committed: a stack costs the pages that it touched. Who
 * gives one back makes it the next to be taken (its top is still in the cache); nothing
 * is unmapped before the release. What is at the top of a stack, its user's head, is set
 * lower by a colour that differs from stack to stack: page-aligned stacks of one size
 * would put all their hot lines into the same sets of the cache.
 *
 * A guard page is made of the cheapest that the kernel has: a marker in the page table
 * (MADV_GUARD_INSTALL, Linux 6.13), else a mapping of its own (mprotect). Those are
 * limited (vm.max_map_count, 65,530: two for each stack): from 16,384 on, stacks have no
 * guard and are counted.
 */
#ifndef MODELS_COROUTINE_STACKS_H
#define MODELS_COROUTINE_STACKS_H

#include <stddef.h>

enum stacks_guard { STACKS_GUARD_MARKER, STACKS_GUARD_MAPPING, STACKS_GUARD_NONE };

/* First member of the head. The stack is [bottom, head). */
struct stack {
	struct stack *next; /* of the free list, or the user's */
	char *bottom;
};

struct stacks {
	size_t size; /* of each, guard and head included */
	size_t head_size;
	enum stacks_guard guard; /* tried next; may be set before the first take */
	struct stack *free;
	char **slab;
	size_t slabs;
	size_t capacity;
	size_t made;      /* stacks that exist */
	size_t unguarded; /* of these */
};

/* `size` is a multiple of the page size. */
void stacks_init(struct stacks *stacks, size_t size, size_t head_size);

/* A stack with `bottom` filled in, the rest of the head as its last user left it; NULL: no
 * memory. */
struct stack *stacks_take(struct stacks *stacks);
void stacks_give(struct stacks *stacks, struct stack *stack);

/* Unmaps all, also those not given back. Accepts a zeroed one. */
void stacks_release(struct stacks *stacks);

#endif
