/* merge.c - from what each worker measured to one result. */
#include "loadgen/merge.h"

#include <math.h>
#include <string.h>

#include "loadgen/open_loop.h"
#include "loadgen/recording.h"
#include "server/clock.h"

#define SHARE_LEAST 10 /* requests per connection, for fairness */

void merge_init(struct merge *merge, const struct load_config *config,
		struct load_result *result)
{
	*merge = (struct merge){
		.config = config, .result = result, .little = {.applies = true}};
	result->censored_ns = result->response_censored_ns = INT64_MAX;
}

static void add_counters(const struct target *t, struct load_result *result)
{
	result->requests += t->requests;
	result->unfinished += t->unfinished;
	result->starved += t->starved;
	result->unended += t->datagrams ? 0 : target_ending(t);
	const uint64_t received = target_received(t);
	result->received += received;
	result->bytes += t->shape.sizes ? t->drawn : received * t->shape.payload;
	for (int i = 0; i < LOAD_ERRORS; i++)
		result->errors[i] += t->errors[i];
	if (t->censored_ns < result->censored_ns)
		result->censored_ns = t->censored_ns;
	if (result->client_errno == 0)
		result->client_errno = t->client_errno;
	if (result->first_mismatch[0] == '\0')
		memcpy(result->first_mismatch, t->first_mismatch,
		       sizeof(t->first_mismatch));
}

static void add_open_loop(const struct open_loop *o, struct load_result *result)
{
	histogram_add(result->response, o->response);
	histogram_add(result->lag_client, o->lag_client);
	histogram_add(result->lag_blocked, o->lag_blocked);
	histogram_add(result->on_time, o->on_time);
	result->arrivals += o->arrivals;
	result->starved_arrivals += o->starved;
	if (o->censored_ns < result->response_censored_ns)
		result->response_censored_ns = o->censored_ns;
}

int merge_worker(struct merge *merge, struct worker *worker)
{
	struct target *t = &worker->target;
	struct load_result *result = merge->result;
	struct little_check *little = &merge->little;

	histogram_add(result->service, t->service);
	histogram_add(result->connect, t->connect);
	add_counters(t, result);
	if (t->open)
		add_open_loop(t->open, result);
	result->datagrams = t->datagrams;
	if (worker->window_ns > result->window_ns)
		result->window_ns = worker->window_ns;
	merge->cpu_ns += worker->window_ns > 0 ? worker->cpu_ns : 0;
	merge->waited_ns += worker->window_ns > 0 ? worker->waited_ns : 0;
	little->measured_ns += t->served_ns;
	little->expected_ns += (double)t->served * t->depth * (double)worker->window_ns;
	little->applies = little->applies && t->blocked == 0 && t->churn == 0 &&
			  !t->open && target_errors(t) == 0;
	for (uint32_t i = 0; i < t->count; i++) {
		double replies = (double)target_connection(t, i)->replies;
		merge->replies += replies;
		merge->squares += replies * replies;
	}
	intervals_add(&merge->intervals, &t->recorder.intervals);
	if (!result->recording || worker->window_ns == 0)
		return 0;
	return recording_take(result->recording, &t->recorder, t->start_ns, t->end_ns);
}

/* Of an open loop a connection may have so few requests that one more or less, or one that
 * is answered behind the window, would look unfair. */
static bool are_enough(const struct load_config *config, const struct load_result *result)
{
	return config->rate <= 0 ||
	       result->arrivals >= SHARE_LEAST * (uint64_t)config->connections;
}

void merge_finish(struct merge *merge)
{
	const struct load_config *config = merge->config;
	struct load_result *result = merge->result;
	double thread_ns = (double)result->window_ns * (double)config->threads;

	result->client_cpu_s = (double)merge->cpu_ns / NS_PER_S;
	if (thread_ns > 0) {
		result->client_busy = (double)merge->cpu_ns / thread_ns;
		/* One that began before the window counts whole. */
		result->client_waited = fmin(1, (double)merge->waited_ns / thread_ns);
	}
	if (merge->squares > 0 && are_enough(config, result))
		result->fairness_jain = merge->replies * merge->replies /
					((double)config->connections * merge->squares);
	result->steady_of = config->rate > 0 ? "response time" : "throughput";
	if (config->rate > 0)
		intervals_judge_latency(&merge->intervals, &result->steady);
	else
		intervals_judge_replies(&merge->intervals, &result->steady);
	intervals_release(&merge->intervals);
	verdict_judge(config, &merge->little, result);
}
