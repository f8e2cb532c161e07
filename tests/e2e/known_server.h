/*
 * known_server.h - servers with known answers (tests/known) as a test meets them, and the
 * row that `iomodels load` makes of them.
 */
#ifndef TESTS_E2E_KNOWN_SERVER_H
#define TESTS_E2E_KNOWN_SERVER_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "tests/e2e/process.h"

#define KNOWN_WORDS 48 /* arguments of one command at most */

/* Starts argv[0] and waits for its line `ready ADDRESS`; a failure ends the case. The caller
 * frees the process. */
struct process *known_start(const char *const *argv, char *address, size_t size);

/* tests/known/faulty with this fault at the n-th reply. */
struct process *faulty_start(const char *fault, const char *n, char *address,
			     size_t size);

/* `iomodels load ADDRESS --json` and `words` (ends with NULL): the exit status, and the row,
 * which the caller releases. Nothing may come on stderr. */
int load_row(const char *address, const char *const *words, json_t **ret_row);

/* Waits until a load without warm-up must be in its window: it has used 0.2 s of CPU. */
void load_await_window(const struct process *load);

/* A number of the row, which must be there; a text, NULL where it is null. */
double row_value(const json_t *row, const char *column);
const char *row_word(const json_t *row, const char *column);

/* Of the error counters `column` (NULL: none) is `count`, and every other is 0; `what` is
 * printed where that is not so. */
void check_only_error(const json_t *row, const char *what, const char *column,
		      int64_t count);

/* The counters named in `columns`, a blank behind each, are not 0, and every other is. */
void check_errors(const json_t *row, const char *what, const char *columns);

/* The engines that can be asked for by --engine on this machine, in turn: NULL at their end.
 * What is left out is said on stdout. */
const char *engine_next(size_t *at);

#endif
