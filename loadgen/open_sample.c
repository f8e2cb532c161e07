/* open_sample.c - requests that come by a schedule: what is recorded of them. */
#include "loadgen/open_loop.h"

#include "loadgen/sample.h"

static bool is_measured(const struct target *t, int64_t due)
{
	return due >= t->start_ns && due < t->end_ns;
}

/* A request that was blocked was ready in the moment that it was handed over: one stamp
 * serves for the reply that made room and for the send. */
static void record_lags(const struct open_loop *o, const struct open_slot *slot,
			int64_t handed, int64_t received)
{
	int64_t ready = slot->ready_ns < handed ? slot->ready_ns : handed;

	histogram_record(o->lag_blocked, ready - slot->due_ns);
	histogram_record(o->lag_client, handed - ready);
	histogram_record(o->on_time, received - slot->due_ns - (handed - ready));
}

void open_replies(struct target *t, struct connection *c, uint32_t first, uint32_t end,
		  int64_t now)
{
	struct open_loop *o = t->open;
	const struct open_connection *oc = open_of(t, c);

	if (o->over)
		return;
	if (now >= t->edge_ns)
		recorder_pass(t, now);
	if (now >= t->start_ns && now < t->end_ns) {
		c->replies += end - first;
		o->received += end - first;
		if (t->shape.sizes)
			sample_sizes(t, c, first, end);
	}
	for (uint32_t s = first; s != end; s++) {
		const struct open_slot *slot = &oc->slots[s & t->slot_mask];
		int64_t handed = c->handed_ns[s & t->slot_mask];
		if (!is_measured(t, slot->due_ns))
			continue;
		histogram_record(o->response, now - slot->due_ns);
		histogram_record(t->service, now - handed);
		record_lags(o, slot, handed, now);
		t->requests++;
	}
}

static void record_response(struct open_loop *o, int64_t age)
{
	histogram_record(o->response, age);
	if (age < o->censored_ns)
		o->censored_ns = age;
}

bool open_unanswered(struct target *t, const struct connection *c, uint32_t place,
		     int64_t now)
{
	const struct open_slot *slot = &open_of(t, c)->slots[place];
	int64_t handed = c->handed_ns[place];

	if (!is_measured(t, slot->due_ns))
		return false;
	recorder_pass(t, now);
	record_response(t->open, now - slot->due_ns);
	target_record_unanswered(t, now - handed);
	record_lags(t->open, slot, handed, now);
	return true;
}

static uint64_t record_in_flight(struct target *t, const struct connection *c,
				 int64_t now)
{
	uint64_t count = 0;
	uint32_t at = 0, place;

	while (target_next_stamp(t, c, &at, &place) != 0)
		count += open_unanswered(t, c, place, now);
	return count;
}

void open_lost(struct target *t, struct connection *c)
{
	if (t->open->over)
		return;
	(void)record_in_flight(t, c, target_now(t));
	open_of(t, c)->room_ns = INT64_MAX;
}

bool open_starved(const struct target *t, const struct connection *c)
{
	const struct open_connection *oc = open_of(t, c);
	int64_t oldest = INT64_MAX, patience = t->end_ns - t->start_ns;
	uint32_t at = 0, place;

	if (c->replies > 0 || c->down)
		return false;
	if (oc->waiting.count > 0)
		oldest = backlog_peek(&t->open->backlog, &oc->waiting);
	while (target_next_stamp(t, c, &at, &place) != 0)
		if (oc->slots[place].due_ns < oldest)
			oldest = oc->slots[place].due_ns;
	if (patience > OPEN_PATIENCE_NS)
		patience = OPEN_PATIENCE_NS;
	return oldest <= t->end_ns - patience;
}

/* One that was never handed over: what it waited for until `room_ns` was the server, and
 * from then on us. */
static uint64_t record_waiting(struct target *t, struct open_connection *oc, int64_t now)
{
	struct open_loop *o = t->open;
	uint64_t count = 0;

	while (oc->waiting.count > 0) {
		int64_t due = backlog_pop(&o->backlog, &oc->waiting);
		int64_t ready = oc->room_ns > due ? oc->room_ns : due;
		if (!is_measured(t, due))
			continue;
		record_response(o, now - due);
		record_lags(o, &(struct open_slot){due, ready}, now, now);
		count++;
	}
	return count;
}

uint64_t open_finish(struct target *t, struct connection *c, int64_t now)
{
	uint64_t count = 0;

	if (c->state == CONNECTION_OPEN)
		count = record_in_flight(t, c, now);
	return count + record_waiting(t, open_of(t, c), now);
}
