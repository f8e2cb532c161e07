/*
 * worker.h - one thread of the load generator: an engine, a target group, the phases.
 *
 *	CONNECT   every connection made, at a bounded rate, or tried once
 *	GATHER    .. by all workers
 *	WARM      load until each connection has had a reply or waited 200 ms, and --warmup
 *	READY     .. for all workers; the last one sets the window
 *	WINDOW    what is received counts; in an open loop, what is due
 *	HOLD      where asked for, see hold.h: nothing new, nothing half-closed
 *	DRAIN     nothing new; what is in flight is awaited up to --timeout, and drained
 *		  connections are half-closed
 *	END       up to 1 s for the ends of input, of the idle ones too: any byte before
 *		  them is surplus
 *
 * Workers share nothing but a few atomic words. Cancelling, or losing every connection, in
 * any phase for longer than the time-out, leads to DRAIN. From WARM to the end of the window
 * lost connections are tried again.
 *
 * In an open loop the last worker to have gathered sets the beginning of the schedule and
 * with it the window: both are the same for every server.
 */
#ifndef LOADGEN_WORKER_H
#define LOADGEN_WORKER_H

#include <stdatomic.h>

#include "loadgen/quota.h"
#include "loadgen/target.h"

struct watch;

/* What the workers of one run share. */
struct run {
	const struct load_config *config;
	const struct engine_ops *ops;
	const struct pattern *pattern;
	const volatile int *cancel; /* may be NULL */
	int64_t lead_ns; /* from setting the window to its start, so that all know of it */
	int workers;
	int64_t timeout_ns;
	int64_t duration_ns; /* of the window, at most */
	int64_t look_ns;     /* from one look at the phase to the next, in the load */
	int64_t spin_ns;     /* before an arrival is due, nobody sleeps */
	struct quota quota;  /* of replies; wanted 0: none */
	struct watch *watch; /* NULL: nobody wants to know of progress */

	bool holds; /* there is such a phase */

	atomic_int gathered, warm, held; /* workers that have come so far */
	atomic_bool released;            /* the hold is over */
	atomic_int failed;               /* some worker's -errno: the run is over */
	atomic_llong live;       /* connections not lost; the idle ones do not count */
	atomic_bool connected;   /* one has been, ever */
	atomic_llong origin_ns;  /* of the schedule; INT64_MAX: not set */
	atomic_llong start_ns;   /* of the window; INT64_MAX: not set */
	atomic_llong replied_ns; /* with a quota: when some worker has had one last */
	atomic_llong end_ns;     /* where it has been cut short; INT64_MAX: it has not */
};

enum worker_phase {
	WORKER_CONNECT,
	WORKER_GATHER,
	WORKER_WARM,
	WORKER_READY,
	WORKER_WINDOW,
	WORKER_HOLD,
	WORKER_DRAIN,
	WORKER_END,
	WORKER_DONE
};

struct worker {
	struct run *run;
	const struct address *address;
	const struct load_hooks
		*hooks; /* of the only worker; NULL: somebody else watches */
	struct engine *engine;
	struct target target;
	enum worker_phase phase;
	int64_t wake_ns;        /* when anything is to be done again */
	int64_t tick_ns;        /* when the phase is to be looked at again */
	int64_t phase_ns;       /* when it began */
	int64_t progress_ns;    /* when progress is to be told again */
	int64_t expire_ns;      /* when time-outs are to be looked for again */
	uint32_t next;          /* connects begun, each for the first time */
	uint32_t published;     /* live connections as the run knows them */
	int64_t alive_ns;       /* when any was live last, in the whole run */
	int64_t window_ns;      /* its length so far, or in the end */
	int64_t cpu_ns;         /* of this thread, in the window */
	int64_t waited_ns;      /* for a CPU, likewise */
	int64_t held_ns;        /* when it had nothing more to wait for; 0: not yet */
	atomic_ullong requests; /* in the window so far, for whoever watches */
	atomic_ullong errors;   /* the same, of the whole run */
};

/* For loads over `transport`. `config`, `ops` and `pattern` are borrowed. */
void run_init(struct run *run, const struct load_config *config, enum transport transport,
	      const struct engine_ops *ops, const struct pattern *pattern,
	      const volatile int *cancel);

/* With a quota: how much of the window is over, and how long the rest will take. */
void run_tell_quota(const struct run *run, struct load_progress *progress);

/* `address` is borrowed. */
void worker_init(struct worker *worker, struct run *run, const struct address *address);

/* From connecting to the end of its share, in the calling thread; opens the engine there. 0
 * or -errno (then every other worker ends as well). The target holds what was measured. */
int worker_run(struct worker *worker, const struct target_share *share);

/*
 * The same in steps, for who drives several workers in one thread: begin, and until the phase
 * is WORKER_DONE hand the target its events and wake the worker at wake_ns. The engine is
 * borrowed until worker_release; it has room for the share. 0 or -errno.
 */
int worker_begin(struct worker *worker, const struct engine_ops *ops,
		 struct engine *engine, const struct target_share *share);
void worker_wake(struct worker *worker, int64_t now);

/* How long before wake_ns nobody sleeps. */
int64_t worker_spin_ns(const struct worker *worker);

/* The engine of the run, with room for so many. 0 or -errno. */
int run_open_engine(const struct run *run, uint32_t connections,
		    struct engine **ret_engine);
void worker_release(struct worker *worker);

#endif
