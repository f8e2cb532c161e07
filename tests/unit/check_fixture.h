/* check_fixture.h - a check's report that no session has made: a row of every verdict. */
#ifndef TESTS_UNIT_CHECK_FIXTURE_H
#define TESTS_UNIT_CHECK_FIXTURE_H

#include <stdbool.h>

#include "results/check/output.h"
#include "results/plan/plan.h"

enum fixture_row {
	FIXTURE_EQUIVALENT,
	FIXTURE_SLOWER,  /* throughput 5 % less, confirmed; ABBA says 9.5 % */
	FIXTURE_HOSTILE, /* not decided; a name that no output may obey */
	FIXTURE_FAILED,  /* a server died */
	FIXTURE_SAME,
	FIXTURE_FASTER,
	FIXTURE_EXACT, /* a system call more per request */
	FIXTURE_ROWS
};

struct check_fixture {
	struct check_report report;
	struct check_row rows[FIXTURE_ROWS];
	struct cell cells[FIXTURE_ROWS];
};

#define FIXTURE_NAME "exec:./a|b <i>&\"'`*\n\x1b[2J::error::x%\xff\xef\xbf\xbf]]>"

/* Nothing in it is owned. */
void check_fixture_fill(struct check_fixture *fixture);

/* Only the rows of `which` (`count` of them), in that order. */
void check_fixture_keep(struct check_fixture *fixture, const enum fixture_row *which,
			size_t count);

/* What an output prints, which it must be able to; the caller frees it. */
typedef int check_fixture_printer(const struct check_report *report, FILE *out);
char *check_fixture_print(const struct check_fixture *fixture,
			  check_fixture_printer *print);

/* Says on stderr what is missing where. */
bool check_fixture_holds(const char *text, const char *part);

#endif
