/* plots.h - the main panels of a report as PNG and SVG, by gnuplot. */
#ifndef RESULTS_REPORT_PLOTS_H
#define RESULTS_REPORT_PLOTS_H

#include "results/report/data.h"

/*
 * Writes into `directory` throughput-N, cpu-N and latency-N for the Nth workload, and load-1 where
 * there are open loops, each as .png and .svg, and prints their names. `latency` is that of
 * latency.h. 0; -ENOENT there is no gnuplot, -EIO it failed, both with one line in `error`
 * (OPTION_ERROR_SIZE bytes); other -errno.
 */
int report_plots(const struct report_source *source, const json_t *latency,
		 const char *directory, char *error);

#endif
