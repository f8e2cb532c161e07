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

#define URING_GENERATION_BITS 29

/* What has completed; the highest bits of the user data. */
enum uring_operation {
	OP_CONNECT,
	OP_RECEIVE,
	OP_SEND,
	OP_WRITABLE, /* for the rest of a send */
	OP_NONE      /* of no interest */
};

struct uring_outgoing;

struct engine {
	struct io_uring ring;
	bool ring_open;
	struct io_uring_buf_ring *buffers; /* followed by their memory */
	unsigned circulating;
	int lent; /* the buffer of the last event, or URING_NO_BUFFER */
	struct uring_outgoing *outgoing; /* one for each connection */
	const uint8_t *borrowed;
	size_t borrowed_length;
	struct sockets sockets;
};

static inline uint64_t uring_tag(const struct engine *engine, uint32_t connection,
				 enum uring_operation operation)
{
	const uint32_t mask = (1U << URING_GENERATION_BITS) - 1;
	uint32_t generation = engine->sockets.slots[connection].generation & mask;

	return ((uint64_t)operation << URING_GENERATION_BITS | generation) << 32 |
	       connection;
}

static inline enum uring_operation uring_operation(uint64_t tag)
{
	return (enum uring_operation)(tag >> (32 + URING_GENERATION_BITS));
}

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

/* engine_uring_send.c */

int uring_outgoing_open(struct engine *engine); /* 0 or -ENOMEM */
void uring_borrow(struct engine *engine, const uint8_t *data, size_t length);

int uring_send(struct engine *engine, uint32_t connection, const struct iovec *iov,
	       int iov_count);

/* `operation` completes when the connection's socket is writable. */
void uring_await_writable(struct engine *engine, uint32_t connection,
			  enum uring_operation operation);

/* A send of the ring's has completed; the socket is writable. True when there is something
 * to report. */
bool uring_sent(struct engine *engine, uint32_t connection, int result,
		struct engine_event *ret_event);
bool uring_go_on_sending(struct engine *engine, uint32_t connection,
			 struct engine_event *ret_event);

#endif
