/* log_read.c - the interval log of a row, added up again. */
#include "results/log_read.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loadgen/hdr_log.h"

static int add_counts(const struct hdr_bytes *counts, struct histogram *into)
{
	struct hdr_counts_reader reader = {counts->data, counts->data + counts->length,
					   0};
	uint64_t count;
	size_t cell;
	int rc;

	while ((rc = hdr_counts_next(&reader, HISTOGRAM_CELLS, &cell, &count)) > 0) {
		into->cells[cell] += count;
		into->count += count;
	}
	return rc;
}

static int add_line(char *text, const char *tag, struct histogram *into)
{
	struct hdr_log_line line;
	struct hdr_shape shape;
	struct hdr_bytes counts = {0};

	int rc = hdr_log_parse(text, &line);
	if (rc <= 0 || strcmp(line.tag, tag) != 0)
		return rc < 0 ? rc : 0;
	rc = hdr_block_decode(line.histogram, line.histogram_length, &shape, &counts);
	if (rc < 0)
		return rc;
	if (shape.lowest != hdr_shape_own.lowest ||
	    shape.highest != hdr_shape_own.highest ||
	    shape.digits != hdr_shape_own.digits)
		rc = -EBADMSG;
	else
		rc = add_counts(&counts, into);
	hdr_bytes_release(&counts);
	return rc;
}

int log_read(const char *path, const char *tag, struct histogram *into)
{
	FILE *file = fopen(path, "re");
	char *text = NULL;
	size_t size = 0;
	int rc = 0;

	if (!file)
		return errno ? -errno : -EIO;
	while (rc == 0 && getline(&text, &size, file) > 0)
		rc = add_line(text, tag, into);
	if (rc == 0 && ferror(file))
		rc = -EIO;
	free(text);
	fclose(file);
	return rc;
}
