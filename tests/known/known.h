/*
 * known.h - what the servers with known answers share: a listener, connections, frames.
 *
 * Code of their own, not the gallery's and not the protocol's of server/: what they agree
 * with the generator on is the wire alone. What fails ends the program.
 */
#ifndef TESTS_KNOWN_H
#define TESTS_KNOWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KNOWN_FDS    1100
#define KNOWN_BUFFER 131072 /* bytes of a connection that are not answered yet */
#define KNOWN_HEADER 16

/* Found by its descriptor. */
struct known_connection {
	size_t length;
	uint32_t generation; /* how often the descriptor was closed */
	bool silent, parting;
	uint8_t bytes[KNOWN_BUFFER];
};

extern struct known_connection known_connections[KNOWN_FDS];

/* A listener on loopback; port 0: any. `known_port` is its port. */
int known_listen(int port);
int known_port(int listener);

/* Prints `ready tcp:127.0.0.1:PORT`. */
void known_ready(int listener);

/* An epoll set that holds the listener; adds to it; -1: nobody there any more. */
int known_epoll(int listener);
void known_watch(int epoll_fd, int fd);
int known_accept(int epoll_fd, int listener);

/* Receives what has come. False when the connection has ended. */
bool known_receive(int fd);

/* The size of the first whole frame of what was received, 0: there is none yet; and its
 * removal. */
size_t known_frame(int fd);
void known_remove(int fd, size_t size);

/* Sends all of it; false when the peer has gone. */
bool known_send(int fd, const void *bytes, size_t size);
void known_close(int fd);

#endif
