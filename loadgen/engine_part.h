/*
 * engine_part.h - some of an engine's connections as an engine of their own, numbered from
 * 0: so two target groups share one engine and one thread.
 *
 * Who owns the whole engine waits on it, and takes `base` off the connection of each event.
 */
#ifndef LOADGEN_ENGINE_PART_H
#define LOADGEN_ENGINE_PART_H

#include "loadgen/engine.h"

/* Has neither `open` nor `wait`; `free` leaves the whole engine and its connections alone. */
extern const struct engine_ops engine_part;

/* The connections from `base` on of `whole`, which must outlive it. 0 or -ENOMEM. */
int engine_part_new(const struct engine_ops *ops, struct engine *whole, uint32_t base,
		    struct engine **ret_part);

#endif
