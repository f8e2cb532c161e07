/* assets.h - the page of a report before and behind its data; report_assets.c is made by
 * CMake from results/report/ (cmake/report_assets.cmake). Private to report_*.c. */
#ifndef RESULTS_REPORT_ASSETS_H
#define RESULTS_REPORT_ASSETS_H

#include <stddef.h>

extern const unsigned char report_page_head[], report_page_tail[];
extern const size_t report_page_head_size, report_page_tail_size;

/* gnuplot's, each behind what they have in common. */
struct report_script {
	const unsigned char *text;
	size_t size;
};
extern const struct report_script report_script_ranks, report_script_percentiles,
	report_script_load, report_script_connections;

/* Of Chart.js; "": it is not inside. */
extern const char report_chart_version[];

#endif
