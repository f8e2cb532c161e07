/*
 * option_values.c - values as users type them, and back.
 *
 * Written out instead of strtod and strtoll: these accept signs, blanks, hexadecimal,
 * "nan" and a partial number, all of which are mistakes here, and a duration has to be
 * exact to the nanosecond.
 */
#include "server/options.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

struct unit {
	const char *name;
	int64_t factor;
};

static const struct unit count_units[] = {{"", 1}, {NULL, 0}};
static const struct unit size_units[] = {
	{"M", 1 << 20}, {"k", 1 << 10}, {"", 1}, {NULL, 0}};
static const struct unit rate_units[] = {{"M", 1000000}, {"k", 1000}, {"", 1}, {NULL, 0}};
static const struct unit duration_units[] = {{"m", 60000000000}, {"s", 1000000000},
					     {"ms", 1000000},    {"us", 1000},
					     {"ns", 1},          {NULL, 0}};

static const struct unit *unit_find(const struct unit *units, const char *name)
{
	for (; units->name; units++)
		if (strcmp(units->name, name) == 0)
			return units;
	return NULL;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The digits at *p, which moves behind them. -EINVAL: none, or more than fits. */
static int parse_digits(const char **p, int64_t *ret_value)
{
	int64_t value = 0;

	if (!is_digit(**p))
		return -EINVAL;
	for (; is_digit(**p); (*p)++)
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, **p - '0', &value))
			return -EINVAL;
	*ret_value = value;
	return 0;
}

/* "12" and one of `units`. */
static int parse_whole(const char *text, const struct unit *units, int64_t *ret_value)
{
	const char *p = text;
	int64_t value;

	if (parse_digits(&p, &value) < 0)
		return -EINVAL;
	const struct unit *unit = unit_find(units, p);
	if (!unit || __builtin_mul_overflow(value, unit->factor, &value))
		return -EINVAL;
	*ret_value = value;
	return 0;
}

/* The decimals at *p as a fraction: *ret_value / *ret_scale. */
static int parse_decimals(const char **p, int64_t *ret_value, int64_t *ret_scale)
{
	const char *start = ++*p;
	int64_t scale = 1;

	if (parse_digits(p, ret_value) < 0)
		return -EINVAL;
	for (; start < *p; start++)
		if (__builtin_mul_overflow(scale, 10, &scale))
			return -EINVAL;
	*ret_scale = scale;
	return 0;
}

/* "12" or "1.5" and one of `units`, in its parts. */
static int parse_decimal(const char *text, const struct unit *units, int64_t *ret_whole,
			 int64_t *ret_decimals, int64_t *ret_scale, int64_t *ret_factor)
{
	const char *p = text;

	*ret_decimals = 0;
	*ret_scale = 1;
	if (parse_digits(&p, ret_whole) < 0)
		return -EINVAL;
	if (*p == '.' && parse_decimals(&p, ret_decimals, ret_scale) < 0)
		return -EINVAL;
	const struct unit *unit = unit_find(units, p);
	if (!unit)
		return -EINVAL;
	*ret_factor = unit->factor;
	return 0;
}

int parse_count(const char *text, int64_t *ret_value)
{
	return parse_whole(text, count_units, ret_value);
}

int parse_size(const char *text, int64_t *ret_bytes)
{
	return parse_whole(text, size_units, ret_bytes);
}

int parse_rate(const char *text, double *ret_per_second)
{
	int64_t whole, decimals, scale, factor;

	if (parse_decimal(text, rate_units, &whole, &decimals, &scale, &factor) < 0)
		return -EINVAL;
	*ret_per_second =
		((double)whole + (double)decimals / (double)scale) * (double)factor;
	return 0;
}

int parse_duration(const char *text, int64_t *ret_ns)
{
	int64_t whole, decimals, scale, factor, ns;

	if (parse_decimal(text, duration_units, &whole, &decimals, &scale, &factor) < 0)
		return -EINVAL;
	/* Trailing zeros aside, more decimals than the unit has nanoseconds are refused. */
	for (; scale > 1 && decimals % 10 == 0; scale /= 10)
		decimals /= 10;
	if (__builtin_mul_overflow(decimals, factor, &decimals) || decimals % scale != 0)
		return -EINVAL;
	if (__builtin_mul_overflow(whole, factor, &ns) ||
	    __builtin_add_overflow(ns, decimals / scale, &ns))
		return -EINVAL;
	*ret_ns = ns;
	return 0;
}

/* "3" or "0-3" at *p, into the set. */
static int parse_cpu_range(const char **p, cpu_set_t *cpus)
{
	int64_t first, last;

	if (parse_digits(p, &first) < 0)
		return -EINVAL;
	last = first;
	if (**p == '-') {
		(*p)++;
		if (parse_digits(p, &last) < 0)
			return -EINVAL;
	}
	if (last < first || last >= CPU_SETSIZE)
		return -EINVAL;
	for (int64_t cpu = first; cpu <= last; cpu++)
		CPU_SET((size_t)cpu, cpus);
	return 0;
}

int parse_cpus(const char *text, cpu_set_t *ret_cpus)
{
	cpu_set_t cpus;
	const char *p = text;

	CPU_ZERO(&cpus);
	for (;; p++) {
		if (parse_cpu_range(&p, &cpus) < 0)
			return -EINVAL;
		if (*p == '\0')
			break;
		if (*p != ',')
			return -EINVAL;
	}
	*ret_cpus = cpus;
	return 0;
}

/* `ns` in a unit, exactly; false when that takes endless decimals, or starts with 0. */
static bool format_in_unit(int64_t ns, const struct unit *unit, char *text, size_t size)
{
	char decimals[16];
	int64_t rest = ns % unit->factor;
	int digits = 0;

	if (ns < unit->factor)
		return false;
	for (; rest != 0 && digits < 10; digits++) {
		decimals[digits] = (char)('0' + rest * 10 / unit->factor);
		rest = rest * 10 % unit->factor;
	}
	if (rest != 0)
		return false;
	snprintf(text, size, "%" PRId64 "%s%.*s%s", ns / unit->factor, digits ? "." : "",
		 digits, decimals, unit->name);
	return true;
}

void format_duration(int64_t ns, char *text, size_t size)
{
	char candidate[48], best[48] = "0s";
	bool found = false;

	for (const struct unit *unit = duration_units; unit->name; unit++) {
		if (!format_in_unit(ns, unit, candidate, sizeof(candidate)))
			continue;
		if (!found || strlen(candidate) < strlen(best))
			memcpy(best, candidate, sizeof(best));
		found = true;
	}
	snprintf(text, size, "%s", best);
}

void format_size(int64_t bytes, char *text, size_t size)
{
	const struct unit *unit = size_units;

	while (bytes == 0 ? unit->factor != 1 : bytes % unit->factor != 0)
		unit++;
	snprintf(text, size, "%" PRId64 "%s", bytes / unit->factor, unit->name);
}

void format_cpus(const cpu_set_t *cpus, char *text, size_t size)
{
	size_t used = 0;

	text[0] = '\0';
	for (size_t first = 0; first < CPU_SETSIZE; first++) {
		if (!CPU_ISSET(first, cpus))
			continue;
		size_t last = first;
		while (last + 1 < CPU_SETSIZE && CPU_ISSET(last + 1, cpus))
			last++;
		int n = snprintf(text + used, size - used, "%s%zu", used ? "," : "",
				 first);
		if (last > first && n > 0 && used + (size_t)n < size)
			n += snprintf(text + used + n, size - used - (size_t)n, "-%zu",
				      last);
		used += (size_t)n;
		if (used >= size)
			return;
		first = last;
	}
}
