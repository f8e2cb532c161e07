/* test_sha256.c - the examples of FIPS 180-4. */
#include <CUnit/Basic.h>
#include <string.h>

#include "results/sha256.h"
#include "tests/suite.h"

static void check(const char *text, size_t times, size_t step, const char *expected)
{
	char digits[SHA256_TEXT_SIZE];
	struct sha256 sha;

	sha256_init(&sha);
	for (size_t t = 0; t < times; t++)
		for (size_t i = 0; i < strlen(text); i += step)
			sha256_add(&sha, text + i,
				   strlen(text) - i < step ? strlen(text) - i : step);
	sha256_text(&sha, digits);
	CU_ASSERT_STRING_EQUAL(digits, expected);
}

static void known_digests(void)
{
	check("", 1, 1,
	      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	check("abc", 1, 3,
	      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	check("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1, 56,
	      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
	check("aaaaaaaaaa", 100000, 10,
	      "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

static void any_cut_gives_the_same(void)
{
	for (size_t step = 1; step <= 56; step++)
		check("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1, step,
		      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

int main(void)
{
	static const struct test_case cases[] = {
		{"known digests", known_digests},
		{"any cut gives the same", any_cut_gives_the_same},
		{NULL, NULL},
	};

	return test_suite_run("sha256", cases) != 0;
}
