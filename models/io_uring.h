/*
 * io_uring.h - the three io_uring models: their ring, their loop, their connections.
 *
 * Private to models/io_uring*.c. One thread submits and reaps. What a completion belongs
 * to stands in its user data: the connection's address, whose low bits are free, and the
 * operation.
 *
 * Two ways to receive. Single-shot: each receive has the connection's own buffer and is
 * asked for again when the reply is out. Multishot: asked for once; the kernel takes a
 * buffer for what arrives from a ring that all connections share, where it must be back
 * soon: it stays out only until a send that does not wait has completed.
 *
 *	kernel --> held (in the ring's buffer) --> echo_conn --> send
 *	      \--> waiting (copied: one was held) --> feeding --/
 *	                     held (copied: blocked, or asleep) --^
 */
#ifndef MODELS_IO_URING_H
#define MODELS_IO_URING_H

#include <liburing.h>

#include "models/slots.h"
#include "models/timers.h"
#include "server/acceptor.h"
#include "server/io_model.h"

#define RING_BUFFER_SIZE 16384
#define RING_NO_BUFFER   (-1)

/* What the options of the models come to. */
struct ring_config {
	unsigned entries; /* of the submission queue */
	unsigned buffers; /* of the shared ring, a power of two; 0: single-shot */
	bool sqpoll;      /* a kernel thread submits */
	unsigned sq_cpu;
	unsigned sq_idle_ms;
};

struct ring {
	struct io_uring uring;
	bool open;
	struct io_uring_buf_ring
		*buffers; /* followed by their memory; NULL: single-shot */
	size_t buffers_size;
	unsigned buffer_count;
};

/* Every step that can fail; the ring is bound to no thread until ring_enable, which the
 * submitting one calls. 0 or -errno; ring_close in either case. */
int ring_open(struct ring *ring, const struct ring_config *config);
int ring_enable(struct ring *ring);
void ring_close(struct ring *ring); /* accepts a zeroed one */

/* Why a ring of this configuration cannot be had or used here, or NULL. */
const char *ring_probe(const struct ring_config *config);

/* A free submission entry: submits when there is none. */
struct io_uring_sqe *ring_sqe(struct ring *ring);

/* One system call: submits, and waits for a completion or until `timeout_ns` (-1: none)
 * is over. 0 or -errno. */
int ring_wait(struct ring *ring, int64_t timeout_ns);

/* The memory of a shared buffer, and its return to the kernel. */
uint8_t *ring_buffer(const struct ring *ring, int number);
void ring_return(struct ring *ring, int number);

enum uring_op {
	URING_ACCEPT,
	URING_LISTENER, /* readable, while descriptors have run out */
	URING_STOP,
	URING_CLOSE,
	URING_RECEIVE, /* from here on with a connection */
	URING_SEND,
	URING_CANCEL
};

struct uring {
	struct io_server *server;
	struct ring ring;
	struct counters_line *counters;
	struct acceptor acceptor;
	struct slots slots; /* of struct uring_conn */
	struct timers timers;
	struct timer drain_timer;
	uint32_t receive_limit; /* bytes that a multishot receive brings before it ends,
				   since Linux 6.17; 0: there is no limit */
	unsigned closes;        /* under way */
	bool listening;         /* an accept or the listener's poll is under way */
	bool draining;
	int result;
};

/* Received bytes in memory of the connection's own. */
struct bytes {
	uint8_t *p;
	size_t length;
	size_t capacity;
};

enum uring_conn_state {
	CONN_READING,
	CONN_SENDING,
	CONN_RESTING, /* until deadline_ns */
	CONN_CLOSING  /* until nothing is under way */
};

struct uring_conn {
	struct slot slot;
	struct timer timer; /* may be early: checked against deadline_ns */
	int64_t deadline_ns;
	struct echo_conn echo;
	int fd;
	int held; /* the shared buffer that was fed, or RING_NO_BUFFER */
	enum uring_conn_state state;
	unsigned in_flight; /* requests in the kernel's hands */
	bool receiving, cancelling;
	bool more;     /* single-shot: the last receive left something */
	bool ended;    /* the end of input came, behind `waiting` */
	bool sleeping; /* RESTING: work, not to let others run */
	bool stalled;  /* the kernel did not take a whole reply */
	bool stepped;  /* did something since it last waited to read */
	size_t sending;
	struct bytes feeding, waiting;
	struct msghdr message; /* of the send under way */
	struct iovec iov[2];
	uint8_t buffer[]; /* single-shot */
};

/* Takes `fd` over and begins to receive: 0 or -ENOMEM. */
int uring_conn_open(struct uring *uring, int fd);

/* Something that was under way for it has completed. */
void uring_conn_complete(struct uring *uring, struct uring_conn *c, enum uring_op op,
			 const struct io_uring_cqe *cqe);

void uring_conn_expire(struct uring *uring, struct uring_conn *c, int64_t now_ns);

/* Lost to an error, or cut: counted, and closed once nothing is under way. */
void uring_conn_abort(struct uring *uring, struct uring_conn *c);

/* Frees what hangs from it; for who has given up the ring. */
void uring_conn_release(struct uring_conn *c);

#endif
