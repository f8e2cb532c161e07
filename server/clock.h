/* clock.h - the two clocks that everything is timed by, in nanoseconds. */
#ifndef SERVER_CLOCK_H
#define SERVER_CLOCK_H

#include <stdint.h>

#define NS_PER_US 1000LL
#define NS_PER_MS 1000000LL
#define NS_PER_S  1000000000LL

/* CLOCK_MONOTONIC, through the vDSO: about 20 ns, no system call. */
int64_t clock_ns(void);

/* CPU time of the calling thread, CLOCK_THREAD_CPUTIME_ID: a system call, about 170 ns. */
int64_t clock_thread_cpu_ns(void);

/* Time for which the calling thread was ready to run and had no CPU, since it began
 * (/proc/thread-self/schedstat, about 10 us); 0 where the kernel does not say. */
int64_t clock_thread_waited_ns(void);

/* Sleeps until the monotonic time `deadline_ns`; goes on after a signal. */
void clock_sleep_until(int64_t deadline_ns);

#endif
