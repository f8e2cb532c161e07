/* looks.h - what can be seen of a server from outside, in /proc. */
#ifndef TESTS_E2E_LOOKS_H
#define TESTS_E2E_LOOKS_H

#include <stdint.h>

#include "tests/e2e/served.h"

typedef int64_t look(const struct served *s);

/* Threads of the server and of its child processes. */
int64_t look_threads(const struct served *s);

/* Descriptors of the first process, by kind; sockets and eventfds as 10 * sockets + eventfds:
 * listeners and mailboxes tell how loops get their connections. */
int64_t look_sockets(const struct served *s);
int64_t look_epolls(const struct served *s);
int64_t look_sockets_and_eventfds(const struct served *s);

/* SqMask of its io_uring, -1: it has none. */
int64_t look_ring_mask(const struct served *s);

/* The CPU that the kernel's thread of its io_uring keeps to, -1: it has none. */
int64_t look_sq_cpu(const struct served *s);

/* 1 when it has a mapping of 64 MiB of memory, or a little more. */
int64_t look_has_64_mib(const struct served *s);

/* Connections that wait to be accepted. */
int64_t look_backlog(const struct served *s);

/* 1 when datagrams wait in its socket. */
int64_t look_leaves_datagrams(const struct served *s);

/* 1 when a connection has cost the one worker its life. It makes two. */
int64_t look_is_replaced(const struct served *s);

/* 1 when an idle server uses more than a hundredth of a CPU: so little, as
 * others may want it too. Takes 0.3 s. */
int64_t look_is_busy(const struct served *s);

#endif
