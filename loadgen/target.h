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

struct target {
	const struct engine_ops *ops;
	struct engine *engine;
	const struct address *address;
	struct pattern_shape shape;
	uint32_t count, depth;
	uint32_t slot_mask; /* of a connection's ring of stamps */
	size_t stride;      /* bytes from one connection to the next */
	uint8_t *block;     /* the connections */
	uint8_t *scratch;   /* PATTERN_SEND_MAX bytes for the next send */
	uint8_t *spare;     /* more of them; each begins with a pointer to the next */

	/* The window, INT64_MAX while not known. A reply is counted when its stamp lies in
	 * it; from end_ns on nothing new starts. */
	int64_t start_ns, end_ns;
	bool window_begun, window_over; /* its ends have been looked at */
	bool draining;

	/* How many connections are in which state; live: not lost. */
	uint32_t connecting, open, ending, live, answered;

	struct histogram *service, *connect;
	uint64_t requests; /* in the window */
	uint64_t unfinished, starved;
	uint64_t errors[LOAD_ERRORS];
	int64_t censored_ns; /* least age of a request recorded without its reply */
	int client_errno;    /* the first of our own shortages, 0: none */
	char first_mismatch[512];

	/* For Little's law over the served connections. */
	uint32_t served;
	double served_ns; /* time that their requests were in flight in the window */
	uint64_t blocked; /* sends that the kernel did not take at once */
};

/* `first` is the number, in the whole run, of the group's connection 0. 0 or -errno; in
 * either case target_release. */
int target_init(struct target *target, const struct load_config *config,
		const struct address *address, const struct pattern *pattern,
		const struct engine_ops *ops, uint32_t first, uint32_t count);
void target_release(struct target *target); /* accepts a zeroed one */

static inline struct connection *target_connection(const struct target *target,
						   uint32_t index)
{
	return (struct connection *)(void *)(target->block + index * target->stride);
}

static inline int64_t target_now(const struct target *target)
{
	return target->ops->now(target->engine);
}

/* First requests on every open connection. */
void target_begin(struct target *target);

/* Deals with one event of the engine; returns the time. */
int64_t target_event(struct target *target, const struct engine_event *event);

/* Loses the connections whose connect, or whose oldest request though they have had a
 * reply, is older than the time-out. */
void target_expire(struct target *target, int64_t now, int64_t timeout_ns);

/* The window's two ends, at their moments as scheduled. */
void target_window_start(struct target *target);
void target_window_end(struct target *target);

/* After the drain: what is unanswered is recorded at its age, every connection closed. */
void target_finish(struct target *target, int64_t now, int64_t timeout_ns);

/* Adds a request without reply, `age_ns` old, to the histogram. */
void target_record_unanswered(struct target *target, int64_t age_ns);

/* The next scratch after the current one was given away; false: no memory, and the
 * current one stays. */
bool target_give_scratch(struct target *target, struct connection *c);
void target_take_scratch(struct target *target, struct connection *c);

#endif
