/* system_calls.c - see system_calls.h. */
#include "results/check/system_calls.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "loadgen/work.h"
#include "server/clock.h"

#define WARMUP_NS    (20 * NS_PER_MS)
#define TIME_SHARE   4   /* of the check: a quarter */
#define WORK_LONG_US 200 /* a request's; with more, counting takes too long */

const char *check_system_calls_source(const struct check_run *run)
{
	if (!run->plan->syscalls)
		return "not counted, as asked for";
	return probe_can_count_syscalls()
		       ? "counted by the kernel's tracepoint raw_syscalls:sys_enter"
		       : "not counted: the kernel's tracepoints are not permitted here";
}

static bool takes_long(const struct cell *cell)
{
	char error[OPTION_ERROR_SIZE]; /* it was checked when it came in */
	struct work work;

	return work_parse(cell->work, WORK_LIMIT_NS, &work, error) == 0 &&
	       work_mean_us(&work) > WORK_LONG_US;
}

static int count_side(const struct check_run *run, const struct check_case *one, int side,
		      struct exact *ret_exact, char *error)
{
	const struct measure_config config = {
		.cell = &one->cell[side],
		.spec = &one->subject[side].spec,
		.cpus = &one->subject[side].cpus,
		.engine = run->engine,
		.warmup_ns = WARMUP_NS,
		.duration_ns = NS_PER_S,
		.seed = run->plan->seed,
		.cancel = run->cancel,
	};

	progress_line("[system calls] %s, %.60s", launch_side_name(side),
		      one->cell[side].id);
	return exact_measure(&config, ret_exact, error);
}

static enum check_verdict judge(const struct exact exact[DUET_SIDES])
{
	if (!exact_comparable(&exact[0], &exact[1]))
		return CHECK_REPORTED;
	const double change = exact_change(&exact[0], &exact[1]);
	if (change == 0)
		return CHECK_EQUIVALENT;
	return change > 0 ? CHECK_REGRESSION : CHECK_IMPROVED;
}

/* It needs no launch to be believed. */
static void tell(const struct check_run *run, const struct check_case *one,
		 const struct check_row *row)
{
	if (row->exact_verdict != CHECK_REGRESSION)
		return;
	progress_clear();
	warn_user(
		"%.200s: %.3f system calls per request, base %.3f: REGRESSION, found in "
		"%.1f s",
		one->cell[0].id, row->exact[1].per_request, row->exact[0].per_request,
		(double)(clock_ns() - run->started_ns) / NS_PER_S);
}

/* A server that fails here fails in its launches, too, which say so. */
static int count_row(const struct check_run *run, const struct check_case *one,
		     struct check_row *row, char *error)
{
	int rc = 0;

	for (int side = 0; rc == 0 && side < DUET_SIDES; side++)
		rc = count_side(run, one, side, &row->exact[side], error);
	if (rc == 0) {
		row->exact_verdict = judge(row->exact);
		tell(run, one, row);
	}
	return rc == -EINTR ? rc : 0;
}

/* The row before, where it differs from this one in its mode alone. */
static const struct check_row *twin(const struct check_run *run, size_t i)
{
	if (i == 0 || strcmp(run->cases->items[i].cell[0].id,
			     run->cases->items[i - 1].cell[0].id) != 0)
		return NULL;
	return &run->report->rows[i - 1];
}

static void copy(const struct check_row *from, struct check_row *row)
{
	for (int side = 0; side < DUET_SIDES; side++)
		row->exact[side] = from->exact[side];
	row->exact_verdict = from->exact_verdict;
}

int check_system_calls(struct check_run *run, char *error)
{
	const int64_t end_ns =
		run->started_ns + run->options->run.max_time_ns / TIME_SHARE;
	struct check_row *rows = run->report->rows;
	int rc = 0;

	if (!probe_can_count_syscalls() || !rows)
		return 0;
	for (size_t i = 0; rc == 0 && i < run->report->count; i++) {
		const struct check_case *one = &run->cases->items[i];
		struct check_row *row = &rows[i];
		if (twin(run, i))
			copy(twin(run, i), row);
		else if (!one->same_program && !takes_long(&one->cell[0]) &&
			 clock_ns() < end_ns)
			rc = count_row(run, one, row, error);
	}
	return rc;
}
