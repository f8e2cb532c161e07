/*
 * load.c - runs the workers and merges what they measured.
 *
 * A single worker runs in the calling thread: in a process with one thread a system call is
 * cheaper, by 2 to 4 % of a request's CPU (no count of references on the descriptor, no
 * cancellation point). Several have threads of their own; then the calling thread does no
 * I/O and calls the hooks at the window's ends.
 */
#include "loadgen/load.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "loadgen/engines.h"
#include "loadgen/hold.h"
#include "loadgen/merge.h"
#include "loadgen/recording.h"
#include "loadgen/watch.h"
#include "server/clock.h"

#define LEAD_NS  (3 * NS_PER_MS) /* threads look for the window each 0.5 ms */
#define POLL_NS  NS_PER_MS
#define WATCH_NS (50 * NS_PER_MS)

struct thread {
	struct worker worker;
	pthread_t id;
	bool started;
	struct target_share share;
	atomic_bool ended;
};

struct load {
	struct run run;
	const struct address *address;
	struct thread *threads;
	int count;
};

static void *thread_main(void *argument)
{
	struct thread *thread = argument;

	(void)worker_run(&thread->worker, &thread->share); /* run.failed */
	atomic_store(&thread->ended, true);
	return NULL;
}

/* The i-th CPU of the set, round robin. */
static cpu_set_t nth_cpu(const cpu_set_t *cpus, int i)
{
	cpu_set_t one;
	int skip = i % CPU_COUNT(cpus);
	size_t cpu = 0;

	while (!CPU_ISSET(cpu, cpus) || skip-- > 0)
		cpu++;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	return one;
}

static int start_thread(struct thread *thread, const cpu_set_t *pin, int i)
{
	pthread_attr_t attributes;
	int rc = -pthread_attr_init(&attributes);

	if (rc < 0)
		return rc;
	if (CPU_COUNT(pin) > 0) {
		cpu_set_t one = nth_cpu(pin, i);
		rc = -pthread_attr_setaffinity_np(&attributes, sizeof(one), &one);
	}
	if (rc == 0)
		rc = -pthread_create(&thread->id, &attributes, thread_main, thread);
	thread->started = rc == 0;
	pthread_attr_destroy(&attributes);
	return rc;
}

/* Each takes every count-th connection, from the i-th on: an open loop's arrivals go round
 * all of them, and each thread has its part of any short time. */
static struct target_share share_of(const struct load_config *config, int i, int count)
{
	int64_t own = (config->connections - i + count - 1) / count;
	int64_t idle = config->idle * (i + 1) / count - config->idle * i / count;

	return (struct target_share){(uint32_t)i, (uint32_t)count, (uint32_t)own,
				     (uint32_t)idle};
}

static int start_threads(struct load *load, const struct load_config *config)
{
	int rc = 0;

	for (int i = 0; i < load->count && rc == 0; i++) {
		struct thread *thread = &load->threads[i];
		thread->share = share_of(config, i, load->count);
		worker_init(&thread->worker, &load->run, load->address);
		rc = start_thread(thread, &config->pin, i);
	}
	if (rc < 0)
		atomic_store(&load->run.failed, rc);
	return rc;
}

static bool all_ended(struct load *load)
{
	for (int i = 0; i < load->count; i++)
		if (load->threads[i].started && !atomic_load(&load->threads[i].ended))
			return false;
	return true;
}

/* The window's start when it is near; INT64_MAX when there will be none. */
static int64_t await_start(struct load *load)
{
	for (;;) {
		bool ended = all_ended(load);
		int64_t start = atomic_load(&load->run.start_ns);
		if (start != INT64_MAX && clock_ns() >= start - LEAD_NS)
			return start;
		if (ended)
			return INT64_MAX;
		clock_sleep_until(clock_ns() + POLL_NS);
	}
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static void tell_progress(struct load *load, const struct load_hooks *hooks, int64_t now,
			  int64_t start)
{
	struct watch *watch = load->run.watch;
	struct load_progress progress;

	watch_begin(watch);
	for (int i = 0; i < load->count; i++)
		watch_add(watch, &load->threads[i].worker);
	watch_tell(watch, now, start, start + load->run.duration_ns, &progress);
	run_tell_quota(&load->run, &progress);
	hooks->progress(hooks->context, &progress);
}

/* Sleeps to the end of the window, with a look at the progress now and then. */
static void watch_window(struct load *load, const struct load_hooks *hooks, int64_t start)
{
	int64_t end = start + load->run.duration_ns;
	int64_t look = load->run.quota.wanted > 0 ? POLL_NS : WATCH_NS;
	int64_t now = clock_ns(), next = now + WATCH_PERIOD_NS;

	for (;
	     now < end && atomic_load(&load->run.end_ns) == INT64_MAX && !all_ended(load);
	     now = clock_ns()) {
		if (load->run.watch && now >= next) {
			tell_progress(load, hooks, now, start);
			next = now + WATCH_PERIOD_NS;
		}
		clock_sleep_until(earlier(end, now + look));
	}
}

/* A worker that ends without having come there lets the others go too. */
static void watch_hold(struct load *load, const struct load_hooks *hooks)
{
	if (!load->run.holds)
		return;
	while (!hold_reached(&load->run) && !all_ended(load))
		clock_sleep_until(clock_ns() + POLL_NS);
	if (hold_reached(&load->run))
		hooks->loaded(hooks->context);
	hold_release(&load->run);
}

static void watch(struct load *load, const struct load_hooks *hooks)
{
	static const struct load_hooks none;
	int slack = prctl(PR_GET_TIMERSLACK);

	if (!hooks)
		hooks = &none;
	prctl(PR_SET_TIMERSLACK, 1); /* the hooks' moments; 50 us otherwise */
	int64_t start = await_start(load);
	if (start != INT64_MAX) {
		clock_sleep_until(start);
		if (hooks->window_start)
			hooks->window_start(hooks->context);
		watch_window(load, hooks, start);
		if (hooks->window_end)
			hooks->window_end(hooks->context);
		watch_hold(load, hooks);
	}
	prctl(PR_SET_TIMERSLACK, slack);
}

static int merge(struct load *load, const struct load_config *config,
		 struct load_result *result)
{
	struct merge merge;
	int rc = 0;

	merge_init(&merge, config, result);
	for (int i = 0; rc == 0 && i < load->count; i++)
		rc = merge_worker(&merge, &load->threads[i].worker);
	result->interrupted = load->run.cancel &&
			      __atomic_load_n(load->run.cancel, __ATOMIC_RELAXED) != 0;
	merge_finish(&merge);
	verdict_judge_waiting(config, result);
	return rc;
}

/* The only worker, in the calling thread, which gets back its CPUs and timer slack. */
static int run_alone(struct load *load, const struct load_config *config,
		     const struct load_hooks *hooks)
{
	int slack = prctl(PR_GET_TIMERSLACK);
	bool pinned = CPU_COUNT(&config->pin) > 0;
	cpu_set_t before, one;

	if (pinned) {
		one = nth_cpu(&config->pin, 0);
		if (sched_getaffinity(0, sizeof(before), &before) < 0 ||
		    sched_setaffinity(0, sizeof(one), &one) < 0)
			return -errno;
	}
	worker_init(&load->threads[0].worker, &load->run, load->address);
	load->threads[0].worker.hooks = hooks;
	const struct target_share share = share_of(config, 0, 1);
	int rc = worker_run(&load->threads[0].worker, &share);
	if (pinned)
		(void)sched_setaffinity(0, sizeof(before),
					&before); /* where it came from */
	prctl(PR_SET_TIMERSLACK, slack);
	return rc;
}

static int run_threads(struct load *load, const struct load_config *config,
		       const struct load_hooks *hooks)
{
	load->run.lead_ns = LEAD_NS;
	if (start_threads(load, config) == 0)
		watch(load, hooks);
	for (int i = 0; i < load->count; i++)
		if (load->threads[i].started)
			pthread_join(load->threads[i].id, NULL);
	return atomic_load(&load->run.failed);
}

static int run_workers(struct load *load, const struct load_config *config,
		       const struct load_hooks *hooks, struct load_result *result)
{
	int rc = load->count == 1 ? run_alone(load, config, hooks)
				  : run_threads(load, config, hooks);

	if (rc == 0)
		rc = merge(load, config, result);
	for (int i = 0; i < load->count; i++)
		worker_release(&load->threads[i].worker);
	return rc;
}

int load_check_engine(const struct engine_ops *ops, char *error)
{
	const char *reason = engine_reason(ops);

	if (reason)
		snprintf(error, OPTION_ERROR_SIZE, "--engine %s: %s", ops->name, reason);
	return reason ? -ENOTSUP : 0;
}

int load_result_init(struct load_result *result, bool log)
{
	*result = (struct load_result){
		.service = histogram_new(),
		.connect = histogram_new(),
		.response = histogram_new(),
		.lag_client = histogram_new(),
		.lag_blocked = histogram_new(),
		.on_time = histogram_new(),
		.recording = log ? recording_new() : NULL,
	};
	const bool memory = (result->recording || !log) && result->service &&
			    result->connect && result->response && result->lag_client &&
			    result->lag_blocked && result->on_time;
	return memory ? 0 : -ENOMEM;
}

int load_run(const struct load_config *config, const struct address *address,
	     const struct load_hooks *hooks, const volatile int *cancel,
	     struct load_result *ret_result, char *error)
{
	struct pattern *pattern = pattern_new();
	struct load load = {.address = address, .count = (int)config->threads};
	int rc = load_result_init(ret_result, config->log);

	error[0] = '\0';
	load.threads = calloc((size_t)load.count, sizeof(*load.threads));
	if (!pattern || !load.threads)
		rc = -ENOMEM;
	if (rc < 0)
		goto out;
	run_init(&load.run, config, address->transport, engines[config->engine], pattern,
		 cancel);
	load.run.holds = hold_wanted(config, hooks);
	if (hooks && hooks->progress && !(load.run.watch = watch_new())) {
		rc = -ENOMEM;
		goto out;
	}
	rc = load_check_engine(engines[config->engine], error);
	if (rc == 0)
		rc = run_workers(&load, config, hooks, ret_result);
out:
	if (rc < 0 && error[0] == '\0')
		snprintf(error, OPTION_ERROR_SIZE, "the load generator cannot run: %s",
			 strerror(-rc));
	watch_free(load.run.watch);
	free(load.threads);
	pattern_free(pattern);
	return rc;
}

void load_result_release(struct load_result *result)
{
	histogram_free(result->service);
	histogram_free(result->connect);
	histogram_free(result->response);
	histogram_free(result->lag_client);
	histogram_free(result->lag_blocked);
	histogram_free(result->on_time);
	recording_free(result->recording);
	result->recording = NULL;
	result->service = result->connect = result->response = NULL;
	result->lag_client = result->lag_blocked = NULL;
	result->on_time = NULL;
}
