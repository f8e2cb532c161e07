/* window.c - what time does to a target group: time-outs, the window's ends, the run's. */
#include "loadgen/open_loop.h"
#include "loadgen/packet.h"
#include "loadgen/target.h"

int64_t target_next_stamp(const struct target *t, const struct connection *c,
			  uint32_t *at, uint32_t *ret_place)
{
	if (!t->datagrams) {
		uint32_t sequence = c->in.sequence + *at;
		if (sequence == connection_begun(c))
			return 0;
		++*at;
		*ret_place = sequence & t->slot_mask;
		return c->handed_ns[*ret_place];
	}
	while (*at < t->depth) {
		int64_t handed = packet_stamp(t, c, (*at)++, ret_place);
		if (handed != 0)
			return handed;
	}
	return 0;
}

void target_record_unanswered(struct target *t, int64_t age_ns)
{
	histogram_record(t->service, age_ns);
	if (age_ns < t->censored_ns)
		t->censored_ns = age_ns;
}

/* Those in flight on a connection, at their age. Inside or after a window only: before it
 * nothing is measured. An open loop does so when the connection is lost. */
static void record_in_flight(struct target *t, const struct connection *c, int64_t now)
{
	uint32_t at = 0, place;
	int64_t handed;

	if (now < t->start_ns || t->open)
		return;
	while ((handed = target_next_stamp(t, c, &at, &place)) != 0)
		target_record_unanswered(t, now - handed);
}

static bool overdue(const struct target *t, const struct connection *c, int64_t now,
		    int64_t timeout_ns)
{
	if (c->state == CONNECTION_CONNECTING || c->state == CONNECTION_TURNING)
		return now - c->handed_ns[0] >= timeout_ns;
	if (c->state != CONNECTION_OPEN || !c->answered || connection_in_flight(c) == 0)
		return false;
	return now - c->handed_ns[c->in.sequence & t->slot_mask] >= timeout_ns;
}

void target_expire(struct target *t, int64_t now, int64_t timeout_ns)
{
	for (uint32_t i = 0; i < target_members(t); i++) {
		struct connection *c = target_member(t, i);
		if (t->datagrams)
			packet_expire(t, c, now, timeout_ns);
		if (t->datagrams || !overdue(t, c, now, timeout_ns))
			continue;
		if (c->state == CONNECTION_OPEN)
			record_in_flight(t, c, now);
		connection_lose(t, c, LOAD_TIMEOUT);
	}
}

/* Summed over the requests in flight: how long they have been so at `at`. */
static double ages(const struct target *t, const struct connection *c, int64_t at)
{
	double sum = 0;
	uint32_t next = 0, place;
	int64_t handed;

	while ((handed = target_next_stamp(t, c, &next, &place)) != 0)
		if (handed < at)
			sum += (double)(at - handed);
	return sum;
}

/* The part before the window of requests that end in it is not the window's. */
void target_window_start(struct target *t)
{
	t->window_begun = true;
	t->blocked = 0;
	if (t->churn > 0)
		histogram_reset(t->connect); /* they are part of the load */
	for (uint32_t i = 0; i < t->count; i++) {
		const struct connection *c = target_connection(t, i);
		if (c->state == CONNECTION_OPEN)
			t->served_ns -= ages(t, c, t->start_ns);
	}
}

static bool is_starved(const struct target *t, const struct connection *c)
{
	return t->open ? open_starved(t, c) : !c->down;
}

bool target_is_drained(const struct target *t, const struct connection *c)
{
	return c->state == CONNECTION_OPEN && !c->scratch &&
	       connection_in_flight(c) == 0 && !(t->open && open_waiting(t, c) > 0);
}

void target_window_end(struct target *t)
{
	t->window_over = true;
	recorder_end_window(t);
	target_drain(t);
	for (uint32_t i = 0; i < t->count; i++) {
		struct connection *c = target_connection(t, i);
		if (c->replies > 0) {
			t->served++;
			t->served_ns += ages(t, c, t->end_ns);
		} else if (is_starved(t, c)) {
			t->starved++;
			if (t->open)
				t->open->starved += open_of(t, c)->arrivals;
			t->served_ns += ages(t, c, t->start_ns);
		}
		if (target_is_drained(t, c))
			connection_end(t, c);
	}
}

static void finish_connection(struct target *t, struct connection *c, int64_t now,
			      int64_t timeout_ns)
{
	if (t->datagrams)
		packet_expire(t, c, now, timeout_ns);
	if (t->open) {
		t->unfinished += open_finish(t, c, now);
	} else if (connection_in_flight(c) > 0) {
		t->unfinished += connection_in_flight(c);
		record_in_flight(t, c, now);
	}
	if (t->datagrams)
		return;
	if (overdue(t, c, now, timeout_ns))
		connection_lose(t, c, LOAD_TIMEOUT);
	else
		connection_drop(t, c); /* a reply from now on would be one too many */
}

void target_finish(struct target *t, int64_t now, int64_t timeout_ns)
{
	if (t->open)
		t->open->over = true;
	for (uint32_t i = 0; i < t->count; i++) {
		struct connection *c = target_connection(t, i);
		if (t->datagrams)
			packet_count_dropped(t, c);
		if (c->state == CONNECTION_OPEN)
			finish_connection(t, c, now, timeout_ns);
		else if (t->open)
			t->unfinished += open_finish(t, c, now);
	}
	for (uint32_t i = t->count; i < target_members(t); i++)
		if (target_member(t, i)->state == CONNECTION_OPEN)
			connection_end(t, target_member(t, i));
}

uint32_t target_ending(const struct target *t)
{
	return t->census[CONNECTION_ENDING] + t->census[CONNECTION_TURNING] +
	       t->idle_census[CONNECTION_ENDING];
}
