/* lateness.c - whether an open loop's generator kept its schedule. */
#include "loadgen/lateness.h"

#include <stdio.h>

#include "loadgen/report.h"

#define FELT 0.10 /* of the response time */

bool lateness_is_felt(const struct load_result *result, char *text, size_t size)
{
	static const double quantiles[] = {0.99, 0.9, 0.5};

	for (size_t i = 0; i < sizeof(quantiles) / sizeof(quantiles[0]); i++) {
		if (!histogram_supports(result->response, quantiles[i]))
			continue;
		int64_t late = histogram_quantile(result->lag_client, quantiles[i]);
		int64_t response = histogram_quantile(result->response, quantiles[i]);
		char words[2][REPORT_TIME_SIZE];
		report_time((double)late, words[0]);
		report_time((double)response, words[1]);
		snprintf(text, size,
			 "requests went out late: p%g of lag.client is %s, of the "
			 "response time %s",
			 100 * quantiles[i], words[0], words[1]);
		return (double)late > FELT * (double)response;
	}
	return false;
}
