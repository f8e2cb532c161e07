/*
 * guard.h - what a launch says against itself: two servers that do not share the CPUs
 * evenly, a generator that is the limit.
 */
#ifndef RESULTS_CHECK_GUARD_H
#define RESULTS_CHECK_GUARD_H

#include <stdbool.h>

#include "results/check/check.h"

/*
 * Under fair scheduling who uses more of the CPU wins throughput from its rival, so a duet of
 * unlike servers says nothing of either. True where in a duet
 *	one used over a fifth more CPU, and a fifth more for each request; or
 *	one has over a fifth more threads at work, of all its processes, and used over a
 *	twentieth more CPU;
 * with a sentence in `text` (CHECK_REASON_SIZE bytes).
 */
bool check_guard_asymmetry(const struct launch *launch, char *text);

/* For placement `shared`: who runs beside whom is the scheduler's choice of the moment there,
 * and the ratio of the throughputs with it. True where in a duet in a closed loop it typically
 * moved by over 15 % from slice to slice; likewise with a sentence. With a CPU of its own for
 * the generator such a ratio is noise that a median evens out: turns would be the noisier. */
bool check_guard_unsteady(const struct launch *launch, char *text);

/* The same of what is known before a launch: one of the models polls, the other does not. */
bool check_guard_unlike(const struct server_spec *base, const struct server_spec *new,
			char *text);

/* The generator had something to do for over nine tenths of the time while the servers used
 * less than four fifths of what was theirs, of `cpus` that they may run on (with the
 * generator's where `shared`): what came through is the generator's. */
bool check_guard_generator(const struct launch *launch, enum launch_mode mode, int cpus,
			   bool shared);

#endif
