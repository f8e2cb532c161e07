/*
 * blocking.h - io_ops over a blocking socket: the thread or process sleeps in the kernel.
 *
 * Who holds the connection cuts it at the end of a drain, by shutdown(fd, SHUT_RDWR),
 * which ends a blocked read, write and sleep. Where nobody else is there to do so
 * (`alone`), the operations look after the time themselves.
 */
#ifndef MODELS_BLOCKING_H
#define MODELS_BLOCKING_H

#include <stdbool.h>

#include "models/handler.h"

struct blocking_io {
	struct io io;
	int64_t receive_timeout_ns; /* as set on the socket by SO_RCVTIMEO, to set it only
				       when it changes */
	bool alone;
	bool looks_up;  /* alone: SO_SNDTIMEO is set, so that a write that blocks ends */
	unsigned reads; /* alone: since it looked for the end of the drain */
	int64_t cut_ns; /* alone: when the drain ends; 0: no stop was seen */
};

extern const struct io_ops blocking_ops;

/* Serves `fd` (a blocking socket, the caller's) to its end with `buffer` (config.buffer
 * bytes). Returns as handler_serve. */
int blocking_serve(const struct io_server *server, int fd, void *buffer,
		   struct counters_line *counters);

/* The same where the calling thread is the whole server. */
int blocking_serve_alone(const struct io_server *server, int fd, void *buffer,
			 struct counters_line *counters);

#endif
