/* histogram.h - the histograms of OpenMetrics; private to show_*.c. */
#ifndef RESULTS_SHOW_HISTOGRAM_H
#define RESULTS_SHOW_HISTOGRAM_H

#include "results/show/format.h"

/* The service and response times of each cell whose repetitions all have a log. 0 or
 * -ENOMEM. */
int openmetrics_histograms(const struct show *show, FILE *out);

/* A family's lines above its samples; the labels of a sample and a blank. */
void openmetrics_family(const char *name, const char *type, const char *unit,
			const char *help, FILE *out);
void openmetrics_labels(const struct show *show, const struct summary_line *line,
			const char *more, FILE *out);

#endif
