/* cases.h - what a check launches: the scenarios of a plan with both servers. */
#ifndef RESULTS_CHECK_CASES_H
#define RESULTS_CHECK_CASES_H

#include "results/check/check.h"
#include "results/check/options.h"
#include "results/subject/program.h"
#include "results/subject/program_files.h"
#include "results/subject/subject.h"

/* One of a check's rows. */
struct check_case {
	struct cell cell[DUET_SIDES]; /* base's as the plan has it, its id for both */
	struct subject subject[DUET_SIDES];
	enum launch_mode mode;
	char mode_reason[CHECK_REASON_SIZE];
	bool same_program;
	int64_t inject_ns;  /* CPU that new burns for each request; 0: none */
	double base_cpu_us; /* of base per request, as last seen; NAN */
};

struct check_cases {
	struct cell *cells; /* of the plan */
	size_t cell_count;
	struct check_case *items;
	size_t count;
	struct program program[DUET_SIDES];
	struct program_files files;
	char *left_out; /* lines, one for each cell that this machine or a program cannot
			   serve; NULL: none */
};

/* Everything that can be wrong before a server is started. 0; -EINVAL or -ENOMEM with one line
 * in `error` (OPTION_ERROR_SIZE bytes): a cell of which a program cannot serve its side is
 * left out, all of them are an error. check_cases_release in either case. */
int check_cases_prepare(struct check_cases *cases, const struct check_options *options,
			const struct plan *plan, char *error);
void check_cases_release(struct check_cases *cases); /* accepts a zeroed one */

/* The report's rows, as a session wants them; released with check_cases_free_rows. NULL: no
 * memory. */
struct check_row *check_cases_rows(const struct check_cases *cases);
void check_cases_free_rows(struct check_row *rows, size_t count);

#endif
