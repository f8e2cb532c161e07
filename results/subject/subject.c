/* subject.c - what is measured, with its CPUs, or why it cannot be. */
#include "results/subject/subject.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/select.h>

#include "server/socket.h"

/* Descriptors that a server has beside its connections, with some to spare. */
#define SERVERS_OWN 24

/* What a model's flags say against a cell, or NULL. */
static const char *flags_reason(unsigned flags, const struct cell *cell,
				const struct subject *subject)
{
	if (flags & IO_MODEL_TWO_CPUS && cell->placement == PLACEMENT_SPLIT &&
	    CPU_COUNT(&subject->cpus.server) < 2)
		return "keeps a second CPU busy: placement split needs 4 CPUs";
	if (flags & IO_MODEL_FD_SETSIZE &&
	    cell->connections + cell->idle_connections > FD_SETSIZE - SERVERS_OWN)
		return "holds descriptors below FD_SETSIZE, 1024, only";
	if (flags & IO_MODEL_ECHO_ONLY && strcmp(cell->work, "none") != 0)
		return "does no work: echoes bytes unparsed";
	return NULL;
}

/* Why this cell cannot be measured, or NULL. */
static const char *find_reason(const struct cell *cell, const struct subject *subject)
{
	const struct io_model *model = subject->spec.model;
	const char *reason = server_spec_transport_reason(
		&subject->spec, (enum transport)cell->transport);

	if (!reason)
		reason = server_spec_reason(&subject->spec);
	return reason || !model ? reason : flags_reason(model->flags, cell, subject);
}

int subject_prepare(const struct cell *cell, const struct io_catalogue *catalogue,
		    struct subject *ret_subject, char *error)
{
	cpu_set_t available;

	memset(ret_subject, 0, sizeof(*ret_subject));
	int rc = server_spec_parse(cell->model, catalogue, &ret_subject->spec, error);
	if (rc == 0)
		rc = server_spec_check_workers(&ret_subject->spec, cell->workers, error);
	if (rc < 0)
		return rc;
	if (sched_getaffinity(0, sizeof(available), &available) < 0)
		CPU_ZERO(&available);
	if (placement_share((enum placement)cell->placement, &available,
			    &ret_subject->cpus) < 0) {
		snprintf(error, OPTION_ERROR_SIZE,
			 "placement split: needs two CPUs, this process may use %d; "
			 "accepted are shared and same",
			 CPU_COUNT(&available));
		return -ENODEV;
	}
	ret_subject->reason = find_reason(cell, ret_subject);
	return 0;
}

void subject_release(struct subject *subject)
{
	server_spec_release(&subject->spec);
}
