/* schedule.c - when the requests of an open loop are due. */
#include "loadgen/schedule.h"

#include <math.h>
#include <stddef.h>

#include "loadgen/random.h"
#include "server/clock.h"

/* Away from the numbers that other parts draw from the same seed. */
#define STREAM 0xa076bd6a4f2b91c3

const char *const arrivals_names[] = {
	[ARRIVALS_POISSON] = "poisson",
	[ARRIVALS_CONSTANT] = "constant",
	NULL,
};

void schedule_init(struct schedule *schedule, double per_second, enum arrivals arrivals,
		   uint64_t seed)
{
	*schedule = (struct schedule){
		.arrivals = arrivals,
		.random = random_mix(seed ^ STREAM),
		.per_second = per_second,
	};
}

static double gap(struct schedule *schedule)
{
	double unit = random_unit(random_next(&schedule->random));

	return -log1p(-unit) * NS_PER_S / schedule->per_second;
}

int64_t schedule_next(struct schedule *schedule, uint64_t skip)
{
	if (schedule->arrivals == ARRIVALS_CONSTANT) {
		uint64_t k = schedule->next + skip;
		schedule->next = k + 1;
		return (int64_t)((double)k * NS_PER_S / schedule->per_second);
	}
	for (uint64_t i = 0; i <= skip; i++)
		schedule->at_ns += gap(schedule);
	schedule->next += skip + 1;
	return (int64_t)schedule->at_ns;
}

int64_t schedule_window(struct schedule schedule, int64_t from_ns, uint64_t arrivals)
{
	int64_t due;

	do
		due = schedule_next(&schedule, 0);
	while (due < from_ns);
	return schedule_next(&schedule, arrivals - 1) - from_ns;
}
