/*
 * engine_choice.h - `--engine auto` of the commands that start servers: the engine that
 * costs the generator least here, decided once for all that is compared.
 */
#ifndef RESULTS_CALIBRATION_ENGINE_CHOICE_H
#define RESULTS_CALIBRATION_ENGINE_CHOICE_H

#include "results/campaign/measure.h"

/* "auto", then the names of load_engines, for OPTION_CHOICE; ends with NULL. */
extern const char *const engine_choices[];

#define ENGINE_AUTO      0 /* index into engine_choices */
#define ENGINE_DEFAULT   0 /* index into load_engines: epoll, which every build has */
#define ENGINE_TEXT_SIZE 256

/* Why this build or machine cannot run the choice, or NULL. */
const char *engine_choice_reason(int choice);

/* The engine (index into load_engines) that a choice names, or, for ENGINE_AUTO, the only
 * one there is; -1: they must be compared. */
int engine_choice_fixed(int choice);

/*
 * Compares the available engines on the load, as a closed loop of 200 ms each, and stores
 * the one that takes least CPU per request; -1 where the server answered none properly.
 * `account` (ENGINE_TEXT_SIZE bytes) receives the figures as a clause. 0, -EINTR, or
 * -errno with one line in `error` (OPTION_ERROR_SIZE bytes).
 */
int engine_choose(const struct load_config *load, const struct address *address,
		  const volatile int *cancel, int *ret_engine, char *account,
		  char *error);

/* The same against a server of its own, started for a cell; -1 where that does not start. */
int engine_choose_for_cell(const struct measure_config *config, int *ret_engine,
			   char *account, char *error);

#endif
