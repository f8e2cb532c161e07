/* test_option_values.c - values as users type them: the whole text, or refused. */
#include <CUnit/CUnit.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "server/options.h"
#include "tests/suite.h"

struct whole_case {
	const char *text;
	int64_t value; /* -1: refused */
};

static void check_whole(int (*parse)(const char *, int64_t *), const struct whole_case *c)
{
	for (; c->text; c++) {
		int64_t value = -1;
		int result = parse(c->text, &value);
		if (value != c->value || result != (c->value < 0 ? -EINVAL : 0))
			printf("'%s': %d, %lld\n", c->text, result, (long long)value);
		CU_ASSERT_EQUAL(value, c->value);
		CU_ASSERT_EQUAL(result, c->value < 0 ? -EINVAL : 0);
	}
}

static void counts_are_whole_numbers(void)
{
	static const struct whole_case cases[] = {
		{"0", 0},     {"64", 64},
		{"007", 7},   {"9223372036854775807", INT64_MAX},
		{"", -1},     {"-1", -1},
		{"+1", -1},   {"9223372036854775808", -1},
		{" 1", -1},   {"1 ", -1},
		{"0x10", -1}, {"99999999999999999999", -1},
		{"1.0", -1},  {"1e3", -1},
		{"1k", -1},   {"nan", -1},
		{NULL, 0},
	};

	check_whole(parse_count, cases);
}

static void sizes_count_in_1024(void)
{
	static const struct whole_case cases[] = {
		{"0", 0},
		{"1k", 1024},
		{"64M", 64 << 20},
		{"16384", 16384},
		{"1K", -1},
		{"1m", -1},
		{"1.5k", -1},
		{"k", -1},
		{"1kk", -1},
		{"-1k", -1},
		{"1 k", -1},
		{"", -1},
		{"9007199254740992k", -1},
		{NULL, 0},
	};

	check_whole(parse_size, cases);
}

static void durations_need_a_unit_and_are_exact(void)
{
	static const struct whole_case cases[] = {
		{"200ns", 200},
		{"1.5ms", 1500000},
		{"2s", 2000000000},
		{"2m", 120000000000},
		{"0s", 0},
		{"0.000001ms", 1},
		{"1.500000000000s", 1500000000},
		{"10", -1},
		{"0", -1},
		{"1.5ns", -1},
		{"1.0000000001s", -1},
		{".5s", -1},
		{"1.s", -1},
		{"-1s", -1},
		{"nans", -1},
		{"1e3s", -1},
		{"1h", -1},
		{"1S", -1},
		{"s", -1},
		{"", -1},
		{"9223372036s", 9223372036000000000},
		{"9223372037s", -1},
		{"153722868m", -1},
		{"0.00000000000000000001s", -1},
		{NULL, 0},
	};

	check_whole(parse_duration, cases);
}

static void rates_count_in_1000(void)
{
	static const char *const bad[] = {"",      "-1", "nan", "inf", "1e5",
					  "0x1p3", "1K", "k",   "1."};
	double value = -1;

	CU_ASSERT_EQUAL(parse_rate("250", &value), 0);
	CU_ASSERT_EQUAL(value, 250.0);
	CU_ASSERT_EQUAL(parse_rate("1.5k", &value), 0);
	CU_ASSERT_EQUAL(value, 1500.0);
	CU_ASSERT_EQUAL(parse_rate("2M", &value), 0);
	CU_ASSERT_EQUAL(value, 2000000.0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CU_ASSERT_EQUAL(parse_rate(bad[i], &value), -EINVAL);
	CU_ASSERT_EQUAL(value, 2000000.0);
}

static void cpu_lists_are_read_and_written(void)
{
	static const char *const bad[] = {"",     "a",      "-1", "3-1",   "1,",
					  ",1",   "1,,2",   "1-", "1-2-3", "1 2",
					  "1024", "0-1024", "0;1"};
	char text[64];
	cpu_set_t cpus;

	CU_ASSERT_EQUAL(parse_cpus("0-3,6", &cpus), 0);
	CU_ASSERT_EQUAL(CPU_COUNT(&cpus), 5);
	CU_ASSERT(CPU_ISSET(6, &cpus) && !CPU_ISSET(4, &cpus));
	format_cpus(&cpus, text, sizeof(text));
	CU_ASSERT_STRING_EQUAL(text, "0-3,6");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CU_ASSERT_EQUAL(parse_cpus(bad[i], &cpus), -EINVAL);
	CU_ASSERT_EQUAL(parse_cpus("1023", &cpus), 0);
	format_cpus(&cpus, text, sizeof(text));
	CU_ASSERT_STRING_EQUAL(text, "1023");
	CPU_ZERO(&cpus);
	format_cpus(&cpus, text, sizeof(text));
	CU_ASSERT_STRING_EQUAL(text, "");
}

/* What does not fit is cut, never written past the end. */
static void long_cpu_lists_are_cut(void)
{
	char text[16];
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	for (size_t cpu = 0; cpu < CPU_SETSIZE; cpu += 2)
		CPU_SET(cpu, &cpus);
	memset(text, 'x', sizeof(text));
	format_cpus(&cpus, text, 8);
	CU_ASSERT_STRING_EQUAL(text, "0,2,4,6");
	CU_ASSERT_EQUAL(text[8], 'x');
}

static void durations_are_written_short_and_exact(void)
{
	static const struct whole_case cases[] = {
		{"0s", 0},
		{"1ns", 1},
		{"1.5us", 1500},
		{"100ms", 100000000},
		{"1.5ms", 1500000},
		{"90s", 90000000000},
		{"2m", 120000000000},
		{"1.000000001s", 1000000001},
		{"1s", 1000000000},
		{"1234567ns", 1234567},
		{NULL, 0},
	};
	char text[32];
	int64_t back;

	for (const struct whole_case *c = cases; c->text; c++) {
		format_duration(c->value, text, sizeof(text));
		CU_ASSERT_EQUAL(parse_duration(text, &back), 0);
		CU_ASSERT_EQUAL(back, c->value);
		CU_ASSERT_STRING_EQUAL(text, c->text);
	}
	format_duration(INT64_MAX, text, sizeof(text));
	CU_ASSERT_EQUAL(parse_duration(text, &back), 0);
	CU_ASSERT_EQUAL(back, INT64_MAX);
}

static void sizes_are_written_short_and_exact(void)
{
	static const struct whole_case cases[] = {
		{"0", 0},       {"1", 1},       {"16k", 16384},        {"64M", 64 << 20},
		{"1000", 1000}, {"1536", 1536}, {"1025k", 1025 << 10}, {NULL, 0}};
	char text[32];

	for (const struct whole_case *c = cases; c->text; c++) {
		format_size(c->value, text, sizeof(text));
		CU_ASSERT_STRING_EQUAL(text, c->text);
	}
}

int main(void)
{
	static const struct test_case cases[] = {
		{"counts are whole numbers", counts_are_whole_numbers},
		{"sizes count in 1024", sizes_count_in_1024},
		{"durations need a unit and are exact",
		 durations_need_a_unit_and_are_exact},
		{"rates count in 1000", rates_count_in_1000},
		{"CPU lists are read and written", cpu_lists_are_read_and_written},
		{"long CPU lists are cut", long_cpu_lists_are_cut},
		{"durations are written short and exact",
		 durations_are_written_short_and_exact},
		{"sizes are written short and exact", sizes_are_written_short_and_exact},
		{NULL, NULL},
	};

	return test_suite_run("option values", cases) != 0;
}
