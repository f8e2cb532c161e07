/* timers.c - see timers.h. */
#include "models/timers.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/prctl.h>

#include "server/clock.h"

#define CHILDREN 4

void timers_init(struct timers *timers)
{
	*timers = (struct timers){0};
}

void timers_release(struct timers *timers)
{
	free(timers->heap);
	timers_init(timers);
}

int timers_reserve(struct timers *timers, size_t count)
{
	if (count <= timers->capacity)
		return 0;
	size_t capacity = timers->capacity ? timers->capacity : 64;
	while (capacity < count)
		capacity *= 2;
	struct timers_entry *heap = realloc(timers->heap, capacity * sizeof(*heap));
	if (!heap)
		return -ENOMEM;
	timers->heap = heap;
	timers->capacity = capacity;
	return 0;
}

static void timers_put(struct timers *timers, size_t place, struct timers_entry entry)
{
	timers->heap[place] = entry;
	entry.timer->place = place + 1;
}

/* Moves the hole at `place` up until `entry` fits into it. */
static void timers_up(struct timers *timers, size_t place, struct timers_entry entry)
{
	while (place > 0) {
		size_t parent = (place - 1) / CHILDREN;
		if (timers->heap[parent].deadline_ns <= entry.deadline_ns)
			break;
		timers_put(timers, place, timers->heap[parent]);
		place = parent;
	}
	timers_put(timers, place, entry);
}

static size_t timers_earliest_child(const struct timers *timers, size_t place)
{
	size_t first = place * CHILDREN + 1, end = first + CHILDREN;
	size_t earliest = first;

	if (end > timers->count)
		end = timers->count;
	for (size_t child = first + 1; child < end; child++)
		if (timers->heap[child].deadline_ns < timers->heap[earliest].deadline_ns)
			earliest = child;
	return earliest;
}

/* Moves the hole at `place` down until `entry` fits into it. */
static void timers_down(struct timers *timers, size_t place, struct timers_entry entry)
{
	while (place * CHILDREN + 1 < timers->count) {
		size_t child = timers_earliest_child(timers, place);
		if (timers->heap[child].deadline_ns >= entry.deadline_ns)
			break;
		timers_put(timers, place, timers->heap[child]);
		place = child;
	}
	timers_put(timers, place, entry);
}

/* Fills the hole at `place` with `entry`, whichever way it belongs. */
static void timers_fill(struct timers *timers, size_t place, struct timers_entry entry)
{
	if (place > 0 &&
	    timers->heap[(place - 1) / CHILDREN].deadline_ns > entry.deadline_ns)
		timers_up(timers, place, entry);
	else
		timers_down(timers, place, entry);
}

void timers_arm(struct timers *timers, struct timer *timer, int64_t deadline_ns)
{
	struct timers_entry entry = {.deadline_ns = deadline_ns, .timer = timer};

	timer->deadline_ns = deadline_ns;
	if (timer_armed(timer)) {
		timers_fill(timers, timer->place - 1, entry);
		return;
	}
	assert(timers->count < timers->capacity);
	timers_up(timers, timers->count++, entry);
}

void timers_cancel(struct timers *timers, struct timer *timer)
{
	if (!timer_armed(timer))
		return;
	size_t place = timer->place - 1;
	struct timers_entry last = timers->heap[--timers->count];
	timer->place = 0;
	if (place < timers->count)
		timers_fill(timers, place, last);
}

int64_t timers_next(const struct timers *timers)
{
	return timers->count > 0 ? timers->heap[0].deadline_ns : TIMERS_NEVER;
}

int64_t timers_left_ns(const struct timers *timers)
{
	const int64_t next_ns = timers_next(timers);

	if (next_ns == TIMERS_NEVER)
		return -1;
	const int64_t left_ns = next_ns - clock_ns();
	return left_ns > 0 ? left_ns : 0;
}

struct timer *timers_expire(struct timers *timers, int64_t now_ns)
{
	if (timers_next(timers) > now_ns)
		return NULL;
	struct timer *timer = timers->heap[0].timer;
	timers_cancel(timers, timer);
	return timer;
}

long timer_slack_tighten(void)
{
	long slack_ns = prctl(PR_GET_TIMERSLACK);

	prctl(PR_SET_TIMERSLACK, 1L);
	return slack_ns;
}

void timer_slack_restore(long slack_ns)
{
	if (slack_ns > 0)
		prctl(PR_SET_TIMERSLACK, slack_ns);
}
