/*
 * stream.h - one echo connection over a non-blocking socket: does all that can be done
 * now, and tells what it must wait for.
 *
 * What every loop that waits for readiness shares; how it waits is the loop's own.
 */
#ifndef MODELS_STREAM_H
#define MODELS_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "server/io_model.h"

#define STREAM_NEVER INT64_MAX

enum stream_wait {
	STREAM_READ,  /* until readable, or deadline_ns: then stream_expire */
	STREAM_WRITE, /* until writable; nothing is read before */
	STREAM_TIMER, /* until deadline_ns: then stream_expire; nothing is read before */
	STREAM_WORK, /* until its work is done elsewhere: then stream_worked; nothing is read
			 before. Only where it hands_over. */
	STREAM_END /* over: close the socket */
};

/* Embedded in the loop's connection; one thread. */
struct stream {
	struct echo_conn echo;
	const struct io_server *server;
	struct counters_line *counters; /* one writer */
	uint8_t *buffer;                /* config.buffer bytes, the loop's */
	int fd;
	enum stream_wait wait; /* as returned last */
	int64_t deadline_ns;   /* on CLOCK_MONOTONIC, or STREAM_NEVER */
	bool sleeping;         /* STREAM_TIMER: until work is done, not to let others run
				*/
	bool hands_over;       /* set by a loop that has work done elsewhere */
	bool work_spins;       /* STREAM_WORK: a spin, else a sleep, of work_us */
	uint32_t work_us;
	bool stalled;  /* the kernel did not take a whole reply */
	bool stepped;  /* did something since it last waited to read */
	bool readable; /* input may be left: at STREAM_READ the turn was over before */
	bool thorough; /* set by a loop that was told of more than fresh data: a short read
			  is followed by another, until nothing is left */
};

/* Waits to read. `fd` is non-blocking; owner of `fd` and `buffer` is the caller. */
void stream_init(struct stream *stream, const struct io_server *server, int fd,
		 uint8_t *buffer, struct counters_line *counters);

/*
 * Goes on: reads when `readable` (and only until a short read), answers, works. Stops
 * after some 16 rounds so that others get their turn: a socket that is left readable is
 * reported again by a level-triggered wait; who hears of each change once passes
 * stream->readable the next time. At STREAM_END an error is counted.
 */
enum stream_wait stream_pump(struct stream *stream, bool readable);

/* What STREAM_WORK asked for is done: then pump. */
void stream_worked(struct stream *stream);

/* deadline_ns has come: ends the sleep, or the input of a reader; then pump. */
void stream_expire(struct stream *stream);

#endif
