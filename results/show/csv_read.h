/*
 * csv_read.h - a file of results, read back: RFC 4180, a header line, a row on each line.
 *
 * Columns are matched by name, so that files of older and newer versions are read: a
 * column that the schema has and the file has not is missing from the rows, one that it does
 * not know is kept as text. A byte order mark, CRLF and empty lines are tolerated.
 *
 * Who writes results ends every row with LF. A last line without one was torn off by the end
 * of its writer: it is left out and reported, and everything before it stands.
 */
#ifndef RESULTS_SHOW_CSV_READ_H
#define RESULTS_SHOW_CSV_READ_H

#include <stddef.h>

#include "server/row.h"

struct csv_file {
	const struct row_column *schema; /* the one that fits the header */
	const struct row_column
		*columns;         /* of the rows, as the header orders them; `schema`
					     itself where both are the same */
	struct row_column *owned; /* what `columns` is otherwise */
	struct row *rows;
	size_t count;
	size_t torn_line; /* where a torn row begins; 0: there is none */
	size_t whole;     /* bytes up to the end of the last whole row */
};

/*
 * Reads the file at `path` as the one of `schemas` (ends with NULL) that most columns of its
 * header belong to. 0; or with one line in `error` (OPTION_ERROR_SIZE bytes) that names the
 * file, line and column: -EINVAL it is damaged, or of no schema; -ENOENT and other -errno it
 * cannot be read; -ENOMEM. On success the caller calls csv_file_release.
 */
int csv_read(const char *path, const struct row_column *const *schemas,
	     struct csv_file *ret_file, char *error);

/* Accepts a zeroed one. A caller who takes the rows over sets `rows` to NULL first, and
 * keeps `owned` as long as they live. */
void csv_file_release(struct csv_file *file);

#endif
