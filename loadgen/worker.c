/* worker.c - one thread of the load generator: an engine, a target group, the phases. */
#include "loadgen/worker.h"

#include "loadgen/connecting.h"
#include "loadgen/hold.h"
#include "loadgen/open_loop.h"
#include "loadgen/watch.h"
#include "server/clock.h"

#define WARM_WAIT_NS     (200 * NS_PER_MS)
#define CANCEL_DRAIN_NS  (200 * NS_PER_MS)
#define END_WAIT_NS      NS_PER_S
#define LATE_WAIT_NS     (100 * NS_PER_MS) /* for datagrams, or when cancelled */
#define SHORT_TICK_NS    (NS_PER_MS / 2)   /* while others are waited for */
#define EXPIRE_PERIOD_NS (50 * NS_PER_MS)
#define PATIENCE_NS      NS_PER_S /* at least, with a server that was there */

void worker_init(struct worker *w, struct run *run, const struct address *address)
{
	*w = (struct worker){.run = run, .address = address};
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static void enter(struct worker *w, enum worker_phase phase, int64_t now)
{
	w->phase = phase;
	w->phase_ns = now;
}

static bool cancelled(const struct worker *w)
{
	return w->run->cancel && __atomic_load_n(w->run->cancel, __ATOMIC_RELAXED) != 0;
}

static void publish(struct worker *w)
{
	atomic_fetch_add(&w->run->live, (long long)w->target.live - w->published);
	w->published = w->target.live;
	if (w->target.connected)
		atomic_store(&w->run->connected, true);
}

static int64_t patience(const struct worker *w)
{
	return w->run->timeout_ns > PATIENCE_NS ? w->run->timeout_ns : PATIENCE_NS;
}

/* Every connection is lost: at once when none has ever been, else when none comes back for
 * the time-out. */
static bool dead(struct worker *w, int64_t now)
{
	if (atomic_load(&w->run->live) > 0) {
		w->alive_ns = now;
		return false;
	}
	return !atomic_load(&w->run->connected) || now - w->alive_ns >= patience(w);
}

static bool over(struct worker *w, int64_t now)
{
	publish(w);
	return cancelled(w) || atomic_load(&w->run->failed) != 0 || dead(w, now);
}

static void expire(struct worker *w, int64_t now)
{
	if (now < w->expire_ns)
		return;
	target_expire(&w->target, now, w->run->timeout_ns);
	w->expire_ns = now + earlier(EXPIRE_PERIOD_NS, w->run->timeout_ns / 20);
}

/* What is due of time-outs and of lost connections. */
static void tend(struct worker *w, int64_t now)
{
	expire(w, now);
	target_retry(&w->target, now);
}

/* The drain of a run that is cut short before its window. */
static int64_t give_up(struct worker *w, int64_t now)
{
	recorder_cut_window(&w->target, now);
	target_drain(&w->target);
	w->target.held = false;
	enter(w, WORKER_DRAIN, now);
	return now;
}

/* The last worker to have its connections sets an open loop's schedule for all. */
static void arrive_gathered(struct worker *w, int64_t now)
{
	struct run *run = w->run;
	bool last = atomic_fetch_add(&run->gathered, 1) + 1 == run->workers;

	if (last && w->target.open) {
		int64_t origin = now + run->lead_ns;
		atomic_store(&run->start_ns, origin + open_warm_ns(run->config));
		atomic_store(&run->origin_ns, origin);
	}
	enter(w, WORKER_GATHER, now);
}

static int64_t step_connect(struct worker *w, int64_t now)
{
	connecting_start(w, now);
	expire(w, now);
	if (now >= connecting_deadline(w))
		connecting_give_up(w);
	if (over(w, now))
		return give_up(w, now);
	if (connecting_goes_on(w))
		return now + SHORT_TICK_NS;
	arrive_gathered(w, now);
	return now;
}

static void set_window(struct worker *w, int64_t start)
{
	recorder_set_window(&w->target, start, start + w->run->duration_ns);
}

static int64_t step_gather(struct worker *w, int64_t now)
{
	struct run *run = w->run;
	int64_t origin = atomic_load(&run->origin_ns);

	if (over(w, now))
		return give_up(w, now);
	if (atomic_load(&run->gathered) < run->workers ||
	    (w->target.open && origin == INT64_MAX))
		return now + SHORT_TICK_NS;
	if (w->target.open) {
		set_window(w, atomic_load(&run->start_ns));
		open_begin(&w->target, origin);
	} else {
		target_begin(&w->target);
	}
	enter(w, WORKER_WARM, now);
	return now;
}

/* The last worker to be warm sets the window for all. */
static void arrive_warm(struct worker *w, int64_t now)
{
	if (atomic_fetch_add(&w->run->warm, 1) + 1 == w->run->workers)
		atomic_store(&w->run->start_ns, now + w->run->lead_ns);
	enter(w, WORKER_READY, now);
}

static int64_t step_warm(struct worker *w, int64_t now)
{
	int64_t warmed = w->phase_ns + w->run->config->warmup_ns;
	bool all = w->target.answered >= w->target.live;

	tend(w, now);
	if (over(w, now))
		return give_up(w, now);
	if (w->target.open)
		warmed = w->target.start_ns;
	if (now < warmed)
		return earlier(warmed, now + w->run->look_ns);
	if (w->target.open) {
		enter(w, WORKER_READY, now);
		return now;
	}
	if (!all && now < w->phase_ns + WARM_WAIT_NS)
		return now + SHORT_TICK_NS;
	arrive_warm(w, now);
	return now;
}

static int64_t step_ready(struct worker *w, int64_t now)
{
	int64_t start = atomic_load(&w->run->start_ns);
	struct target *t = &w->target;

	tend(w, now);
	if (over(w, now))
		return give_up(w, now);
	if (start == INT64_MAX)
		return now + SHORT_TICK_NS;
	if (!t->open)
		set_window(w, start);
	if (now < start)
		return start;
	if (w->hooks && w->hooks->window_start)
		w->hooks->window_start(w->hooks->context);
	target_window_start(t);
	if (w->run->quota.wanted > 0) {
		quota_begin(&w->run->quota, t);
		atomic_store(&w->run->replied_ns, now);
	}
	w->waited_ns = -clock_thread_waited_ns();
	w->cpu_ns = -clock_thread_cpu_ns();
	w->progress_ns = now + WATCH_PERIOD_NS;
	enter(w, WORKER_WINDOW, now);
	return now;
}

/* With a quota: other workers have seen the last reply, or there comes none any more. */
static bool quota_over(struct worker *w, int64_t now)
{
	struct run *run = w->run;

	if (run->quota.wanted == 0)
		return false;
	if (w->target.requests !=
	    atomic_load_explicit(&w->requests, memory_order_relaxed))
		atomic_store(&run->replied_ns, now);
	return atomic_load(&run->quota.done) >= run->quota.wanted ||
	       now - atomic_load(&run->replied_ns) >= patience(w);
}

static int64_t step_window(struct worker *w, int64_t now)
{
	struct target *t = &w->target;

	tend(w, now);
	if ((over(w, now) || quota_over(w, now)) && now < t->end_ns) {
		recorder_cut_window(t, now);
		atomic_store(&w->run->end_ns, now);
	}
	if (now < t->end_ns) {
		watch_worker(w, now);
		return earlier(t->end_ns, now + w->run->look_ns);
	}
	w->window_ns = t->end_ns - t->start_ns;
	w->cpu_ns += clock_thread_cpu_ns();
	w->waited_ns += clock_thread_waited_ns();
	if (w->waited_ns < 0)
		w->waited_ns = 0; /* out of descriptors: not known */
	if (w->hooks && w->hooks->window_end)
		w->hooks->window_end(w->hooks->context);
	target_window_end(t);
	enter(w, w->run->holds ? WORKER_HOLD : WORKER_DRAIN, t->end_ns);
	return now;
}

static int64_t step_hold(struct worker *w, int64_t now)
{
	if (w->target.datagrams)
		expire(w, now);
	if (!over(w, now) && !hold_over(w, now))
		return now + SHORT_TICK_NS;
	now = target_now(&w->target); /* the hook may have taken its time */
	enter(w, WORKER_DRAIN, hold_end(w, now));
	return now;
}

/* Connections that are awaited: in an open loop also those that are being made for what
 * waits. */
static uint32_t draining(const struct target *t)
{
	uint32_t made = t->census[CONNECTION_TURNING] + t->census[CONNECTION_CONNECTING];

	return t->census[CONNECTION_OPEN] + (t->open ? made : 0);
}

static int64_t step_drain(struct worker *w, int64_t now)
{
	int64_t wait = w->run->timeout_ns;

	if (over(w, now) && wait > CANCEL_DRAIN_NS)
		wait = CANCEL_DRAIN_NS;
	if (w->window_ns == 0)
		wait = 0;
	if (w->target.datagrams)
		expire(w, now);
	if (draining(&w->target) > 0 && now < w->phase_ns + wait)
		return now + SHORT_TICK_NS;
	target_finish(&w->target, now, w->run->timeout_ns);
	enter(w, WORKER_END, now);
	return now;
}

static int64_t step_end(struct worker *w, int64_t now)
{
	const struct target *t = &w->target;
	bool brief = t->datagrams || cancelled(w);
	int64_t wait = brief ? LATE_WAIT_NS : END_WAIT_NS;

	if (target_ending(t) > 0 && now < w->phase_ns + wait)
		return now + SHORT_TICK_NS;
	if (w->window_ns > 0)
		recorder_finish(&w->target, now);
	enter(w, WORKER_DONE, now);
	return now;
}

/* Each looks at its phase, may enter another, and returns when to look again. */
static int64_t (*const steps[])(struct worker *w, int64_t now) = {
	[WORKER_CONNECT] = step_connect, [WORKER_GATHER] = step_gather,
	[WORKER_WARM] = step_warm,       [WORKER_READY] = step_ready,
	[WORKER_WINDOW] = step_window,   [WORKER_HOLD] = step_hold,
	[WORKER_DRAIN] = step_drain,     [WORKER_END] = step_end,
};

static void tick(struct worker *w, int64_t now)
{
	enum worker_phase phase;

	do {
		phase = w->phase;
		w->tick_ns = steps[phase](w, now);
	} while (w->phase != phase && w->phase != WORKER_DONE);
}

/* What is due of the schedule, then of the phase. */
void worker_wake(struct worker *w, int64_t now)
{
	if (w->target.open)
		open_pump(&w->target, now);
	if (now >= w->tick_ns)
		tick(w, now);
	w->wake_ns = w->tick_ns;
	if (w->target.open)
		w->wake_ns = earlier(w->wake_ns, open_wake_ns(&w->target));
}

int worker_begin(struct worker *w, const struct engine_ops *ops, struct engine *engine,
		 const struct target_share *share)
{
	int rc = target_init(&w->target, w->run->config, w->address, w->run->pattern, ops,
			     engine, share);

	w->published = share->count;
	w->target.held = w->run->holds;
	if (rc < 0)
		return rc;
	enter(w, WORKER_CONNECT, target_now(&w->target));
	worker_wake(w, w->phase_ns);
	return 0;
}

int64_t worker_spin_ns(const struct worker *w)
{
	return w->wake_ns < w->tick_ns ? w->run->spin_ns : 0;
}

static int loop(struct worker *w)
{
	struct target *t = &w->target;
	struct engine_event event;

	while (w->phase != WORKER_DONE) {
		int rc = t->ops->wait(t->engine, w->wake_ns, worker_spin_ns(w), &event);
		if (rc < 0)
			return rc;
		int64_t now = rc > 0 ? target_event(t, &event) : target_now(t);
		if (now >= w->wake_ns)
			worker_wake(w, now);
	}
	return 0;
}

int run_open_engine(const struct run *run, uint32_t connections,
		    struct engine **ret_engine)
{
	int rc = run->ops->open(connections, ret_engine);

	if (rc == 0 && run->ops->borrow)
		run->ops->borrow(*ret_engine, run->pattern->bytes,
				 sizeof(run->pattern->bytes));
	return rc;
}

int worker_run(struct worker *w, const struct target_share *share)
{
	int rc = run_open_engine(w->run, share->count + share->idle, &w->engine);

	if (rc == 0)
		rc = worker_begin(w, w->run->ops, w->engine, share);
	if (rc == 0)
		rc = loop(w);
	if (rc < 0)
		atomic_store(&w->run->failed, rc);
	return rc;
}

void worker_release(struct worker *w)
{
	if (w->engine)
		w->run->ops->free(w->engine);
	w->engine = NULL;
	target_release(&w->target);
}
