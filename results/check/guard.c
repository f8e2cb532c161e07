/* guard.c - see guard.h. */
#include "results/check/guard.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "results/statistics/statistics.h"

#define UNLIKE        1.2
#define THREADS_SHARE 1.05 /* threads that use no CPU take none from the rival */
#define BUSY          0.9
#define IDLE          0.8
#define UNSTEADY      0.15 /* slices whose servers share the CPUs fairly: 0.01 to 0.05 */

#define POLLS (IO_MODEL_BUSY | IO_MODEL_TWO_CPUS)

/* More than 1: how many times the smaller the larger is. */
static double times(double a, double b)
{
	return a > 0 && b > 0 ? fmax(a, b) / fmin(a, b) : 1;
}

/* How far the ratio of a typical slice lies from the launch's: the median of the absolute
 * deviations. NAN of none. */
static double unsteadiness(const struct launch *launch)
{
	double ratio[LAUNCH_PAIRS_MAX], deviation[LAUNCH_PAIRS_MAX];
	const size_t count = launch_ratios(launch, LAUNCH_THROUGHPUT, ratio);
	const double middle = statistics_median(ratio, count);

	for (size_t i = 0; i < count; i++)
		deviation[i] = fabs(ratio[i] - middle);
	return statistics_median(deviation, count);
}

bool check_guard_unsteady(const struct launch *launch, char *text)
{
	const double deviation = unsteadiness(launch);

	if (!(deviation > UNSTEADY))
		return false;
	snprintf(
		text, CHECK_REASON_SIZE,
		"the throughputs' ratio moved by %.0f %% from slice to slice: who had the "
		"CPUs was chance",
		100 * expm1(deviation));
	return true;
}

bool check_guard_asymmetry(const struct launch *launch, char *text)
{
	const double *busy = launch->cpu_busy, *cost = launch->whole[LAUNCH_CPU];
	const int *threads = launch->threads;
	const double share = times(busy[0], busy[1]);
	const bool same_way = (busy[1] > busy[0]) == (cost[1] > cost[0]);

	if (same_way && share > UNLIKE && times(cost[0], cost[1]) > UNLIKE) {
		snprintf(
			text, CHECK_REASON_SIZE,
			"base used %.2f CPUs for %.3g us a request, new %.2f for %.3g us",
			busy[0], cost[0], busy[1], cost[1]);
		return true;
	}
	if (share > THREADS_SHARE && times(threads[0], threads[1]) > UNLIKE) {
		snprintf(
			text, CHECK_REASON_SIZE,
			"base has %d threads at work and used %.2f CPUs, new %d and %.2f",
			threads[0], busy[0], threads[1], busy[1]);
		return true;
	}
	return false;
}

static bool polls(const struct server_spec *spec)
{
	return spec->model && (spec->model->flags & POLLS) != 0;
}

bool check_guard_unlike(const struct server_spec *base, const struct server_spec *new,
			char *text)
{
	if (polls(base) == polls(new))
		return false;
	snprintf(text, CHECK_REASON_SIZE,
		 "%s polls and keeps a CPU busy, the other side waits",
		 polls(base) ? "base" : "new");
	return true;
}

/* CPUs that a server of so many threads can keep busy. */
static double usable(const struct launch *launch, int side, double cpus)
{
	const int threads = launch->threads[side];

	return threads > 0 && threads < cpus ? threads : cpus;
}

bool check_guard_generator(const struct launch *launch, enum launch_mode mode, int cpus,
			   bool shared)
{
	const double *busy = launch->cpu_busy;
	const double left = shared ? fmax(cpus - launch->client_busy, 0.1) : cpus;

	if (!(launch->client_busy > BUSY))
		return false;
	if (mode == LAUNCH_DUET)
		return busy[0] + busy[1] <
		       IDLE * fmin(left,
				   usable(launch, 0, left) + usable(launch, 1, left));
	return fmax(busy[0] / usable(launch, 0, left),
		    busy[1] / usable(launch, 1, left)) < IDLE;
}
