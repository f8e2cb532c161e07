/* verdict.c - whether a run's numbers may be believed, and why not. */
#include "loadgen/verdict.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "loadgen/intervals.h"
#include "loadgen/lateness.h"
#include "server/clock.h"

#define LITTLE_TOLERANCE 0.05
#define BUSY             0.95 /* a CPU that has hardly any time left */
#define IDLE             0.90 /* one that could do more: by a tenth at least */
#define ANSWERED         0.99 /* of what is offered; less, and a queue grows */
#define SIGMAS           3
#define WAITING_FELT     0.10 /* of the window, without a CPU */
#define NEIGHBOURS_FELT  0.10 /* of the CPUs' time, taken by others */

static const char *const verdict_names[] = {
	[LOAD_VALID] = "VALID",
	[LOAD_CLIENT_LIMITED] = "CLIENT_LIMITED",
	[LOAD_UNSTABLE] = "UNSTABLE",
	[LOAD_CORRUPTED] = "CORRUPT",
	[LOAD_SERVER_ERRORS] = "SERVER_ERRORS",
};

static const char *const error_words[LOAD_ERRORS] = {
	[LOAD_REFUSED] = "refused",
	[LOAD_RESET] = "reset",
	[LOAD_EOF] = "closed early",
	[LOAD_TIMEOUT] = "timed out",
	[LOAD_CORRUPT] = "with a wrong byte",
	[LOAD_SURPLUS] = "with surplus bytes",
	[LOAD_CLIENT] = "lost to the client's own limits",
};

const char *load_verdict_name(enum load_verdict verdict)
{
	return verdict_names[verdict];
}

int load_exit_status(const struct load_result *result)
{
	static const int status[] = {
		[LOAD_VALID] = EXIT_VALID,
		[LOAD_CLIENT_LIMITED] = EXIT_CLIENT_LIMITED,
		[LOAD_UNSTABLE] = EXIT_UNSTABLE,
		[LOAD_CORRUPTED] = EXIT_CORRUPT,
		[LOAD_SERVER_ERRORS] = EXIT_SERVER_ERRORS,
	};

	return result->interrupted ? EXIT_INTERRUPTED : status[result->verdict];
}

static void say(struct load_result *result, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Adds one clause to the reason. */
static void say(struct load_result *result, const char *format, ...)
{
	size_t used = strlen(result->reason);
	va_list arguments;

	if (used > 0)
		used += (size_t)snprintf(result->reason + used,
					 sizeof(result->reason) - used, "; ");
	if (used >= sizeof(result->reason))
		return;
	va_start(arguments, format);
	vsnprintf(result->reason + used, sizeof(result->reason) - used, format,
		  arguments);
	va_end(arguments);
}

/* Of datagrams some may be lost: the network is allowed to. */
#define LOST_TOLERANCE 0.001

static const char *const datagram_words[LOAD_ERRORS] = {
	[LOAD_REFUSED] = "requests refused",
	[LOAD_RESET] = "requests failed",
	[LOAD_EOF] = "requests failed",
	[LOAD_TIMEOUT] = "requests unanswered",
	[LOAD_CORRUPT] = "replies with a wrong byte",
	[LOAD_SURPLUS] = "replies late or twice",
	[LOAD_CLIENT] = "datagrams lost to the client's own limits",
};

static uint64_t errors_between(const struct load_result *result, int first, int last)
{
	uint64_t sum = 0;

	for (int i = first; i <= last; i++)
		sum += result->errors[i];
	return sum;
}

/* One that was made again may be lost again. */
static void say_count(const struct load_config *config, uint64_t count, const char *what,
		      struct load_result *result)
{
	int64_t connections = config->connections + config->idle;

	if (result->datagrams)
		say(result, "%llu %s", (unsigned long long)count, what);
	else if (config->churn == 0 && count <= (uint64_t)connections)
		say(result, "%llu of %lld connections %s", (unsigned long long)count,
		    (long long)connections, what);
	else
		say(result, "%llu connections %s", (unsigned long long)count, what);
}

static void say_errors(const struct load_config *config, struct load_result *result)
{
	for (int i = 0; i < LOAD_ERRORS; i++) {
		if (result->errors[i] == 0)
			continue;
		say_count(config, result->errors[i],
			  result->datagrams ? datagram_words[i] : error_words[i], result);
		if (i == LOAD_CLIENT && result->client_errno != 0)
			say(result, "first: %s", strerror(result->client_errno));
	}
}

/* A run without a single reply is the server's fault, unless no connection got so far. */
static bool no_reply(const struct load_config *config, const struct load_result *result)
{
	return result->requests == 0 && result->received == 0 && !result->interrupted &&
	       result->errors[LOAD_CLIENT] < (uint64_t)config->connections;
}

static void say_lost(const struct load_config *config, struct load_result *result)
{
	uint64_t lost = errors_between(result, 0, LOAD_ERRORS - 1);

	bool whole = config->requests > 0 && config->rate <= 0
			     ? result->requests >= (uint64_t)config->requests
			     : result->window_ns >= config->duration_ns;

	if (lost < (uint64_t)config->connections || result->interrupted || whole)
		return;
	if (result->window_ns > 0)
		say(result, "every connection lost after %.3g s of the window",
		    (double)result->window_ns / NS_PER_S);
	else
		say(result, "every connection lost before the window");
}

/* What the server might have sent on them later has not been seen. */
static void say_unended(struct load_result *result)
{
	if (result->unended > 0 && !result->interrupted)
		say(result,
		    "%llu connections not ended by the server after their half-close",
		    (unsigned long long)result->unended);
}

static void check_order(const char *what, const struct histogram *h,
			struct load_result *result)
{
	static const double quantiles[] = {0.5, 0.9, 0.99, 0.999, 0.9999};
	double mean = histogram_mean(h);
	int64_t last = h->min;

	if (h->count == 0)
		return;
	for (size_t i = 0; i < sizeof(quantiles) / sizeof(quantiles[0]); i++) {
		int64_t value = histogram_quantile(h, quantiles[i]);
		if (value < last || value > h->max)
			say(result, "invariant broken: %s p%g is %lld ns after %lld ns",
			    what, 100 * quantiles[i], (long long)value, (long long)last);
		last = value;
	}
	/* A mean of equal values may differ from them in its last bit. */
	if (mean < (double)h->min * (1 - 1e-9) || mean > (double)h->max * (1 + 1e-9))
		say(result, "invariant broken: %s mean %.0f ns outside %lld..%lld ns",
		    what, mean, (long long)h->min, (long long)h->max);
}

static void check_little(const struct little_check *little, struct load_result *result)
{
	if (!little->applies || little->expected_ns <= 0)
		return;
	double ratio = little->measured_ns / little->expected_ns;
	if (fabs(ratio - 1) > LITTLE_TOLERANCE)
		say(result,
		    "invariant broken: rate x mean service is %.1f %% of the served "
		    "connections x depth",
		    100 * ratio);
}

/* Why a window was not steady, or that it was too short to say. */
static void say_steady(struct load_result *result)
{
	const struct steady *steady = &result->steady;
	double change = steady->before > 0 ? 100 * (steady->after / steady->before - 1)
					   : INFINITY;

	if (steady->state == STEADY_LATE)
		say(result,
		    "no steady state: %s changed by %+.0f %% when %.0f %% of the window "
		    "had passed",
		    result->steady_of, change, 100 * steady->cut);
	else if (steady->state == STEADY_DRIFTING)
		say(result,
		    "no steady state: %s of the second half is %+.0f %% off the first's",
		    result->steady_of, change);
	else if (steady->state == STEADY_SHORT && result->verdict == LOAD_VALID &&
		 !result->interrupted)
		say(result, "short: steady state is judged from %.1f s on",
		    (double)STEADY_LEAST_INTERVALS * INTERVAL_NS / NS_PER_S);
}

/* A closed loop's --requests that replies stopped coming for. */
static bool is_stuck(const struct load_config *config, const struct load_result *result)
{
	return config->rate <= 0 && !result->interrupted &&
	       result->requests < (uint64_t)config->requests;
}

static bool is_corrupt(const struct load_result *result)
{
	return result->errors[LOAD_CORRUPT] > 0 ||
	       (result->errors[LOAD_SURPLUS] > 0 && !result->datagrams);
}

static bool server_failed(const struct load_result *result)
{
	uint64_t unanswered = result->errors[LOAD_TIMEOUT];

	if (errors_between(result, LOAD_REFUSED, LOAD_EOF) > 0 || !result->datagrams)
		return errors_between(result, LOAD_REFUSED, LOAD_TIMEOUT) > 0;
	double sent = (double)(unanswered + result->requests);
	/* Replies that found no room here are not the server's fault. */
	uint64_t ours = result->errors[LOAD_CLIENT];
	uint64_t lost = unanswered > ours ? unanswered - ours : 0;
	return (double)lost > LOST_TOLERANCE * sent;
}

/* A queue before a server that is busy all the time is a random walk: its standard deviation
 * is about the root of what went through it. A server with time left is pulled back. */
bool load_kept_up(double offered, double answered)
{
	return answered >= ANSWERED * offered - SIGMAS * sqrt(offered);
}

/* What the window began with and what it ended with differ by arrivals less replies. */
static bool queue_grows(const struct load_result *result)
{
	uint64_t offered = result->arrivals - result->starved_arrivals;

	return !load_kept_up((double)offered, (double)result->received);
}

static void say_queue(struct load_result *result)
{
	bool told = result->verdict == LOAD_UNSTABLE ||
		    result->verdict == LOAD_CLIENT_LIMITED;

	if (told && queue_grows(result))
		say(result,
		    "answered %llu of %llu offered in the window: the queue grows",
		    (unsigned long long)result->received,
		    (unsigned long long)(result->arrivals - result->starved_arrivals));
}

void verdict_judge(const struct load_config *config, const struct little_check *little,
		   struct load_result *result)
{
	bool silent = no_reply(config, result), stuck = is_stuck(config, result);
	char late[OPTION_ERROR_SIZE];
	bool is_late = config->rate > 0 && lateness_is_felt(result, late, sizeof(late));

	result->reason[0] = '\0';
	if (is_corrupt(result))
		result->verdict = LOAD_CORRUPTED;
	else if (server_failed(result) || silent || stuck)
		result->verdict = LOAD_SERVER_ERRORS;
	else if (result->errors[LOAD_CLIENT] > 0 || is_late)
		result->verdict = LOAD_CLIENT_LIMITED;
	else if (queue_grows(result) || result->steady.state == STEADY_LATE ||
		 result->steady.state == STEADY_DRIFTING)
		result->verdict = LOAD_UNSTABLE;
	else
		result->verdict = LOAD_VALID;
	if (silent)
		say(result, "no reply");
	else if (stuck)
		say(result, "no more replies after %llu of %lld",
		    (unsigned long long)result->requests, (long long)config->requests);
	say_errors(config, result);
	say_lost(config, result);
	say_unended(result);
	if (is_late)
		say(result, "%s", late);
	say_queue(result);
	if (result->interrupted)
		say(result, "interrupted");
	check_order("service", result->service, result);
	if (config->rate > 0)
		check_order("response", result->response, result);
	check_little(little, result);
	say_steady(result);
}

/* What lowers a verdict later is said before anything else. */
static void lower(struct load_result *result, enum load_verdict verdict, const char *text)
{
	char before[sizeof(result->reason)];

	memcpy(before, result->reason, sizeof(before));
	result->reason[0] = '\0';
	result->verdict = verdict;
	say(result, "%s", text);
	if (before[0] != '\0')
		say(result, "%s", before);
}

/* For a CPU, for more than is to be neglected; nothing graver is known. */
static bool waited(const struct load_result *result)
{
	return result->client_waited >= WAITING_FELT &&
	       result->verdict != LOAD_CORRUPTED && result->verdict != LOAD_SERVER_ERRORS;
}

static void blame_waiting(struct load_result *result, const char *consequence)
{
	char text[OPTION_ERROR_SIZE];

	snprintf(text, sizeof(text),
		 "the generator waited %.0f %% of the window for a CPU%s",
		 100 * result->client_waited, consequence);
	lower(result, LOAD_CLIENT_LIMITED, text);
}

void verdict_judge_waiting(const struct load_config *config, struct load_result *result)
{
	if (config->rate > 0 && !config->shares_cpu && waited(result))
		blame_waiting(result, ", and saw as late what was not");
}

void load_judge_waiting(const struct load_config *config, struct load_result *result)
{
	if (config->rate <= 0 && waited(result))
		blame_waiting(result, ": the throughput is a lower bound");
}

void load_judge_neighbours(struct load_result *result, const char *who, double share)
{
	char text[OPTION_ERROR_SIZE];

	if ((result->verdict != LOAD_VALID && result->verdict != LOAD_UNSTABLE) ||
	    !(share > NEIGHBOURS_FELT))
		return;
	snprintf(text, sizeof(text), "%s took %.0f %% of the CPU time", who, 100 * share);
	lower(result, LOAD_UNSTABLE, text);
}

void load_judge_server(struct load_result *result, double server_busy)
{
	char text[OPTION_ERROR_SIZE];

	if ((result->verdict != LOAD_VALID && result->verdict != LOAD_UNSTABLE) ||
	    result->client_busy + result->client_waited < BUSY || server_busy >= IDLE)
		return;
	snprintf(
		text, sizeof(text),
		"the generator's threads were %.0f %% busy and waited %.0f %% for a CPU, the "
		"server's CPUs were %.0f %% busy: the throughput is a lower bound",
		100 * result->client_busy, 100 * result->client_waited,
		100 * server_busy);
	lower(result, LOAD_CLIENT_LIMITED, text);
}
