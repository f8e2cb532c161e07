/* flow.c - the requests on a connection that is a stream of bytes. */
#include "loadgen/flow.h"

#include <errno.h>
#include <string.h>

#include "loadgen/open_loop.h"
#include "loadgen/sample.h"
#include "loadgen/target.h"

static void stamp(const struct target *t, struct connection *c,
		  const struct pattern_cursor *next, int64_t now)
{
	uint32_t end = next->sequence + (next->offset > 0);

	for (uint32_t s = connection_begun(c); s != end; s++)
		c->handed_ns[s & t->slot_mask] = now;
}

/* In churn: it has carried all that this connection is for. */
static bool share_done(const struct target *t, const struct connection *c)
{
	return t->leaving && t->churn > 0 && connection_in_flight(c) == 0 &&
	       c->in.sequence % t->churn == 0;
}

/* The sequence up to which requests may be begun, when that is not a matter of depth
 * alone. */
static uint32_t leaving_end(const struct target *t, const struct connection *c)
{
	uint32_t share = t->churn > 0 ? t->churn - c->in.sequence % t->churn : t->depth;

	if (t->open)
		return open_end(t, c);
	if (t->draining || t->paused)
		return connection_begun(c);
	return c->in.sequence + (t->depth < share ? t->depth : share);
}

/*
 * The bytes are made before the stamp, so that nothing lies between it and the send. The
 * same stamp serves as `received` of the replies that made room: recording them comes
 * after the send.
 */
int64_t flow_fill(struct target *t, struct connection *c)
{
	struct iovec iov[PATTERN_IOV_MAX];
	int64_t first = 0;

	for (;;) {
		uint32_t end = t->leaving ? leaving_end(t, c) : c->in.sequence + t->depth;
		struct pattern_cursor next = c->out;
		int count =
			pattern_build(&t->shape, c->number, &next, end, t->scratch, iov);
		if (t->open)
			open_take(t, c, connection_begun(c),
				  next.sequence + (next.offset > 0));
		int64_t now = target_now(t);
		if (first == 0)
			first = now;
		if (now >= t->end_ns && !t->draining && !t->open) {
			target_drain(t); /* frames begun are completed, no new one */
			continue;
		}
		if (count == 0)
			return first;
		stamp(t, c, &next, now);
		c->out = next;
		if (!connection_send(t, c, iov, count))
			return first;
		if (c->out.sequence == end && c->out.offset == 0)
			return first;
	}
}

/*
 * Whether the wrong bytes stand between two replies: the right header comes behind them, or
 * they are too few to be a reply's header.
 */
static bool inserted(const struct target *t, const struct connection *c,
		     const uint8_t *data, size_t n, size_t right)
{
	struct pattern_cursor frame = c->in;
	uint8_t header[ECHO_HEADER_SIZE];

	if (frame.offset >= ECHO_HEADER_SIZE || frame.offset > right)
		return false;
	const uint8_t *from = data + right - frame.offset;
	size_t length = n - (size_t)(from - data);
	frame.offset = 0;
	pattern_expect(&t->shape, c->number, frame, header, sizeof(header));
	return length < sizeof(header) || memmem(from, length, header, sizeof(header));
}

static void wrong_bytes(struct target *t, struct connection *c, const uint8_t *data,
			size_t n, size_t right)
{
	bool nothing_due = c->in.sequence == connection_begun(c);

	if (t->first_mismatch[0] == '\0') {
		if (nothing_due)
			pattern_describe_surplus(
				&t->shape, c->number, &c->in, data + right, n - right,
				t->first_mismatch, sizeof(t->first_mismatch));
		else
			pattern_describe(&t->shape, c->number, &c->in, data + right,
					 n - right, t->first_mismatch,
					 sizeof(t->first_mismatch));
	}
	bool surplus = nothing_due || inserted(t, c, data, n, right);
	connection_lose(t, c, surplus ? LOAD_SURPLUS : LOAD_CORRUPT);
}

static int64_t received_bytes(struct target *t, struct connection *c, const uint8_t *data,
			      size_t n)
{
	uint32_t first = c->in.sequence;
	size_t right = pattern_verify(&t->shape, c->number, &c->in, connection_begun(c),
				      data, n);
	bool refill =
		right == n && c->in.sequence != first && !c->scratch && !share_done(t, c);
	int64_t now = refill ? flow_fill(t, c) : target_now(t);

	if (c->in.sequence != first)
		sample_replies(t, c, first, c->in.sequence, now);
	if (right < n)
		wrong_bytes(t, c, data, n, right);
	return now;
}

static int64_t sent(struct target *t, struct connection *c, int result)
{
	target_take_scratch(t, c);
	if (result < 0) {
		connection_fail(t, c, result);
		return target_now(t);
	}
	return share_done(t, c) ? target_now(t) : flow_fill(t, c);
}

/* All but received bytes. */
static int64_t rare_event(struct target *t, struct connection *c,
			  const struct engine_event *event)
{
	if (event->kind == ENGINE_SENT)
		return sent(t, c, event->result);
	int64_t now = target_now(t);
	if (event->kind == ENGINE_RECEIVED)
		connection_ended(t, c, event->result, now);
	else
		connection_connected(t, c, event->result, now);
	if (event->kind == ENGINE_CONNECTED && c->state == CONNECTION_OPEN && t->running)
		now = flow_fill(t, c);
	return now;
}

/* Half-closes a connection that has nothing more to do. */
static void leave(struct target *t, struct connection *c, int64_t now)
{
	if (c->state != CONNECTION_OPEN || c->scratch || connection_in_flight(c) > 0)
		return;
	if (t->draining && !(t->open && open_waiting(t, c) > 0))
		connection_end(t, c);
	else if (t->open ? open_share_done(t, c) : t->running && share_done(t, c))
		connection_turn(t, c, now);
}

int64_t flow_event(struct target *t, struct connection *c,
		   const struct engine_event *event)
{
	int64_t now = event->kind == ENGINE_RECEIVED && event->result > 0
			      ? received_bytes(t, c, event->data, (size_t)event->result)
			      : rare_event(t, c, event);

	if (t->leaving) {
		leave(t, c, now);
		if (t->open)
			open_settle(t, c, now);
	}
	return now;
}
