/* stacks.c - see stacks.h. */
#include "models/coroutine/stacks.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "models/coroutine/fiber.h"

#define SLAB    64 /* stacks */
#define COLOUR  ((size_t)128)
#define COLOURS 29

/* So many guards of a mapping each take half of what Linux allows a process by default:
 * where all are taken, nobody gets memory any more. */
#define MAPPINGS_MAX 16384

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif

void stacks_init(struct stacks *stacks, size_t size, size_t head_size)
{
	*stacks = (struct stacks){.size = size, .head_size = head_size};
}

static bool stacks_guard(struct stacks *stacks, char *page, size_t page_size)
{
	if (stacks->guard == STACKS_GUARD_MARKER &&
	    madvise(page, page_size, MADV_GUARD_INSTALL) < 0)
		stacks->guard = STACKS_GUARD_MAPPING;
	if (stacks->guard == STACKS_GUARD_MAPPING &&
	    (stacks->made >= MAPPINGS_MAX || mprotect(page, page_size, PROT_NONE) < 0))
		stacks->guard = STACKS_GUARD_NONE;
	return stacks->guard != STACKS_GUARD_NONE;
}

static char *stacks_map_slab(struct stacks *stacks)
{
	if (stacks->slabs == stacks->capacity) {
		size_t capacity = stacks->capacity ? 2 * stacks->capacity : 16;
		char **slab = realloc(stacks->slab, capacity * sizeof(*slab));
		if (!slab)
			return NULL;
		stacks->slab = slab;
		stacks->capacity = capacity;
	}
	char *slab = mmap(NULL, SLAB * stacks->size, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
	if (slab == MAP_FAILED)
		return NULL;
	/* A huge page would commit the stacks that nobody uses. */
	(void)madvise(slab, SLAB * stacks->size, MADV_NOHUGEPAGE);
	stacks->slab[stacks->slabs++] = slab;
	return slab;
}

static struct stack *stacks_make(struct stacks *stacks)
{
	size_t place = stacks->made % SLAB;
	size_t page_size = (size_t)sysconf(_SC_PAGESIZE);
	char *slab =
		place == 0 ? stacks_map_slab(stacks) : stacks->slab[stacks->slabs - 1];

	if (!slab)
		return NULL;
	char *start = slab + place * stacks->size;
	size_t colour = stacks->made % COLOURS * COLOUR;
	uintptr_t head = (uintptr_t)(start + stacks->size - stacks->head_size) - colour;
	struct stack *stack = (struct stack *)(head & ~(uintptr_t)63);
	if (stacks_guard(stacks, start, page_size))
		start += page_size;
	else
		stacks->unguarded++;
	stack->bottom = start;
	stacks->made++;
	return stack;
}

struct stack *stacks_take(struct stacks *stacks)
{
	struct stack *stack = stacks->free;

	if (!stack)
		return stacks_make(stacks);
	stacks->free = stack->next;
	return stack;
}

void stacks_give(struct stacks *stacks, struct stack *stack)
{
	fiber_forget_frames(stack->bottom, stack);
	stack->next = stacks->free;
	stacks->free = stack;
}

void stacks_release(struct stacks *stacks)
{
	for (size_t i = 0; i < stacks->slabs; i++) {
		char *slab = stacks->slab[i];
		fiber_forget_frames(slab, slab + SLAB * stacks->size);
		munmap(slab, SLAB * stacks->size);
	}
	free(stacks->slab);
	stacks_init(stacks, stacks->size, stacks->head_size);
}
