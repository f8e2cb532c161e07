/* buffers.c - see buffers.h. */
#include "models/buffers.h"

#include <stdlib.h>

#define KEPT 64

struct buffer {
	struct buffer *next;
};

void *buffers_take(struct buffers *buffers, size_t size)
{
	struct buffer *buffer = buffers->free;

	if (!buffer || buffers->size != size)
		return malloc(size > sizeof(*buffer) ? size : sizeof(*buffer));
	buffers->free = buffer->next;
	buffers->count--;
	return buffer;
}

void buffers_give(struct buffers *buffers, void *p, size_t size)
{
	struct buffer *buffer = p;

	if (buffers->count == 0)
		buffers->size = size;
	if (!buffer || buffers->count == KEPT || buffers->size != size) {
		free(buffer);
		return;
	}
	buffer->next = buffers->free;
	buffers->free = buffer;
	buffers->count++;
}

void buffers_release(struct buffers *buffers)
{
	while (buffers->free)
		free(buffers_take(buffers, buffers->size));
}
