/* run.c - what the workers of one run share. */
#include "loadgen/open_loop.h"
#include "loadgen/worker.h"
#include "server/clock.h"

#define SPIN_NS       (60 * NS_PER_US)   /* a timer may come so late */
#define QUOTA_MOST_NS (86400 * NS_PER_S) /* of a window that ends with its replies */

/* Of the window, at most; that of an open loop is known from its schedule. */
static int64_t duration_of(const struct load_config *config)
{
	struct schedule schedule;

	if (config->requests == 0)
		return config->duration_ns;
	if (config->rate <= 0)
		return QUOTA_MOST_NS;
	schedule_init(&schedule, config->rate, (enum arrivals)config->arrivals,
		      (uint64_t)config->seed);
	return schedule_window(schedule, open_warm_ns(config),
			       (uint64_t)config->requests);
}

void run_init(struct run *run, const struct load_config *config, enum transport transport,
	      const struct engine_ops *ops, const struct pattern *pattern,
	      const volatile int *cancel)
{
	*run = (struct run){
		.config = config,
		.ops = ops,
		.pattern = pattern,
		.cancel = cancel,
		.workers = (int)config->threads,
		.timeout_ns = load_timeout_ns(config, transport),
		.duration_ns = duration_of(config),
		.look_ns = config->requests > 0 ? NS_PER_MS / 2 : 20 * NS_PER_MS,
		.spin_ns = config->shares_cpu ? 0 : SPIN_NS,
		.quota = {.wanted = config->rate > 0 ? 0 : (uint64_t)config->requests,
			  .workers = (uint64_t)config->threads},
	};
	atomic_init(&run->live, config->connections);
	atomic_init(&run->origin_ns, INT64_MAX);
	atomic_init(&run->start_ns, INT64_MAX);
	atomic_init(&run->end_ns, INT64_MAX);
}

void run_tell_quota(const struct run *run, struct load_progress *progress)
{
	double wanted = (double)run->quota.wanted, requests = (double)progress->requests;

	if (wanted <= 0 || requests > wanted)
		return;
	progress->done = requests / wanted;
	progress->left_ns = 0;
	if (progress->rate > 0)
		progress->left_ns =
			(int64_t)((wanted - requests) / progress->rate * NS_PER_S);
}
