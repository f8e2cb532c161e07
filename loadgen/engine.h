/*
 * engine.h - how the load generator does I/O: one small, completion-shaped table.
 *
 * Engines: `epoll` (sockets, readiness), `io-uring` (sockets, completions), and in the
 * unit tests a simulated peer on a virtual clock. Nothing above this table reads a clock
 * or touches a socket, so everything above it can be tested exactly.
 *
 * One engine belongs to one thread and carries the connections 0 .. connections-1. Per
 * connection: connect -> CONNECTED, then any number of sends (one at a time), RECEIVED as
 * bytes come, close whenever wanted; after close the number may connect again, and no
 * event of the closed connection comes any more.
 */
#ifndef LOADGEN_ENGINE_H
#define LOADGEN_ENGINE_H

#include <stdint.h>
#include <sys/uio.h>

#include "server/socket.h"

enum engine_event_kind {
	ENGINE_CONNECTED, /* result 0, or -errno: the connection is closed again */
	ENGINE_RECEIVED,  /* result > 0: bytes at data; 0: end of input; < 0: -errno. Of a
			     datagram all its bytes, 0 of an empty one */
	ENGINE_SENT /* result 0: a send that was under way has gone out; < 0: -errno, of
		       one that had been taken as well */
};

struct engine_event {
	enum engine_event_kind kind;
	uint32_t connection;
	int result;
	const uint8_t *data; /* RECEIVED: valid until the next wait */
};

struct engine; /* each mechanism has its own */

struct engine_ops {
	const char *name;
	const char *summary;     /* one line */
	const char *unavailable; /* why this build has it not; NULL: it has */

	/* Why this machine has it not, or NULL; a static text. Optional. */
	const char *(*probe)(void);

	/* Room for `connections`; 0 or -errno. */
	int (*open)(uint32_t connections, struct engine **ret_engine);
	void (*free)(struct engine *engine); /* closes every connection; accepts NULL */

	/* Bytes that do not change and outlive the engine: spans of them may be sent without
	 * being copied whenever it suits. Optional. */
	void (*borrow)(struct engine *engine, const uint8_t *data, size_t length);

	/* Starts to connect, from `source` (any port of it) unless NULL; CONNECTED follows,
	 * unless -errno is returned here. A Unix connect whose backlog is full is retried
	 * inside. `address` is borrowed until CONNECTED or close. */
	int (*connect)(struct engine *engine, uint32_t connection,
		       const struct address *address, const struct address *source);

	/*
	 * Sends the spans in order, over UDP as one datagram. Returns 0 when all is taken:
	 * by the kernel, or by the engine, which hands it to the kernel when it enters it
	 * next, and says by SENT should that fail; -EINPROGRESS when the rest is under
	 * way: SENT follows, and until then the spans' bytes must stay (the array itself
	 * need not, iov_count <= ENGINE_IOV_MAX) and no other send may start; or -errno.
	 */
	int (*send)(struct engine *engine, uint32_t connection, const struct iovec *iov,
		    int iov_count);

	/* Ends the connection's output once the kernel has all of it; receiving goes on. */
	void (*shut_wr)(struct engine *engine, uint32_t connection);

	void (*close)(struct engine *engine, uint32_t connection); /* also mid-connect */

	/* Datagrams that came for an open connection and found no room on our side. */
	uint64_t (*dropped)(const struct engine *engine, uint32_t connection);

	/* Monotonic nanoseconds, on the clock of wait's deadline. */
	int64_t (*now)(const struct engine *engine);

	/*
	 * Stores the next event and returns 1; 0 when `deadline_ns` has come without one;
	 * -errno when the engine is broken. A deadline in the past looks only. In the last
	 * `spin_ns` before the deadline it looks again and again instead of sleeping, so as
	 * to return on time; 0: it sleeps, and is late by what a wake-up takes.
	 */
	int (*wait)(struct engine *engine, int64_t deadline_ns, int64_t spin_ns,
		    struct engine_event *ret_event);
};

#define ENGINE_IOV_MAX 16
#endif
