/* log_read.h - the interval log of a row, read back. */
#ifndef RESULTS_SHOW_LOG_READ_H
#define RESULTS_SHOW_LOG_READ_H

#include "loadgen/histogram.h"

/* Adds the cells of all intervals with this tag, and their count, to a histogram, whose least,
 * greatest and sum are left alone. 0; -ENOENT and other -errno; -EBADMSG: it is no log of ours;
 * -ENOMEM. */
int log_read(const char *path, const char *tag, struct histogram *into);

/* Called with each interval: when it began, in seconds after the log's start, and its cells in
 * order. 0, or a -errno that ends the reading. */
struct log_interval {
	double start_s, length_s;
	const struct log_cell {
		size_t cell; /* of struct histogram */
		uint64_t count;
	} * cells;
	size_t count;
};
typedef int log_visit(const struct log_interval *interval, void *context);

/* The intervals with this tag, one after the other. As log_read. */
int log_visit_intervals(const char *path, const char *tag, log_visit *visit,
			void *context);

#endif
