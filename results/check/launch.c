/* launch.c - see launch.h. */
#include "results/check/launch.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loadgen/random.h"
#include "results/campaign/machine.h"
#include "results/statistics/statistics.h"
#include "results/subject/process_tree.h"
#include "results/subject/server_side.h"

#define BASE          0
#define NEW           1
#define BOTH          ((1U << BASE) | (1U << NEW))
#define STEAL_AT_MOST 0.2
#define SLICES_MAX    (2 * LAUNCH_PAIRS_MAX)

/* What is read at an edge between slices. */
struct edge {
	int64_t cpu_ns[DUET_SIDES]; /* -1: not known */
	long long steal, total;
};

struct threads {
	struct thread_use *list;
	int count;
};

struct progress {
	const struct launch_config *config;
	struct server_process server[DUET_SIDES];
	bool started[DUET_SIDES];
	struct duet_slice slices[SLICES_MAX];
	int count;
	struct edge edges[SLICES_MAX + 1];
	struct threads before[DUET_SIDES]; /* anybody was connected */
	int threads[DUET_SIDES];
	struct load_config load;
	struct load_result results[DUET_SIDES];
};

const char *launch_side_name(int side)
{
	return side == BASE ? "base" : "new";
}

const char *launch_mode_name(enum launch_mode mode)
{
	return mode == LAUNCH_DUET ? "duet" : "abba";
}

void launch_turns(enum launch_mode mode, uint64_t seed, struct duet_slice *slices,
		  int count)
{
	unsigned first = 0;

	for (int i = 0; i < count; i++) {
		if (i % 4 == 0)
			first = (unsigned)random_mix(seed + (uint64_t)i) & 1;
		/* A B B A, or B A A B */
		const unsigned side = i % 4 == 0 || i % 4 == 3 ? first : 1 - first;
		slices[i].sides = mode == LAUNCH_DUET ? BOTH : 1U << side;
	}
}

/* While the connections are still open; it takes milliseconds. */
static void count_threads(struct progress *p)
{
	for (int i = 0; i < DUET_SIDES; i++) {
		struct threads now = {NULL, 0};
		if (process_tree_threads(p->server[i].pid, &now.list, &now.count) == 0)
			p->threads[i] =
				threads_at_work(p->before[i].list, p->before[i].count,
						now.list, now.count);
		free(now.list);
	}
}

static void read_edge(void *context, int edge)
{
	struct progress *p = context;
	struct edge *e = &p->edges[edge];

	for (int i = 0; i < DUET_SIDES; i++) {
		struct probe_reading reading;
		const int rc = probe_read(&p->server[i].probe, &reading);
		e->cpu_ns[i] = rc < 0 ? -1 : reading.cpu_ns;
	}
	if (machine_steal(&e->steal, &e->total) < 0)
		e->steal = e->total = 0;
	if (edge == p->count)
		count_threads(p);
}

static void say(struct launch *launch, int side, const char *what)
{
	const size_t used = strlen(launch->problem);

	snprintf(launch->problem + used, sizeof(launch->problem) - used, "%s%s: %s",
		 used > 0 ? "; " : "", launch_side_name(side), what);
}

/* False: one has not come up, which is in `problem`, or `*ret_rc` is set. */
static bool start_both(struct progress *p, struct launch *launch, int *ret_rc,
		       char *error)
{
	const int first = (int)(random_mix(~p->config->seed) & 1);

	*ret_rc = 0;
	for (int i = 0; i < DUET_SIDES; i++) {
		const int side = first ^ i;
		const int rc = measure_start_server(p->config->sides[side],
						    &p->server[side], error);
		if (rc < 0 && rc != -ECHILD)
			*ret_rc = rc;
		if (rc == -ECHILD)
			say(launch, side, error);
		if (rc < 0)
			return false;
		p->started[side] = true;
	}
	return true;
}

static void stop_both(struct progress *p, struct launch *launch)
{
	for (int i = 0; i < DUET_SIDES; i++) {
		struct server_report report;
		if (!p->started[i])
			continue;
		server_process_stop(&p->server[i], &report);
		if (report.problem[0])
			say(launch, i, report.problem);
	}
}

/* Of wrong or missing answers; that a machine was not steady is what a comparison is for. */
static void judge(struct progress *p, struct launch *launch)
{
	for (int i = 0; i < DUET_SIDES; i++) {
		const struct load_result *result = &p->results[i];
		if (result->verdict == LOAD_CORRUPTED ||
		    result->verdict == LOAD_SERVER_ERRORS ||
		    result->errors[LOAD_CLIENT] > 0)
			say(launch, i, result->reason);
	}
}

static double per_request_us(int64_t from_ns, int64_t to_ns, uint64_t requests)
{
	if (from_ns < 0 || to_ns < 0 || requests == 0)
		return NAN;
	return (double)(to_ns - from_ns) / 1e3 / (double)requests;
}

static double us_or_nan(int64_t ns)
{
	return ns > 0 ? (double)ns / 1e3 : NAN;
}

/* One side's values of one slice. */
static void measure_side(const struct progress *p, int slice, int side,
			 struct launch_pair *pair)
{
	const struct duet_slice *s = &p->slices[slice];
	const uint64_t requests = s->requests[side];

	pair->requests[side] = requests;
	pair->value[LAUNCH_THROUGHPUT][side] =
		requests > 0 ? (double)requests * NS_PER_S / (double)s->length_ns : NAN;
	pair->value[LAUNCH_CPU][side] = per_request_us(
		p->edges[slice].cpu_ns[side], p->edges[slice + 1].cpu_ns[side], requests);
	pair->value[LAUNCH_P50][side] = us_or_nan(s->p50_ns[side]);
	pair->value[LAUNCH_P99][side] = us_or_nan(s->p99_ns[side]);
}

static double steal_between(const struct edge *from, const struct edge *to)
{
	return to->total > from->total ? (double)(to->steal - from->steal) /
						 (double)(to->total - from->total)
				       : 0;
}

static void measure_pairs(const struct progress *p, struct launch *launch)
{
	const int per_pair = p->config->mode == LAUNCH_DUET ? 1 : DUET_SIDES;

	launch->pairs = p->count / per_pair;
	for (int i = 0; i < launch->pairs; i++) {
		struct launch_pair *pair = &launch->pair[i];
		const int first = i * per_pair;
		for (int s = first; s < first + per_pair; s++)
			for (int side = 0; side < DUET_SIDES; side++)
				if ((p->slices[s].sides >> side & 1) != 0)
					measure_side(p, s, side, pair);
		pair->steal =
			steal_between(&p->edges[first], &p->edges[first + per_pair]);
	}
}

/* How long one side had its turn. */
static double turns_ns(const struct progress *p, int side)
{
	double sum = 0;

	for (int s = 0; s < p->count; s++)
		if ((p->slices[s].sides >> side & 1) != 0)
			sum += (double)p->slices[s].length_ns;
	return sum;
}

static double quantile_us(const struct load_result *result, double quantile)
{
	const struct histogram *h = load_headline(result);

	return h->count > 0 ? (double)histogram_quantile(h, quantile) / 1e3 : NAN;
}

static void measure_whole(const struct progress *p, struct launch *launch)
{
	const struct edge *first = &p->edges[0], *last = &p->edges[p->count];

	for (int i = 0; i < DUET_SIDES; i++) {
		const struct load_result *result = &p->results[i];
		const double ns = turns_ns(p, i);
		launch->whole[LAUNCH_THROUGHPUT][i] =
			ns > 0 ? (double)result->received * NS_PER_S / ns : NAN;
		launch->whole[LAUNCH_CPU][i] = per_request_us(
			first->cpu_ns[i], last->cpu_ns[i], result->received);
		launch->whole[LAUNCH_P50][i] = quantile_us(result, 0.5);
		launch->whole[LAUNCH_P99][i] = quantile_us(result, 0.99);
		launch->cpu_busy[i] =
			ns > 0 ? (double)(last->cpu_ns[i] - first->cpu_ns[i]) / ns : NAN;
	}
	launch->client_busy = p->results[BASE].client_busy;
	memcpy(launch->threads, p->threads, sizeof(launch->threads));
}

/* On the client's CPUs where the placement says so. */
static int drive(struct progress *p, char *error)
{
	const struct address *const addresses[DUET_SIDES] = {&p->server[BASE].address,
							     &p->server[NEW].address};
	const struct duet_config duet = {.load = &p->load,
					 .slice_ns = p->config->slice_ns,
					 .slices = p->slices,
					 .count = p->count,
					 .edge = read_edge,
					 .context = p};
	cpu_set_t before;
	const bool move = CPU_COUNT(&p->load.pin) > 0 &&
			  sched_getaffinity(0, sizeof(before), &before) == 0;

	if (move)
		sched_setaffinity(0, sizeof(p->load.pin), &p->load.pin);
	const int rc = duet_run(&duet, addresses, p->config->sides[BASE]->cancel,
				p->results, error);
	if (move)
		sched_setaffinity(0, sizeof(before), &before);
	return rc;
}

static int measure_started(struct progress *p, struct launch *launch, char *error)
{
	for (int i = 0; i < DUET_SIDES; i++)
		(void)process_tree_threads(p->server[i].pid, &p->before[i].list,
					   &p->before[i].count); /* none: all counts */
	int rc = drive(p, error);

	if (rc == 0 && p->results[BASE].interrupted)
		rc = -EINTR;
	if (rc == 0) {
		judge(p, launch);
		measure_pairs(p, launch);
		measure_whole(p, launch);
	}
	for (int i = 0; i < DUET_SIDES; i++) {
		load_result_release(&p->results[i]);
		free(p->before[i].list);
	}
	return rc;
}

static void forget(struct launch *launch)
{
	*launch = (struct launch){.client_busy = NAN};
	for (int metric = 0; metric < LAUNCH_METRICS; metric++)
		for (int side = 0; side < DUET_SIDES; side++) {
			launch->whole[metric][side] = NAN;
			for (int i = 0; i < LAUNCH_PAIRS_MAX; i++)
				launch->pair[i].value[metric][side] = NAN;
		}
}

int launch_run(const struct launch_config *config, struct launch *ret_launch, char *error)
{
	struct progress p = {.config = config};
	int rc = 0;

	forget(ret_launch);
	if (config->pairs < 1 || config->pairs > LAUNCH_PAIRS_MAX)
		return -EINVAL;
	p.count = config->pairs * (config->mode == LAUNCH_DUET ? 1 : DUET_SIDES);
	launch_turns(config->mode, config->seed, p.slices, p.count);
	measure_load_config(config->sides[BASE], &p.load);
	p.load.duration_ns = config->slice_ns * p.count;
	p.load.threads = 1;
	if (start_both(&p, ret_launch, &rc, error))
		rc = measure_started(&p, ret_launch, error);
	stop_both(&p, ret_launch);
	return rc;
}

double launch_log_ratio(enum launch_metric metric, double base, double new)
{
	if (!(base > 0) || !(new > 0))
		return NAN;
	return metric == LAUNCH_THROUGHPUT ? log(base / new) : log(new / base);
}

size_t launch_ratios(const struct launch *launch, enum launch_metric metric,
		     double *ret_ratios)
{
	size_t count = 0;

	for (int i = 0; i < launch->pairs; i++) {
		const struct launch_pair *pair = &launch->pair[i];
		const double ratio = launch_log_ratio(metric, pair->value[metric][BASE],
						      pair->value[metric][NEW]);
		if (!isnan(ratio) && pair->steal <= STEAL_AT_MOST)
			ret_ratios[count++] = ratio;
	}
	return count;
}

double launch_effect(const struct launch *launch, enum launch_metric metric,
		     int *ret_dropped)
{
	double ratios[LAUNCH_PAIRS_MAX];
	const size_t count = launch_ratios(launch, metric, ratios);

	*ret_dropped = launch->pairs - (int)count;
	return statistics_median(ratios, count);
}
