/*
 * outputs.h - the files that `load` writes beside its result: --hgrm and --hlog.
 *
 * They are opened before the run, so that a bad path costs nothing; `-` is stdout, which the
 * result then leaves to the file: text goes to stderr, CSV and JSON are refused.
 */
#ifndef LOADGEN_OUTPUTS_H
#define LOADGEN_OUTPUTS_H

#include <stdio.h>

#include "loadgen/load.h"

struct outputs {
	FILE *hgrm, *hlog; /* NULL: not asked for */
	const char *hgrm_name, *hlog_name;
};

/* Names may be NULL. 0, or -EINVAL with one line in `error` (OPTION_ERROR_SIZE bytes); in
 * either case outputs_close. */
int outputs_open(struct outputs *outputs, const char *hgrm, const char *hlog,
		 char *error);

/* Writes what the run measured. 0, or -errno with one line in `error`. */
int outputs_write(const struct outputs *outputs, const struct load_result *result,
		  char *error);

void outputs_close(struct outputs *outputs); /* accepts a zeroed one */

#endif
