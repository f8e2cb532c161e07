/* sim_events.c - what a simulated peer will do, in order of time, then of creation. */
#include "tests/unit/sim_events.h"

#include <assert.h>
#include <stdlib.h>

struct sim_event *sim_event_new(int64_t at_ns, struct engine_event event,
				uint32_t generation, size_t length)
{
	struct sim_event *new = calloc(1, sizeof(*new) + length + 1);

	assert(new);
	new->at_ns = at_ns;
	new->event = event;
	new->generation = generation;
	new->length = length;
	return new;
}

void sim_event_free(struct sim_event *event)
{
	free(event);
}

void sim_events_insert(struct sim_event **list, struct sim_event *event)
{
	while (*list && (*list)->at_ns <= event->at_ns)
		list = &(*list)->next;
	event->next = *list;
	*list = event;
}

void sim_events_free(struct sim_event *list)
{
	while (list) {
		struct sim_event *next = list->next;
		free(list);
		list = next;
	}
}
