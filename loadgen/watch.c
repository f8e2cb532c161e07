/* watch.c - what is told of a run while it goes on. */
#include "loadgen/watch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loadgen/report.h"
#include "loadgen/worker.h"
#include "server/clock.h"

struct watch {
	int64_t looked_ns; /* the last look; 0: none yet */
	uint64_t requests, requests_before;
	uint64_t errors;
	uint64_t cells[HISTOGRAM_CELLS], cells_before[HISTOGRAM_CELLS];
};

struct watch *watch_new(void)
{
	return calloc(1, sizeof(struct watch));
}

void watch_free(struct watch *watch)
{
	free(watch);
}

void watch_begin(struct watch *watch)
{
	watch->requests_before = watch->requests;
	watch->requests = watch->errors = 0;
	memcpy(watch->cells_before, watch->cells, sizeof(watch->cells));
	memset(watch->cells, 0, sizeof(watch->cells));
}

void watch_add(struct watch *watch, const struct worker *worker)
{
	const struct histogram *h = target_headline(&worker->target);

	watch->requests += atomic_load(&worker->requests);
	watch->errors += atomic_load(&worker->errors);
	for (size_t i = 0; i < HISTOGRAM_CELLS; i++)
		watch->cells[i] += __atomic_load_n(&h->cells[i], __ATOMIC_RELAXED);
}

/* The value that `rank` samples since the look before do not exceed. */
static int64_t value_at(const struct watch *watch, uint64_t rank)
{
	uint64_t seen = 0;

	for (size_t i = 0; i < HISTOGRAM_CELLS; i++) {
		seen += watch->cells[i] - watch->cells_before[i];
		if (seen >= rank)
			return histogram_highest(i);
	}
	return 0;
}

static void tell_latency(const struct watch *watch, struct load_progress *progress)
{
	uint64_t samples = 0;

	for (size_t i = 0; i < HISTOGRAM_CELLS; i++)
		samples += watch->cells[i] - watch->cells_before[i];
	if (samples == 0)
		return;
	progress->p50_ns = value_at(watch, samples - samples / 2);
	progress->p99_ns = value_at(watch, samples - samples / 100);
}

void watch_tell(struct watch *watch, int64_t now, int64_t start_ns, int64_t end_ns,
		struct load_progress *ret_progress)
{
	int64_t since = watch->looked_ns > 0 ? watch->looked_ns : start_ns;

	*ret_progress = (struct load_progress){
		.done = (double)(now - start_ns) / (double)(end_ns - start_ns),
		.left_ns = end_ns - now,
		.requests = watch->requests,
		.errors = watch->errors,
	};
	if (now > since)
		ret_progress->rate = (double)(watch->requests - watch->requests_before) *
				     NS_PER_S / (double)(now - since);
	tell_latency(watch, ret_progress);
	watch->looked_ns = now;
}

void watch_worker(struct worker *w, int64_t now)
{
	const struct load_hooks *hooks = w->hooks;
	const struct target *t = &w->target;
	struct watch *watch = w->run->watch;
	struct load_progress progress;

	atomic_store_explicit(&w->requests, t->requests, memory_order_relaxed);
	atomic_store_explicit(&w->errors, target_errors(t), memory_order_relaxed);
	if (!hooks || !watch || now < w->progress_ns)
		return;
	watch_begin(watch);
	watch_add(watch, w);
	watch_tell(watch, now, t->start_ns, t->end_ns, &progress);
	run_tell_quota(w->run, &progress);
	hooks->progress(hooks->context, &progress);
	w->progress_ns = now + WATCH_PERIOD_NS;
}

static void format_latency(int64_t ns, char *text)
{
	snprintf(text, REPORT_TIME_SIZE, "-");
	if (ns > 0)
		report_time((double)ns, text);
}

void watch_format(const struct load_progress *progress, char *text)
{
	char p50[REPORT_TIME_SIZE], p99[REPORT_TIME_SIZE];

	format_latency(progress->p50_ns, p50);
	format_latency(progress->p99_ns, p99);
	snprintf(text, WATCH_TEXT_SIZE, "%.0f requests/s  p50 %s  p99 %s  %llu error%s",
		 progress->rate, p50, p99, (unsigned long long)progress->errors,
		 progress->errors == 1 ? "" : "s");
}
