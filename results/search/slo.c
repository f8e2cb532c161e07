/* slo.c - `--slo p99=1ms`: what response times are to stay below. */
#include "results/search/slo.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "server/clock.h"

/* A percentile needs 10 samples beyond it; arrivals at random bring some fewer. */
#define SAMPLES_BEYOND 20
#define SAMPLES_LEAST  100 /* for a mean too */

static const struct slo metrics[] = {
	{"p50", "response_p50_us", 0.5, 0},
	{"p90", "response_p90_us", 0.1, 0},
	{"p99", "response_p99_us", 0.01, 0},
	{"p99.9", "response_p999_us", 0.001, 0},
	{"p99.99", "response_p9999_us", 0.0001, 0},
	{"mean", "response_mean_us", 0, 0},
	{"max", "response_max_us", 0, 0},
};

static const struct slo *find_metric(const char *name, size_t length)
{
	for (size_t i = 0; i < sizeof(metrics) / sizeof(metrics[0]); i++)
		if (strlen(metrics[i].metric) == length &&
		    strncmp(metrics[i].metric, name, length) == 0)
			return &metrics[i];
	return NULL;
}

static int add(const char *text, struct slos *slos, char *error)
{
	const size_t length = strcspn(text, "=");
	const struct slo *metric = find_metric(text, length);
	int64_t limit_ns;

	if (!metric || text[length] == '\0' ||
	    parse_duration(text + length + 1, &limit_ns) < 0 || limit_ns == 0) {
		snprintf(
			error, OPTION_ERROR_SIZE,
			"--slo '%.100s': expected METRIC=TIME, METRIC one of p50 p90 p99 "
			"p99.9 p99.99 mean max, TIME with a unit and above 0, such as "
			"p99=1ms",
			text);
		return -EINVAL;
	}
	if (slos->count == SLO_MAX) {
		snprintf(error, OPTION_ERROR_SIZE,
			 "--slo '%.100s': at most %d objectives are accepted", text,
			 SLO_MAX);
		return -EINVAL;
	}
	slos->items[slos->count] = *metric;
	slos->items[slos->count++].limit_ns = limit_ns;
	return 0;
}

int slo_parse(const struct option_list *list, struct slos *ret_slos, char *error)
{
	char one[128];
	int rc = 0;

	ret_slos->count = 0;
	for (int i = 0; i < list->count; i++) {
		const char *next = list->items[i];
		do {
			const size_t length = strcspn(next, ",");
			snprintf(one, sizeof(one), "%.*s", (int)length, next);
			rc = add(one, ret_slos, error);
			next += length;
		} while (rc == 0 && *next++ == ',');
		if (rc < 0)
			return rc;
	}
	if (ret_slos->count > 0)
		return 0;
	snprintf(error, OPTION_ERROR_SIZE,
		 "no objective: expected --slo METRIC=TIME, such as --slo p99=1ms");
	return -EINVAL;
}

double slo_samples(const struct slos *slos)
{
	double most = SAMPLES_LEAST;

	for (int i = 0; i < slos->count; i++) {
		const double beyond = slos->items[i].beyond;
		if (beyond > 0 && SAMPLES_BEYOND / beyond > most)
			most = SAMPLES_BEYOND / beyond;
	}
	return most;
}

bool slo_met(const struct slos *slos, const struct row *row, char *why, size_t size)
{
	char limit[32];
	double us;

	for (int i = 0; i < slos->count; i++) {
		const struct slo *slo = &slos->items[i];
		if (!row_number(row, slo->column, &us)) {
			snprintf(why, size, "too few replies for %s", slo->metric);
			return false;
		}
		if (us * NS_PER_US <= (double)slo->limit_ns)
			continue;
		format_duration(slo->limit_ns, limit, sizeof(limit));
		snprintf(why, size, "%s %.1f us, above %s", slo->metric, us, limit);
		return false;
	}
	return true;
}

void slo_format(const struct slos *slos, char *text, size_t size)
{
	char limit[32];
	size_t used = 0;

	text[0] = '\0';
	for (int i = 0; i < slos->count && used < size; i++) {
		format_duration(slos->items[i].limit_ns, limit, sizeof(limit));
		used += (size_t)snprintf(text + used, size - used, "%s%s <= %s",
					 i > 0 ? ", " : "", slos->items[i].metric, limit);
	}
}
