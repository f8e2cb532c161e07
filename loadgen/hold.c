/* hold.c - a moment behind the window with every connection open and nothing in flight. */
#include "loadgen/hold.h"

#include "loadgen/open_loop.h"

bool hold_wanted(const struct load_config *config, const struct load_hooks *hooks)
{
	return hooks && hooks->loaded && config->churn == 0;
}

static bool is_busy(const struct target *t, const struct connection *c)
{
	switch (c->state) {
	case CONNECTION_OPEN:
		return c->answered && !target_is_drained(t, c);
	case CONNECTION_TURNING:
	case CONNECTION_CONNECTING:
		return t->open && open_waiting(t, c) > 0;
	default:
		return false;
	}
}

static bool is_settled(const struct worker *w, int64_t now)
{
	const struct target *t = &w->target;
	bool busy = false;

	if (now >= w->phase_ns + w->run->timeout_ns)
		return true;
	for (uint32_t i = 0; i < t->count && !busy; i++)
		busy = is_busy(t, target_connection(t, i));
	return !busy;
}

bool hold_over(struct worker *w, int64_t now)
{
	struct run *run = w->run;

	if (w->held_ns == 0) {
		if (!is_settled(w, now))
			return false;
		w->held_ns = now;
		atomic_fetch_add(&run->held, 1);
	}
	if (w->hooks && !atomic_load(&run->released)) {
		w->hooks->loaded(w->hooks->context);
		hold_release(run);
	}
	return atomic_load(&run->released);
}

int64_t hold_end(struct worker *w, int64_t now)
{
	struct target *t = &w->target;

	t->held = false;
	for (uint32_t i = 0; i < t->count; i++)
		if (target_is_drained(t, target_connection(t, i)))
			connection_end(t, target_connection(t, i));
	return w->held_ns == 0 ? t->end_ns : t->end_ns + (now - w->held_ns);
}

bool hold_reached(const struct run *run)
{
	return atomic_load(&run->held) == run->workers;
}

void hold_release(struct run *run)
{
	atomic_store(&run->released, true);
}
