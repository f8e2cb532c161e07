/* write.h - the page of a result, a check or a comparison, as a file. */
#ifndef RESULTS_REPORT_WRITE_H
#define RESULTS_REPORT_WRITE_H

#include <jansson.h>

#include "results/show/input.h"
#include "server/io_model.h"

struct report_request {
	const struct io_catalogue *catalogue;
	const struct input *base, *new; /* `new` NULL: the page is of one result */
	json_t *comparison;             /* of two, as `compare --format json`; borrowed */
	const char *path;
	bool named; /* its path on stdout when it is written */
	bool plots; /* charts as PNG and SVG beside the page, their names on stdout */
};

/* Says on stderr what is missing in the page. 0, -ENOMEM, or -errno with one line in `error` (OPTION_ERROR_SIZE bytes). */
int report_write(const struct report_request *request, char *error);

/* The page of a check's directory, likewise. */
int report_write_check(const struct io_catalogue *catalogue, const char *directory,
		       const char *path, char *error);

#endif
