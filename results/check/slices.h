/*
 * slices.h - slices.csv: what a check measured, slice by slice, so that its verdicts can
 * be derived again.
 *
 * A launch has two lines for each pair of slices, one for each side, in the order of time; one
 * that failed before it had any has a single line with slice 0 and its problem. Lines of one
 * launch repeat what is said of the launch.
 */
#ifndef RESULTS_CHECK_SLICES_H
#define RESULTS_CHECK_SLICES_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "results/check/launch.h"
#include "server/row.h"

/*
 *	cell		of plan.ini
 *	launch		1 .. in the order of the session; in results.csv `repetition`
 *	slice		1 .. of the launch
 *	side		base, new
 *	order		1: this side's turn was the first of the pair; in a duet both are
 *	stage		null (base against itself), burn (base against a slower self), screen,
 *			confirm, size
 *	mode		duet, abba
 *	requests throughput_rps cpu_us_per_request
 *	service_p50_us service_p99_us	in a closed loop, else empty
 *	response_p50_us response_p99_us	in an open loop, else empty
 *	steal_percent	of the pair
 *	expected	of stage burn: the logarithm that was burnt in, more than 0; else empty
 *	asymmetry	why a duet of these two is not fair, a sentence; empty: it is
 *	launch_s	what the launch took, start and stop included
 *	problem		of the launch, empty: none
 *	row		of check.json, from 1: two may have the same cell
 *	client_limited	of stage screen: 1: what came through was the generator's; else 0
 */
extern const struct row_column check_slice_columns[]; /* ends with a NULL name */

/* What the lines of a launch have in common. */
struct check_slice_launch {
	const char *cell;
	int64_t row;
	const char *stage; /* check_stage_name */
	int64_t number;
	bool open_loop;        /* the latencies are of responses */
	double expected;       /* NAN: none */
	const char *asymmetry; /* NULL: none */
	bool client_limited;
	double seconds;
	const char *problem; /* "": none */
	const struct launch_config *config;
	const struct launch *launch;
};

/* Makes of the values of a launch's pairs what the file says of them, to the last bit: who
 * judges these judges the same when they are read again. */
void check_slices_round(struct launch *launch);
double check_slices_round_expected(double expected);

/* Writes its lines. 0, -EIO or -ENOMEM. */
int check_slices_write(const struct check_slice_launch *one, FILE *out);

#endif
