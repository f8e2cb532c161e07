/*
 * payload.h - how many bytes each request carries: `--size`.
 *
 * One size for all, or a distribution, from which the size of a request is drawn as a
 * function of seed, connection and sequence alone: nothing is kept per request, so a
 * connection that is made again and a datagram that is answered late still know theirs, and
 * every server is asked the same. Read-only once parsed: threads may share.
 */
#ifndef LOADGEN_PAYLOAD_H
#define LOADGEN_PAYLOAD_H

#include <stddef.h>
#include <stdint.h>

#define PAYLOAD_LINES_MAX 65536 /* of a file */

enum payload_kind { PAYLOAD_FIXED, PAYLOAD_UNIFORM, PAYLOAD_FILE };

struct payload_slot;

struct payload {
	enum payload_kind kind;
	uint32_t least, most; /* bytes; equal if FIXED */
	double mean;
	struct payload_slot *slots; /* FILE: owned */
	uint32_t count;
};

/*
 * "N", "uniform:A-B" (every size from A to B alike) or "@FILE": lines of `SIZE,WEIGHT`,
 * blank lines and those that begin with # aside. NULL is 64 bytes. 0; or -EINVAL, -ENOMEM or
 * the -errno of the file, with one line in `error` (OPTION_ERROR_SIZE bytes) that begins
 * with `name`, the option, and says what is accepted. Release it with payload_release,
 * which accepts a zeroed one.
 */
int payload_parse(const char *name, const char *text, struct payload *ret_payload,
		  char *error);
void payload_release(struct payload *payload);

/* The text as payload_parse reads it back, sizes in their shortest form; needs no file. The
 * kind is for names: "uniform:64-4k". */
void payload_format(const char *text, char *ret_text, size_t size);

/* The bytes of a connection's request with this sequence. */
uint32_t payload_draw(const struct payload *payload, uint64_t seed, uint32_t connection,
		      uint32_t sequence);

#endif
