/* subject.h - what is measured: a server, the CPUs that it and the client have, and why it
 * cannot be, if so. */
#ifndef RESULTS_SUBJECT_SUBJECT_H
#define RESULTS_SUBJECT_SUBJECT_H

#include "results/subject/placement.h"
#include "results/subject/server_spec.h"

struct subject {
	struct server_spec spec;
	struct placement_cpus cpus;
	const char *reason; /* why this machine cannot measure it; NULL: it can. Static */
};

/* From a cell's model, transport, work and placement. 0; -ENODEV where the machine has too
 * few CPUs for the placement, -EINVAL or -ENOMEM with one line in `error` (OPTION_ERROR_SIZE bytes). Release it in either case. */
int subject_prepare(const struct cell *cell, const struct io_catalogue *catalogue,
		    struct subject *ret_subject, char *error);
void subject_release(struct subject *subject); /* accepts a zeroed one */

#endif
