/*
 * socket.h - addresses and sockets: the one place that knows socket options, so that no
 * two models and no two commands differ by accident.
 */
#ifndef SERVER_SOCKET_H
#define SERVER_SOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

enum transport { TRANSPORT_TCP, TRANSPORT_UNIX, TRANSPORT_UDP };

#define ADDRESS_TEXT_SIZE 160

struct address {
	enum transport transport;
	socklen_t length;
	struct sockaddr_storage sockaddr;
};

const char *transport_name(enum transport transport);

/* "tcp:127.0.0.1:0", "tcp:[::1]:7", "udp:HOST:PORT", "unix:PATH"; HOST is numeric or a
 * name. 0, or -EINVAL with one line naming the value and what is accepted in `error`. */
int address_parse(const char *text, struct address *ret_address, char *error,
		  size_t error_size);

/* The text that address_parse reads back. `text` holds ADDRESS_TEXT_SIZE bytes. */
void address_format(const struct address *address, char *text);

/* A bound, listening (stream) or bound (datagram) socket, CLOEXEC, blocking:
 * SO_REUSEADDR, TCP_NODELAY (inherited by accepted sockets on Linux); datagrams: a receive
 * buffer of 4 MiB, or what the kernel grants (net.core.rmem_max). A Unix path that
 * exists is -EADDRINUSE when a server answers there, and is replaced when it is a socket
 * without one; any other file is -EADDRINUSE and stays. 0 or -errno. */
int socket_listen(const struct address *address, int backlog, int *ret_fd);

/* One more socket on the address that `listener` is bound to (TCP, UDP), among which the
 * kernel shares connections, or senders of datagrams, out: SO_REUSEPORT, which is set on
 * `listener` too. 0 or -errno. */
int socket_listen_beside(int listener, const struct address *bound, int backlog,
			 int *ret_fd);

/* Async-signal-safe. Wakes who waits in accept or receive, in every thread and process.
 * A stream listener says EINVAL from then on. A datagram socket takes nothing more from the
 * network; what it has taken is still received, then receive says 0 without an address;
 * sending goes on. */
void socket_stop_listening(int fd, enum transport transport);

/* Datagrams that the kernel has dropped since the socket exists: its receive buffer was
 * full, or it was told to stop. 0 or -errno. */
int socket_dropped(int fd, uint64_t *ret_count);

/* The address a socket is bound to, with the port that the kernel chose. 0 or -errno. */
int socket_bound_address(int fd, enum transport transport, struct address *ret_address);

/* Removes the path of a Unix listener; nothing for other transports. */
void socket_unlink(const struct address *address);

/* A non-blocking, CLOEXEC socket whose connect has begun: 0 when connected, -EINPROGRESS
 * when under way (writable when done, then socket_error says how), else -errno and no
 * socket. Sets TCP_NODELAY. A Unix connect that says -EAGAIN (backlog full) is to be
 * retried. */
int socket_connect(const struct address *address, int *ret_fd);

/* The same from an address of ours, any port of it, chosen when the whole pair is known:
 * so two sockets with different peers may share a port. NULL: as socket_connect. */
int socket_connect_from(const struct address *address, const struct address *source,
			int *ret_fd);

/* SO_ERROR as 0 or -errno. */
int socket_error(int fd);

int socket_set_nonblocking(int fd);

/* Raises the soft descriptor limit to the hard one; returns the limit. */
long descriptor_limit_raise(void);

#endif
