/* log_read.h - the interval log of a row, added up again. */
#ifndef RESULTS_LOG_READ_H
#define RESULTS_LOG_READ_H

#include "loadgen/histogram.h"

/* Adds the cells of all intervals with this tag, and their count, to a histogram, whose least,
 * greatest and sum are left alone. 0; -ENOENT and other -errno; -EBADMSG: it is no log of ours;
 * -ENOMEM. */
int log_read(const char *path, const char *tag, struct histogram *into);

#endif
