/*
 * buffers.h - receive buffers of one thread that are held only while bytes are under way:
 * taken when there is something to read, given back before waiting for more. The last one
 * given back is the next one taken, so one buffer serves most connections, hot; a
 * connection that waits has none.
 */
#ifndef MODELS_BUFFERS_H
#define MODELS_BUFFERS_H

#include <stddef.h>

/* Zeroed: empty. */
struct buffers {
	struct buffer *free;
	size_t count; /* of these; a few are kept */
	size_t size;  /* of these */
};

/* `size` bytes, as malloc's; NULL: no memory. */
void *buffers_take(struct buffers *buffers, size_t size);

/* `size` as it was taken. Accepts NULL. */
void buffers_give(struct buffers *buffers, void *buffer, size_t size);

void buffers_release(struct buffers *buffers);

#endif
