/*
 * backlog.h - requests that are due and wait for their connection: queues of moments, one
 * per connection, in one pool of 16 bytes each.
 *
 * The pool grows as it must: an open loop drops nothing. It belongs to one thread.
 */
#ifndef LOADGEN_BACKLOG_H
#define LOADGEN_BACKLOG_H

#include <stdint.h>

struct backlog_item {
	int64_t due_ns;
	uint32_t next; /* in its queue, or of those that are free; 0: none */
};

struct backlog {                    /* zeroed: empty */
	struct backlog_item *items; /* item 0 stays unused */
	uint32_t capacity;
	uint32_t used; /* items that have been used, ever */
	uint32_t free; /* the first that is free again; 0: none */
};

struct backlog_queue { /* zeroed: empty */
	uint32_t first, last, count;
};

void backlog_release(struct backlog *backlog);

/* 0 or -ENOMEM. */
int backlog_push(struct backlog *backlog, struct backlog_queue *queue, int64_t due_ns);

/* The oldest, of a queue that is not empty; pop takes it out. */
int64_t backlog_peek(const struct backlog *backlog, const struct backlog_queue *queue);
int64_t backlog_pop(struct backlog *backlog, struct backlog_queue *queue);

#endif
