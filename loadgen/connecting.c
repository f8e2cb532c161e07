/* connecting.c - the connect phase of a worker. */
#include "loadgen/connecting.h"

#define PENDING_MAX 512 /* connects under way, per worker */

static uint32_t pending(const struct target *t)
{
	return t->census[CONNECTION_CONNECTING] + t->idle_census[CONNECTION_CONNECTING];
}

void connecting_start(struct worker *w, int64_t now)
{
	struct target *t = &w->target;

	while (w->next < target_members(t) && pending(t) < PENDING_MAX &&
	       pacer_take(&t->pacer, now))
		target_connect_next(t, w->next++);
}

bool connecting_goes_on(const struct worker *w)
{
	return w->next < target_members(&w->target) || pending(&w->target) > 0;
}

int64_t connecting_deadline(const struct worker *w)
{
	const struct target *t = &w->target;

	return w->phase_ns + (int64_t)(target_members(t) / t->pacer.per_ns) +
	       w->run->timeout_ns;
}

void connecting_give_up(struct worker *w)
{
	struct target *t = &w->target;

	for (uint32_t i = 0; i < target_members(t); i++) {
		struct connection *c = target_member(t, i);
		if (c->state == CONNECTION_NEW || c->state == CONNECTION_CONNECTING)
			connection_lose(t, c, LOAD_TIMEOUT);
	}
	w->next = target_members(t);
}
