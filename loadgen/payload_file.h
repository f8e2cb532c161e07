/*
 * payload_file.h - sizes with weights, read from a file, drawn in constant time.
 *
 * Private to payload.c. The weights become an alias table: each slot holds two sizes and the
 * share of the first, so that a draw is one look whatever the number of sizes. Source: Walker,
 * Electronics Letters 10 (1974); built as in Vose, IEEE TSE 17 (1991).
 */
#ifndef LOADGEN_PAYLOAD_FILE_H
#define LOADGEN_PAYLOAD_FILE_H

#include "loadgen/payload.h"

/* Fills all of `payload`. 0, -EINVAL, -ENOMEM or -errno; then `why` says in one line what
 * is wrong, and nothing is left. */
int payload_file_read(const char *path, struct payload *payload, char *why, size_t size);

/* The size that a random number means. */
uint32_t payload_slot_draw(const struct payload *payload, uint64_t number);

#endif
