/* open_loop.c - requests that come by a schedule: when they go out. */
#include "loadgen/open_loop.h"

#include <errno.h>
#include <stdlib.h>

#include "loadgen/flow.h"
#include "loadgen/packet.h"

/* Connections that are sent on before the engine is looked at: as long as the others are,
 * its replies wait, and their stamps would be late. */
#define BURST 16

int64_t open_warm_ns(const struct load_config *config)
{
	return config->warmup_ns > OPEN_PATIENCE_NS ? config->warmup_ns
						    : OPEN_PATIENCE_NS;
}

size_t open_extra(uint32_t slot_mask)
{
	return sizeof(struct open_connection) +
	       (slot_mask + 1) * sizeof(struct open_slot);
}

int open_init(struct target *t, const struct load_config *config, size_t offset)
{
	struct open_loop *o = calloc(1, sizeof(*o));

	t->open = o;
	if (!o)
		return -ENOMEM;
	o->offset = offset;
	o->due_ns = o->censored_ns = INT64_MAX;
	o->run_count = (uint32_t)config->connections;
	schedule_init(&o->schedule, config->rate, (enum arrivals)config->arrivals,
		      (uint64_t)config->seed);
	o->response = histogram_new();
	o->lag_client = histogram_new();
	o->lag_blocked = histogram_new();
	o->on_time = histogram_new();
	if (!o->response || !o->lag_client || !o->lag_blocked || !o->on_time)
		return -ENOMEM;
	for (uint32_t i = 0; i < t->count; i++)
		open_of(t, target_connection(t, i))->room_ns = INT64_MAX;
	return 0;
}

void open_release(struct target *t)
{
	if (!t->open)
		return;
	backlog_release(&t->open->backlog);
	histogram_free(t->open->response);
	histogram_free(t->open->lag_client);
	histogram_free(t->open->lag_blocked);
	histogram_free(t->open->on_time);
	free(t->open);
	t->open = NULL;
}

/* Leaves out the arrivals of other groups' connections. */
static void next_arrival(struct open_loop *o, uint32_t skip)
{
	o->due_ns = o->origin_ns + schedule_next(&o->schedule, skip);
}

void open_begin(struct target *t, int64_t origin_ns)
{
	struct open_loop *o = t->open;

	t->running = true;
	o->origin_ns = origin_ns;
	next_arrival(o, t->first);
}

static void take_arrival(struct target *t, struct open_loop *o)
{
	struct open_connection *oc = open_of(t, target_connection(t, o->index));
	uint32_t ahead =
		o->index >= o->fill ? o->index - o->fill : o->index + t->count - o->fill;
	uint32_t skip = t->step - 1;

	if (o->unfilled <= ahead)
		o->unfilled = ahead + 1;
	if (o->due_ns >= t->start_ns) {
		o->arrivals++;
		oc->arrivals++;
	}
	if (backlog_push(&o->backlog, &oc->waiting, o->due_ns) < 0) {
		t->errors[LOAD_CLIENT]++;
		t->client_errno = ENOMEM;
	}
	if (++o->index == t->count) {
		o->index = 0;
		skip = o->run_count - (t->count - 1) * t->step - 1;
	}
	next_arrival(o, skip);
}

static void fill(struct target *t, struct connection *c, int64_t now)
{
	const struct open_connection *oc = open_of(t, c);

	if (oc->room_ns == INT64_MAX || oc->waiting.count == 0)
		return;
	if (t->datagrams)
		packet_fill(t, c);
	else
		(void)flow_fill(t, c);
	open_settle(t, c, now);
}

void open_pump(struct target *t, int64_t now)
{
	struct open_loop *o = t->open;

	while (o->due_ns <= now && o->due_ns < t->end_ns)
		take_arrival(t, o);
	for (int i = 0; o->unfilled > 0 && i < BURST; i++) {
		uint32_t index = o->fill;
		o->fill = index + 1 < t->count ? index + 1 : 0;
		o->unfilled--;
		fill(t, target_connection(t, index), now);
	}
}

int64_t open_wake_ns(const struct target *t)
{
	const struct open_loop *o = t->open;

	if (o->unfilled > 0)
		return 0;
	return o->due_ns < t->end_ns ? o->due_ns : INT64_MAX;
}

uint32_t open_waiting(const struct target *t, const struct connection *c)
{
	return t->open->over ? 0 : open_of(t, c)->waiting.count;
}

/* What it may begin yet, of its share in churn. */
static uint32_t share_left(const struct target *t, const struct connection *c)
{
	uint32_t begun = connection_begun(c) - open_of(t, c)->base;

	return t->churn > 0 ? t->churn - begun : UINT32_MAX;
}

static uint32_t least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

uint32_t open_end(const struct target *t, const struct connection *c)
{
	uint32_t room = least(t->depth - connection_in_flight(c), share_left(t, c));

	return connection_begun(c) + least(room, open_waiting(t, c));
}

bool open_share_done(const struct target *t, const struct connection *c)
{
	return share_left(t, c) == 0 && connection_in_flight(c) == 0;
}

void open_connected(struct target *t, struct connection *c)
{
	open_of(t, c)->base = c->in.sequence;
}

void open_take(struct target *t, struct connection *c, uint32_t first, uint32_t end)
{
	struct open_connection *oc = open_of(t, c);

	for (uint32_t s = first; s != end; s++) {
		int64_t due = backlog_pop(&t->open->backlog, &oc->waiting);
		int64_t ready = oc->room_ns > due ? oc->room_ns : due;
		oc->slots[s & t->slot_mask] = (struct open_slot){due, ready};
	}
}

void open_settle(struct target *t, struct connection *c, int64_t now)
{
	struct open_connection *oc = open_of(t, c);
	bool room = c->state == CONNECTION_OPEN && !c->scratch &&
		    connection_in_flight(c) < t->depth && share_left(t, c) > 0;

	if (!room)
		oc->room_ns = INT64_MAX;
	else if (oc->room_ns == INT64_MAX)
		oc->room_ns = now;
}
