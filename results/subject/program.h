/*
 * program.h - another build of iomodels, whose models are to be served: what it says it is,
 * and which it has.
 */
#ifndef RESULTS_SUBJECT_PROGRAM_H
#define RESULTS_SUBJECT_PROGRAM_H

#include <jansson.h>

#define PROGRAM_VERSION_SIZE 160

struct program {
	const char *path;                   /* borrowed; NULL: this program */
	char version[PROGRAM_VERSION_SIZE]; /* the first line of its --version */
	json_t *models;                     /* of its `list models --json` */
};

/* Asks it. `option` is what named the path, for the message. 0, or -EINVAL with one line in
 * `error` (OPTION_ERROR_SIZE bytes). `path` NULL is this program, which is not asked.
 * program_release in either case. */
int program_ask(struct program *program, const char *option, const char *path,
		char *error);
void program_release(struct program *program); /* accepts a zeroed one */

/* 0, or -EINVAL with one line in `error`: it has no such model, or cannot run it here. */
int program_has(const struct program *program, const char *model, char *error);

#endif
