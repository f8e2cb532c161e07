/*
 * lines.h - what the outputs of a check say to people, whatever their form: each metric
 * of a row as a line of a table, and sentences.
 *
 * All take a report made by check_present.
 */
#ifndef RESULTS_CHECK_LINES_H
#define RESULTS_CHECK_LINES_H

#include <stdio.h>

#include "results/check/check.h"

/* A copy of a report for texts: its rows in order of gravity, then of how much worse (or
 * better) they are, and all its texts printable. What else it points to is the original's.
 * 0 or -ENOMEM: then nothing is left. */
int check_present(const struct check_report *report, struct check_report *ret_copy);
void check_present_release(struct check_report *copy); /* accepts a zeroed one */

/* Of a table; "-" where there is nothing to say. Percentages are of the metric itself. */
struct check_line {
	const char *metric;
	char base[32], new[32]; /* medians, with the unit of check_line_units */
	char change[16];        /* "-5.1" */
	char interval[40];      /* of 90 %: "-6.2 .. -4.0", or "exact" */
	char limit[16];         /* what the change is compared with: "-2.4" */
	const char *verdict;
	char launches[24]; /* "12", "12+12+4": of the screen, to confirm, for the size */
	char detectable[16]; /* the change that would be found in 8 of 10 such sessions */
};

/* The lines of a row: metrics that were measured or are gated, and system calls where they
 * are known. How many; `lines` has room for CHECK_LINES_MAX. */
#define CHECK_LINES_MAX (LAUNCH_METRICS + 1)
size_t check_lines_of(const struct check_row *row, struct check_line *lines);

/* Whether the row's system calls were counted, on both sides. */
bool check_has_exact(const struct check_row *row);

/* "-5.1", "0.0"; "-": not finite. */
void check_format_percent(double percent, char *text, size_t size);

/* "REGRESSION", "NO REGRESSION", "NO VERDICT": the session's. */
const char *check_session_word(const struct check_report *report);

/* Sentences, one line without a newline each. The session's verdict, and what it is of; */
void check_say_verdict(const struct check_report *report, FILE *out);
/* "1 of 4 rows not decided: NO REGRESSION"; */
void check_say_undecided(const struct check_report *report, FILE *out);
/* "duet; looks at 8, 12, 16 and 24 launches; seed 42; 93 s"; */
void check_say_plan(const struct check_report *report, FILE *out);
/* "margins of the real change: throughput 5 %, cpu 5 %"; */
void check_say_margins(const struct check_report *report, FILE *out);
/* "a duet shows 47 % of a real change of throughput, ..": nothing where no row has one; */
void check_say_attenuation(const struct check_report *report, FILE *out);
/* what base against itself gave; nothing where it was not launched. */
void check_say_null(const struct check_report *report, FILE *out);

/* Calls `note` with each sentence about a row that explains its verdicts. */
typedef void check_note(void *context, const char *text);
void check_each_note(const struct check_row *row, check_note *note, void *context);

#endif
