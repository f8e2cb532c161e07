/*
 * engine_uring.h - what the parts of the engine `io-uring` share; private to them.
 *
 * Buffers circulate: the kernel takes one from the ring for what arrives, it comes back
 * with the next wait. The fewer they are, the sooner the same memory is used again, and the
 * likelier it is in the cache; so they begin few and are doubled when the kernel finds none.
 */
#ifndef LOADGEN_ENGINE_URING_H
#define LOADGEN_ENGINE_URING_H

#include <liburing.h>

#include "loadgen/engine_sockets.h"

#define URING_BUFFER_SIZE   65536 /* a datagram fits */
#define URING_BUFFERS_FIRST 32U   /* more than the kernel fills per call, since 6.13 */
#define URING_BUFFERS_MOST  512U
#define URING_NO_BUFFER     (-1)

struct engine {
	struct io_uring ring;
	bool ring_open;
	struct io_uring_buf_ring *buffers; /* followed by their memory */
	unsigned circulating;
	int lent; /* the buffer of the last event, or URING_NO_BUFFER */
	struct sockets sockets;
};

/* engine_uring_ring.c */

/* Of the calling thread, which alone may use it. 0 or -errno; uring_ring_close in either
 * case. */
int uring_ring_open(struct engine *engine, uint32_t connections);
void uring_ring_close(struct engine *engine);

/* A free entry for a request; what waits is submitted when there is none. */
struct io_uring_sqe *uring_request(struct engine *engine);

uint8_t *uring_buffer(const struct engine *engine, int number);
void uring_return_buffer(struct engine *engine, int number);

/* The kernel has found no buffer. */
void uring_add_buffers(struct engine *engine);

const char *engine_uring_probe(void);

#endif
