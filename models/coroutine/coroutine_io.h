/*
 * coroutine_io.h - io_ops over a non-blocking socket: the coroutine waits, the thread does
 * not.
 *
 * Reads when the scheduler has reported the descriptor, and after a short read waits for
 * the next report instead of asking the kernel again; writes first, and waits after EAGAIN
 * or a short write. A connection that waits owns no more than its stack (buffers.h).
 */
#ifndef MODELS_COROUTINE_COROUTINE_IO_H
#define MODELS_COROUTINE_COROUTINE_IO_H

#include "models/buffers.h"
#include "models/coroutine/scheduler.h"
#include "models/handler.h"

/* Serves `fd` (any socket; the caller's) to its end in the running coroutine. Returns as
 * handler_serve. */
int coroutine_serve(struct scheduler *scheduler, struct buffers *buffers,
		    const struct io_server *server, int fd,
		    struct counters_line *counters);

#endif
