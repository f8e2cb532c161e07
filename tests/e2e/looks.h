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

/* 1 when a connection has cost the one worker its life. It makes two. */
int64_t look_is_replaced(const struct served *s);

/* 1 when an idle server uses more than a tenth of a CPU. Takes 0.3 s. */
int64_t look_is_busy(const struct served *s);

#endif
