/* packet.c - the requests on a socket where each is a datagram of its own. */
#include "loadgen/packet.h"

#include <endian.h>
#include <errno.h>
#include <string.h>

#include "loadgen/open_loop.h"
#include "loadgen/sample.h"
#include "loadgen/target.h"

/* The next sequence of each slot, behind the stamps. A slot's stamps alternate between two
 * places, so that refilling it does not overwrite the one not yet recorded. */
static uint32_t *nexts(const struct target *t, const struct connection *c)
{
	return (uint32_t *)(void *)&c->handed_ns[t->slot_mask + 1];
}

static uint32_t slot_count(const struct target *t)
{
	return (t->slot_mask + 1) / 2;
}

size_t packet_extra(uint32_t slot_mask)
{
	return (slot_mask + 1) / 2 * sizeof(uint32_t);
}

void packet_init(const struct target *t, struct connection *c)
{
	for (uint32_t i = 0; i < slot_count(t); i++)
		nexts(t, c)[i] = i;
}

/* Of the request that a slot sent last. */
static int64_t *stamp_of(const struct target *t, const struct connection *c,
			 uint32_t slot)
{
	uint32_t last = nexts(t, c)[slot] - slot_count(t);

	return (int64_t *)&c->handed_ns[last & t->slot_mask];
}

int64_t packet_stamp(const struct target *t, const struct connection *c, uint32_t slot,
		     uint32_t *ret_place)
{
	const int64_t *stamp = stamp_of(t, c, slot);

	*ret_place = (uint32_t)(stamp - c->handed_ns);
	return c->state == CONNECTION_OPEN ? *stamp : 0;
}

void packet_forget(struct target *t, struct connection *c)
{
	memset(c->handed_ns, 0, (t->slot_mask + 1) * sizeof(c->handed_ns[0]));
	c->in.sequence = c->out.sequence;
}

static void free_slot(const struct target *t, struct connection *c, uint32_t sequence)
{
	c->handed_ns[sequence & t->slot_mask] = 0;
	c->in.sequence++;
}

/* There is a request to be sent, and nothing keeps it. */
static bool may_send(const struct target *t, const struct connection *c)
{
	if (c->state != CONNECTION_OPEN || c->scratch)
		return false;
	return t->open ? open_waiting(t, c) > 0 : !t->draining && !t->paused;
}

/* Sends the next request of a free slot; returns its stamp. */
static int64_t send_next(struct target *t, struct connection *c, uint32_t slot)
{
	struct iovec iov[PATTERN_IOV_MAX];
	struct pattern_cursor frame;
	uint32_t sequence = nexts(t, c)[slot];

	pattern_seek(&frame, c->number, sequence);
	int count = pattern_build(&t->shape, c->number, &frame, sequence + 1, t->scratch,
				  iov);
	if (t->open)
		open_take(t, c, sequence, sequence + 1);
	int64_t now = target_now(t);
	if (now >= t->end_ns && !t->open)
		target_drain(t);
	if (t->draining && !t->open)
		return now;
	nexts(t, c)[slot] = sequence + slot_count(t);
	c->handed_ns[sequence & t->slot_mask] = now;
	c->out.sequence++;
	(void)connection_send(t, c, iov, count); /* its state says how it went */
	return now;
}

void packet_fill(struct target *t, struct connection *c)
{
	for (uint32_t i = 0; i < t->depth && may_send(t, c); i++)
		if (*stamp_of(t, c, i) == 0)
			(void)send_next(t, c, i);
}

static bool right(const struct target *t, const struct connection *c, uint32_t sequence,
		  const struct engine_event *event)
{
	struct pattern_cursor frame;
	size_t n = (size_t)event->result;

	pattern_seek(&frame, c->number, sequence);
	return n == pattern_frame_size(&t->shape, c->number, sequence) &&
	       pattern_verify(&t->shape, c->number, &frame, sequence + 1, event->data,
			      n) == n;
}

/* Counts a wrong datagram; described by what would be right for `sequence`. */
static void wrong(struct target *t, const struct connection *c, uint32_t sequence,
		  const struct engine_event *event)
{
	struct pattern_cursor frame;
	size_t n = (size_t)event->result;

	t->errors[LOAD_CORRUPT]++;
	if (t->first_mismatch[0] != '\0')
		return;
	pattern_seek(&frame, c->number, sequence);
	size_t same = pattern_verify(&t->shape, c->number, &frame, sequence + 1,
				     event->data, n);
	pattern_describe(&t->shape, c->number, &frame, event->data + same, n - same,
			 t->first_mismatch, sizeof(t->first_mismatch));
}

/* The request in flight is answered: the next one goes out, then it is recorded. */
static int64_t answered(struct target *t, struct connection *c, uint32_t sequence)
{
	uint32_t slot = sequence & (slot_count(t) - 1);

	if (c->state != CONNECTION_OPEN)
		return target_now(t);
	int64_t now = may_send(t, c) ? send_next(t, c, slot) : target_now(t);
	if (c->state != CONNECTION_OPEN)
		return now; /* lost by that send */
	sample_replies(t, c, sequence, sequence + 1, now);
	free_slot(t, c, sequence);
	return now;
}

/* The latest sequence that a slot has sent whose tag carries these bits; false: none. */
static bool sent_with(const struct target *t, const struct connection *c, uint32_t tag,
		      uint32_t *ret_sequence)
{
	uint32_t slot = tag & (slot_count(t) - 1);
	uint32_t next = slot < t->depth ? nexts(t, c)[slot] : 0;
	uint32_t mask = pattern_tag(0, UINT32_MAX);

	if (next < slot_count(t) || ((tag ^ pattern_tag(c->number, 0)) & ~mask) != 0)
		return false;
	uint32_t last = next - slot_count(t);
	uint32_t back = (last - tag) & mask;
	*ret_sequence = last - back;
	return back <= last;
}

static int64_t received(struct target *t, struct connection *c,
			const struct engine_event *event)
{
	uint32_t tag, sequence;
	bool sent = false;

	if (event->result >= ECHO_HEADER_SIZE) {
		memcpy(&tag, event->data + PATTERN_TAG_OFFSET, sizeof(tag));
		sent = sent_with(t, c, be32toh(tag), &sequence);
	}
	if (!sent) {
		wrong(t, c, c->in.sequence, event);
		return target_now(t);
	}
	uint32_t slot = sequence & (slot_count(t) - 1);
	bool in_flight = c->state == CONNECTION_OPEN &&
			 sequence == nexts(t, c)[slot] - slot_count(t) &&
			 *stamp_of(t, c, slot) != 0;
	if (!right(t, c, sequence, event)) {
		wrong(t, c, sequence, event);
		if (in_flight)
			free_slot(t, c, sequence);
		packet_fill(t, c);
		return target_now(t);
	}
	if (in_flight)
		return answered(t, c, sequence);
	t->errors[LOAD_SURPLUS]++;
	return target_now(t);
}

static void sent(struct target *t, struct connection *c, int result)
{
	target_take_scratch(t, c);
	if (result < 0)
		connection_fail(t, c, result);
	else
		packet_fill(t, c);
}

/* In the drain, when nothing more is to come. */
static void leave(struct target *t, struct connection *c)
{
	bool waiting = t->open && open_waiting(t, c) > 0;

	if (t->draining && c->state == CONNECTION_OPEN && !c->scratch && !waiting &&
	    connection_in_flight(c) == 0)
		connection_end(t, c);
}

int64_t packet_event(struct target *t, struct connection *c,
		     const struct engine_event *event)
{
	int64_t now = target_now(t);

	if (event->kind == ENGINE_CONNECTED) {
		connection_connected(t, c, event->result, now);
		if (c->state == CONNECTION_OPEN)
			packet_forget(t, c);
		if (t->running)
			packet_fill(t, c);
	} else if (event->kind == ENGINE_SENT) {
		sent(t, c, event->result);
	} else if (event->result < 0) {
		connection_ended(t, c, event->result, now);
	} else {
		now = received(t, c, event);
	}
	leave(t, c);
	if (t->open)
		open_settle(t, c, now);
	return now;
}

/* Nothing is measured before the window. */
static void give_up(struct target *t, struct connection *c, uint32_t slot, int64_t now)
{
	uint32_t sequence = nexts(t, c)[slot] - slot_count(t);

	if (t->open) {
		t->errors[LOAD_TIMEOUT] +=
			open_unanswered(t, c, sequence & t->slot_mask, now);
	} else if (now >= t->start_ns) {
		t->errors[LOAD_TIMEOUT]++;
		target_record_unanswered(t, now - *stamp_of(t, c, slot));
	}
	free_slot(t, c, sequence);
}

void packet_expire(struct target *t, struct connection *c, int64_t now,
		   int64_t timeout_ns)
{
	for (uint32_t i = 0; i < t->depth; i++) {
		uint32_t place;
		int64_t handed = packet_stamp(t, c, i, &place);
		if (handed == 0 || now - handed < timeout_ns)
			continue;
		give_up(t, c, i, now);
		if (may_send(t, c))
			(void)send_next(t, c, i);
	}
	leave(t, c);
	if (t->open)
		open_settle(t, c, now);
}

void packet_count_dropped(struct target *t, const struct connection *c)
{
	uint64_t dropped = 0;

	if (c->state == CONNECTION_OPEN || c->state == CONNECTION_ENDING)
		dropped = t->ops->dropped(t->engine, connection_index(t, c));
	t->errors[LOAD_CLIENT] += dropped;
	if (dropped > 0 && t->client_errno == 0)
		t->client_errno = ENOBUFS;
}
