/*
 * handler.h - the straight-line handler: serves one connection from the first byte to the
 * last, in the order in which things happen.
 *
 * Written once, it runs wherever something can make `read` look blocking: in the main
 * thread (iterative), in a thread, in a process, in a coroutine. What differs is struct
 * io_ops.
 */
#ifndef MODELS_HANDLER_H
#define MODELS_HANDLER_H

#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "server/io_model.h"

struct io;

/* How a handler does I/O and waits; supplied by its executor or by blocking.c. */
struct io_ops {
	/* Reads at most `n` bytes to *p: their number, 0 at end of input or when
	 * `timeout_ns` (0: none) is over, or -errno. A set that has buffers of its own
	 * stores in *p where it has put them. They stay in place until the next read. */
	ssize_t (*read)(struct io *io, void **p, size_t n, int64_t timeout_ns);

	/* Bytes the kernel took (> 0, may be fewer than given), or -errno. */
	ssize_t (*write)(struct io *io, const struct iovec *iov, int iov_count);

	void (*sleep)(struct io *io, int64_t ns); /* waits as the mechanism waits */
	void (*spin)(struct io *io, int64_t ns);  /* burns CPU */
	int (*shut_wr)(struct io *io);            /* 0 or -errno */
};

/* One connection as a handler sees it; embedded in the executor's own struct. */
struct io {
	const struct io_ops *ops;
	const struct io_server *server;
	int fd;
};

/*
 * Serves the connection until it ends, with `buffer` (config.buffer bytes, the caller's; NULL
 * where io->ops->read brings its own). Adds to `counters` after each batch, atomically
 * (counters_flush), so that several handlers may share the line; counts `closed` and, for
 * a connection lost to an error, `errors`. Does not close io->fd. Returns 0 at an orderly
 * end, or the -errno that ended it.
 */
int handler_serve(struct io *io, void *buffer, struct counters_line *counters);

#endif
