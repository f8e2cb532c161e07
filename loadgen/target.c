/* target.c - a target group: one address, the connections to it, and what is measured. */
#include "loadgen/target.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "loadgen/flow.h"
#include "loadgen/idle.h"
#include "loadgen/open_loop.h"
#include "loadgen/packet.h"
#include "loadgen/source.h"

#define CONNECT_RATE 5000 /* per second, all workers: no backlog of 4096 overflows */

/* An idle connection needs no ring, only the moment in its first place. */
#define IDLE_STRIDE 64
_Static_assert(sizeof(struct connection) + sizeof(int64_t) <= IDLE_STRIDE,
	       "an idle connection fits");

/* Twice the depth, so that refilling never overwrites stamps not yet recorded. */
static uint32_t ring_size(uint32_t depth)
{
	uint32_t size = 2;

	while (size < 2 * depth)
		size *= 2;
	return size;
}

static int allocate(struct target *t, const struct load_config *config)
{
	size_t ring = (size_t)(t->slot_mask + 1) * sizeof(int64_t);
	bool open = config->rate > 0;

	if (t->datagrams)
		ring += packet_extra(t->slot_mask);
	size_t behind = (sizeof(struct connection) + ring + 7) & ~(size_t)7;
	size_t used = behind + (open ? open_extra(t->slot_mask) : 0);
	t->stride = (used + 63) & ~(size_t)63;
	size_t size = t->count * t->stride + (size_t)t->idle * IDLE_STRIDE;
	t->block = aligned_alloc(64, size);
	t->scratch = malloc(PATTERN_SEND_MAX);
	t->service = histogram_new();
	t->connect = histogram_new();
	if (!t->block || !t->scratch || !t->service || !t->connect)
		return -ENOMEM;
	memset(t->block, 0, size);
	return open ? open_init(t, config, behind) : 0;
}

struct connection *target_member(const struct target *t, uint32_t index)
{
	if (index < t->count)
		return target_connection(t, index);
	return (struct connection *)(void *)(t->block + t->count * t->stride +
					     (size_t)(index - t->count) * IDLE_STRIDE);
}

static int shape_requests(struct target *t, const struct load_config *config,
			  const struct pattern *pattern)
{
	char error[OPTION_ERROR_SIZE];
	struct work work;

	int rc = work_parse(config->work, config->max_work_ns, &work, error);
	if (rc == 0)
		rc = payload_parse("--size", config->size, &t->sizes, error);
	if (rc < 0)
		return rc;
	pattern_shape_init(&t->shape, pattern, t->sizes.least);
	pattern_shape_draw(&t->shape, &t->sizes, &work, (uint64_t)config->seed);
	return 0;
}

static double connect_rate(const struct load_config *config)
{
	return config->connect_rate > 0 ? config->connect_rate : CONNECT_RATE;
}

static void number_members(struct target *t)
{
	for (uint32_t i = 0; i < target_members(t); i++) {
		struct connection *c = target_member(t, i);
		c->number = t->first + i * t->step;
		pattern_start(&c->in, c->number);
		c->out = c->in;
		if (t->datagrams)
			packet_init(t, c);
	}
	t->census[CONNECTION_NEW] = t->count;
	t->idle_census[CONNECTION_NEW] = t->idle;
}

int target_init(struct target *t, const struct load_config *config,
		const struct address *address, const struct pattern *pattern,
		const struct engine_ops *ops, struct engine *engine,
		const struct target_share *share)
{
	*t = (struct target){
		.ops = ops,
		.engine = engine,
		.address = address,
		.first = share->first,
		.step = share->step,
		.step_inverse = ((UINT64_C(1) << 32) + share->step - 1) / share->step,
		.count = share->count,
		.idle = share->idle,
		.datagrams = address->transport == TRANSPORT_UDP,
		.streams = address->transport == TRANSPORT_UDP ? 0 : share->count,
		.depth = (uint32_t)config->depth,
		.churn = (uint32_t)config->churn,
		.leaving = config->churn > 0 || config->rate > 0,
		.sources = source_count(address, config->connections + config->idle,
					config->churn > 0),
		.slot_mask = ring_size((uint32_t)config->depth) - 1,
		.start_ns = INT64_MAX,
		.end_ns = INT64_MAX,
		.edge_ns = INT64_MAX,
		.live = share->count,
		.retry_ns = INT64_MAX,
		.jitter = (uint64_t)config->seed + share->first,
		.limit = UINT64_MAX,
		.censored_ns = INT64_MAX,
	};
	int rc = shape_requests(t, config, pattern);
	if (rc == 0)
		rc = allocate(t, config);
	if (rc < 0)
		return rc;
	rc = recorder_open(t, config->log);
	if (rc < 0)
		return rc;
	number_members(t);
	pacer_init(&t->pacer, connect_rate(config) / (double)config->threads);
	return 0;
}

const struct histogram *target_headline(const struct target *t)
{
	return t->open ? t->open->response : t->service;
}

uint64_t target_received(const struct target *t)
{
	return t->open ? t->open->received : t->requests;
}

uint64_t target_errors(const struct target *t)
{
	uint64_t sum = 0;

	for (int i = 0; i < LOAD_ERRORS; i++)
		sum += t->errors[i];
	return sum;
}

static uint8_t *next_spare(const uint8_t *scratch)
{
	uint8_t *next;

	memcpy(&next, scratch, sizeof(next));
	return next;
}

void target_release(struct target *t)
{
	for (uint32_t i = 0; t->block && i < t->count; i++)
		target_take_scratch(t, target_connection(t, i));
	while (t->spare) {
		uint8_t *next = next_spare(t->spare);
		free(t->spare);
		t->spare = next;
	}
	open_release(t);
	free(t->scratch);
	free(t->block);
	recorder_release(&t->recorder);
	histogram_free(t->service);
	histogram_free(t->connect);
	payload_release(&t->sizes);
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

/* Idle members among the first `steps` of all. */
static uint32_t idle_among(const struct target *t, uint32_t steps)
{
	uint64_t members = target_members(t);

	return (uint32_t)(((uint64_t)steps * t->idle + members - 1) / members);
}

void target_connect_next(struct target *t, uint32_t step)
{
	uint32_t idle = idle_among(t, step);
	bool is_idle = idle_among(t, step + 1) > idle;

	connection_connect(t, target_member(t, is_idle ? t->count + idle : step - idle));
}

void target_retry(struct target *t, int64_t now)
{
	if (now < t->retry_ns)
		return;
	t->retry_ns = INT64_MAX;
	for (uint32_t i = 0; i < target_members(t); i++) {
		struct connection *c = target_member(t, i);
		if (c->state != CONNECTION_LOST)
			continue;
		if (c->handed_ns[0] <= now && pacer_take(&t->pacer, now))
			connection_connect(t, c);
		else if (c->handed_ns[0] < t->retry_ns)
			t->retry_ns = c->handed_ns[0];
	}
}

void target_begin(struct target *t)
{
	t->running = true;
	for (uint32_t i = 0; i < t->count; i++) {
		struct connection *c = target_connection(t, i);
		if (c->state != CONNECTION_OPEN || c->scratch)
			continue;
		if (t->datagrams)
			packet_fill(t, c);
		else
			(void)flow_fill(t, c);
	}
}

void target_pause(struct target *t)
{
	t->paused = t->leaving = true;
}

void target_resume(struct target *t)
{
	t->paused = false;
	t->leaving = t->draining || t->churn > 0;
	target_begin(t);
}

int64_t target_event(struct target *t, const struct engine_event *event)
{
	if (event->connection < t->streams)
		return flow_event(t, target_connection(t, event->connection), event);
	if (t->datagrams)
		return packet_event(t, target_connection(t, event->connection), event);
	return idle_event(t, target_member(t, event->connection), event);
}

void target_skip_unanswered(struct target *t, struct connection *c)
{
	uint32_t next = connection_begun(c);

	if (t->datagrams) {
		packet_forget(t, c);
		return;
	}
	if (t->churn > 0 && next % t->churn != 0)
		next += t->churn - next % t->churn;
	pattern_seek(&c->in, c->number, next);
	c->out = c->in;
}
