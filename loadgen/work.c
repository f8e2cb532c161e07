/* work.c - the service time that a request asks for. */
#include "loadgen/work.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "loadgen/random.h"
#include "server/options.h"

#define EXP_SHARE 10 /* so that the cut takes 5 of 100,000 */
#define EXP_TAIL  20 /* means: a draw is beyond with a probability of 2e-9 */

static const char *const names[] = {[WORK_NONE] = "none",
				    [WORK_SPIN] = "spin",
				    [WORK_SLEEP] = "sleep",
				    [WORK_EXP] = "exp",
				    [WORK_MIX] = "mix"};

static int refuse(const char *text, char *error)
{
	snprintf(error, OPTION_ERROR_SIZE,
		 "--work '%s': none, spin:TIME, sleep:TIME, exp:TIME or mix:TIME+TIME (a "
		 "spin or a sleep), in whole us, is accepted",
		 text);
	return -EINVAL;
}

static int refuse_amount(const char *text, enum work_kind kind, int64_t most_us,
			 char *error)
{
	char most[WORK_TEXT_SIZE / 2];

	format_duration(most_us * NS_PER_US, most, sizeof(most));
	snprintf(
		error, OPTION_ERROR_SIZE,
		"--work '%s': %s:TIME from 1us to %s, %s server's --max-work, in whole us, "
		"is accepted",
		text, names[kind], most, kind == WORK_EXP ? "a tenth of the" : "the");
	return -EINVAL;
}

static int find_kind(const char *name, size_t length, enum work_kind *ret_kind)
{
	for (enum work_kind kind = WORK_SPIN; kind <= WORK_MIX; kind++) {
		if (strlen(names[kind]) != length ||
		    strncmp(name, names[kind], length) != 0)
			continue;
		*ret_kind = kind;
		return 0;
	}
	return -EINVAL;
}

static bool in_limits(int64_t ns, uint32_t limit_us)
{
	return ns >= NS_PER_US && ns <= limit_us * NS_PER_US && ns % NS_PER_US == 0;
}

/* "100us", of a mix "100us+5ms"; 0 or -EINVAL. */
static int parse_times(const char *text, enum work_kind kind, int64_t *ret_first,
		       int64_t *ret_second)
{
	char first[WORK_TEXT_SIZE];
	const char *plus = kind == WORK_MIX ? strchr(text, '+') : NULL;

	*ret_second = NS_PER_US;
	if (kind != WORK_MIX)
		return parse_duration(text, ret_first);
	if (!plus || plus - text >= WORK_TEXT_SIZE)
		return -EINVAL;
	snprintf(first, sizeof(first), "%.*s", (int)(plus - text), text);
	const int rc = parse_duration(first, ret_first);
	return rc < 0 ? rc : parse_duration(plus + 1, ret_second);
}

int work_parse(const char *text, int64_t max_ns, struct work *ret_work, char *error)
{
	const uint32_t most_us =
		max_ns > 0 ? (uint32_t)(max_ns / NS_PER_US) : WORK_MOST_US;
	const char *colon = text ? strchr(text, ':') : NULL;
	enum work_kind kind;
	int64_t first, second;

	if (!text || strcmp(text, names[WORK_NONE]) == 0) {
		*ret_work = (struct work){.kind = WORK_NONE};
		return 0;
	}
	if (!colon || find_kind(text, (size_t)(colon - text), &kind) < 0 ||
	    parse_times(colon + 1, kind, &first, &second) < 0)
		return refuse(text, error);
	uint32_t limit_us = kind == WORK_EXP ? most_us / EXP_SHARE : most_us;
	if (!in_limits(first, limit_us) || !in_limits(second, limit_us))
		return refuse_amount(text, kind, limit_us, error);
	*ret_work = (struct work){kind, (uint32_t)(first / NS_PER_US), most_us,
				  kind == WORK_MIX ? (uint32_t)(second / NS_PER_US) : 0};
	return 0;
}

int64_t work_needs_ns(const char *text)
{
	char error[OPTION_ERROR_SIZE];
	struct work work;

	if (work_parse(text, 0, &work, error) == 0 ||
	    work_parse(text, WORK_LIMIT_NS, &work, error) < 0)
		return 0;
	return WORK_LIMIT_NS;
}

void work_format(const struct work *work, char *text)
{
	char first[WORK_TEXT_SIZE / 3], second[WORK_TEXT_SIZE / 3];

	format_duration(work->amount_us * NS_PER_US, first, sizeof(first));
	format_duration(work->sleep_us * NS_PER_US, second, sizeof(second));
	if (work->kind == WORK_NONE)
		snprintf(text, WORK_TEXT_SIZE, "%s", names[WORK_NONE]);
	else if (work->kind == WORK_MIX)
		snprintf(text, WORK_TEXT_SIZE, "%s:%s+%s", names[WORK_MIX], first,
			 second);
	else
		snprintf(text, WORK_TEXT_SIZE, "%s:%s", names[work->kind], first);
}

double work_mean_us(const struct work *work)
{
	return work->kind == WORK_MIX ? (work->amount_us + (double)work->sleep_us) / 2
				      : work->amount_us;
}

double work_longest_us(const struct work *work)
{
	if (work->kind == WORK_EXP)
		return fmin((double)work->amount_us * EXP_TAIL, work->most_us);
	return work->amount_us > work->sleep_us ? work->amount_us : work->sleep_us;
}

bool work_draws_sleep(uint64_t seed, uint32_t connection, uint32_t sequence)
{
	return random_at(seed, connection, sequence) >> 63;
}

uint32_t work_draw(const struct work *work, uint64_t seed, uint32_t connection,
		   uint32_t sequence)
{
	uint64_t number = random_at(seed, connection, sequence);
	double amount = -log1p(-random_unit(number)) * work->amount_us;

	return amount < work->most_us ? (uint32_t)lround(amount) : work->most_us;
}
