/* duet.c - see duet.h. */
#include "loadgen/duet.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "loadgen/engine_part.h"
#include "loadgen/engines.h"
#include "loadgen/merge.h"
#include "loadgen/watch.h"
#include "server/clock.h"

#define LEAD_NS \
	(3 * NS_PER_MS) /* both sides are to know of the window before it starts */

struct side {
	struct worker worker;
	struct engine *part;
	struct watch *watch;
	uint64_t received; /* at the last edge */
};

struct duet {
	const struct duet_config *config;
	struct run run;
	struct engine *engine;
	uint32_t share; /* connections of one side */
	struct side side[DUET_SIDES];
	int edge; /* the next one */
	int64_t start_ns, edge_ns,
		last_ns; /* of the window, that edge, and the last one */
};

static bool is_done(const struct duet *duet)
{
	for (int i = 0; i < DUET_SIDES; i++)
		if (duet->side[i].worker.phase != WORKER_DONE)
			return false;
	return true;
}

/* What came on one side since the last edge. */
static void measure_slice(struct duet *duet, int i, struct duet_slice *slice, int64_t now)
{
	struct side *side = &duet->side[i];
	const uint64_t received = target_received(&side->worker.target);
	struct load_progress since;

	slice->requests[i] = received - side->received;
	side->received = received;
	watch_begin(side->watch);
	watch_add(side->watch, &side->worker);
	watch_tell(side->watch, now, duet->start_ns, now + 1, &since);
	slice->p50_ns[i] = since.p50_ns;
	slice->p99_ns[i] = since.p99_ns;
}

/* Whose turn it is from now on. */
static void give_turns(struct duet *duet, unsigned sides)
{
	for (int i = 0; i < DUET_SIDES; i++) {
		struct target *t = &duet->side[i].worker.target;
		if (t->paused && (sides >> i & 1) != 0)
			target_resume(t);
		else if (!t->paused && (sides >> i & 1) == 0)
			target_pause(t);
	}
}

/* The counts of both sides are taken one after the other, with nothing in between. */
static void pass_edge(struct duet *duet, int64_t now)
{
	const struct duet_config *config = duet->config;

	if (duet->edge > 0) {
		struct duet_slice *slice = &config->slices[duet->edge - 1];
		slice->length_ns = now - duet->last_ns;
		for (int i = 0; i < DUET_SIDES; i++)
			measure_slice(duet, i, slice, now);
	}
	if (config->edge)
		config->edge(config->context, duet->edge);
	if (duet->edge < config->count)
		give_turns(duet, config->slices[duet->edge].sides);
	duet->last_ns = now;
	duet->edge++;
	duet->edge_ns = duet->edge <= config->count
				? duet->start_ns + duet->edge * config->slice_ns
				: INT64_MAX;
}

/* The first edge is where the window begins, which is known once both sides are warm. */
static void look_for_window(struct duet *duet)
{
	const int64_t start = atomic_load(&duet->run.start_ns);

	if (duet->edge > 0 || start == INT64_MAX)
		return;
	duet->start_ns = duet->edge_ns = start;
}

static void wake_sides(struct duet *duet, int64_t now)
{
	for (int i = 0; i < DUET_SIDES; i++) {
		struct worker *w = &duet->side[i].worker;
		if (w->phase != WORKER_DONE && now >= w->wake_ns)
			worker_wake(w, now);
	}
	look_for_window(duet);
	if (now >= duet->edge_ns)
		pass_edge(duet, now);
}

/* When to look again, and how long before nobody sleeps. */
static int64_t next_wake(const struct duet *duet, int64_t *ret_spin_ns)
{
	int64_t wake = duet->edge_ns;

	*ret_spin_ns = 0;
	for (int i = 0; i < DUET_SIDES; i++) {
		const struct worker *w = &duet->side[i].worker;
		if (w->phase == WORKER_DONE || w->wake_ns >= wake)
			continue;
		wake = w->wake_ns;
		*ret_spin_ns = worker_spin_ns(w);
	}
	return wake;
}

static int64_t deal_with(struct duet *duet, struct engine_event *event)
{
	struct worker *w = &duet->side[event->connection / duet->share].worker;

	event->connection %= duet->share;
	if (w->phase == WORKER_DONE)
		return target_now(&w->target);
	return target_event(&w->target, event);
}

static int loop(struct duet *duet)
{
	const struct engine_ops *ops = duet->run.ops;
	struct engine_event event;

	while (!is_done(duet)) {
		int64_t spin_ns, wake = next_wake(duet, &spin_ns);
		int rc = ops->wait(duet->engine, wake, spin_ns, &event);
		if (rc < 0)
			return rc;
		wake_sides(duet,
			   rc > 0 ? deal_with(duet, &event) : ops->now(duet->engine));
	}
	return 0;
}

static int begin(struct duet *duet, const struct address *const *addresses)
{
	const struct load_config *load = duet->config->load;
	const struct target_share share = {0, 1, (uint32_t)load->connections,
					   (uint32_t)load->idle};
	int rc = run_open_engine(&duet->run, DUET_SIDES * duet->share, &duet->engine);

	for (int i = 0; rc == 0 && i < DUET_SIDES; i++) {
		struct side *side = &duet->side[i];
		worker_init(&side->worker, &duet->run, addresses[i]);
		side->watch = watch_new();
		rc = side->watch ? engine_part_new(duet->run.ops, duet->engine,
						   (uint32_t)i * duet->share, &side->part)
				 : -ENOMEM;
		if (rc == 0)
			rc = worker_begin(&side->worker, &engine_part, side->part,
					  &share);
	}
	return rc;
}

static int merge(struct duet *duet, struct load_result *results)
{
	int rc = 0;

	for (int i = 0; rc == 0 && i < DUET_SIDES; i++) {
		struct merge merge;
		merge_init(&merge, duet->config->load, &results[i]);
		rc = merge_worker(&merge, &duet->side[i].worker);
		results[i].interrupted =
			duet->run.cancel &&
			__atomic_load_n(duet->run.cancel, __ATOMIC_RELAXED) != 0;
		merge_finish(&merge);
	}
	return rc;
}

static void release(struct duet *duet)
{
	if (duet->engine)
		duet->run.ops->free(duet->engine);
	for (int i = 0; i < DUET_SIDES; i++) {
		engine_part.free(duet->side[i].part);
		watch_free(duet->side[i].watch);
		worker_release(&duet->side[i].worker);
	}
}

int duet_drive(const struct duet_config *config, const struct engine_ops *ops,
	       const struct pattern *pattern, const struct address *const *addresses,
	       const volatile int *cancel, struct load_result *results)
{
	const struct load_config *load = config->load;
	struct duet duet = {.config = config, .edge_ns = INT64_MAX};

	duet.share = (uint32_t)(load->connections + load->idle);
	run_init(&duet.run, load, addresses[0]->transport, ops, pattern, cancel);
	duet.run.workers = DUET_SIDES;
	duet.run.lead_ns = LEAD_NS;
	duet.run.duration_ns = config->slice_ns * config->count;
	atomic_store(&duet.run.live, DUET_SIDES * load->connections);
	int rc = begin(&duet, addresses);
	if (rc == 0)
		rc = loop(&duet);
	if (rc == 0)
		rc = merge(&duet, results);
	release(&duet);
	return rc;
}

/* 0, or -EINVAL with one line. */
static int check(const struct duet_config *config, const struct address *const *addresses,
		 char *error)
{
	const struct load_config *load = config->load;
	const char *wrong = NULL;

	if (load->threads != 1)
		wrong = "more than one thread";
	else if (load->requests > 0)
		wrong = "a number of requests";
	else if (addresses[0]->transport != addresses[1]->transport)
		wrong = "two transports";
	for (int i = 0; i < config->count && !wrong; i++)
		if (load->rate > 0 && config->slices[i].sides != 3)
			wrong = "turns of an open loop";
	if (wrong)
		snprintf(error, OPTION_ERROR_SIZE, "a duet cannot have %s", wrong);
	return wrong ? -EINVAL : 0;
}

int duet_run(const struct duet_config *config, const struct address *const *addresses,
	     const volatile int *cancel, struct load_result *ret_results, char *error)
{
	const struct engine_ops *ops = engines[config->load->engine];
	struct pattern *pattern = pattern_new();
	int rc = pattern ? 0 : -ENOMEM;

	error[0] = '\0';
	for (int i = 0; i < DUET_SIDES; i++) {
		int failed = load_result_init(&ret_results[i], config->load->log);
		rc = rc < 0 ? rc : failed;
	}
	if (rc == 0)
		rc = check(config, addresses, error);
	if (rc == 0)
		rc = load_check_engine(ops, error);
	if (rc == 0)
		rc = duet_drive(config, ops, pattern, addresses, cancel, ret_results);
	if (rc < 0 && error[0] == '\0')
		snprintf(error, OPTION_ERROR_SIZE, "the load generator cannot run: %s",
			 strerror(-rc));
	pattern_free(pattern);
	return rc;
}
