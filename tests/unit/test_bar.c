/* test_bar.c - bars of a chart: as long as the value, never wider than the room. */
#include <CUnit/CUnit.h>
#include <math.h>
#include <string.h>

#include "results/show/bar.h"
#include "server/printable.h"
#include "tests/suite.h"

#define BLOCK  "\xe2\x96\x88"
#define HALF   "\xe2\x96\x8c"
#define EIGHTH "\xe2\x96\x8f"
#define LINE   "\xe2\x94\x80"
#define END    "\xe2\x94\xa4"

static void bars_have_eighths(void)
{
	static const struct {
		double value, high;
		const char *unicode, *ascii;
	} cases[] = {
		{1, 0, BLOCK BLOCK BLOCK BLOCK, "####"},
		{0.5, 0, BLOCK BLOCK "  ", "##  "},
		{0.625, 0, BLOCK BLOCK HALF " ", "### "},
		{1.0 / 32, 0, EIGHTH "   ", "    "},
		{0, 0, "    ", "    "},
		{NAN, NAN, "    ", "    "},
		{2, 9, BLOCK BLOCK BLOCK BLOCK, "####"},
		{0.25, 1, BLOCK LINE LINE END, "#--|"},
		{0.25, 0.5, BLOCK END "  ", "#|  "},
		{0.25, 0.25, BLOCK "   ", "#   "},
	};
	char text[BAR_TEXT_SIZE];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		bar_format(cases[i].value, cases[i].high, 4, true, text);
		CU_ASSERT_STRING_EQUAL(text, cases[i].unicode);
		bar_format(cases[i].value, cases[i].high, 4, false, text);
		CU_ASSERT_STRING_EQUAL(text, cases[i].ascii);
	}
}

static void bars_are_as_wide_as_the_room(void)
{
	char text[BAR_TEXT_SIZE];

	for (int width = 0; width <= BAR_WIDTH_MAX + 5; width++)
		for (int part = 0; part <= 10; part++) {
			const size_t wide =
				(size_t)(width < BAR_WIDTH_MAX ? width : BAR_WIDTH_MAX);
			bar_format(part / 10.0, part / 8.0, width, true, text);
			CU_ASSERT_EQUAL(printable_width(text), wide);
			bar_format(part / 10.0, part / 8.0, width, false, text);
			CU_ASSERT_EQUAL(strlen(text), wide);
		}
}

int main(void)
{
	static const struct test_case cases[] = {
		{"bars have eighths", bars_have_eighths},
		{"bars are as wide as the room", bars_are_as_wide_as_the_room},
		{NULL, NULL},
	};

	return test_suite_run("bar", cases) != 0;
}
