/*
 * recording.h - the latencies of each second of a run, of all its workers: what `--hlog` and
 * DIR/histograms hold.
 */
#ifndef LOADGEN_RECORDING_H
#define LOADGEN_RECORDING_H

#include <stdio.h>

#include "loadgen/recorder.h"

struct recording;

struct recording *recording_new(void);            /* NULL: no memory */
void recording_free(struct recording *recording); /* accepts NULL */

/* Takes what a worker has recorded in its window from start_ns to end_ns, on CLOCK_MONOTONIC.
 * 0, or -ENOMEM also where the worker had not enough. */
int recording_take(struct recording *recording, struct recorder *recorder,
		   int64_t start_ns, int64_t end_ns);

/* An interval log of one second each, and one more of what came behind the window where
 * something did. 0 or -errno. */
int recording_write(const struct recording *recording, FILE *out);

#endif
