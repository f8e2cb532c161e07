/* lateness.h - whether an open loop's generator kept its schedule. */
#ifndef LOADGEN_LATENESS_H
#define LOADGEN_LATENESS_H

#include "loadgen/load.h"

/* True, with one clause in `text`, when at p99 (the highest percentile that has samples
 * enough, if that has not) requests were handed over so late that it is a part of the
 * response time worth speaking of. */
bool lateness_is_felt(const struct load_result *result, char *text, size_t size);

#endif
