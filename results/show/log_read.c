/* log_read.c - the interval log of a row, read back. */
#include "results/show/log_read.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loadgen/hdr_log.h"

struct reading {
	const char *tag;
	log_visit *visit;
	void *context;
	struct log_cell *cells; /* room for HISTOGRAM_CELLS */
};

static int take_cells(const struct hdr_bytes *counts, struct log_cell *cells,
		      size_t *ret_count)
{
	struct hdr_counts_reader reader = {counts->data, counts->data + counts->length,
					   0};
	size_t used = 0;
	int rc;

	while ((rc = hdr_counts_next(&reader, HISTOGRAM_CELLS, &cells[used].cell,
				     &cells[used].count)) > 0)
		if (++used == HISTOGRAM_CELLS)
			break;
	*ret_count = used;
	return rc < 0 ? rc : 0;
}

static int visit_line(char *text, const struct reading *reading)
{
	struct hdr_log_line line;
	struct hdr_shape shape;
	struct hdr_bytes counts = {0};
	struct log_interval interval = {.cells = reading->cells};

	int rc = hdr_log_parse(text, &line);
	if (rc <= 0 || strcmp(line.tag, reading->tag) != 0)
		return rc < 0 ? rc : 0;
	rc = hdr_block_decode(line.histogram, line.histogram_length, &shape, &counts);
	if (rc < 0)
		return rc;
	if (shape.lowest != hdr_shape_own.lowest ||
	    shape.highest != hdr_shape_own.highest ||
	    shape.digits != hdr_shape_own.digits)
		rc = -EBADMSG;
	else
		rc = take_cells(&counts, reading->cells, &interval.count);
	hdr_bytes_release(&counts);
	interval.start_s = line.start_s;
	interval.length_s = line.length_s;
	return rc < 0 ? rc : reading->visit(&interval, reading->context);
}

int log_visit_intervals(const char *path, const char *tag, log_visit *visit,
			void *context)
{
	struct reading reading = {tag, visit, context, NULL};
	FILE *file = fopen(path, "re");
	char *text = NULL;
	size_t size = 0;
	int rc = 0;

	if (!file)
		return errno ? -errno : -EIO;
	reading.cells = calloc(HISTOGRAM_CELLS, sizeof(*reading.cells));
	if (!reading.cells)
		rc = -ENOMEM;
	while (rc == 0 && getline(&text, &size, file) > 0)
		rc = visit_line(text, &reading);
	if (rc == 0 && ferror(file))
		rc = -EIO;
	free(reading.cells);
	free(text);
	fclose(file);
	return rc;
}

static int add_interval(const struct log_interval *interval, void *context)
{
	struct histogram *into = context;

	for (size_t i = 0; i < interval->count; i++) {
		into->cells[interval->cells[i].cell] += interval->cells[i].count;
		into->count += interval->cells[i].count;
	}
	return 0;
}

int log_read(const char *path, const char *tag, struct histogram *into)
{
	return log_visit_intervals(path, tag, add_interval, into);
}
