/*
 * target.h - a target group: one address, the connections to it, and all that is measured
 * of them.
 *
 * Belongs to one worker thread and its engine. Groups of several threads are merged when
 * the run is over.
 */
#ifndef LOADGEN_TARGET_H
#define LOADGEN_TARGET_H

#include "loadgen/connection.h"
#include "loadgen/load.h"
#include "loadgen/pacer.h"
#include "loadgen/recorder.h"

struct open_loop;
struct quota;

struct target {
	const struct engine_ops *ops;
	struct engine *engine;
	const struct address *address;
	struct pattern_shape shape;
	uint32_t first;   /* number, in the whole run, of the first connection */
	uint32_t step;    /* from each one's number to the next's */
	uint32_t count;   /* of connections that carry requests; their numbers in the
			       engine come first */
	uint32_t idle;    /* of those that do not */
	uint32_t streams; /* `count`, or 0 when these are sockets of datagrams */
	bool datagrams;
	uint32_t depth;
	uint32_t churn;     /* requests per connection; 0: all */
	uint32_t sources;   /* addresses to connect from; 1: the kernel chooses */
	uint32_t slot_mask; /* of a connection's ring of stamps */
	size_t stride;      /* bytes from one connection to the next */
	uint8_t *block;     /* the connections; the idle ones stand behind the others */
	uint8_t *scratch;   /* PATTERN_SEND_MAX bytes for the next send */
	uint8_t *spare;     /* more of them; each begins with a pointer to the next */

	/* The window, INT64_MAX while not known. A reply is counted when its stamp lies in
	 * it; from end_ns on nothing new starts. */
	int64_t start_ns, end_ns;
	int64_t edge_ns; /* the end of the interval under way, or end_ns if that is nearer */
	bool window_begun, window_over; /* its ends have been looked at */
	bool running; /* connections that open from now on carry requests at once */
	bool draining;
	bool held;    /* no connection is half-closed for now, see hold.h */
	bool paused;  /* until it is resumed, no new request */
	bool leaving; /* not the depth alone says what may be sent: the drain, a pause,
			 churn, an open loop */
	struct open_loop *open; /* NULL: closed loop */
	uint64_t step_inverse;  /* 2^32 / step, rounded up */

	uint32_t census[CONNECTION_STATES]; /* how many are in which state */
	uint32_t idle_census[CONNECTION_STATES];
	uint32_t live,
		answered;   /* of those that carry requests: not lost, with a reply */
	bool connected;     /* one has been, ever */
	int64_t retry_ns;   /* the next attempt of a lost one; INT64_MAX: none */
	uint64_t jitter;    /* random numbers for the attempts */
	struct pacer pacer; /* of connects, but for churn's */

	struct histogram *service, *connect;
	uint64_t requests; /* in the window */
	uint64_t drawn;    /* bytes of payload of those, where sizes are drawn */
	uint64_t limit;    /* of them, to be looked at by the quota; UINT64_MAX: none */
	uint64_t told;     /* what the quota knows of */
	struct quota *quota;
	uint64_t unfinished, starved;
	uint64_t errors[LOAD_ERRORS];
	int64_t censored_ns; /* least age of a request recorded without its reply */
	int client_errno;    /* the first of our own shortages, 0: none */
	char first_mismatch[512];
	struct payload sizes; /* what the shape borrows */

	struct recorder recorder;

	/* For Little's law over the served connections. */
	uint32_t served;
	double served_ns; /* time that their requests were in flight in the window */
	uint64_t blocked; /* sends that the kernel did not take at once */
};

/* Which of the run's connections are the group's: `count` of them, each `step`-th from
 * number `first` on, and `idle` more. */
struct target_share {
	uint32_t first, step, count, idle;
};

/* 0 or -errno; in either case target_release. The engine has room for the share's members
 * and is borrowed: it must be gone before the target is released, for it may still send from
 * the target's memory. */
int target_init(struct target *target, const struct load_config *config,
		const struct address *address, const struct pattern *pattern,
		const struct engine_ops *ops, struct engine *engine,
		const struct target_share *share);
void target_release(struct target *target); /* accepts a zeroed one */

/* Nothing new starts from now on. */
static inline void target_drain(struct target *target)
{
	target->draining = target->leaving = true;
}

/* No new request until it is resumed; what is in flight is received. Of a closed loop. */
void target_pause(struct target *target);
void target_resume(struct target *target);

/* Verified replies in the window, in either loop. */
uint64_t target_received(const struct target *target);

/* The latencies that a user of the server sees. */
const struct histogram *target_headline(const struct target *target);

/* Of all classes. */
uint64_t target_errors(const struct target *target);

/* Both kinds, by number in the engine. */
static inline uint32_t target_members(const struct target *target)
{
	return target->count + target->idle;
}

static inline struct connection *target_connection(const struct target *target,
						   uint32_t index)
{
	return (struct connection *)(void *)(target->block + index * target->stride);
}

/* A member's number in the engine. Exact without a division: the difference is a multiple
 * of the step, and small. */
static inline uint32_t connection_index(const struct target *target,
					const struct connection *c)
{
	return (uint32_t)((c->number - target->first) * target->step_inverse >> 32);
}

/* Hands the spans over, which lie in the target's scratch or in the pattern; false when no
 * more can be sent now: the kernel has not taken all of it, or the connection is lost. */
static inline bool connection_send(struct target *target, struct connection *c,
				   const struct iovec *iov, int count)
{
	int rc = target->ops->send(target->engine, connection_index(target, c), iov,
				   count);

	if (rc < 0)
		connection_blocked(target, c, rc);
	return rc == 0;
}

struct connection *target_member(const struct target *target, uint32_t index);

static inline int64_t target_now(const struct target *target)
{
	return target->ops->now(target->engine);
}

/* Starts to connect the next member; idle ones come evenly between the others, the first
 * of all being one. */
void target_connect_next(struct target *target, uint32_t step);

/* Tries the lost members again whose moment has come, as many as the pacer lets. */
void target_retry(struct target *target, int64_t now);

/* First requests on every open connection. */
void target_begin(struct target *target);

/* Deals with one event of the engine; returns the time. */
int64_t target_event(struct target *target, const struct engine_event *event);

/* Loses the connections whose connect, end of input, or oldest request though they have had
 * a reply, is awaited for longer than the time-out. */
void target_expire(struct target *target, int64_t now, int64_t timeout_ns);

/* In the drain: it is open and has nothing more to do. */
bool target_is_drained(const struct target *target, const struct connection *c);

/* The window's two ends, at their moments as scheduled. */
void target_window_start(struct target *target);
void target_window_end(struct target *target);

/* After the drain: what is unanswered is recorded at its age and its connection closed;
 * the idle ones are half-closed. */
void target_finish(struct target *target, int64_t now, int64_t timeout_ns);

/* Half-closed connections whose end of input has not come: a byte before it is surplus.
 * Sockets of datagrams that may still get a late one. */
uint32_t target_ending(const struct target *target);

/* Moves a lost connection's stream behind all that was ever begun on it. */
void target_skip_unanswered(struct target *target, struct connection *c);

/* Walks the stamps of what is in flight on a connection, *at being 0 at first; 0: no more.
 * Stores the stamp's place in the ring. */
int64_t target_next_stamp(const struct target *target, const struct connection *c,
			  uint32_t *at, uint32_t *ret_place);

/* Adds a request without reply, `age_ns` old, to the histogram. */
void target_record_unanswered(struct target *target, int64_t age_ns);

/* The next scratch after the current one was given away; false: no memory, and the
 * current one stays. */
bool target_give_scratch(struct target *target, struct connection *c);
void target_take_scratch(struct target *target, struct connection *c);

#endif
