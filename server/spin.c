/*
 * spin.c - burns CPU time of the calling thread: the CPU-bound work of a request.
 *
 * The chain is an xorshift generator: each round needs the one before, so that neither
 * compiler nor processor can overlap them, and it touches no memory.
 */
#include "server/spin.h"

#include "server/clock.h"

#define CALIBRATION_ROUNDS 100000 /* about 0.15 ms */
#define CALIBRATION_RUNS   10
#define CLOCK_LOOKS        200 /* about 50 us: longer than a neighbour disturbs them */
#define WARM_UP_RUNS       3
#define CHAIN_ALONE_NS     (2 * NS_PER_US)

static void run_chain(uint64_t rounds)
{
	uint64_t x = 88172645463325252ULL;

	for (uint64_t i = 0; i < rounds; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		__asm__ volatile("" : "+r"(x)); /* the result is used: it must be made */
	}
}

static void run_chain_ns(const struct spin *spin, double ns)
{
	run_chain((uint64_t)(ns * spin->rounds_per_ns));
}

static int64_t time_chain(void)
{
	const int64_t start = clock_thread_cpu_ns();

	run_chain(CALIBRATION_ROUNDS);
	return clock_thread_cpu_ns() - start;
}

static int64_t time_clock(void)
{
	const int64_t start = clock_thread_cpu_ns();

	return clock_thread_cpu_ns() - start;
}

static int64_t fastest_of(int runs, int64_t (*time)(void))
{
	int64_t fastest = INT64_MAX;

	for (int i = 0; i < runs; i++) {
		const int64_t ns = time();
		if (ns < fastest)
			fastest = ns;
	}
	return fastest;
}

void spin_calibrate(struct spin *ret_spin)
{
	fastest_of(WARM_UP_RUNS, time_chain);
	ret_spin->rounds_per_ns =
		CALIBRATION_ROUNDS / (double)fastest_of(CALIBRATION_RUNS, time_chain);
	ret_spin->clock_ns = fastest_of(CLOCK_LOOKS, time_clock);
}

/* Nine tenths of what is left, again and again, rather than once: 200 us then need five
 * looks at the clock instead of 120, and each is a system call. */
void spin_burn(const struct spin *spin, int64_t ns)
{
	if (ns < CHAIN_ALONE_NS) {
		if (ns > 0)
			run_chain_ns(spin, (double)ns);
		return;
	}
	/* Half of the first look and half of the last lie outside what they measure; the
	 * other halves are burnt, too, and so is each look that is still to come. */
	const int64_t end = clock_thread_cpu_ns() + ns - spin->clock_ns;
	for (int64_t left = ns - 2 * spin->clock_ns; left > 0;
	     left = end - clock_thread_cpu_ns() - spin->clock_ns)
		run_chain_ns(spin, (double)left * (left < CHAIN_ALONE_NS ? 1.0 : 0.9));
}
