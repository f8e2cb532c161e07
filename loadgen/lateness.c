/* lateness.c - whether an open loop's generator kept its schedule. */
#include "loadgen/lateness.h"

#include <stdio.h>

#include "server/clock.h"

#define FELT 0.10 /* of the response time */

bool lateness_is_felt(const struct load_result *result, char *text, size_t size)
{
	static const double quantiles[] = {0.99, 0.9, 0.5};

	for (size_t i = 0; i < sizeof(quantiles) / sizeof(quantiles[0]); i++) {
		if (!histogram_supports(result->response, quantiles[i]))
			continue;
		double late =
			(double)histogram_quantile(result->lag_client, quantiles[i]);
		double response =
			(double)histogram_quantile(result->response, quantiles[i]);
		snprintf(text, size,
			 "requests went out late: p%g of lag.client is %.3g us, of the "
			 "response %.3g us",
			 100 * quantiles[i], late / NS_PER_US, response / NS_PER_US);
		return late > FELT * response;
	}
	return false;
}
