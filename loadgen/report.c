/* report.c - one result as a person reads it. */
#include "loadgen/report.h"

#include <errno.h>
#include <string.h>

#include "loadgen/payload.h"
#include "server/clock.h"

#define VALUE_SIZE    32
#define SIZE_TEXT_MAX 512

static const char *const error_names[LOAD_ERRORS] = {
	[LOAD_REFUSED] = "refused", [LOAD_RESET] = "reset",
	[LOAD_EOF] = "eof",         [LOAD_TIMEOUT] = "timeout",
	[LOAD_CORRUPT] = "corrupt", [LOAD_SURPLUS] = "surplus",
	[LOAD_CLIENT] = "client",
};

void report_time(double ns, char *text)
{
	static const char *const units[] = {"ns", "us", "ms", "s"};
	int unit = 0;

	while (ns >= 999.5 && unit < 3) {
		ns /= 1000;
		unit++;
	}
	int decimals = ns < 9.995 && unit > 0 ? 2 : ns < 99.95 && unit > 0 ? 1 : 0;
	snprintf(text, REPORT_TIME_SIZE, "%.*f %s", decimals, ns, units[unit]);
}

/* From where on values are lower bounds. */
static int64_t censored_ns(const struct load_result *result, const struct histogram *h)
{
	if (h == result->service)
		return result->censored_ns;
	return h == result->response ? result->response_censored_ns : INT64_MAX;
}

static void print_quantile(const struct load_result *result, const struct histogram *h,
			   const char *name, double quantile, FILE *out)
{
	char value[REPORT_TIME_SIZE] = "-";
	const char *bound = "";

	if (histogram_supports(h, quantile)) {
		int64_t ns = histogram_quantile(h, quantile);
		report_time((double)ns, value);
		bound = ns >= censored_ns(result, h) ? ">=" : "";
	}
	fprintf(out, "  %s %s%s", name, bound, value);
}

static void print_latency(const struct load_result *result, const char *name,
			  const struct histogram *h, FILE *out)
{
	char min[REPORT_TIME_SIZE], mean[REPORT_TIME_SIZE], max[REPORT_TIME_SIZE];

	if (h->count == 0)
		return;
	report_time((double)h->min, min);
	report_time(histogram_mean(h), mean);
	report_time((double)h->max, max);
	fprintf(out, "%-13s", name);
	print_quantile(result, h, "p50", 0.5, out);
	print_quantile(result, h, "p90", 0.9, out);
	print_quantile(result, h, "p99", 0.99, out);
	print_quantile(result, h, "p99.9", 0.999, out);
	print_quantile(result, h, "p99.99", 0.9999, out);
	const char *bound = censored_ns(result, h) <= h->max ? ">=" : "";
	fprintf(out, "\n               min %s  mean %s%s  max %s%s\n", min, bound, mean,
		bound, max);
}

/* What of the response time is not service: the server kept requests waiting, or we. */
static void print_lag(const struct load_result *result, const char *name,
		      const struct histogram *h, FILE *out)
{
	char max[REPORT_TIME_SIZE];

	if (h->count == 0)
		return;
	report_time((double)h->max, max);
	fprintf(out, "%-13s", name);
	print_quantile(result, h, "p50", 0.5, out);
	print_quantile(result, h, "p99", 0.99, out);
	fprintf(out, "  max %s\n", max);
}

static void print_latencies(const struct load_config *config,
			    const struct load_result *result, FILE *out)
{
	if (config->rate > 0)
		print_latency(result, "response time", result->response, out);
	print_latency(result, "service time", result->service, out);
	if (config->rate <= 0)
		return;
	print_lag(result, "lag.blocked", result->lag_blocked, out);
	print_lag(result, "lag.client", result->lag_client, out);
}

static void print_throughput(const struct load_result *result, FILE *out)
{
	double seconds = (double)result->window_ns / NS_PER_S;

	if (seconds <= 0) {
		fprintf(out, "throughput     -  (no window)\n");
		return;
	}
	fprintf(out,
		"throughput     %.0f requests/s  %.2f MiB/s each way  (%llu in %.3g s)\n",
		(double)result->received / seconds,
		(double)result->bytes / seconds / (1 << 20),
		(unsigned long long)result->received, seconds);
}

static void print_fairness(const struct load_config *config,
			   const struct load_result *result, FILE *out)
{
	fprintf(out, "connections    ");
	if (result->fairness_jain > 0)
		fprintf(out, "fairness %.3f (Jain)  ", result->fairness_jain);
	fprintf(out, "starved %llu of %lld", (unsigned long long)result->starved,
		(long long)config->connections);
	if (result->unfinished > 0)
		fprintf(out, "  unfinished requests %llu",
			(unsigned long long)result->unfinished);
	if (result->connect->count > 0) {
		print_quantile(result, result->connect, " connect p50", 0.5, out);
		print_quantile(result, result->connect, "p99", 0.99, out);
	}
	fputc('\n', out);
}

static void print_errors(const struct load_result *result, FILE *out)
{
	bool any = false;

	fprintf(out, "errors         ");
	for (int i = 0; i < LOAD_ERRORS; i++) {
		if (result->errors[i] == 0)
			continue;
		fprintf(out, "%s%s %llu", any ? "  " : "", error_names[i],
			(unsigned long long)result->errors[i]);
		any = true;
	}
	fprintf(out, "%s\n", any ? "" : "none");
	if (result->first_mismatch[0] != '\0')
		fprintf(out, "first mismatch %s\n", result->first_mismatch);
}

static void print_client(const struct load_config *config,
			 const struct load_result *result, FILE *out)
{
	if (result->client_cpu_s <= 0 || result->received == 0)
		return;
	fprintf(out,
		"generator      %.2f us of CPU per request, %.0f %% busy, waited %.0f %% for "
		"a CPU, engine %s\n",
		result->client_cpu_s * 1e6 / (double)result->received,
		100 * result->client_busy, 100 * result->client_waited,
		load_engines[config->engine]);
}

/* What the workload is beyond plain echo, one clause each. */
static void print_extras(const struct load_config *config, FILE *out)
{
	if (config->work && strcmp(config->work, "none") != 0)
		fprintf(out, ", work %s", config->work);
	if (config->churn > 0)
		fprintf(out, ", %lld request%s per connection", (long long)config->churn,
			config->churn == 1 ? "" : "s");
	if (config->idle > 0)
		fprintf(out, ", %lld idle", (long long)config->idle);
}

static void print_workload(const struct load_config *config,
			   const struct address *address, FILE *out)
{
	char target[ADDRESS_TEXT_SIZE], size[SIZE_TEXT_MAX], length[VALUE_SIZE];

	address_format(address, target);
	payload_format(config->size, size, sizeof(size));
	if (config->requests > 0)
		snprintf(length, sizeof(length), "%lld requests",
			 (long long)config->requests);
	else
		format_duration(config->duration_ns, length, sizeof(length));
	fprintf(out, "%s  %s loop, ", target, config->rate > 0 ? "open" : "closed");
	if (config->rate > 0)
		fprintf(out, "%g requests/s (%s), ", config->rate,
			arrivals_names[config->arrivals]);
	fprintf(out,
		"%lld %s%s x depth %lld, %s bytes, %s, "
		"%lld thread%s",
		(long long)config->connections,
		address->transport == TRANSPORT_UDP ? "socket" : "connection",
		config->connections == 1 ? "" : "s", (long long)config->depth, size,
		length, (long long)config->threads, config->threads == 1 ? "" : "s");
	print_extras(config, out);
	fputc('\n', out);
}

int report_print(const struct load_config *config, const struct address *address,
		 const struct load_result *result, FILE *out)
{
	print_workload(config, address, out);
	print_throughput(result, out);
	print_latencies(config, result, out);
	print_fairness(config, result, out);
	print_errors(result, out);
	print_client(config, result, out);
	fprintf(out, "verdict        %s%s%s\n", load_verdict_name(result->verdict),
		result->reason[0] ? ": " : "", result->reason);
	return fflush(out) == 0 && !ferror(out) ? 0 : -EIO;
}
