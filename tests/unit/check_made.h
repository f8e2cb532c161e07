/* check_made.h - a check whose launches are made up, with its files. */
#ifndef TESTS_UNIT_CHECK_MADE_H
#define TESTS_UNIT_CHECK_MADE_H

#include <stdio.h>

#include "results/check/session.h"
#include "results/plan/plan.h"

/* With `--mode both` a cell has two rows, and one of them falls back to turns. */
enum { SAME, SLOWER, NOISY, FAILING, UNEVEN, TURNS, LIMITED, ROWS };

struct made {
	struct check_report report;
	struct check_row rows[ROWS];
	struct cell cells[ROWS];
	struct check_session *session;
	FILE *slices;
	int64_t launches;
};

/* A directory of its own. False: there is none. */
bool made_open(void);
void made_close(void);

/* A file in it; the path is good until the next call. */
const char *made_path(const char *name);
FILE *made_create(const char *name);

/* Runs a session until its time is up, in launches, and writes slices.csv and check.json. */
void made_session(struct made *made, int64_t launches);

#endif
