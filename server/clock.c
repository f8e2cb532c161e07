/* clock.c - the two clocks that everything is timed by. */
#include "server/clock.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>

static int64_t read_clock(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts); /* cannot fail for these two clocks */
	return ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

int64_t clock_ns(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

int64_t clock_thread_cpu_ns(void)
{
	return read_clock(CLOCK_THREAD_CPUTIME_ID);
}

int64_t clock_thread_waited_ns(void)
{
	FILE *file = fopen("/proc/thread-self/schedstat", "re");
	long long waited = 0;

	if (file && fscanf(file, "%*d %lld", &waited) != 1)
		waited = 0;
	if (file)
		fclose(file);
	return waited;
}

void clock_sleep_until(int64_t deadline_ns)
{
	const struct timespec ts = {deadline_ns / NS_PER_S, deadline_ns % NS_PER_S};

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == EINTR)
		;
}
