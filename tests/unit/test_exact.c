/* test_exact.c - what is exact, and what is a change of it. */
#include <CUnit/CUnit.h>
#include <math.h>

#include "results/check/exact.h"
#include "tests/suite.h"

static struct exact exact3(double a, double b, double c)
{
	double repeats[EXACT_REPEATS] = {a, b, c};

	return exact_of(repeats);
}

static void repeats_agree_or_it_is_not_exact(void)
{
	const struct exact same = exact3(3.0002, 3.0, 3.0004),
			   apart = exact3(2.0, 2.02, 2.0);
	const struct exact unknown = exact3(2.0, NAN, 2.0);

	CU_ASSERT_EQUAL(same.per_request, 3.0002);
	CU_ASSERT_DOUBLE_EQUAL(same.spread, 0.0004, 1e-12);
	CU_ASSERT_TRUE(exact_comparable(&same, &same));
	CU_ASSERT_FALSE(exact_comparable(&same, &apart));
	CU_ASSERT_FALSE(exact_comparable(&unknown, &same));
}

static void a_change_is_a_hundredth_and_half_a_per_cent(void)
{
	const struct exact two = exact3(2, 2, 2), three = exact3(3, 3, 3);
	const struct exact little = exact3(2.009, 2.009, 2.009);
	const struct exact nine = exact3(9, 9, 9), part = exact3(9.04, 9.04, 9.04);

	CU_ASSERT_EQUAL(exact_change(&two, &three), 1);
	CU_ASSERT_EQUAL(exact_change(&three, &two), -1);
	CU_ASSERT_EQUAL(exact_change(&two, &little), 0);
	CU_ASSERT_EQUAL(exact_change(&nine, &part), 0);
}

int main(void)
{
	static const struct test_case cases[] = {
		{"repeats agree or it is not exact", repeats_agree_or_it_is_not_exact},
		{"a change is a hundredth and half a per cent",
		 a_change_is_a_hundredth_and_half_a_per_cent},
		{NULL, NULL},
	};

	return test_suite_run("exact", cases) != 0;
}
