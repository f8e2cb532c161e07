/* keys.c - the keys of a plan, the check of each value, what comes later. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "loadgen/payload.h"
#include "loadgen/schedule.h"
#include "loadgen/work.h"
#include "results/calibration/engine_choice.h"
#include "results/plan/plan.h"
#include "results/plan/private.h"
#include "server/clock.h"
#include "server/socket.h"

const char *const placement_names[] = {"split", "shared", "same", NULL};

static const char *const transports[] = {"tcp", "unix", "udp", NULL};

#define OF_PLAN(member) offsetof(struct plan, member)
#define OF_CELL(member) offsetof(struct cell, member)

const struct option_spec plan_keys[] = {
	{"name", "NAME", "name of the plan", OPTION_TEXT, OF_PLAN(name), "unnamed", 0, 0,
	 NULL},
	{"question", "TEXT", "what it is to answer", OPTION_TEXT, OF_PLAN(question), "",
	 0, 0, NULL},
	{"seed", "N", "of the order and the payload", OPTION_COUNT, OF_PLAN(seed), "1", 0,
	 INT64_MAX, NULL},
	{"repetitions", "N", "of each cell", OPTION_COUNT, OF_PLAN(repetitions), "3", 1,
	 1000, NULL},
	{"duration", "TIME", "of the measured window", OPTION_DURATION,
	 OF_PLAN(duration_ns), "1s", NS_PER_MS, 24LL * 3600 * NS_PER_S, NULL},
	{"warmup", "TIME", "before the window", OPTION_DURATION, OF_PLAN(warmup_ns),
	 "500ms", 0, 3600 * NS_PER_S, NULL},
	{"placement", "HOW", "CPUs of server and client", OPTION_CHOICE,
	 OF_PLAN(placement), "split", 0, 0, placement_names},
	{"engine", "NAME",
	 "of the generator; auto: the cheaper one, tried on the first server",
	 OPTION_CHOICE, OF_PLAN(engine), "auto", 0, 0, engine_choices},
	{"syscalls", "yes|no", "count system calls in an extra repetition", OPTION_FLAG,
	 OF_PLAN(syscalls), "yes", 0, 0, NULL},
	{"only", "CELLS",
	 "of the cells: a part of the name, or COLUMN=VALUE|.. with ',' as and",
	 OPTION_TEXT, OF_PLAN(only), "", 0, 0, NULL},
	{NULL, NULL, NULL, OPTION_FLAG, 0, NULL, 0, 0, NULL},
};

const struct option_spec plan_axes[] = {
	{"model", "SERVER",
	 "model[:key=value,..], python:NAME, all, family:NAME, exec:COMMAND", OPTION_TEXT,
	 OF_CELL(model), NULL, 0, 0, NULL},
	{"transport", "NAME", "tcp, unix or udp", OPTION_CHOICE, OF_CELL(transport),
	 "tcp", 0, 0, transports},
	{"connections", "N", "active connections", OPTION_COUNT, OF_CELL(connections),
	 "64", 1, 1000000, NULL},
	{"idle_connections", "N", "silent ones beside them", OPTION_COUNT,
	 OF_CELL(idle_connections), "0", 0, 1000000, NULL},
	{"payload_bytes", "SIZE", "payload of a request: N, uniform:A-B, @FILE",
	 OPTION_TEXT, OF_CELL(payload_bytes), "64", 0, 0, NULL},
	{"depth", "N", "requests in flight per connection", OPTION_COUNT, OF_CELL(depth),
	 "1", 1, 4096, NULL},
	{"offered_rps", "RATE", "open loop: requests per second; 0: closed loop",
	 OPTION_RATE, OF_CELL(offered_rps), "0", 0, 10000000, NULL},
	{"arrivals", "HOW", "of an open loop: poisson or constant", OPTION_CHOICE,
	 OF_CELL(arrivals), "poisson", 0, 0, arrivals_names},
	{"work", "WORK", "none, spin:TIME, sleep:TIME, exp:TIME, mix:TIME+TIME",
	 OPTION_TEXT, OF_CELL(work), "none", 0, 0, NULL},
	{"churn", "N", "requests per connection; 0: no churn", OPTION_COUNT,
	 OF_CELL(churn), "0", 0, INT32_MAX, NULL},
	{"workers", "N", "auto, or a number", OPTION_TEXT, OF_CELL(workers), "auto", 0, 0,
	 NULL},
	{"placement", "HOW", "CPUs of server and client", OPTION_CHOICE,
	 OF_CELL(placement), "split", 0, 0, placement_names},
	{NULL, NULL, NULL, OPTION_FLAG, 0, NULL, 0, 0, NULL},
};
_Static_assert(sizeof(plan_axes) / sizeof(plan_axes[0]) == PLAN_AXES + 1,
	       "one line per axis");

/* As it is written back: "2000us" as "2ms". */
static int check_work(const char *text, char *ret_text, size_t size, char *error)
{
	char canonical[WORK_TEXT_SIZE];
	struct work work;
	const int rc = work_parse(text, WORK_LIMIT_NS, &work, error);

	if (rc < 0)
		return rc;
	work_format(&work, canonical);
	snprintf(ret_text, size, "%s", canonical);
	return 0;
}

/* As it is written back: "1024" as "1k". */
static int check_payload(const char *text, char *ret_text, size_t size, char *error)
{
	struct payload payload;
	const int rc =
		payload_parse(plan_axes[PLAN_PAYLOAD_BYTES].name, text, &payload, error);

	payload_release(&payload);
	if (rc == 0)
		payload_format(text, ret_text, size);
	return rc;
}

static int check_workers(const char *text, char *error)
{
	int64_t count;

	if (strcmp(text, "auto") == 0 || (parse_count(text, &count) == 0 && count > 0))
		return 0;
	snprintf(error, OPTION_ERROR_SIZE,
		 "workers: '%s' is not auto or a number above 0", text);
	return -EINVAL;
}

static void format_value(const struct option_spec *spec, const struct cell *cell,
			 const char *text, char *ret_text, size_t size)
{
	const void *value = (const char *)cell + spec->offset;

	if (spec->type == OPTION_COUNT)
		snprintf(ret_text, size, "%lld", (long long)*(const int64_t *)value);
	else if (spec->type == OPTION_RATE)
		snprintf(ret_text, size, "%.15g", *(const double *)value);
	else
		snprintf(ret_text, size, "%s", text);
}

int plan_value_check(enum plan_axis axis, const char *text, char *ret_text, size_t size,
		     char *error)
{
	struct cell scratch;
	int rc;

	options_defaults(plan_axes, &scratch, sizeof(scratch));
	rc = option_set(&plan_axes[axis], text, &scratch, error, OPTION_ERROR_SIZE);
	if (rc == 0 && axis == PLAN_WORKERS)
		rc = check_workers(text, error);
	if (rc < 0)
		return rc;
	if (axis == PLAN_WORK)
		return check_work(text, ret_text, size, error);
	if (axis == PLAN_PAYLOAD_BYTES)
		return check_payload(text, ret_text, size, error);
	format_value(&plan_axes[axis], &scratch, text, ret_text, size);
	return 0;
}
