/* backlog.c - requests that are due and wait for their connection. */
#include "loadgen/backlog.h"

#include <errno.h>
#include <stdlib.h>

#define CAPACITY_FIRST 1024
#define CAPACITY_MOST  (1U << 31)

void backlog_release(struct backlog *backlog)
{
	free(backlog->items);
	*backlog = (struct backlog){0};
}

static int grow(struct backlog *backlog)
{
	uint32_t capacity = backlog->capacity ? 2 * backlog->capacity : CAPACITY_FIRST;

	if (backlog->capacity >= CAPACITY_MOST)
		return -ENOMEM;
	struct backlog_item *items =
		realloc(backlog->items, capacity * sizeof(*backlog->items));
	if (!items)
		return -ENOMEM;
	backlog->items = items;
	backlog->capacity = capacity;
	return 0;
}

/* An item that is in no queue; 0: no memory. */
static uint32_t new_item(struct backlog *backlog)
{
	uint32_t item = backlog->free;

	if (item != 0) {
		backlog->free = backlog->items[item].next;
		return item;
	}
	if (backlog->used + 1 >= backlog->capacity && grow(backlog) < 0)
		return 0;
	return ++backlog->used;
}

int backlog_push(struct backlog *backlog, struct backlog_queue *queue, int64_t due_ns)
{
	uint32_t item = new_item(backlog);

	if (item == 0)
		return -ENOMEM;
	backlog->items[item] = (struct backlog_item){.due_ns = due_ns};
	if (queue->count++ == 0)
		queue->first = item;
	else
		backlog->items[queue->last].next = item;
	queue->last = item;
	return 0;
}

int64_t backlog_peek(const struct backlog *backlog, const struct backlog_queue *queue)
{
	return backlog->items[queue->first].due_ns;
}

int64_t backlog_pop(struct backlog *backlog, struct backlog_queue *queue)
{
	uint32_t item = queue->first;

	queue->first = backlog->items[item].next;
	queue->count--;
	backlog->items[item].next = backlog->free;
	backlog->free = item;
	return backlog->items[item].due_ns;
}
