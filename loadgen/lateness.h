/* lateness.h - whether an open loop's generator kept its schedule. */
#ifndef LOADGEN_LATENESS_H
#define LOADGEN_LATENESS_H

#include "loadgen/load.h"

/* True, with one clause in `text`, when p99 of the response time (the highest percentile that
 * has samples enough, if that has not) would be another, worth speaking of, had each request
 * been handed over when it was ready. */
bool lateness_is_felt(const struct load_result *result, char *text, size_t size);

#endif
