/* sim_events.h - what a simulated peer will do, in order of time, then of creation. */
#ifndef TESTS_SIM_EVENTS_H
#define TESTS_SIM_EVENTS_H

#include <stddef.h>

#include "loadgen/engine.h"

struct sim_event {
	struct sim_event *next;
	int64_t at_ns;
	struct engine_event event;
	uint32_t generation; /* of the connection: a closed one has no more events */
	size_t length;       /* RECEIVED: bytes */
	uint8_t bytes[];     /* with room for one more */
};

struct sim_event *sim_event_new(int64_t at_ns, struct engine_event event,
				uint32_t generation, size_t length);

void sim_event_free(struct sim_event *event);

/* The list owns its events. */
void sim_events_insert(struct sim_event **list, struct sim_event *event);
void sim_events_free(struct sim_event *list);

#endif
