/* sample.h - from verified replies to samples, inside the window and at its ends. */
#ifndef LOADGEN_SAMPLE_H
#define LOADGEN_SAMPLE_H

#include "loadgen/open_loop.h"
#include "loadgen/quota.h"

/* The first reply of a connection, or the first since it was lost. */
void sample_first(struct target *target, struct connection *c);

/* Sums over replies that were dealt with after an end of the window had come, but before
 * target_window_start or _end looked: what these would have seen of them. */
void sample_at_edge(struct target *target, const struct connection *c, uint32_t first,
		    uint32_t end, bool inside);

/* Adds up the payload of replies whose sizes are drawn. */
void sample_sizes(struct target *target, const struct connection *c, uint32_t first,
		  uint32_t end);

/* Records the replies from `first` to `end` at their service time; returns its sum. */
static inline double sample_service(struct target *t, const struct connection *c,
				    uint32_t first, uint32_t end, int64_t now)
{
	int64_t sum = 0;

	for (uint32_t s = first; s != end; s++) {
		int64_t service = now - c->handed_ns[s & t->slot_mask];
		histogram_record(t->service, service);
		sum += service;
	}
	return (double)sum;
}

/* Replies inside the window. */
static inline void sample_inside(struct target *t, struct connection *c, uint32_t first,
				 uint32_t end, int64_t now)
{
	t->served_ns += sample_service(t, c, first, end, now);
	if (!t->window_begun)
		sample_at_edge(t, c, first, end, true);
	c->replies += end - first;
	t->requests += end - first;
	if (__builtin_expect(t->shape.sizes != NULL, 0))
		sample_sizes(t, c, first, end);
	if (t->requests >= t->limit)
		quota_spend(t, now);
}

/* Replies behind the interval under way: in another one, or after the window. */
void sample_past_edge(struct target *target, struct connection *c, uint32_t first,
		      uint32_t end, int64_t now);

/* Replies to the requests `first` .. `end` - 1, all verified at `now`. Those that come
 * after the window are measured only of a starved connection. Inline: it is a tenth of
 * what the generator itself does for a request. */
static inline void sample_replies(struct target *t, struct connection *c, uint32_t first,
				  uint32_t end, int64_t now)
{
	if (!c->answered)
		sample_first(t, c);
	if (t->open) {
		open_replies(t, c, first, end, now);
		return;
	}
	if (now < t->start_ns)
		return;
	if (now < t->edge_ns)
		sample_inside(t, c, first, end, now);
	else
		sample_past_edge(t, c, first, end, now);
}

#endif
