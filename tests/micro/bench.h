/*
 * bench.h - micro-benchmarks written in C: all that their author sees.
 *
 * bench_main.cc hands every case to Google Benchmark, whose header is C++ only. The case
 * repeats its operation itself, so a call costs nothing per iteration.
 */
#ifndef TESTS_MICRO_BENCH_H
#define TESTS_MICRO_BENCH_H

#include <stdint.h>

struct bench_case {
	const char *name;
	int64_t arg;
	int (*setup)(void **ret_ctx, int64_t arg); /* 0 or -errno: skipped. Optional */
	void (*run)(void *ctx, uint64_t iters);    /* `iters` operations */
	void (*teardown)(void *ctx);               /* Optional */
};

extern const struct bench_case bench_cases[]; /* ends with .name NULL */

/* The compiler must make `value`, or take it for unknown. */
#define BENCH_KEEP(value) __asm__ volatile("" : : "g"(value) : "memory")

#endif
