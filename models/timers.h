/*
 * timers.h - deadlines of one thread in one heap.
 *
 * The timer is embedded in what waits; it remembers its place, so that re-arming and
 * cancelling find it at once. A heap of four children per node is half as deep as a
 * binary one and keeps the children of a node on one cache line:
 *
 *	place   0        1 2 3 4          5 .. 8   9 .. 12   13 .. 16  17 .. 20
 *	        minimum  its children     those of 1, 2, 3 and 4
 *
 * No timerfd and no system call: the loop's wait gets the time to the first deadline.
 */
#ifndef MODELS_TIMERS_H
#define MODELS_TIMERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TIMERS_NEVER INT64_MAX

/* Zeroed = not armed. Must not move while it is armed. */
struct timer {
	int64_t deadline_ns; /* on CLOCK_MONOTONIC; meaningful while armed */
	size_t place;        /* in the heap, + 1; 0 = not armed */
};

struct timers_entry {
	int64_t deadline_ns; /* a copy: comparing touches no timer */
	struct timer *timer;
};

struct timers {
	struct timers_entry *heap;
	size_t count;
	size_t capacity;
};

void timers_init(struct timers *timers);
void timers_release(struct timers *timers);

/* Room for `count` armed timers in all, so that arming cannot fail. 0 or -ENOMEM. */
int timers_reserve(struct timers *timers, size_t count);

/* Arms, or re-arms, within what was reserved. O(log n). */
void timers_arm(struct timers *timers, struct timer *timer, int64_t deadline_ns);

/* Nothing when it is not armed. O(log n). */
void timers_cancel(struct timers *timers, struct timer *timer);

static inline bool timer_armed(const struct timer *timer)
{
	return timer->place != 0;
}

/* The earliest deadline, or TIMERS_NEVER. */
int64_t timers_next(const struct timers *timers);

/* Until the earliest deadline, for the loop's wait: 0 when it has come, -1 when there is
 * none. */
int64_t timers_left_ns(const struct timers *timers);

/* Takes off one timer whose deadline is not after `now_ns`, the earliest first; NULL when
 * none is left. */
struct timer *timers_expire(struct timers *timers, int64_t now_ns);

/* How late the kernel may end a timed wait of this thread, and of the threads and
 * processes that it makes; 50 us by default. Sets 1 ns and returns what it was, for
 * timer_slack_restore. */
long timer_slack_tighten(void);
void timer_slack_restore(long slack_ns);

#endif
