/* target.c - a target group: one address, the connections to it, and what is measured. */
#include "loadgen/target.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Twice the depth, so that refilling never overwrites stamps not yet recorded. */
static uint32_t ring_size(uint32_t depth)
{
	uint32_t size = 2;

	while (size < 2 * depth)
		size *= 2;
	return size;
}

static int allocate(struct target *t)
{
	size_t ring = (size_t)(t->slot_mask + 1) * sizeof(int64_t);

	t->stride = (sizeof(struct connection) + ring + 63) & ~(size_t)63;
	t->block = aligned_alloc(64, t->count * t->stride);
	t->scratch = malloc(PATTERN_SEND_MAX);
	t->service = histogram_new();
	t->connect = histogram_new();
	if (!t->block || !t->scratch || !t->service || !t->connect)
		return -ENOMEM;
	memset(t->block, 0, t->count * t->stride);
	return 0;
}

static int shape_requests(struct target *t, const struct load_config *config,
			  const struct pattern *pattern)
{
	char error[OPTION_ERROR_SIZE];
	struct work work;

	int rc = work_parse(config->work, &work, error);
	if (rc < 0)
		return rc;
	pattern_shape_init(&t->shape, pattern, (uint32_t)config->payload);
	pattern_shape_work(&t->shape, &work, (uint64_t)config->seed);
	return 0;
}

int target_init(struct target *t, const struct load_config *config,
		const struct address *address, const struct pattern *pattern,
		const struct engine_ops *ops, uint32_t first, uint32_t count)
{
	*t = (struct target){
		.ops = ops,
		.address = address,
		.count = count,
		.depth = (uint32_t)config->depth,
		.slot_mask = ring_size((uint32_t)config->depth) - 1,
		.start_ns = INT64_MAX,
		.end_ns = INT64_MAX,
		.live = count,
		.censored_ns = INT64_MAX,
	};
	int rc = shape_requests(t, config, pattern);
	if (rc == 0)
		rc = allocate(t);
	for (uint32_t i = 0; rc == 0 && i < count; i++) {
		struct connection *c = target_connection(t, i);
		c->number = first + i;
		pattern_start(&c->in, c->number);
		c->out = c->in;
	}
	return rc ? rc : ops->open(count, &t->engine);
}

static uint8_t *next_spare(const uint8_t *scratch)
{
	uint8_t *next;

	memcpy(&next, scratch, sizeof(next));
	return next;
}

void target_release(struct target *t)
{
	if (t->engine)
		t->ops->free(t->engine);
	for (uint32_t i = 0; t->block && i < t->count; i++)
		target_take_scratch(t, target_connection(t, i));
	while (t->spare) {
		uint8_t *next = next_spare(t->spare);
		free(t->spare);
		t->spare = next;
	}
	free(t->scratch);
	free(t->block);
	histogram_free(t->service);
	histogram_free(t->connect);
	*t = (struct target){0};
}

bool target_give_scratch(struct target *t, struct connection *c)
{
	uint8_t *next = t->spare;

	if (next)
		t->spare = next_spare(next);
	else
		next = malloc(PATTERN_SEND_MAX);
	if (!next)
		return false;
	c->scratch = t->scratch;
	t->scratch = next;
	return true;
}

void target_take_scratch(struct target *t, struct connection *c)
{
	if (!c->scratch)
		return;
	memcpy(c->scratch, &t->spare, sizeof(t->spare));
	t->spare = c->scratch;
	c->scratch = NULL;
}

void target_begin(struct target *t)
{
	for (uint32_t i = 0; i < t->count; i++) {
		struct connection *c = target_connection(t, i);
		if (c->state == CONNECTION_OPEN)
			connection_fill(t, c);
	}
}

int64_t target_event(struct target *t, const struct engine_event *event)
{
	return connection_event(t, target_connection(t, event->connection), event);
}

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
	if (c->state == CONNECTION_CONNECTING)
		return now - c->handed_ns[0] >= timeout_ns;
	return c->state == CONNECTION_OPEN && c->answered &&
	       connection_in_flight(c) > 0 && now - oldest_ns(t, c) >= timeout_ns;
}

void target_expire(struct target *t, int64_t now, int64_t timeout_ns)
{
	for (uint32_t i = 0; i < t->count; i++) {
		struct connection *c = target_connection(t, i);
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
	for (uint32_t i = 0; i < t->count; i++) {
		const struct connection *c = target_connection(t, i);
		if (c->state == CONNECTION_OPEN)
			t->served_ns -= ages(t, c, t->start_ns);
	}
}

void target_window_end(struct target *t)
{
	t->window_over = true;
	t->draining = true;
	for (uint32_t i = 0; i < t->count; i++) {
		struct connection *c = target_connection(t, i);
		if (c->replies > 0) {
			t->served++;
			t->served_ns += ages(t, c, t->end_ns);
		} else if (c->state == CONNECTION_OPEN || c->state == CONNECTION_ENDING) {
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
