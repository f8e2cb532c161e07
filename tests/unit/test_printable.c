/* test_printable.c - a terminal obeys nothing in the texts of others. */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

#include "server/printable.h"
#include "tests/suite.h"

static void what_is_no_text_is_replaced(void)
{
	static const struct {
		const char *text, *printable;
	} cases[] = {
		{"", ""},
		{"plain ~ text", "plain ~ text"},
		{"\x1b[31mred\a\n\r\t\x7f", "?[31mred?????"},
		{"\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80",
		 "\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80"},
		{"c1 \xc2\x9b"
		 "31m",
		 "c1 ??31m"},
		{"cut \xe2\x82", "cut ??"},
		{"\x80\xff\xc0\xaf", "????"},
		{"long \xe0\x80\xaf \xf4\x90\x80\x80", "long ??? ????"},
		{"surrogate \xed\xa0\x80", "surrogate ???"},
		{"turned \xe2\x80\xae"
		 "evil\xe2\x81\xa6",
		 "turned ???evil???"},
	};
	char text[64];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(text, sizeof(text), "%s", cases[i].text);
		make_printable(text);
		CU_ASSERT_STRING_EQUAL(text, cases[i].printable);
	}
}

static void every_byte_comes_out_printable(void)
{
	for (int first = 1; first < 256; first++)
		for (int second = 1; second < 256; second++) {
			char text[] = {(char)first, (char)second, 'x', '\0'};
			make_printable(text);
			CU_ASSERT_EQUAL(text[2], 'x');
			CU_ASSERT_TRUE((unsigned char)text[0] >= ' ' && text[0] != 0x7f);
			CU_ASSERT_TRUE((unsigned char)text[1] >= ' ' && text[1] != 0x7f);
		}
}

static void characters_are_counted(void)
{
	CU_ASSERT_EQUAL(printable_width(""), 0);
	CU_ASSERT_EQUAL(printable_width("abc"), 3);
	CU_ASSERT_EQUAL(printable_width("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"), 3);
}

int main(void)
{
	static const struct test_case cases[] = {
		{"what is no text is replaced", what_is_no_text_is_replaced},
		{"every byte comes out printable", every_byte_comes_out_printable},
		{"characters are counted", characters_are_counted},
		{NULL, NULL},
	};

	return test_suite_run("printable", cases) != 0;
}
