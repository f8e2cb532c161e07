/* slo.h - `--slo p99=1ms`: what response times are to stay below. */
#ifndef RESULTS_SEARCH_SLO_H
#define RESULTS_SEARCH_SLO_H

#include <stdbool.h>
#include <stdint.h>

#include "server/options.h"
#include "server/row.h"

#define SLO_MAX 8

struct slo {
	const char *metric; /* "p99", "mean"; static */
	const char *column; /* "response_p99_us"; static */
	double beyond;      /* part of the samples above it: 0.01; 0: mean, max */
	int64_t limit_ns;
};

struct slos {
	struct slo items[SLO_MAX];
	int count;
};

/* METRIC=TIME, several of them by commas or by repeating the option; METRIC is p50, p90,
 * p99, p99.9, p99.99, mean or max. 0, or -EINVAL with one line in `error`
 * (OPTION_ERROR_SIZE bytes). */
int slo_parse(const struct option_list *list, struct slos *ret_slos, char *error);

/* Requests that a window must have for the objectives to be judged. */
double slo_samples(const struct slos *slos);

/* False with what is against it in `why` (of `size` bytes): the first that is not met, or
 * that the row does not have. */
bool slo_met(const struct slos *slos, const struct row *row, char *why, size_t size);

/* "p99 <= 1ms, mean <= 200us" */
void slo_format(const struct slos *slos, char *text, size_t size);

#endif
