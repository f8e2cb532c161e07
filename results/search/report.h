/* report.h - what a search found, for a person or a program. */
#ifndef RESULTS_SEARCH_REPORT_H
#define RESULTS_SEARCH_REPORT_H

#include <stdio.h>

#include "results/search/steps.h"

enum search_limit {
	SEARCH_LIMIT_SERVER, /* the next rate is too much for the server */
	SEARCH_LIMIT_CLIENT, /* .. for the generator, or that was late at every measurement
			      * of this one: the rate found is a lower bound */
	SEARCH_LIMIT_NONE    /* every rate that was tried was kept */
};

struct search_report {
	const char *target; /* as the user named it */
	const struct search_steps *steps;
	const struct knee *knee;
	enum search_limit limit;
	const char *cut; /* why it ended before its end; NULL: it did not */
};

/* All return 0 or -errno. */
int search_report_text(const struct search_report *report, FILE *out);
int search_report_json(const struct search_report *report, FILE *out);
int search_report_csv(const struct search_report *report, FILE *out); /* the steps */

#endif
