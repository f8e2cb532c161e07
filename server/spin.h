/*
 * spin.h - burns CPU time of the calling thread: the CPU-bound work of a request.
 *
 * A wall-clock spin would burn less than it says beside a competitor, so the target is
 * thread CPU time: a calibrated dependent chain takes 90 % of what is left, over and over
 * until the thread's clock says that it is done.
 */
#ifndef SERVER_SPIN_H
#define SERVER_SPIN_H

#include <stdint.h>

/* How fast this machine runs the chain; read-only after spin_calibrate, shared by
 * threads. */
struct spin {
	double rounds_per_ns;
	int64_t clock_ns; /* what a look at the thread's clock costs */
};

/* Takes about 2 ms: the fastest of several runs after a warm-up. Call it while no other
 * thread is timed. */
void spin_calibrate(struct spin *ret_spin);

/* Burns `ns` of the calling thread's CPU time, less at most `clock_ns`. Below 2 us the chain
 * alone is used: a poll of the clock would cost more than the error it removes. */
void spin_burn(const struct spin *spin, int64_t ns);

#endif
