/* work.c - the service time that a request asks for. */
#include "loadgen/work.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "loadgen/random.h"
#include "server/clock.h"
#include "server/options.h"

#define EXP_MOST_US 100000 /* so that the cut at WORK_MOST_US takes 5 of 100,000 */

static const char *const names[] = {[WORK_NONE] = "none",
				    [WORK_SPIN] = "spin",
				    [WORK_SLEEP] = "sleep",
				    [WORK_EXP] = "exp"};

static int refuse(const char *text, char *error)
{
	snprintf(
		error, OPTION_ERROR_SIZE,
		"--work '%s': none, spin:TIME, sleep:TIME (1us to 1s) or exp:TIME (1us to "
		"100ms), in whole us, is accepted",
		text);
	return -EINVAL;
}

int work_parse(const char *text, struct work *ret_work, char *error)
{
	const char *colon = text ? strchr(text, ':') : NULL;
	size_t length = colon ? (size_t)(colon - text) : 0;
	enum work_kind kind = WORK_SPIN;
	int64_t ns;

	if (!text || strcmp(text, names[WORK_NONE]) == 0) {
		*ret_work = (struct work){WORK_NONE, 0};
		return 0;
	}
	while (kind <= WORK_EXP &&
	       (strlen(names[kind]) != length || strncmp(text, names[kind], length) != 0))
		kind++;
	if (kind > WORK_EXP || parse_duration(colon + 1, &ns) < 0)
		return refuse(text, error);
	int64_t most_us = kind == WORK_EXP ? EXP_MOST_US : WORK_MOST_US;
	if (ns < NS_PER_US || ns > most_us * NS_PER_US || ns % NS_PER_US != 0)
		return refuse(text, error);
	*ret_work = (struct work){kind, (uint32_t)(ns / NS_PER_US)};
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

uint32_t work_draw(uint32_t mean_us, uint64_t seed, uint32_t connection,
		   uint32_t sequence)
{
	uint64_t stream = random_mix(seed + 0x9e3779b97f4a7c15) ^ connection;
	uint64_t number = random_mix(random_mix(stream) + sequence);
	double amount = -log1p(-random_unit(number)) * mean_us;

	return amount < WORK_MOST_US ? (uint32_t)lround(amount) : WORK_MOST_US;
}
