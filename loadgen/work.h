/*
 * work.h - the service time that a request asks for: `--work`.
 *
 * A spin or a sleep of a fixed time, a spin of an exponentially distributed one, or one of
 * a spin and a sleep by the toss of a coin. What is drawn is a function of seed, connection
 * and sequence alone: every run with the same seed asks for the same work, whatever the
 * server.
 */
#ifndef LOADGEN_WORK_H
#define LOADGEN_WORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/clock.h"

#define WORK_TEXT_SIZE 48
#define WORK_MOST_US   1000000 /* what a server accepts by default */

enum work_kind { WORK_NONE, WORK_SPIN, WORK_SLEEP, WORK_EXP, WORK_MIX };

struct work {
	enum work_kind kind;
	uint32_t amount_us; /* EXP: the mean; MIX: of a spin */
	uint32_t most_us;   /* EXP: of a draw */
	uint32_t sleep_us;  /* MIX: of a sleep */
};

/* "none" (or NULL), "spin:200us", "sleep:5ms", "exp:200us", "mix:100us+5ms" (a spin or a
 * sleep): whole microseconds up to
 * `max_ns`, the most that the server does for a request, for exp up to a tenth of it; 0:
 * WORK_MOST_US. 0, or -EINVAL with one line naming the value and what is accepted in `error`
 * (OPTION_ERROR_SIZE bytes). */
int work_parse(const char *text, int64_t max_ns, struct work *ret_work, char *error);

/* The most that work_parse accepts of any server. */
#define WORK_LIMIT_NS (3600 * NS_PER_S)

/* What a server must be told as its --max-work to do this work; 0: none is needed, or the
 * text is wrong. */
int64_t work_needs_ns(const char *text);

/* The text that work_parse reads back. `text` holds WORK_TEXT_SIZE bytes. */
void work_format(const struct work *work, char *text);

/* What a request takes on average. */
double work_mean_us(const struct work *work);

/* What one takes at most; EXP: but for two of a thousand million, and never above most_us. */
double work_longest_us(const struct work *work);

/* MIX: whether a connection's request with this sequence is a sleep. */
bool work_draws_sleep(uint64_t seed, uint32_t connection, uint32_t sequence);

/* EXP: the amount of a connection's request with this sequence, in us: exponentially
 * distributed around work->amount_us, rounded, work->most_us at most. */
uint32_t work_draw(const struct work *work, uint64_t seed, uint32_t connection,
		   uint32_t sequence);

#endif
