/* sample.c - what is seldom done with a reply. */
#include "loadgen/sample.h"

void sample_first(struct target *t, struct connection *c)
{
	c->answered = true;
	c->attempts = 0;
	t->answered++;
	connection_up(t, c);
}

void sample_at_edge(struct target *t, const struct connection *c, uint32_t first,
		    uint32_t end, bool inside)
{
	for (uint32_t s = first; s != end; s++) {
		int64_t handed = c->handed_ns[s & t->slot_mask];
		int64_t before = handed < t->start_ns ? t->start_ns - handed : 0;
		if (inside)
			t->served_ns -= (double)before;
		else if (c->replies > 0)
			t->served_ns += (double)(t->end_ns - handed);
		else
			t->served_ns += (double)before;
	}
}

void sample_past_edge(struct target *t, struct connection *c, uint32_t first,
		      uint32_t end, int64_t now)
{
	recorder_pass(t, now);
	if (now < t->end_ns) {
		sample_inside(t, c, first, end, now);
		return;
	}
	if (!t->window_over)
		sample_at_edge(t, c, first, end, false);
	if (c->replies == 0)
		(void)sample_service(t, c, first, end, now);
}

void sample_sizes(struct target *t, const struct connection *c, uint32_t first,
		  uint32_t end)
{
	for (uint32_t s = first; s != end; s++)
		t->drawn += pattern_payload(&t->shape, c->number, s);
}
