/* idle.c - connections that never send. */
#include "loadgen/idle.h"

#include "loadgen/target.h"

int64_t idle_event(struct target *t, struct connection *c,
		   const struct engine_event *event)
{
	int64_t now = target_now(t);

	if (event->kind == ENGINE_CONNECTED) {
		connection_connected(t, c, event->result, now);
	} else if (event->result <= 0) {
		connection_ended(t, c, event->result, now);
	} else {
		if (t->first_mismatch[0] == '\0')
			pattern_describe_unasked(event->data, (size_t)event->result,
						 t->first_mismatch,
						 sizeof(t->first_mismatch));
		connection_lose(t, c, LOAD_SURPLUS);
	}
	return now;
}
