/*
 * recorder.h - what a worker keeps of its window beside sums: the intervals of 50 ms and,
 * where a log is asked for, the latencies of each second.
 *
 * Nothing is done per reply: at a boundary the sums so far are held against those at the
 * boundary before. A boundary is looked for where the end of the window is looked for
 * anyway (sample.h): target->edge_ns is the nearer of the two. So a reply belongs to the
 * interval that its stamp lies in, to the nanosecond.
 */
#ifndef LOADGEN_RECORDER_H
#define LOADGEN_RECORDER_H

#include "loadgen/interval_log.h"
#include "loadgen/intervals.h"

#define RECORDER_LOGS 2

struct target;

struct recorder {
	struct intervals intervals;
	struct interval before; /* the sums at the last boundary */
	int64_t begun_ns;       /* the interval under way */
	int64_t second_ns;      /* the second under way */
	int64_t tail_ns;        /* from the window's end to the end of the run */
	struct interval_log logs[RECORDER_LOGS];
};

/* The tag of a log. */
const char *recorder_tag(int log);

/* The target has its histograms; `logs`: they are to be logged. 0 or -ENOMEM; in either
 * case recorder_release. */
int recorder_open(struct target *target, bool logs);
void recorder_release(struct recorder *recorder); /* accepts a zeroed one */

/* The window is known; its end comes sooner; both keep target->edge_ns. */
void recorder_set_window(struct target *target, int64_t start_ns, int64_t end_ns);
void recorder_cut_window(struct target *target, int64_t end_ns);

/* Ends the intervals whose end has come, but not the last: before anything that came at
 * `now` is added to the sums. */
void recorder_pass(struct target *target, int64_t now);

/* The end of the window; the end of the run: what the drain brought is a piece of its own
 * in the log. */
void recorder_end_window(struct target *target);
void recorder_finish(struct target *target, int64_t now);

#endif
