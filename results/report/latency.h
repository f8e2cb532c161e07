/*
 * latency.h - the latencies of each line, from the interval logs of its repetitions.
 *
 *	[{line, tag, logs, curve [us], low [us], high [us],
 *	  times [{row, start_s, length_s, requests, from, levels}]}]
 *
 * `line` is an index into the lines of data.h, `tag` what was measured: `response` in an
 * open loop, else `service`; `logs` how many repetitions it is of.
 *
 * curve[k] is the latency that a part of 10^(-k/8) of the requests exceeds, all repetitions
 * together; low and high are the least and the greatest among repetitions that have one. A
 * curve ends where fewer than 10 samples lie beyond.
 *
 * A time is an interval of a repetition's log. Its requests are counted by latency, 4 classes
 * to the doubling: class c holds 2^(c/4) to 2^((c+1)/4) ns. `from` is the first class with a
 * request, `levels` a digit (base 36) for each one from there: 0 none, else 1 + the whole part
 * of the count's binary logarithm.
 */
#ifndef RESULTS_REPORT_LATENCY_H
#define RESULTS_REPORT_LATENCY_H

#include "results/report/data.h"

/* The caller owns the reference; NULL: no memory. Logs that are damaged are said in
 * source->missing; lines without any log are left out. */
json_t *report_latency_new(struct report_source *source);

#endif
