/*
 * work.h - the service time that a request asks for: `--work`.
 *
 * A spin or a sleep of a fixed time, or a spin of an exponentially distributed one, which
 * is a function of seed, connection and sequence alone: every run with the same seed asks
 * for the same work, whatever the server.
 */
#ifndef LOADGEN_WORK_H
#define LOADGEN_WORK_H

#include <stddef.h>
#include <stdint.h>

#define WORK_TEXT_SIZE 48
#define WORK_MOST_US   1000000 /* what a server accepts by default */

enum work_kind { WORK_NONE, WORK_SPIN, WORK_SLEEP, WORK_EXP };

struct work {
	enum work_kind kind;
	uint32_t amount_us; /* EXP: the mean */
	uint32_t most_us;   /* EXP: of a draw */
};

/* "none" (or NULL), "spin:200us", "sleep:5ms", "exp:200us": whole microseconds up to
 * `max_ns`, the most that the server does for a request, for exp up to a tenth of it; 0:
 * WORK_MOST_US. 0, or -EINVAL with one line naming the value and what is accepted in `error`
 * (OPTION_ERROR_SIZE bytes). */
int work_parse(const char *text, int64_t max_ns, struct work *ret_work, char *error);

/* The text that work_parse reads back. `text` holds WORK_TEXT_SIZE bytes. */
void work_format(const struct work *work, char *text);

/* The amount of a connection's request with this sequence, in us: exponentially
 * distributed around work->amount_us, rounded, work->most_us at most. */
uint32_t work_draw(const struct work *work, uint64_t seed, uint32_t connection,
		   uint32_t sequence);

#endif
