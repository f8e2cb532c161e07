/* show_fixture.h - directories of results that no run has written. */
#ifndef TESTS_E2E_SHOW_FIXTURE_H
#define TESTS_E2E_SHOW_FIXTURE_H

#include <stdbool.h>
#include <stdio.h>

#include "server/row.h"
#include "tests/e2e/process.h"

#define SHOW(ret, ...) program_run((const char *const[]){"show", __VA_ARGS__, NULL}, ret)

/* Opens NAME/results.csv of the workspace with a header line. */
FILE *fixture_open(const char *name);

/* Appends a row: 64 connections, closed loop, VALID; `change` (may be NULL) has the last
 * word. */
void fixture_add(FILE *csv, const char *model, int repetition, double throughput,
		 void (*change)(struct row *row));

/* Three models with six repetitions each, one model that is unavailable, and one that was
 * corrupt in one of them; 20 rows. */
void fixture_models(const char *name);

/* `count` repetitions of about this many requests per second. */
void fixture_cell(FILE *csv, const char *model, int count, double throughput);

/* Four models with so many each; of two the throughputs times these factors. */
void fixture_result(const char *name, int count, double epoll, double poll);

/* Writes a text to a file of the workspace. */
void fixture_text(const char *name, const char *text);

/* True when `text` holds `part`; says what it lacks. */
bool fixture_holds(const char *text, const char *part);

#endif
