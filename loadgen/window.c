/* window.c - what time does to a target group: time-outs, the window's ends, the run's. */
#include "loadgen/target.h"

static int64_t oldest_ns(const struct target *t, const struct connection *c)
{
	return c->handed_ns[c->in.sequence & t->slot_mask];
}

void target_record_unanswered(struct target *t, int64_t age_ns)
{
	histogram_record(t->service, age_ns);
	if (age_ns < t->censored_ns)
		t->censored_ns = age_ns;
}

/* Those in flight on a connection, at their age. Inside or after a window only: before it
 * nothing is measured. */
static void record_in_flight(struct target *t, const struct connection *c, int64_t now)
{
	if (now < t->start_ns)
		return;
	for (uint32_t s = c->in.sequence; s != connection_begun(c); s++)
		target_record_unanswered(t, now - c->handed_ns[s & t->slot_mask]);
}

static bool overdue(const struct target *t, const struct connection *c, int64_t now,
		    int64_t timeout_ns)
{
	if (c->state == CONNECTION_CONNECTING || c->state == CONNECTION_TURNING)
		return now - c->handed_ns[0] >= timeout_ns;
	return c->state == CONNECTION_OPEN && c->answered &&
	       connection_in_flight(c) > 0 && now - oldest_ns(t, c) >= timeout_ns;
}

void target_expire(struct target *t, int64_t now, int64_t timeout_ns)
{
	for (uint32_t i = 0; i < target_members(t); i++) {
		struct connection *c = target_member(t, i);
		if (!overdue(t, c, now, timeout_ns))
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

	for (uint32_t s = c->in.sequence; s != connection_begun(c); s++) {
		int64_t handed = c->handed_ns[s & t->slot_mask];
		if (handed < at)
			sum += (double)(at - handed);
	}
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

void target_window_end(struct target *t)
{
	t->window_over = true;
	target_drain(t);
	for (uint32_t i = 0; i < t->count; i++) {
		struct connection *c = target_connection(t, i);
		if (c->replies > 0) {
			t->served++;
			t->served_ns += ages(t, c, t->end_ns);
		} else if (!c->down) {
			t->starved++;
			t->served_ns += ages(t, c, t->start_ns);
		}
		if (c->state == CONNECTION_OPEN && !c->scratch &&
		    connection_in_flight(c) == 0)
			connection_end(t, c);
	}
}

static void finish_connection(struct target *t, struct connection *c, int64_t now,
			      int64_t timeout_ns)
{
	if (connection_in_flight(c) > 0) {
		t->unfinished += connection_in_flight(c);
		record_in_flight(t, c, now);
	}
	if (overdue(t, c, now, timeout_ns))
		connection_lose(t, c, LOAD_TIMEOUT);
}

void target_finish(struct target *t, int64_t now, int64_t timeout_ns)
{
	for (uint32_t i = 0; i < t->count; i++) {
		struct connection *c = target_connection(t, i);
		if (c->state == CONNECTION_OPEN)
			finish_connection(t, c, now, timeout_ns);
	}
}
