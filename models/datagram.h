/*
 * datagram.h - one datagram: received, checked, worked for, answered.
 *
 * What the models of the family share; when and where each step is done is the model's.
 * There are no connections: what a server cannot take in time waits in the kernel, then is
 * dropped there, which is counted as `refused`.
 */
#ifndef MODELS_DATAGRAM_H
#define MODELS_DATAGRAM_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "models/timers.h"
#include "server/io_model.h"

#define DATAGRAM_ROOM (ECHO_HEADER_SIZE + ECHO_MAX_DATAGRAM)

struct datagram {
	struct datagram *next; /* of its holder's list */
	struct timer timer;    /* its holder's */
	struct echo_header header;
	size_t length;
	socklen_t peer_length;
	struct sockaddr_storage peer;
	uint8_t bytes[];
};

/* Room for any. NULL: no memory. */
struct datagram *datagram_new(void);

/* The same in a block of its own size, to be kept. NULL: no memory. */
struct datagram *datagram_copy(const struct datagram *datagram);

/*
 * Receives into `datagram` with recvfrom(2) and `flags`; one writer on `counters`. Returns
 *	1             a frame within the limits
 *	0             nothing to answer: it was none (counted), or a signal came
 *	-EAGAIN       nothing waits, with MSG_DONTWAIT or a non-blocking socket
 *	-ECANCELED    the server is stopping, and all that was received is taken
 *	-errno        the socket is broken
 */
int datagram_receive(const struct io_server *server, int fd, int flags,
		     struct datagram *datagram, struct counters_line *counters);

/* Is it a frame? Fills in its header, counts its bytes. For who receives by himself: with
 * `length` as on the wire (MSG_TRUNC). */
bool datagram_check(const struct io_server *server, struct datagram *datagram,
		    struct counters_line *counters);

/* Sends it back with sendto(2) and counts: as answered, or as an error when the kernel will
 * not have it. 0, or -EAGAIN: uncounted, to be done again. */
int datagram_send(int fd, struct datagram *datagram, struct counters_line *counters);

/* The end of the drain, for who waits or burns for its datagrams: any number of threads. */
struct datagram_drain {
	const struct io_server *server;
	atomic_llong end_ns; /* 0: no stop was seen */
};

/* Does the work of a frame the blocking way: sleeps or burns, the server's --burn too.
 * False when the drain ended instead: do not answer, it was counted as an error. */
bool datagram_work(struct datagram_drain *drain, const struct echo_header *header,
		   struct counters_line *counters);

/* At the end of run: counts into line 0 what the kernel has dropped on `fd`. */
void datagram_count_dropped(const struct io_server *server, int fd);

#endif
