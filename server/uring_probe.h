/*
 * uring_probe.h - why io_uring cannot be used on this machine, in words.
 *
 * Of a build with liburing only. Whoever uses a ring sets it up with its own flags and asks
 * here what an error means.
 */
#ifndef SERVER_URING_PROBE_H
#define SERVER_URING_PROBE_H

#include <liburing.h>

/* What -errno of a ring's set-up means; a static text. */
const char *uring_set_up_reason(int error);

/* Tries a multishot receive with the ring's provided buffers, group 0: NULL when it works, or
 * a static text. The ring has nothing else under way, and is closed afterwards. */
const char *uring_multishot_reason(struct io_uring *ring);

#endif
