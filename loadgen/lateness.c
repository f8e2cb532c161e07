/* lateness.c - whether an open loop's generator kept its schedule. */
#include "loadgen/lateness.h"

#include <stdio.h>

#include "loadgen/report.h"

#define FELT 0.10 /* of the response time */

/* Late and slow are often different requests, and a percentile is what counts: how far it
 * moves when each request's lateness is taken off. */
static bool is_felt_at(const struct load_result *result, double quantile, char *text,
		       size_t size)
{
	double response = (double)histogram_quantile(result->response, quantile);
	double on_time = (double)histogram_quantile(result->on_time, quantile);
	char words[2][REPORT_TIME_SIZE];

	if (response - on_time <= FELT * response)
		return false;
	report_time(response, words[0]);
	report_time(on_time, words[1]);
	snprintf(text, size,
		 "requests went out late: p%g of the response time is %s, and %s without "
		 "lag.client",
		 100 * quantile, words[0], words[1]);
	return true;
}

bool lateness_is_felt(const struct load_result *result, char *text, size_t size)
{
	static const double quantiles[] = {0.99, 0.9, 0.5};

	for (size_t i = 0; i < sizeof(quantiles) / sizeof(quantiles[0]); i++)
		if (histogram_supports(result->response, quantiles[i]))
			return is_felt_at(result, quantiles[i], text, size);
	return false;
}
