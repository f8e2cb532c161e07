/* test_check_slices.c - the lines of slices.csv. */
#include <CUnit/CUnit.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "results/check/slices.h"
#include "tests/suite.h"

static struct launch launch_of(int pairs)
{
	struct launch launch = {.pairs = pairs};

	for (int i = 0; i < pairs; i++)
		for (int side = 0; side < DUET_SIDES; side++) {
			struct launch_pair *pair = &launch.pair[i];
			pair->requests[side] = 100;
			pair->steal = 0.01;
			for (int metric = 0; metric < LAUNCH_METRICS; metric++)
				pair->value[metric][side] = 10 * metric + side + 1;
		}
	return launch;
}

static char *lines_of(const struct check_slice_launch *one)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	CU_ASSERT_PTR_NOT_NULL_FATAL(out);
	CU_ASSERT_EQUAL(check_slices_write(one, out), 0);
	fclose(out);
	return text;
}

static void a_duet_has_two_lines_for_a_slice(void)
{
	const struct launch launch = launch_of(2);
	const struct launch_config config = {.mode = LAUNCH_DUET};
	char *text = lines_of(&(struct check_slice_launch){.cell = "c",
							   .row = 3,
							   .client_limited = true,
							   .stage = "screen",
							   .number = 7,
							   .expected = NAN,
							   .seconds = 1.5,
							   .problem = "",
							   .config = &config,
							   .launch = &launch});

	CU_ASSERT_STRING_EQUAL(
		text,
		"c,7,1,base,1,screen,duet,100,1.000,11.000000,21.000,31.000,,,1.000,,,1.500,,3,1\n"
		"c,7,1,new,1,screen,duet,100,2.000,12.000000,22.000,32.000,,,1.000,,,1.500,,3,1\n"
		"c,7,2,base,1,screen,duet,100,1.000,11.000000,21.000,31.000,,,1.000,,,1.500,,3,1\n"
		"c,7,2,new,1,screen,duet,100,2.000,12.000000,22.000,32.000,,,1.000,,,1.500,,3,1\n");
	free(text);
}

/* As launch_turns has drawn it: A B, B A or B A, A B. */
static void turns_are_in_the_order_of_time(void)
{
	const struct launch launch = launch_of(2);
	bool seen[DUET_SIDES] = {false, false};

	for (uint64_t seed = 1; seed <= 16; seed++) {
		const struct launch_config config = {.mode = LAUNCH_ABBA, .seed = seed};
		struct duet_slice turns[4];
		launch_turns(LAUNCH_ABBA, seed, turns, 4);
		const int first = turns[0].sides == 1 ? 0 : 1;
		char *text = lines_of(&(struct check_slice_launch){.cell = "c",
								   .stage = "burn",
								   .open_loop = true,
								   .expected = 0.25,
								   .asymmetry = "unlike",
								   .problem = "",
								   .config = &config,
								   .launch = &launch});
		CU_ASSERT_EQUAL(strncmp(text,
					first == 0 ? "c,0,1,base,1,burn,abba,"
						   : "c,0,1,new,1,burn,abba,",
					20),
				0);
		CU_ASSERT_PTR_NOT_NULL(
			strstr(text, first == 0 ? "c,0,1,new,2," : "c,0,1,base,2,"));
		CU_ASSERT_PTR_NOT_NULL(
			strstr(text, first == 0 ? "c,0,2,new,1," : "c,0,2,base,1,"));
		CU_ASSERT_PTR_NOT_NULL(strstr(text, ",,,21.000,31.000,1.000,0.25"));
		CU_ASSERT_PTR_NOT_NULL(strstr(text, ",unlike,"));
		seen[first] = true;
		free(text);
	}
	CU_ASSERT_TRUE(seen[0] && seen[1]);
}

static void a_failure_is_a_line(void)
{
	const struct launch launch = launch_of(0);
	const struct launch_config config = {.mode = LAUNCH_DUET};
	char *text = lines_of(&(struct check_slice_launch){.cell = "c",
							   .row = 1,
							   .stage = "null",
							   .number = 1,
							   .expected = NAN,
							   .problem = "new: a, \"b\"",
							   .config = &config,
							   .launch = &launch});

	CU_ASSERT_STRING_EQUAL(
		text, "c,1,0,,,null,duet,,,,,,,,,,,0.000,\"new: a, \"\"b\"\"\",1,0\n");
	free(text);
}

/* The n-th field of a line. */
static double field(const char *line, int n)
{
	for (; n > 0 && line; n--) {
		line = strchr(line, ',');
		line += line != NULL;
	}
	CU_ASSERT_PTR_NOT_NULL_FATAL(line);
	return line ? strtod(line, NULL) : NAN;
}

/* What is judged is what will be read. */
static void rounded_values_are_those_of_the_file(void)
{
	const struct launch_config config = {.mode = LAUNCH_DUET};

	for (int i = 1; i <= 1000; i++) {
		struct launch launch = launch_of(1);
		struct launch_pair *pair = &launch.pair[0];
		const double expected = check_slices_round_expected(log1p(1.0 / i));
		pair->value[LAUNCH_THROUGHPUT][0] = 1e9 / (3 * i);
		pair->value[LAUNCH_CPU][0] = 1e3 / (7 * i);
		pair->value[LAUNCH_P99][0] = (1e6 + i) / 1e3;
		pair->steal = 1.0 / (i + 2);
		check_slices_round(&launch);
		char *text = lines_of(&(struct check_slice_launch){.cell = "c",
								   .stage = "screen",
								   .expected = expected,
								   .problem = "",
								   .config = &config,
								   .launch = &launch});
		CU_ASSERT_EQUAL(field(text, 8), pair->value[LAUNCH_THROUGHPUT][0]);
		CU_ASSERT_DOUBLE_EQUAL(field(text, 8), 1e9 / (3 * i), 0.0006);
		CU_ASSERT_EQUAL(field(text, 9), pair->value[LAUNCH_CPU][0]);
		CU_ASSERT_EQUAL(field(text, 11), (1e6 + i) / 1e3);
		CU_ASSERT_EQUAL(field(text, 14) / 100, pair->steal);
		CU_ASSERT_EQUAL(field(text, 15), expected);
		free(text);
	}
}

int main(void)
{
	static const struct test_case cases[] = {
		{"a duet has two lines for a slice", a_duet_has_two_lines_for_a_slice},
		{"turns are in the order of time", turns_are_in_the_order_of_time},
		{"a failure is a line", a_failure_is_a_line},
		{"rounded values are those of the file",
		 rounded_values_are_those_of_the_file},
		{NULL, NULL},
	};

	return test_suite_run("check_slices", cases) != 0;
}
