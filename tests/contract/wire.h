/*
 * wire.h - the client's end of the echo protocol, for tests: connections that send in
 * pieces of any size while they receive, and compare every byte.
 *
 * Nothing waits longer than WIRE_PATIENCE_MS, so a server that hangs fails a test.
 */
#ifndef TESTS_CONTRACT_WIRE_H
#define TESTS_CONTRACT_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/echo.h"
#include "server/socket.h"

#define WIRE_PATIENCE_MS 10000

/* Bytes to be sent; the reply to frames is the same bytes. */
struct script {
	uint8_t *bytes;
	size_t length;
};

/* Appends one frame with a payload made from `tag`. */
void script_add(struct script *script, const struct echo_header *header);
void script_add_echo(struct script *script, uint32_t length, uint32_t tag);
void script_add_work(struct script *script, enum echo_op op, uint32_t amount_us);
void script_release(struct script *script);

/* One connection that plays a script. */
struct wire {
	const struct script *script; /* borrowed */
	size_t piece_max;            /* bytes per write, at random up to this; 0: all */
	size_t sent;
	size_t received;
	int fd;
	unsigned seed;
	bool half_close; /* ends its output after the script, then waits for the end */
	bool wrong;      /* a byte that differs from the script's, or is one too many */
	bool ended;      /* the server closed, in order or by a reset */
	bool reset;
};

/* A connected, non-blocking socket, or -errno. */
int wire_connect(const struct address *address);

/* Connects a wire: 0 or -errno. */
int wire_open(struct wire *wire, const struct address *address,
	      const struct script *script);
void wire_close(struct wire *wire);

/* Closes with a reset. */
void wire_abort(struct wire *wire);

/* Plays `count` wires at once until each has got its whole script (with half_close: until
 * the server closed it). 0, or -ETIMEDOUT. */
int wire_play(struct wire *wires, int count);

/* Plays on until the server closes it. 0 or -ETIMEDOUT. */
int wire_await_end(struct wire *wire);

/* Waits until something comes, without taking it: 0 or -ETIMEDOUT. */
int wire_await_input(const struct wire *wire);

/* The whole script came back, and nothing else. */
bool wire_is_whole(const struct wire *wire);

/* Sends without ever receiving, until nothing more was taken for 250 ms. */
void wire_stuff(struct wire *wire);

#endif
