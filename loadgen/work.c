/* work.c - the service time that a request asks for. */
#include "loadgen/work.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "loadgen/random.h"
#include "server/clock.h"
#include "server/options.h"

#define EXP_SHARE 10 /* so that the cut takes 5 of 100,000 */

static const char *const names[] = {[WORK_NONE] = "none",
				    [WORK_SPIN] = "spin",
				    [WORK_SLEEP] = "sleep",
				    [WORK_EXP] = "exp"};

static int refuse(const char *text, char *error)
{
	snprintf(error, OPTION_ERROR_SIZE,
		 "--work '%s': none, spin:TIME, sleep:TIME or exp:TIME, in whole us, is "
		 "accepted",
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

int work_parse(const char *text, int64_t max_ns, struct work *ret_work, char *error)
{
	const uint32_t most_us =
		max_ns > 0 ? (uint32_t)(max_ns / NS_PER_US) : WORK_MOST_US;
	const char *colon = text ? strchr(text, ':') : NULL;
	size_t length = colon ? (size_t)(colon - text) : 0;
	enum work_kind kind = WORK_SPIN;
	int64_t ns;

	if (!text || strcmp(text, names[WORK_NONE]) == 0) {
		*ret_work = (struct work){WORK_NONE, 0, 0};
		return 0;
	}
	while (kind <= WORK_EXP &&
	       (strlen(names[kind]) != length || strncmp(text, names[kind], length) != 0))
		kind++;
	if (kind > WORK_EXP || parse_duration(colon + 1, &ns) < 0)
		return refuse(text, error);
	uint32_t limit_us = kind == WORK_EXP ? most_us / EXP_SHARE : most_us;
	if (ns < NS_PER_US || ns > limit_us * NS_PER_US || ns % NS_PER_US != 0)
		return refuse_amount(text, kind, limit_us, error);
	*ret_work = (struct work){kind, (uint32_t)(ns / NS_PER_US), most_us};
	return 0;
}

void work_format(const struct work *work, char *text)
{
	char time[WORK_TEXT_SIZE / 2];

	format_duration(work->amount_us * NS_PER_US, time, sizeof(time));
	if (work->kind == WORK_NONE)
		snprintf(text, WORK_TEXT_SIZE, "%s", names[WORK_NONE]);
	else
		snprintf(text, WORK_TEXT_SIZE, "%s:%s", names[work->kind], time);
}

uint32_t work_draw(const struct work *work, uint64_t seed, uint32_t connection,
		   uint32_t sequence)
{
	uint64_t number = random_at(seed, connection, sequence);
	double amount = -log1p(-random_unit(number)) * work->amount_us;

	return amount < work->most_us ? (uint32_t)lround(amount) : work->most_us;
}
