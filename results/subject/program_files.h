/*
 * program_files.h - the files that servers under test are made of, with their digests: whether
 * both sides are the same program, and whether it stays the same while it is measured.
 */
#ifndef RESULTS_SUBJECT_PROGRAM_FILES_H
#define RESULTS_SUBJECT_PROGRAM_FILES_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "results/campaign/sha256.h"
#include "results/subject/server_spec.h"

struct program_file {
	char *path;
	char sha256[SHA256_TEXT_SIZE]; /* "": not known */
};

struct program_files {
	struct program_file *items;
	size_t count;
};

/* Adds, once each: of a model its program; of a peer the interpreter and its file; of a
 * command what among its words names a file. 0 or -ENOMEM. */
int program_files_add(struct program_files *files, const struct server_spec *spec);

/* The digest of a path that was added; "": not known. */
const char *program_files_digest(const struct program_files *files, const char *path);

/* The file that serves a model. */
const char *program_files_path(const struct server_spec *spec);

/* The first one that is not as it was, or NULL. */
const char *program_files_changed(const struct program_files *files);

/* {PATH: SHA256, ..}; NULL: no memory. */
json_t *program_files_json(const struct program_files *files);

void program_files_release(struct program_files *files); /* accepts a zeroed one */

#endif
