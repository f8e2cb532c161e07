/* blocking.h - io_ops over a blocking socket: the thread or process sleeps in the kernel. */
#ifndef MODELS_BLOCKING_H
#define MODELS_BLOCKING_H

#include "models/handler.h"

struct blocking_io {
	struct io io;
	int64_t receive_timeout_ns; /* as set on the socket by SO_RCVTIMEO, to set it only
				       once */
};

extern const struct io_ops blocking_ops;

/* Serves `fd` (a blocking socket) to its end and closes it. */
int blocking_serve(const struct io_server *server, int fd, void *buffer,
		   struct counters_line *counters);

#endif
