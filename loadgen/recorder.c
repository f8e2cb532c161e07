/* recorder.c - what a worker keeps of its window beside sums. */
#include "loadgen/recorder.h"

#include "loadgen/open_loop.h"
#include "loadgen/target.h"
#include "server/clock.h"

static const struct histogram *service_of(const struct target *t)
{
	return t->service;
}

static const struct histogram *response_of(const struct target *t)
{
	return t->open ? t->open->response : NULL;
}

/* The histograms that are logged; a target may not have every one. */
static const struct {
	const char *tag;
	const struct histogram *(*of)(const struct target *t);
} logged[RECORDER_LOGS] = {
	{"service", service_of},
	{"response", response_of},
};

const char *recorder_tag(int log)
{
	return logged[log].tag;
}

int recorder_open(struct target *t, bool logs)
{
	int rc = 0;

	for (int i = 0; logs && rc == 0 && i < RECORDER_LOGS; i++)
		if (logged[i].of(t))
			rc = interval_log_open(&t->recorder.logs[i], logged[i].of(t));
	return rc;
}

void recorder_release(struct recorder *r)
{
	intervals_release(&r->intervals);
	for (int i = 0; i < RECORDER_LOGS; i++)
		interval_log_release(&r->logs[i]);
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

void recorder_set_window(struct target *t, int64_t start_ns, int64_t end_ns)
{
	t->start_ns = t->recorder.begun_ns = t->recorder.second_ns = start_ns;
	t->end_ns = end_ns;
	t->edge_ns = earlier(start_ns + INTERVAL_NS, end_ns);
}

void recorder_cut_window(struct target *t, int64_t end_ns)
{
	t->end_ns = end_ns;
	t->edge_ns = earlier(t->edge_ns, end_ns);
}

static void end_interval(struct target *t)
{
	struct recorder *r = &t->recorder;
	const struct histogram *h = target_headline(t);
	const struct interval sums = {h->count, h->sum};
	const struct interval gained = {sums.replies - r->before.replies,
					sums.latency_ns - r->before.latency_ns};

	intervals_append(&r->intervals, &gained);
	r->before = sums;
}

static void cut_logs(struct recorder *r, int64_t now)
{
	for (int i = 0; i < RECORDER_LOGS; i++)
		if (r->logs[i].histogram)
			interval_log_cut(&r->logs[i]);
	r->second_ns = now;
}

void recorder_pass(struct target *t, int64_t now)
{
	struct recorder *r = &t->recorder;

	while (t->edge_ns <= now && t->edge_ns < t->end_ns) {
		end_interval(t);
		if (t->edge_ns - r->second_ns >= NS_PER_S)
			cut_logs(r, t->edge_ns);
		r->begun_ns = t->edge_ns;
		t->edge_ns = earlier(t->edge_ns + INTERVAL_NS, t->end_ns);
	}
}

void recorder_end_window(struct target *t)
{
	struct recorder *r = &t->recorder;

	recorder_pass(t, t->end_ns);
	if (t->end_ns - r->begun_ns == INTERVAL_NS)
		end_interval(t);
	cut_logs(r, t->end_ns);
}

void recorder_finish(struct target *t, int64_t now)
{
	t->recorder.tail_ns = now - t->end_ns;
	cut_logs(&t->recorder, now);
}
