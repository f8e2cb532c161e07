/* slots.c - see slots.h. */
#include "models/slots.h"

#include <stdlib.h>

#define NO_SLOT    UINT32_MAX
#define GENERATION (1ULL << 32)

void slots_init(struct slots *slots, size_t block_size)
{
	*slots = (struct slots){.block_size = block_size, .free = NO_SLOT};
}

void slots_release(struct slots *slots)
{
	for (uint32_t i = 0; i < slots->count; i++)
		free(slots->block[i]);
	free(slots->block);
	slots_init(slots, slots->block_size);
}

static struct slot *slots_grow(struct slots *slots)
{
	if (slots->count == slots->capacity) {
		uint32_t capacity = slots->capacity ? 2 * slots->capacity : 64;
		struct slot **block = realloc(slots->block, capacity * sizeof(void *));
		if (!block)
			return NULL;
		slots->block = block;
		slots->capacity = capacity;
	}
	struct slot *slot = malloc(slots->block_size);
	if (!slot)
		return NULL;
	slot->key = slots->count;
	slots->block[slots->count++] = slot;
	return slot;
}

void *slots_take(struct slots *slots)
{
	struct slot *slot;

	if (slots->free != NO_SLOT) {
		slot = slots->block[slots->free];
		slots->free = slot->next;
	} else {
		slot = slots_grow(slots);
	}
	if (!slot)
		return NULL;
	slot->key += GENERATION;
	slot->used = 1;
	slots->used++;
	return slot;
}

void slots_give(struct slots *slots, void *block)
{
	struct slot *slot = block;

	slot->key += GENERATION; /* events under way for it are now stale */
	slot->used = 0;
	slot->next = slots->free;
	slots->free = (uint32_t)slot->key;
	slots->used--;
}

void *slots_next(const struct slots *slots, uint32_t *number)
{
	while (*number < slots->count) {
		struct slot *slot = slots->block[(*number)++];
		if (slot->used)
			return slot;
	}
	return NULL;
}
